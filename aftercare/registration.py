"""What phone companies ask for before they carry a program's texts, from what the portal really sends."""

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urljoin
from zoneinfo import ZoneInfo

from django.conf import settings
from django.template.context import make_context
from django.template.loader import get_template
from django.urls import reverse
from django.utils import translation

from aftercare import consent_words, programs, wording
from aftercare.questions import BY_CODE
from notifications import gates, keywords, text
from notifications.kinds import Scope
from notifications.models import Program

START_WORDS, HELP_WORDS = ("START", "UNSTOP"), ("HELP", "INFO", "AYUDA")
# What stands for a person in samples.
COUNSELOR = "Ana"
# Texts of the carriers' samples: a name of templates/messages, and what carriers call it.
SAMPLES = (
    ("reminder", "reminder"),
    ("checkin_open", "check-in"),
    ("need_support", "answer to a person who asks for support"),
    ("code", "code"),
    ("invitation", "invitation"),
)


@dataclass(frozen=True, kw_only=True)
class Sample:
    """One text as it leaves."""

    body: str
    kind: str
    language: str
    segments: int


def packet(*, program: Program, at: datetime) -> str:
    """The whole registration of one program as Markdown; raises wording.SaysTooMuch for an alias that tells."""
    facts = {
        "program": program,
        "on": at.astimezone(ZoneInfo(program.time_zone)).date(),
        "number": programs.number_of(program=program),
        "site": settings.PUBLIC_URL,
        "cap_day": gates.CAP_A_DAY,
        "cap_week": gates.CAP_A_WEEK,
        "consent": consent_words.words(
            scopes=Scope, alias=program.alias, language="en"
        ).splitlines(),
        "samples": samples(program=program, at=at),
        "stop_words": sorted(keywords.CARRIER_STOP),
        "start_words": START_WORDS,
        "help_words": HELP_WORDS,
        "terms_url": _link("texting"),
        "joining_url": _link("texting_joining"),
        "privacy_url": _link("texting_privacy"),
    }
    own = ("agree", "welcome", "goodbye", "help", "texts_on")
    facts |= {name: _text(name, program, "en", at) for name in own}
    template = get_template("packet/sms.md").template  # type: ignore[attr-defined]
    with translation.override("en"):
        return str(template.render(make_context(facts, autoescape=False)))


def samples(*, program: Program, at: datetime) -> list[Sample]:
    """The texts of SAMPLES in each language, as they would leave at this instant."""
    found = []
    for name, kind in SAMPLES:
        for language in programs.LANGUAGES:
            body = _text(name, program, language, at)
            count = text.segments(body).count
            found.append(Sample(body=body, kind=kind, language=language, segments=count))
    return found


def _text(name: str, program: Program, language: str, at: datetime) -> str:
    question = BY_CODE["rough"]
    with translation.override(language):
        asked = {"question": str(question.words), "hint": str(question.hint)}
        clock, day = ("7:00 PM", translation.gettext("today"))
    return wording.text(
        name=name,
        language=language,
        alias=program.alias,
        phone=program.phone,
        counselor=COUNSELOR,
        clock=clock,
        day=day,
        code="428 197",
        link=_link("join", "AbCd1234"),
        is_staffed=program.is_staffed(at),
        **asked,
    )


def _link(name: str, *args: str) -> str:
    return urljoin(f"{settings.PUBLIC_URL}/", reverse(name, args=args))
