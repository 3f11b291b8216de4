"""A text while somebody writes it: ready words to begin with, the draft that is kept, what it would show."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from aftercare import phones, texts, wording
from aftercare.engagement.rows import SignalRow
from aftercare.models import DisengagementSignal, Graduate, TextDraft
from notifications import text
from notifications.text import Segments, fold

if TYPE_CHECKING:
    from portal.models import User

# Ready words by code (templates/messages/ready_*.txt), and what staff call them.
READY: dict[str, str | Promise] = {
    "hello": _("A hello"),
    "call": _("Ask for a call"),
    "missed": _("Tried to call"),
    "thanks": _("Thank you for writing"),
    "proud": _("Well done"),
    "later": _("I will get back to you"),
    "support": _("You asked for a call"),
    "thinking": _("Thinking of you"),
    "harder": _("After a hard week"),
    "honest": _("Thank you for telling me"),
    "week": _("Look at the week together"),
}
# Which of them fit a signal, by its kind. Where danger is near, or no text arrives, a call is the way.
SUGGESTED: dict[str, str] = {
    DisengagementSignal.Kind.NEED_SUPPORT: "support",
    DisengagementSignal.Kind.RETURN_TO_USE: "honest",
    DisengagementSignal.Kind.MISSED_CHECK_INS: "thinking",
    DisengagementSignal.Kind.MISSED_COMMITMENTS: "week",
    DisengagementSignal.Kind.SILENT: "thinking",
    DisengagementSignal.Kind.LATER_REPLIES: "hello",
    DisengagementSignal.Kind.WORSE_WEEK: "harder",
    DisengagementSignal.Kind.PLAN_EMPTY: "week",
    DisengagementSignal.Kind.MEETING_CLOSED: "week",
}
# What tells nothing at all, for a text that would tell too much.
NEUTRAL = "call"
ANSWERING = "thanks"
_PLACEHOLDER = re.compile(r"\{[^{}]{0,20}\}")
# About so much of a text stands on a locked phone.
ON_LOCK_SCREEN = 110


class NoSuchWords(Exception):
    """There are no ready words of this code."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How words would look as a text.

    `body` has its placeholders filled in, `preview` is what a locked phone shows of it, `telling` the
    first word that would tell a stranger something, and `unknown` a placeholder that nobody fills.
    """

    body: str
    preview: str
    segments: Segments
    telling: str
    unknown: str


def ready(*, code: str, graduate: Graduate, author: "User") -> str:
    """Ready words in the graduate's language, with the names filled in; raises NoSuchWords."""
    if code not in READY:
        raise NoSuchWords(code)
    names = _names(graduate, author)
    return wording.text(
        name=f"ready_{code}",
        language=graduate.language,
        who=names["name"],
        me=names["me"],
        phone=names["phone"],
    )


def _names(graduate: Graduate, author: "User") -> dict[str, str]:
    """What placeholders stand for; on a phone that others see, nobody has a name."""
    contact = phones.contact_of(graduate=graduate)
    if contact is not None and texts.is_shared(contact=contact):
        return {"name": "", "me": "", "phone": graduate.program.phone}
    return {
        "name": graduate.first_name,
        "me": wording.given_name(author.name),
        "phone": graduate.program.phone,
    }


def look(*, body: str, graduate: Graduate, author: "User") -> Look:
    """Fill in {name}, {me} and {phone}, and say what the text would be and show."""
    names = _names(graduate, author)
    filled = text.plain(body).strip()
    for placeholder, value in names.items():
        filled = filled.replace(f"{{{placeholder}}}", value)
    hidden = graduate.first_name if not names["name"] else ""
    return Look(
        body=filled,
        preview=_cut(filled),
        segments=text.segments(filled),
        telling=wording.telling_name(filled) or _named(filled, hidden),
        unknown=found[0] if (found := _PLACEHOLDER.search(filled)) else "",
    )


def _cut(body: str) -> str:
    return body if len(body) <= ON_LOCK_SCREEN else f"{body[:ON_LOCK_SCREEN].rstrip()} …"


def _named(body: str, name: str) -> str:
    """The name of the graduate, where it is said on a phone that others see."""
    return name if name and fold(name) in fold(body).split() else ""


# Drafts


@transaction.atomic
def keep(
    *,
    graduate: Graduate,
    author: "User",
    body: str,
    at: datetime,
    kind: TextDraft.Kind = TextDraft.Kind.TEXT,
) -> None:
    """Keep what somebody has begun to write; nothing but spaces drops it."""
    if not body.strip():
        drop(graduate=graduate, author=author, kind=kind)
        return
    TextDraft.objects.update_or_create(
        graduate=graduate, author=author, kind=kind, defaults={"body": body, "at": at}
    )


def drop(*, graduate: Graduate, author: "User", kind: TextDraft.Kind = TextDraft.Kind.TEXT) -> None:
    """Forget what somebody has begun to write."""
    TextDraft.objects.filter(graduate=graduate, author=author, kind=kind).delete()


def begun(*, graduate: Graduate, author: "User", kind: TextDraft.Kind = TextDraft.Kind.TEXT) -> str:
    """What somebody has begun to write about a graduate; empty where there is nothing."""
    found = TextDraft.objects.filter(graduate=graduate, author=author, kind=kind).first()
    return found.body if found else ""


# Words for a reason


def suggested(*, signals: Iterable[SignalRow], has_written: bool = False) -> str:
    """The code of ready words that fit the most pressing of these signals; "" where a text is no way.

    Without any, somebody whose text waits is thanked for it.
    """
    first = next((one for one in signals if not one.is_set_aside), None)
    if first is None:
        return ANSWERING if has_written else ""
    return SUGGESTED.get(first.kind, "")
