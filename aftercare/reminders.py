"""Reminders: stored promises computed from the plan, handed to the outbox when they fall due.

What the plan wants and what is stored are compared by (commitment, local recurrence id, lead), so
an edit creates and cancels, and a time zone that changes its rules only moves what is there.
"""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import models, transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from aftercare import batch, recurrence, texts, wording
from aftercare.models import Commitment, Contact, Expectation, Graduate, Reminder
from aftercare.recurrence import Occurrence
from notifications import outbox
from notifications.kinds import Kind
from notifications.models import Message

# How far ahead reminders stand as rows, and how little of it may be left before more are made.
HORIZON, REFILL = timedelta(days=14), timedelta(days=7)

# Why a reminder was cancelled or skipped, for a person to read.
REASONS: dict[str, str | Promise] = {
    "changed": _("The plan was changed."),
    "answered": _("It was answered before it was sent."),
    "not_active": _("Texts to this person rest."),
    "too_late": _("It was too late to be of use."),
    "no_phone": _("There is no phone number to text."),
    "no_sender": _("The program has no number to text from."),
    "says_too_much": _("Its words would tell a stranger too much."),
}

State = Reminder.State


@transaction.atomic
def refresh(*, commitment: Commitment, at: datetime) -> int:
    """Make the reminders of one commitment what its plan wants; returns how many are newly planned.

    Nothing is planned in the past. What is obsolete is cancelled, in the outbox, too, while it waits.
    """
    lead = commitment.remind_minutes
    coming = {(one.recurrence_id, lead): one for one in _coming(commitment, at)}
    stored = {
        (row.recurrence_id, row.lead_minutes): row
        for row in commitment.reminders.filter(starts_at__gt=at)
    }
    for key, row in stored.items():
        if key not in coming:
            _cancel(row, at)
    told = {row.recurrence_id for row in stored.values() if row.state == State.QUEUED}
    new, renewed = [], 0
    for key, one in coming.items():
        due_at = recurrence.due_before(starts_at=one.starts_at, minutes=lead)
        if due_at <= at or one.recurrence_id in told:
            continue
        if key in stored:
            renewed += _renew(stored[key], one, due_at)
        else:
            new.append(_new(commitment, one, due_at))
    Reminder.objects.bulk_create(new, ignore_conflicts=True)
    commitment.planned_until = at + HORIZON
    Commitment.objects.filter(pk=commitment.pk).update(planned_until=commitment.planned_until)
    return len(new) + renewed


def _coming(commitment: Commitment, at: datetime) -> list[Occurrence]:
    """The occurrences within the horizon that deserve a reminder."""
    if commitment.ended_at or not commitment.reminders_on:
        return []
    answered = set(
        commitment.expectations.filter(opened_at__gt=at)
        .exclude(outcome=Expectation.Outcome.PENDING)
        .values_list("recurrence_id", flat=True)
    )
    found = recurrence.occurrences(rule=commitment.rule, start=at, end=at + HORIZON)
    return [one for one in found if one.starts_at > at and one.recurrence_id not in answered]


def _cancel(row: Reminder, at: datetime) -> None:
    """Cancel what has not left yet; what has left stays on record as it is."""
    waits = row.state == State.PLANNED or (
        row.state == State.QUEUED and outbox.cancel(key=_key(row), reason="changed", at=at)
    )
    if waits:
        row.state, row.reason = State.CANCELLED, "changed"
        row.save(update_fields=["state", "reason"])


def _new(commitment: Commitment, occurrence: Occurrence, due_at: datetime) -> Reminder:
    return Reminder(
        commitment=commitment,
        recurrence_id=occurrence.recurrence_id,
        lead_minutes=commitment.remind_minutes,
        starts_at=occurrence.starts_at,
        due_at=due_at,
    )


def _renew(row: Reminder, occurrence: Occurrence, due_at: datetime) -> bool:
    """Bring a stored reminder up to date; whether it is planned anew."""
    was_planned = row.state == State.PLANNED
    if was_planned and (row.starts_at, row.due_at) == (occurrence.starts_at, due_at):
        return False
    row.starts_at, row.due_at = occurrence.starts_at, due_at
    row.state, row.reason = State.PLANNED, ""
    row.save(update_fields=["starts_at", "due_at", "state", "reason"])
    return not was_planned


def short(*, at: datetime) -> models.QuerySet[Commitment]:
    """Commitments that are planned for too short a time ahead."""
    rows = Commitment.objects.filter(planned_until__lt=at + REFILL, ended_at__isnull=True)
    return rows.exclude(graduate__status__in=[Graduate.Status.LEFT, Graduate.Status.DECEASED])


def due(*, at: datetime) -> models.QuerySet[Reminder]:
    """Reminders whose time has come."""
    return Reminder.objects.filter(state=State.PLANNED, due_at__lte=at)


def plan_ahead(*, at: datetime) -> int:
    """Plan further ahead where little is left; returns how many reminders are newly planned."""
    counts: list[int] = []

    def refill(commitment: Commitment) -> bool:
        counts.append(refresh(commitment=commitment, at=at))
        return True

    batch.each(rows=short(at=at).order_by("planned_until", "pk"), do=refill)
    return sum(counts)


def send_due(*, at: datetime) -> int:
    """Hand what is due to the outbox, once; returns how many texts were queued."""
    rows = due(at=at).select_related("commitment__graduate__program")
    return batch.each(rows=rows.order_by("due_at", "pk"), do=lambda row: _send(row, at))


def _send(row: Reminder, at: datetime) -> bool:
    waiting = Reminder.objects.filter(pk=row.pk, state=State.PLANNED)
    if not waiting.update(state=State.QUEUED):
        return False
    reason = _why_not(row, at)
    if not reason:
        try:
            contact = texts.phone_of(graduate=row.commitment.graduate)
            row.message = texts.queue(
                contact=contact,
                body=_body(row, contact, at),
                key=_key(row),
                kind=Kind.REMINDER,
                expires_at=row.starts_at,
                at=at,
            )
        except texts.NobodyToText:
            reason = "no_phone"
        except outbox.NoSender:
            reason = "no_sender"
        except wording.SaysTooMuch:
            reason = "says_too_much"
    row.state, row.reason = (State.SKIPPED, reason) if reason else (State.QUEUED, "")
    row.save(update_fields=["state", "reason", "message"])
    return not reason


def _why_not(row: Reminder, at: datetime) -> str:
    """A code of REASONS, or "" where it is still wanted."""
    if row.commitment.ended_at:
        return "changed"
    if not row.commitment.graduate.is_written_to:
        return "not_active"
    if row.starts_at <= at:
        return "too_late"
    answered = Expectation.objects.filter(
        commitment=row.commitment_id, recurrence_id=row.recurrence_id
    ).exclude(outcome=Expectation.Outcome.PENDING)
    return "answered" if answered.exists() else ""


def _body(row: Reminder, contact: Contact, at: datetime) -> str:
    """The time alone, unless the person chose fuller words on a phone that nobody else sees."""
    commitment, graduate = row.commitment, row.commitment.graduate
    zone, language = ZoneInfo(graduate.time_zone), graduate.language
    is_plain = graduate.discreet or texts.is_shared(contact=contact)
    return wording.text(
        name="reminder" if is_plain else "reminder_named",
        language=language,
        clock=wording.clock(
            at=row.starts_at, zone=zone, language=language, other=ZoneInfo(commitment.time_zone)
        ),
        day=wording.day(at=row.starts_at, now=at, zone=zone, language=language),
        title=commitment.title,
        place=commitment.place,
        alias=graduate.program.alias,
    )


def _key(row: Reminder) -> str:
    return f"reminder:{row.pk}"


def are_wanted(*, message: Message, at: datetime) -> bool:
    """Whether the reminders that a message carries still hold; true of any other message."""
    rows = Reminder.objects.filter(message=message).select_related("commitment__graduate")
    return not any(_why_not(row, at) for row in rows)
