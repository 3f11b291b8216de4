"""Reminders: stored promises computed from the plan, handed to the outbox when they fall due.

What the plan wants and what is stored are compared by (commitment, local recurrence id, lead), so
an edit creates and cancels, and a time zone that changes its rules only moves what is there.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from django.db import models, transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from aftercare import batch, habits, nudges, occurrences, recurrence, texts, wording
from aftercare.models import Commitment, Expectation, Graduate, Reminder
from aftercare.recurrence import Lead, Occurrence
from notifications import outbox
from notifications.kinds import Kind
from notifications.models import Message

# How far ahead reminders stand as rows, and how little of it may be left before more are made.
HORIZON, REFILL = timedelta(days=14), timedelta(days=7)
# How long before it begins a date is told of that entered the plan too late for its own reminders.
LATE_LEAD = timedelta(minutes=30)

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

# By these a reminder is known among those of its commitment: recurrence id, minutes and clock of the lead.
Key = tuple[str, int, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """One reminder that the plan asks for."""

    occurrence: Occurrence
    lead: Lead
    due_at: datetime

    @property
    def key(self) -> Key:
        """What it is known by."""
        return self.occurrence.recurrence_id, self.lead.minutes, self.lead.clock


@transaction.atomic
def refresh(*, commitment: Commitment, at: datetime) -> int:
    """Make the reminders of one commitment what its plan wants; returns how many are newly planned.

    Nothing is planned in the past. What is obsolete is cancelled, in the outbox, too, while it waits.
    """
    habits.rest(commitment=commitment, at=at)
    rows = list(commitment.reminders.filter(starts_at__gt=at).select_related("message"))
    stored = {_key_of(row): row for row in rows}
    coming = {want.key: want for want in _coming(commitment, at)}
    for key, row in stored.items():
        if key not in coming or _says_another_time(row, coming[key].occurrence):
            _cancel(row, at)
    new, renewed = [], 0
    for want in _untold(coming.values(), rows):
        if want.due_at <= at:
            continue
        if want.key in stored:
            renewed += _renew(stored[want.key], want)
        else:
            new.append(_new(commitment, want))
    Reminder.objects.bulk_create(new, ignore_conflicts=True)
    commitment.planned_until = at + HORIZON
    Commitment.objects.filter(pk=commitment.pk).update(planned_until=commitment.planned_until)
    return len(new) + renewed


def wanted(*, commitment: Commitment, at: datetime) -> tuple[Wanted, ...]:
    """Every reminder that the plan asks for within the horizon and that is still to come, by its time."""
    found = (want for want in _coming(commitment, at) if want.due_at > at)
    return tuple(sorted(found, key=lambda want: (want.due_at, want.key)))


def _coming(commitment: Commitment, at: datetime) -> Iterator[Wanted]:
    """A reminder for each lead of each date within the horizon that deserves one."""
    if commitment.ended_at or not commitment.reminders_on or commitment.rested_at:
        return
    answered = set(
        commitment.expectations.filter(opened_at__gt=at)
        .exclude(outcome=Expectation.Outcome.PENDING)
        .values_list("recurrence_id", flat=True)
    )
    zone = recurrence.load_zone(commitment.graduate.time_zone)
    since = commitment.changed_at or commitment.created_at
    # A date beyond the horizon may have its reminder days before it.
    for one in occurrences.of(commitment=commitment, start=at, end=at + HORIZON):
        if one.starts_at <= at or one.recurrence_id in answered:
            continue
        yield from _in_time(_of_date(one, commitment.leads, zone), since)


def _of_date(one: Occurrence, leads: Iterable[Lead], zone: ZoneInfo) -> Iterator[Wanted]:
    for lead in leads:
        due_at = lead.due(starts_at=one.starts_at, zone=zone)
        if due_at < one.starts_at or not lead.clock:
            yield Wanted(occurrence=one, lead=lead, due_at=due_at)


def _in_time(wants: Iterable[Wanted], since: datetime) -> Iterator[Wanted]:
    """The reminders of one date; where all were over when the plan became what it is, the last comes late.

    It keeps the key of its lead, so that a date that was told of is not told of again.
    """
    *others, last = sorted(wants, key=lambda want: want.due_at)
    yield from others
    late_at = last.occurrence.starts_at - LATE_LEAD
    yield replace(last, due_at=late_at) if last.due_at <= since < late_at else last


def _key_of(row: Reminder) -> Key:
    return row.recurrence_id, row.lead_minutes, row.lead_clock


def _untold(coming: Iterable[Wanted], rows: Iterable[Reminder]) -> Iterator[Wanted]:
    """What of the wanted may still be planned: none that was told, and never more texts than leads.

    Where a lead was changed after its text had left, that text stands for the one that would come
    next, so that an edit brings no second one.
    """
    told: dict[str, set[Key]] = {}
    for row in rows:
        if row.state == State.QUEUED:
            told.setdefault(row.recurrence_id, set()).add(_key_of(row))
    by_date = groupby(coming, key=lambda want: want.occurrence.recurrence_id)
    for recurrence_id, group in by_date:
        known = told.get(recurrence_id, set())
        wants = sorted(group, key=lambda want: want.due_at)
        spare = len(known - {want.key for want in wants})
        yield from [want for want in wants if want.key not in known][spare:]


def _says_another_time(row: Reminder, occurrence: Occurrence) -> bool:
    """Whether the text waits in the outbox with an hour that is not right any more."""
    return row.state == State.QUEUED and row.starts_at != occurrence.starts_at


def _cancel(row: Reminder, at: datetime) -> None:
    """Cancel what has not left yet; what has left stays on record as it is."""
    if row.state == State.QUEUED and row.message is not None:
        if not outbox.cancel(key=row.message.key, reason="changed", at=at):
            return
        # The text spoke of others as well, which are told by a text of their own.
        others = row.message.reminders.exclude(pk=row.pk).filter(state=State.QUEUED)
        others.update(state=State.PLANNED)
    elif row.state != State.PLANNED:
        return
    row.state, row.reason = State.CANCELLED, "changed"
    row.save(update_fields=["state", "reason"])


def _new(commitment: Commitment, want: Wanted) -> Reminder:
    return Reminder(
        commitment=commitment,
        recurrence_id=want.occurrence.recurrence_id,
        lead_minutes=want.lead.minutes,
        lead_clock=want.lead.clock,
        starts_at=want.occurrence.starts_at,
        due_at=want.due_at,
    )


def _renew(row: Reminder, want: Wanted) -> bool:
    """Bring a stored reminder up to date; whether it is planned anew."""
    was_planned = row.state == State.PLANNED
    starts_at = want.occurrence.starts_at
    if was_planned and (row.starts_at, row.due_at) == (starts_at, want.due_at):
        return False
    row.starts_at, row.due_at = starts_at, want.due_at
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

    rows = occurrences.with_changes(short(at=at))
    batch.each(rows=rows.order_by("planned_until", "pk"), do=refill)
    return sum(counts)


def send_due(*, at: datetime) -> int:
    """Hand what is due to the outbox, once; returns how many texts were queued."""
    rows = due(at=at).select_related("commitment__graduate__program", "message")
    rows = rows.prefetch_related(*(f"commitment__{name}" for name in occurrences.CHANGES))
    return batch.each(rows=rows.order_by("due_at", "pk"), do=lambda row: _send(row, at))


def _send(row: Reminder, at: datetime) -> bool:
    waiting = Reminder.objects.filter(pk=row.pk, state=State.PLANNED)
    if not waiting.update(state=State.QUEUED):
        return False
    reason = _why_not(row, at) or _hand_over(row, at)
    row.state, row.reason = (State.SKIPPED, reason) if reason else (State.QUEUED, "")
    row.save(update_fields=["state", "reason", "message"])
    return not reason


def _hand_over(row: Reminder, at: datetime) -> str:
    """Put the text into the outbox, with what else is near; a code of REASONS where that cannot be."""
    try:
        contact = texts.way_of(graduate=row.commitment.graduate, kind=Kind.REMINDER)
        near = [
            one for one in nudges.near(row=row, contact=contact, at=at) if not _why_not(one, at)
        ]
        told = nudges.one_a_date([row, *near])
        row.message = texts.queue(
            contact=contact,
            body=nudges.body(rows=told, contact=contact, at=at),
            key=_text_key(row),
            kind=Kind.REMINDER,
            expires_at=min(one.starts_at for one in told),
            at=at,
        )
    except texts.NobodyToText:
        return "no_phone"
    except outbox.NoSender:
        return "no_sender"
    except wording.SaysTooMuch:
        return "says_too_much"
    keys = [one.pk for one in told if one.pk != row.pk]
    Reminder.objects.filter(pk__in=keys).update(state=State.QUEUED, message=row.message)
    return ""


def _text_key(row: Reminder) -> str:
    """The outbox' key: a text that was cancelled while it waited makes room for one more."""
    cancelled = row.message is not None and row.message.state == Message.State.CANCELLED
    return f"reminder:{row.pk}:after:{row.message_id}" if cancelled else f"reminder:{row.pk}"


def _why_not(row: Reminder, at: datetime) -> str:
    """A code of REASONS, or "" where it is still wanted."""
    commitment = row.commitment
    if commitment.ended_at:
        return "changed"
    if not commitment.graduate.is_written_to:
        return "not_active"
    if row.starts_at <= at:
        return "too_late"
    answered = Expectation.objects.filter(
        commitment=row.commitment_id, recurrence_id=row.recurrence_id
    ).exclude(outcome=Expectation.Outcome.PENDING)
    if answered.exists():
        return "answered"
    # A holiday may have been set a moment ago, before the plan was made anew.
    one = occurrences.one(commitment=commitment, recurrence_id=row.recurrence_id)
    return "" if one is not None and one.starts_at == row.starts_at else "changed"


def are_wanted(*, message: Message, at: datetime) -> bool:
    """Whether the reminders that a message carries still hold; true of any other message."""
    rows = Reminder.objects.filter(message=message).select_related("commitment__graduate")
    return not any(_why_not(row, at) for row in rows)
