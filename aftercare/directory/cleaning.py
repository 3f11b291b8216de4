"""Pure: text as strangers send it becomes plain text, and plain text becomes folded words."""

import html
import re
import unicodedata

# Most values need nothing done; one look finds the others.
_SUSPECT = re.compile(
    "[<&\\x00-\\x1f\\x7f-\\xa0\\xad\\u0300-\\u036f\\u1680\\u180e\\u2000-\\u200f\\u2028-\\u202f"
    "\\u205f-\\u206f\\u3000\\ufeff\\ufff0-\\ufff8\\ud800-\\udfff]|#@|  "
)
_TAG = re.compile(r"</?[a-zA-Z!][^<>]*>")
_BREAK = re.compile(r"<(?:br|/p|/div|/li|/tr|/h[1-6])\b[^<>]*>", re.IGNORECASE)
# Control and format characters (among them the ones that turn text around) and lone surrogates.
_UNSEEN = re.compile(
    "[\\x00-\\x08\\x0e-\\x1f\\x7f-\\x84\\x86-\\x9f\\xad\\u180e\\u200b-\\u200f\\u202a-\\u202e"
    "\\u2060-\\u206f\\ufeff\\ufff0-\\ufff8\\ud800-\\udfff]"
)
_LINE_END = re.compile("\\r\\n?|[\\n\\v\\f\\x1c-\\x1e\\x85\\u2028\\u2029]")
_BLANKS = re.compile(r"[^\S\n]+")
_BLANK_LINES = re.compile(r"\n{3,}")
_APOSTROPHES = re.compile("['`´‘’ʼ＇]")
_WORD = re.compile(r"[a-z0-9]+")
# Where a field's words end and the next one's begin, so that no phrase reaches across.
BORDER = "|"


def clean_line(value: str) -> str:
    """One line of plain text: no tags, entities, control characters or runs of blanks."""
    if not _SUSPECT.search(value):
        return value.strip()
    return " ".join(_plain(value).split())


def clean_text(value: str) -> str:
    """Plain text that keeps its line ends, at most one empty line in a row."""
    if not _SUSPECT.search(value):
        return value.strip()
    lines = (_BLANKS.sub(" ", line).strip() for line in _plain(value).split("\n"))
    return _BLANK_LINES.sub("\n\n", "\n".join(lines)).strip()


def fold(value: str) -> str:
    """The words of a text for searching: `[a-z0-9]+`, no accents, no case, no apostrophes."""
    bare = value if value.isascii() else unicodedata.normalize("NFKD", value)
    return " ".join(_WORD.findall(_APOSTROPHES.sub("", _without_marks(bare).casefold())))


def fold_fields(*values: str) -> str:
    """The folded words of several fields with a blank around each, and borders between fields."""
    return f" {f' {BORDER} '.join(filter(None, map(fold, values)))} "


def _without_marks(value: str) -> str:
    if value.isascii():
        return value
    return "".join(letter for letter in value if not unicodedata.combining(letter))


def _plain(value: str) -> str:
    text = value.replace("#@-@#", ": ")
    # Twice: exporters escape what was escaped before, and tags come out of entities.
    for _ in range(2):
        text = html.unescape(_TAG.sub(" ", _BREAK.sub("\n", text)))
    text = _UNSEEN.sub("", _LINE_END.sub("\n", _TAG.sub(" ", text)))
    return unicodedata.normalize("NFC", text)
