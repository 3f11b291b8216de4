"""Check-ins on their way: planned on a taper, opened in office hours, nudged once, closed with an outcome.

Silence counts only where somebody was really asked: a check-in that could not be delivered, or that
an opt-out or a pause overtook, is never a miss.
"""

from datetime import datetime, timedelta

from django.db import models
from django.db.models import Exists, OuterRef, Q

from aftercare import (
    batch,
    cadence,
    coverage,
    diary,
    openings,
    phones,
    questions,
    safety,
    texts,
    wording,
)
from aftercare.coverage import Voice
from aftercare.engagement import watch
from aftercare.models import CheckIn, Contact, Expectation, Graduate, Touch
from aftercare.questions import BY_CODE
from notifications import outbox
from notifications.kinds import Kind
from notifications.models import Message, Program

State = CheckIn.State
Outcome = Expectation.Outcome

# Overslept by more than this (the portal was down), it opens at the next good hour instead.
OPENS_WITHIN = timedelta(hours=3)
# A nudge is of use for a day, and the window holds a day for an answer to it.
NUDGE_EXPIRES = timedelta(hours=24)

_ARRIVED = (Message.State.SENT, Message.State.DELIVERED)


def unplanned(*, at: datetime) -> models.QuerySet[Graduate]:
    """Active graduates for whom nothing is planned: no check-in, or no hello where that is all they chose."""
    planned = CheckIn.objects.filter(graduate=OuterRef("pk"), state=State.PLANNED)
    touched = Touch.objects.filter(graduate=OuterRef("pk"), state=Touch.State.PLANNED)
    only_hello = Q(cadence_days=cadence.ONLY_HELLO)
    return Graduate.objects.filter(
        (only_hello & ~Exists(touched)) | (~only_hello & ~Exists(planned)),
        status=Graduate.Status.ACTIVE,
    )


def to_open(*, at: datetime) -> models.QuerySet[CheckIn]:
    """Planned check-ins whose time has come."""
    return CheckIn.objects.filter(state=State.PLANNED, opens_at__lte=at)


def to_nudge(*, at: datetime) -> models.QuerySet[CheckIn]:
    """Open check-ins of a day ago that got through and met nothing but silence."""
    return CheckIn.objects.open_at(at).filter(
        nudge_at__lte=at,
        first_answer_at__isnull=True,
        misunderstood=0,
        closes_at__gt=at + NUDGE_EXPIRES,
        message__state__in=_ARRIVED,
        graduate__status=Graduate.Status.ACTIVE,
    )


def to_close(*, at: datetime) -> models.QuerySet[CheckIn]:
    """Open check-ins whose window is over."""
    return CheckIn.objects.filter(state=State.OPEN, closes_at__lte=at)


def plan_ahead(*, at: datetime) -> int:
    """Give every active graduate who has no planned check-in the next one; returns how many.

    What is sent without a question until then is planned with it. A program without staffed hours
    plans nothing: nobody would be there to read the answers.
    """
    staffed = [program.pk for program in Program.objects.all() if any(program.staffed_hours)]
    rows = unplanned(at=at).filter(program__in=staffed).order_by("pk")
    rows = rows.select_related("program").prefetch_related("program__cadences")
    return batch.each(
        rows=rows, do=lambda graduate: diary.plan_next(graduate=graduate, at=at) is not None
    )


# Opening, nudging, closing


def open_due(*, at: datetime) -> int:
    """Open what is due and queue its first question; returns how many texts were queued."""
    rows = to_open(at=at).select_related("graduate__program").order_by("opens_at", "pk")
    rows = rows.prefetch_related("graduate__program__cadences")
    return batch.each(rows=rows, do=lambda row: _open(row, at))


def _open(row: CheckIn, at: datetime) -> bool:
    if not CheckIn.objects.filter(pk=row.pk, state=State.PLANNED).update(state=State.OPEN):
        return False
    graduate = row.graduate
    if not graduate.is_written_to:
        CheckIn.objects.filter(pk=row.pk).update(state=State.CANCELLED)
        return False
    # After a night of standing still it may be late, or a weekend, on which nobody is there to read.
    is_unattended = _expiry(graduate, at, cadence.NUDGE_AFTER) <= at
    if is_unattended or at - row.opens_at > OPENS_WITHIN:
        _postpone(row, at)
        return False
    if safety.is_looked_after(graduate=graduate):
        _postpone(row, at, days=1)
        return False
    contact = phones.contact_of(graduate=graduate)
    row.questions = _sitting(row, contact, at)
    row.message = _ask(row, contact, at)
    row.state = _state_once_asked(row, contact)
    for name, instant in diary.window(at).items():
        setattr(row, name, instant)
    row.save()
    Expectation.objects.create(
        graduate=graduate,
        kind=Expectation.Kind.CHECK_IN,
        check_in=row,
        opened_at=at,
        due_at=row.closes_at,
        outcome=_OUTCOME_OF[State(row.state)],
    )
    return row.message is not None


_OUTCOME_OF = {
    State.OPEN: Outcome.PENDING,
    State.MISSED: Outcome.MISSED,
    State.UNDELIVERABLE: Outcome.UNDELIVERABLE,
    State.CANCELLED: Outcome.CANCELLED,
}


def _postpone(row: CheckIn, at: datetime, *, days: int = 0) -> None:
    """Open it at the next good hour, today at the earliest or so many days on."""
    graduate = row.graduate
    opens_at = openings.opening(
        graduate=graduate,
        template=openings.template_of(graduate=graduate),
        on=openings.today_of(graduate=graduate, at=at) + timedelta(days=days),
        after=at,
    )
    row.state = State.PLANNED if opens_at else State.CANCELLED
    for name, instant in diary.window(opens_at or row.opens_at).items():
        setattr(row, name, instant)
    row.save()


def _sitting(row: CheckIn, contact: Contact | None, at: datetime) -> list[str]:
    graduate = row.graduate
    earlier = graduate.check_ins.exclude(pk=row.pk).exclude(
        state__in=[State.PLANNED, State.CANCELLED]
    )
    is_later = openings.keeps_in_touch(graduate=graduate, at=at)
    return questions.sitting(
        tracks=graduate.tracks,
        asks_use=graduate.asks_use_later if is_later else graduate.asks_use,
        week_number=earlier.count(),
        is_shared_phone=contact is not None and texts.is_shared(contact=contact),
    )


def _ask(row: CheckIn, contact: Contact | None, at: datetime) -> Message | None:
    """Queue the first question; None where there is no way to text this person."""
    if contact is None or contact.address.opted_out_at is not None:
        return None
    contact.graduate = row.graduate
    try:
        return texts.queue(
            contact=contact,
            body=_words("checkin_open", row, contact, at),
            key=f"checkin:{row.pk}",
            kind=Kind.CHECK_IN,
            expires_at=_expiry(row.graduate, at, cadence.NUDGE_AFTER),
            at=at,
        )
    except (outbox.NoSender, wording.SaysTooMuch):
        return None


def _expiry(graduate: Graduate, at: datetime, of_use: timedelta) -> datetime:
    template = openings.template_of(graduate=graduate)
    return openings.expiry(graduate=graduate, template=template, at=at, latest=at + of_use)


def _words(name: str, row: CheckIn, contact: Contact, at: datetime) -> str:
    graduate = row.graduate
    question = BY_CODE[row.questions[0]]
    is_shared = texts.is_shared(contact=contact)
    voice = Voice() if is_shared else coverage.voice_of(graduate=graduate, at=at)
    return wording.text(
        name=name,
        language=graduate.language,
        alias=graduate.program.alias,
        question=question.words,
        hint=question.hint,
        **voice.facts(graduate=graduate, at=at),
    )


def _state_once_asked(row: CheckIn, contact: Contact | None) -> State:
    """Open, where the person was asked or sees it on the web; who said STOP is asked nothing."""
    if row.message is not None or row.graduate.user_id is not None:
        return State.OPEN
    has_stopped = contact is not None and contact.address.opted_out_at is not None
    return State.CANCELLED if has_stopped else State.UNDELIVERABLE


def nudge_due(*, at: datetime) -> int:
    """Ask once more, a day later, whoever got the question and said nothing; returns how many."""
    rows = to_nudge(at=at).select_related("graduate__program").order_by("nudge_at", "pk")
    rows = rows.prefetch_related("graduate__program__cadences")
    return batch.each(rows=rows, do=lambda row: _nudge(row, at))


def _nudge(row: CheckIn, at: datetime) -> bool:
    graduate = row.graduate
    contact = phones.contact_of(graduate=graduate)
    if contact is None or safety.is_looked_after(graduate=graduate):
        return False
    contact.graduate = graduate
    expires_at = _expiry(graduate, at, NUDGE_EXPIRES)
    if expires_at > at:  # as for the opening
        row.nudge = texts.queue(
            contact=contact,
            body=_words("checkin_nudge", row, contact, at),
            key=f"nudge:{row.pk}",
            kind=Kind.NUDGE,
            expires_at=expires_at,
            at=at,
        )
    row.nudge_at = None
    row.save(update_fields=["nudge", "nudge_at"])
    return expires_at > at


def close_due(*, at: datetime) -> int:
    """Close what has been open for its 72 hours, with its outcome; returns how many."""
    rows = to_close(at=at).select_related("graduate__program", "message", "nudge")
    return batch.each(rows=rows.order_by("closes_at", "pk"), do=lambda row: _close(row, at))


def _close(row: CheckIn, at: datetime) -> bool:
    state = State.PARTIAL if row.first_answer_at else _state_of_silence(row)
    if not CheckIn.objects.filter(pk=row.pk, state=State.OPEN).update(state=state):
        return False
    if state in _OUTCOME_OF:
        open_one = Expectation.objects.filter(check_in=row, outcome=Outcome.PENDING)
        open_one.update(outcome=_outcome(row, state))
    watch.look_again(graduates=[row.graduate_id], at=at)
    return True


def _outcome(row: CheckIn, state: State) -> Outcome:
    """What silence counts for: nothing once the first year is over and we only keep in touch."""
    is_silence = state is State.MISSED
    if is_silence and openings.keeps_in_touch(graduate=row.graduate, at=row.opens_at):
        return Outcome.CANCELLED
    return _OUTCOME_OF[state]


def _state_of_silence(row: CheckIn) -> State:
    """Missed only where a question really arrived and the person may still be asked."""
    sent = [message for message in (row.message, row.nudge) if message is not None]
    contact = phones.contact_of(graduate=row.graduate)
    has_stopped = contact is None or contact.address.opted_out_at is not None
    if not sent or has_stopped or not row.graduate.is_written_to:
        return State.CANCELLED
    if any(message.state in _ARRIVED for message in sent):
        return State.MISSED
    if sent[0].state == Message.State.CANCELLED:
        return State.CANCELLED
    return State.UNDELIVERABLE
