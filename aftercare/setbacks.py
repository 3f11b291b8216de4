"""The old habit came back: met without shame, with a hello a day later, and nobody told without a yes.

Days in recovery stay what they are. On the opioid side a first use after treatment is the most
dangerous one, because the body is used to less, so a short safety note goes with it: in full words
only where the person chose them.
"""

import re
from datetime import datetime, time, timedelta
from urllib.parse import urljoin
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from aftercare import phones, record, texts, wording
from aftercare.engagement import watch
from aftercare.models import AuditEntry, DisengagementSignal, Graduate, Setback
from aftercare.record import Actor
from aftercare.recurrence import localize
from notifications import outbox
from notifications.kinds import Kind
from notifications.text import fold

FOLLOW_UP = timedelta(hours=24)
# One evening is one setback, however often it is told.
ONE = timedelta(hours=12)
# Days after graduation on which the safety note is sent (care plan, point 8).
NOTE_DAYS = (0, 1, 2, 3, 14)
NOTE_HOUR = time(11, 0)
NOTE_EXPIRES = timedelta(hours=24)

_LATELY = (
    r"(?:again|today|tonight|yesterday|last \w+|this \w+|on \w+day|\w+day|over the weekend|once)"
)
_TOLD = re.compile(
    rf"\b(?:i|ive|have|just|and) (?:just |have |had )?(?:relapsed|slipped(?: up)?)\b"
    rf"|^(?:relapsed|slipped(?: up)?|used|drank)\b(?: {_LATELY})?"
    rf"|\bi (?:used|drank|smoked|shot up|got high|got drunk) {_LATELY}\b"
    r"|\b(?:had|have had) (?:a|another|one) (?:slip|relapse|setback)\b|\bfell off the wagon\b"
    r"|\bback to day (?:1|one|zero|0)\b"
    r"|\b(?:recai|tuve una recaida|volvi a (?:usar|tomar|beber|consumir|fumar)"
    r"|(?:use|tome|bebi|consumi) (?:otra vez|de nuevo|ayer|anoche|hoy|el \w+))\b"
)
_NOT_TOLD = re.compile(
    r"\b(?:almost|nearly|didnt|did not|havent|never|without|instead of|afraid|scared|worried|dream\w*"
    r"|years? ago|months ago|used to|used my|casi|no|sin|sone|miedo|hace)\b"
)


def is_told(*, text: str) -> bool:
    """Whether a free text says that the habit came back lately; not that it nearly did, or did once."""
    words = re.sub(r"[^\w ]", "", fold(text))
    return _TOLD.search(words) is not None and _NOT_TOLD.search(words) is None


@transaction.atomic
def take_in(*, graduate: Graduate, at: datetime) -> Setback:
    """Somebody said that the habit came back: plan the hello, send the safety note; tell nobody."""
    known = Setback.objects.filter(graduate=graduate, at__gt=at - ONE).first()
    if known is not None:
        return known
    made = Setback.objects.create(graduate=graduate, at=at)
    _queue(graduate, "setback_hello", f"setback:{made.uid}", not_before=at + FOLLOW_UP, at=at)
    _send_note(graduate, f"safety_note:{made.uid}", not_before=at, at=at)
    return made


@transaction.atomic
def let_know(*, setback: Setback, may_be_told: bool, actor: Actor, at: datetime) -> None:
    """What the person says when asked whether the counselor may know; only a yes tells anybody."""
    setback.may_be_told = may_be_told
    setback.save(update_fields=["may_be_told"])
    graduate = setback.graduate
    record.write(
        actor=actor, verb=AuditEntry.Verb.CONSENTED, thing=setback, graduate=graduate, at=at
    )
    if may_be_told:
        watch.raise_urgent(
            graduate=graduate,
            kind=DisengagementSignal.Kind.NEED_SUPPORT,
            reasons=[{"code": "told_setback", "points": 0, "at": at.isoformat()}],
            at=at,
        )


def latest(*, graduate: Graduate, at: datetime) -> Setback | None:
    """The setback somebody is speaking of, if they told of one within the last days."""
    rows = Setback.objects.filter(graduate=graduate, at__gt=at - timedelta(days=3))
    return rows.order_by("-at").first()


# Safety notes


@transaction.atomic
def choose_notes(*, graduate: Graduate, choice: str, actor: Actor, at: datetime) -> None:
    """Whether safety notes are sent to this person, and in which words (Graduate.SafetyNotes)."""
    graduate.safety_notes = Graduate.SafetyNotes(choice)
    graduate.save(update_fields=["safety_notes"])
    outbox.cancel(about=graduate.uid, kinds=[Kind.SAFETY], reason="changed", at=at)
    plan_notes(graduate=graduate, at=at)
    record.write(actor=actor, verb=AuditEntry.Verb.CHANGED, thing=graduate, at=at)


@transaction.atomic
def plan_notes(*, graduate: Graduate, at: datetime) -> int:
    """Queue the notes of the days after graduation that lie ahead; returns how many. Safe to repeat."""
    planned = 0
    zone = ZoneInfo(graduate.time_zone)
    for day in NOTE_DAYS:
        wall = datetime.combine(graduate.graduated_on + timedelta(days=day), NOTE_HOUR)
        due_at = localize(wall=wall, zone=zone)
        if due_at < at:
            continue
        key = f"safety_note:{graduate.uid}:{day}:{graduate.safety_notes}"
        planned += _send_note(graduate, key, not_before=due_at, at=at)
    return planned


def _send_note(graduate: Graduate, key: str, *, not_before: datetime, at: datetime) -> bool:
    if not graduate.safety_notes:
        return False
    is_full = graduate.safety_notes == Graduate.SafetyNotes.FULL
    name = "safety_note_full" if is_full else "safety_note"
    return _queue(graduate, name, key, not_before=not_before, at=at)


def _queue(graduate: Graduate, name: str, key: str, *, not_before: datetime, at: datetime) -> bool:
    """One text to this person's phone; a phone that others see gets no full words and no name."""
    contact = phones.contact_of(graduate=graduate)
    if contact is None:
        return False
    is_shared = texts.is_shared(contact=contact)
    contact.graduate = graduate
    body = wording.text(
        name="safety_note" if name == "safety_note_full" and is_shared else name,
        language=graduate.language,
        counselor="" if is_shared else texts.counselor_of(graduate=graduate),
        alias=graduate.program.alias,
        link=urljoin(f"{settings.PUBLIC_URL}/", reverse("safety_note")),
    )
    try:
        texts.queue(
            contact=contact,
            body=body,
            key=key,
            kind=Kind.SAFETY,
            not_before=not_before,
            expires_at=not_before + NOTE_EXPIRES,
            at=at,
        )
    except outbox.NoSender:
        return False
    return True
