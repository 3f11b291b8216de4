"""The translation catalogues, without system tools: `python -m tests.messages update|compile|check`.

`update` brings every sentence of the product into the catalogue and drops those that are gone,
`compile` writes what Django reads, `check` lists what is missing.
"""

import io
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import django
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent
CATALOG = ROOT / "locale/es/LC_MESSAGES/django.po"
COMPILED = CATALOG.with_suffix(".mo")
PACKAGES = ["portal", "aftercare", "notifications"]
TEMPLATES = ["*.html", "*.txt"]
KEYWORDS = {
    **DEFAULT_KEYWORDS,
    "gettext_lazy": None,
    "translate": None,  # gettext, in modules where _ is the lazy one
    "lazy": None,  # gettext_lazy, in modules where _ is gettext
    "gettext_noop": None,
    "ngettext_lazy": (1, 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]|{(\w+)}")
HEADER = """\
# Spanish translations of the portal.
# `make messages` keeps the sentences in step with the code; people write the translations."""


def sources() -> Iterator[tuple[str, bytes]]:
    """Each file that holds sentences, as its path and as Python for the extractor to read."""
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            yield path.relative_to(ROOT).as_posix(), path.read_bytes()
    for pattern in TEMPLATES:
        for path in sorted((ROOT / "templates").rglob(pattern)):
            python = templatize(path.read_text(encoding="utf-8"))
            # Indentation means something to the extractor and nothing in a template.
            flat = "\n".join(line.lstrip() for line in python.splitlines())
            yield path.relative_to(ROOT).as_posix(), flat.encode()


def collect() -> Catalog:
    """Every sentence of the product, with the files it stands in."""
    found = Catalog()
    for path, content in sources():
        file = io.BytesIO(content)
        for _, sentence, comments, context in extract(
            "python", file, keywords=KEYWORDS, comment_tags=["Translators:"]
        ):
            found.add(sentence, locations=[(path, 0)], auto_comments=comments, context=context)
    return found


def load() -> Catalog:
    """The catalogue as it stands; a new one where there is none yet."""
    if not CATALOG.exists():
        return Catalog(
            locale="es",
            project="Aftercare portal",
            version="1",
            header_comment=HEADER,
            msgid_bugs_address="",
            last_translator="",
            language_team="",
            fuzzy=False,
        )
    with CATALOG.open("rb") as file:
        return read_po(file, locale="es")


def update() -> None:
    """Bring the catalogue up to date; translations of sentences that stay are kept."""
    catalog = load()
    made_at, revised_at = catalog.creation_date, catalog.revision_date
    catalog.update(collect(), no_fuzzy_matching=True, update_header_comment=False)
    # Dates that change by themselves would make every run a change.
    catalog.creation_date, catalog.revision_date = made_at, revised_at
    CATALOG.parent.mkdir(parents=True, exist_ok=True)
    with CATALOG.open("wb") as file:
        write_po(
            file, catalog, width=100, sort_by_file=True, ignore_obsolete=True, include_lineno=False
        )


def compile_catalog() -> None:
    """Write what Django reads."""
    with COMPILED.open("wb") as file:
        write_mo(file, load())


def problems() -> list[str]:
    """What keeps the catalogue from being whole; empty when all is well."""
    catalog = load()
    wanted = {key(message) for message in sentences(collect())}
    stored = {key(message): message for message in sentences(catalog)}
    return [
        *(f"missing: {name}" for name in sorted(wanted - stored.keys())),
        *(f"no longer in the product: {name}" for name in sorted(stored.keys() - wanted)),
        *(f"{fault}: {name}" for name, message in stored.items() for fault in faults(message)),
        *([] if is_compiled(catalog) else ["not compiled: run `make messages`"]),
    ]


def sentences(catalog: Catalog) -> Iterable[Message]:
    """The messages of a catalogue without its header."""
    return (message for message in catalog if message.id)


def forms(text: str | Sequence[str] | None) -> list[str]:
    """The singular and, where there is one, the plural."""
    return [text] if isinstance(text, str) else list(text or [""])


def key(message: Message) -> str:
    """What tells one sentence from another."""
    single = forms(message.id)[0]
    return f"{message.context}: {single}" if message.context else single


def faults(message: Message) -> Iterator[str]:
    """What is wrong with one translation."""
    originals, versions = forms(message.id), forms(message.string)
    if message.fuzzy:
        yield "fuzzy"
    if not all(versions):
        yield "not translated"
        return
    known = set().union(*map(placeholders, originals))
    for version in versions:
        used = placeholders(version)
        # "1 day" may leave the number out; a plain sentence may leave nothing out.
        if used - known or (len(versions) == 1 and used != known):
            yield f"placeholders {sorted(used)} instead of {sorted(known)}"
        if says_it_again(version):
            yield "says the same more than once"


def says_it_again(text: str) -> bool:
    """Whether a sentence is the same words over and over."""
    parts = (text[: len(text) // many] for many in (2, 3, 4) if len(text) % many == 0)
    return any(len(part) > 4 and part * (len(text) // len(part)) == text for part in parts)


def placeholders(text: str) -> set[str]:
    """The names a sentence fills in."""
    return {first or second for first, second in PLACEHOLDER.findall(text)}


def is_compiled(catalog: Catalog) -> bool:
    """Whether Django reads the same as people wrote."""
    fresh = io.BytesIO()
    write_mo(fresh, catalog)
    return COMPILED.exists() and COMPILED.read_bytes() == fresh.getvalue()


def main(command: str) -> int:
    """Run one command; 1 when `check` found something."""
    if command == "update":
        update()
    elif command == "compile":
        compile_catalog()
    elif command == "check":
        found = problems()
        print("\n".join(found) or "The catalogue is whole.")
        return 1 if found else 0
    else:
        print("usage: python -m tests.messages update|compile|check")
        return 2
    return 0


if __name__ == "__main__":
    import os

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    django.setup()
    sys.exit(main(sys.argv[1] if len(sys.argv) == 2 else ""))
