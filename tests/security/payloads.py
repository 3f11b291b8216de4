"""Strings that would run where a page took them for markup, and where they are written."""

import itertools
import re
from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.db import models

from notifications.fields import EncryptedJSONField, EncryptedTextField
from tests.security.walk import markup

# By this a payload is known again wherever it lands, in any case.
MARK = "zqxk"
RUN = f"{MARK}()"
TAGS = ("script", "img", "svg", "iframe", "body", "details", "video", "math", "object", "a")
HANDLERS = ("onerror", "onload", "onfocus", "ontoggle", "onmouseover", "onanimationstart")
SCHEMES = ("javascript:", "JaVaScRiPt:", "java\tscript:", "data:text/html,", "vbscript:")
OPENINGS = (
    "",
    '">',
    "'>",
    "</title>",
    "</textarea>",
    "</script>",
    "-->",
    "]]>",
    '" ',
    "' ",
    "</a>",
)


def payloads() -> Iterator[str]:
    """Ways to end what one stands in, times what may then run."""
    for opening, tag, handler in itertools.product(OPENINGS, TAGS, HANDLERS):
        yield f"{opening}<{tag} src=x href=x {handler}={RUN}>"
    for opening, scheme in itertools.product(OPENINGS, SCHEMES):
        yield f'{opening}<a href="{scheme}{RUN}">x</a>'
        yield f"{scheme}{RUN}"
    for handler in HANDLERS:
        yield f'" {handler}="{RUN}'
        yield f"' autofocus tabindex=1 {handler}={RUN} x='"
    yield from (f"<script>{RUN}</script>", f"<<script>{RUN}//<</script>", f"<!--><script>{RUN}")
    yield from (f"{{{{ {MARK} }}}}", f"{{% {MARK} %}}", f"${{{RUN}}}", f"&lt;script&gt;{RUN}")
    yield from (f"\u202e<img {MARK}>", f"<img/{MARK}/onerror={RUN}>", f"%3Cscript%3E{RUN}")


# What is no free field: keys of ours, and words that only a table of ours gives a meaning.
OURS = re.compile(
    r"^(?:.*_?(?:hash|uid|key|keyword|index|language|time_zone|timezone|token|code|slug|kind|state|"
    r"status|channel|id|etag|door|instrument|checksum|owner|seal|role|thing|password|pin|tier|"
    r"crisis_class|question|item|verb|approved|outcome|location|modified|unit|fellowship|name_key|"
    r"provider_id|words|attendance|session_.*|action|func|hook|args|kwargs|task|lock)|reason)$"
)
KEPT = {"aftercare.ToughDay.note", "aftercare.MeetingReport.words", "aftercare.Meeting.location"}
OUR_APPS = ("portal", "aftercare", "notifications")


def free_fields() -> list[tuple[type[models.Model], "models.Field[Any, Any]"]]:
    """The columns that hold what somebody typed."""
    kinds = (models.CharField, models.TextField, EncryptedTextField)
    return [
        (model, one)
        for model in apps.get_models()
        if model._meta.app_label in OUR_APPS
        for one in model._meta.concrete_fields
        if isinstance(one, kinds) and not isinstance(one, EncryptedJSONField)
        if not (one.unique or one.choices)
        if not OURS.match(one.name) or f"{model._meta.label}.{one.name}" in KEPT
    ]


def store(words: Iterator[str]) -> set[str]:
    """Write payloads into every free field of every row there is; the fields that had rows."""
    filled = set()
    for model, one in free_fields():
        for row in model._default_manager.all():
            room = one.max_length or 400
            text = next(words)
            while len(text) > room:
                text = next(words)
            # As many as fit, since a page shows them all.
            while len(text) + 60 < min(room, 400):
                text = f"{text} {next(words)}"[:room]
            setattr(row, one.name, text)
            row.save(update_fields=[one.name])
            filled.add(f"{model._meta.label}.{one.name}")
    return filled


def came_alive(body: str) -> list[str]:
    """Where the mark of a payload stands as anything but words or the value of a plain attribute."""
    parts = markup(body)
    alive = [f"<{tag}>" for tag, attributes in parts.elements if MARK in tag.lower()]
    for tag, attributes in parts.elements:
        for name, value in attributes.items():
            runs = name.startswith("on") or name in ("srcdoc", "style")
            scheme = re.sub(r"[\x00-\x20]", "", value).lower().partition(":")[0]
            leads = name in ("href", "src", "action", "formaction", "data", "xlink:href")
            if MARK in name.lower() or (
                MARK in value.lower()
                and (runs or (leads and scheme in ("javascript", "data", "vbscript")))
            ):
                alive.append(f"<{tag} {name}={value[:60]!r}>")
    return alive + [code[:60] for code in parts.code if MARK in code.lower()]
