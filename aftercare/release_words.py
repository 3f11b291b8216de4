"""The form of a consent to tell somebody something, element by element, and the notice that goes along.

The elements are those of 42 CFR 2.31(a), the notice that of 2.32(a)(1), as amended in 2024. Counsel must check.
"""

import hashlib
from dataclasses import dataclass, fields
from datetime import date, datetime

from django.utils import formats, translation
from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_lazy
from django.utils.translation import gettext_lazy as _

# A form that says anything else is another form.
VERSION = "2026-11"
NOTICE_VERSION = "2.32-2024"

REVOCATION = _(
    "I can take this back at any time: on my page under “My people”, by a text or a call to the "
    "program, or in person. It ends at once. What was told before then cannot be called back. "
    "Saying no changes nothing about my care."
)
REDISCLOSURE = _(
    "Whoever is told this may not pass it on or use it against me in court unless I agree or the "
    "law allows it. Some may pass it on all the same, and then this rule may no longer protect it."
)
NOTICE = _(
    "This record which has been disclosed to you is protected by federal confidentiality rules "
    "(42 CFR part 2). These rules prohibit you from using or disclosing this record, or testimony "
    "that describes the information contained in this record, in any civil, criminal, "
    "administrative, or legislative proceedings by any federal, state, or local authority, against "
    "the patient, unless authorized by the consent of the patient, except as provided at 42 CFR "
    "2.12(c)(5) or as otherwise authorized by a court in accordance with 42 CFR 2.64 or 2.65. In "
    "addition, the federal rules prohibit you from making any other use or disclosure of this "
    "record unless further use or disclosure is expressly permitted by the written consent of the "
    "individual whose information is being disclosed in this record or as otherwise permitted by "
    "42 CFR part 2. A general authorization for the release of medical or other information is NOT "
    "sufficient for this purpose (see 42 CFR 2.31)."
)

_LABELS: dict[str, str | Promise] = {
    "graduate": gettext_lazy("Who this is about"),
    "discloser": gettext_lazy("Who may tell"),
    "what": gettext_lazy("What may be told, and nothing else"),
    "recipient": gettext_lazy("Who may be told"),
    "purpose": gettext_lazy("What for"),
    "revocation": gettext_lazy("How I take it back"),
    "expiry": gettext_lazy("When it ends"),
    "redisclosure": gettext_lazy("What they may do with it"),
    "signature": gettext_lazy("Signed"),
    "signed_on": gettext_lazy("On"),
}


class Incomplete(ValueError):
    """A consent lacks what 42 CFR 2.31 asks for; `missing` names the elements."""

    def __init__(self, missing: tuple[str, ...]) -> None:
        super().__init__(f"The consent lacks: {', '.join(missing)}.")
        self.missing = missing


@dataclass(frozen=True, kw_only=True)
class Form:
    """Every element in words, in one language; an empty one is missing."""

    graduate: str
    discloser: str
    what: str
    recipient: str
    purpose: str
    revocation: str
    expiry: str
    redisclosure: str
    signature: str = ""
    signed_on: str = ""

    @property
    def missing(self) -> tuple[str, ...]:
        """The names of the elements that are not there."""
        return tuple(one.name for one in fields(self) if not getattr(self, one.name).strip())

    @property
    def lines(self) -> list[tuple[str, str]]:
        """Label and words of each element that is there, for a page to show."""
        found = [(str(_LABELS[one.name]), getattr(self, one.name)) for one in fields(self)]
        return [(label, words) for label, words in found if words]


def check(*, form: Form) -> None:
    """Raises Incomplete unless every element is there."""
    if form.missing:
        raise Incomplete(form.missing)


def words_of(*, form: Form, language: str) -> str:
    """The whole form as one text for the record."""
    with translation.override(language):
        return "\n".join(f"{label}: {words}" for label, words in form.lines)


def fingerprint(*, words: str) -> str:
    """The SHA-256 of the words, in hex."""
    return hashlib.sha256(words.encode()).hexdigest()


def day(*, on: date) -> str:
    """A day as a form writes it, in the language in force."""
    return formats.date_format(on, "DATE_FORMAT")


def expiry(*, last_on: date | None, event: str | None) -> str:
    """When it ends, in the language in force; "" where neither a day nor an event is given."""
    if last_on is not None:
        return gettext("At the end of %(day)s") % {"day": day(on=last_on)}
    return gettext("When this happens: %(event)s") % {"event": event} if event else ""


def instant(*, at: datetime) -> str:
    """A moment as a form writes it, in the language and zone in force."""
    return formats.date_format(at, "DATETIME_FORMAT")
