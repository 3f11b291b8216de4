"""The plan of a graduate: commitments added, changed and ended, and the answers to their dates."""

from datetime import date, datetime

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from aftercare import attendance, occurrences, record, reminders
from aftercare.agenda import PlannedOccurrence as PlannedOccurrence
from aftercare.agenda import PlanWeek as PlanWeek
from aftercare.agenda import Today as Today
from aftercare.agenda import coming as coming
from aftercare.agenda import commitments as commitments
from aftercare.agenda import pauses as pauses
from aftercare.agenda import today as today
from aftercare.agenda import week as week
from aftercare.attendance import ended as ended
from aftercare.attendance import settle_by_count as settle_by_count
from aftercare.attendance import settle_due as settle_due
from aftercare.attendance import unspoken as unspoken
from aftercare.directory import moments
from aftercare.drafts import CommitmentDraft as CommitmentDraft
from aftercare.drafts import MeetingHasNoTime as MeetingHasNoTime
from aftercare.drafts import UnusableDraft as UnusableDraft
from aftercare.drafts import draft_from_meeting as draft_from_meeting
from aftercare.drafts import draft_of as draft_of
from aftercare.drafts import listed_meeting as listed_meeting
from aftercare.engagement import watch
from aftercare.models import AuditEntry, Commitment, Expectation, Graduate, Meeting
from aftercare.occurrences import NoSuchOccurrence as NoSuchOccurrence
from aftercare.occurrences import zone_of as zone_of
from aftercare.record import Actor

Outcome = Expectation.Outcome

# What a person may say of a date; PENDING takes an answer back.
ANSWERS = (Outcome.KEPT, Outcome.MISSED, Outcome.EXCUSED, Outcome.PENDING)


class NotAnAnswer(ValueError):
    """This outcome is not for a person to say, or not yet; `words` say so plainly."""

    def __init__(self, words: str | Promise) -> None:
        super().__init__(words)
        self.words = words


@transaction.atomic
def add(*, graduate: Graduate, draft: CommitmentDraft, actor: Actor, at: datetime) -> Commitment:
    """Put a commitment into the plan, with its reminders; raises UnusableDraft."""
    draft.check()
    commitment = Commitment.objects.create(
        graduate=graduate, added_by=actor.user, created_at=at, **draft.columns()
    )
    attendance.replan(commitment=commitment, actor=actor, verb=AuditEntry.Verb.CREATED, at=at)
    return commitment


@transaction.atomic
def add_meeting(
    *,
    graduate: Graduate,
    meeting: Meeting,
    starts_on: date,
    reminders_on: bool,
    remind_minutes: int,
    actor: Actor,
    at: datetime,
) -> list[Commitment]:
    """Put a support meeting of the directory into the plan: one commitment for each week of the
    month it meets in, or one for every week; what stands in the plan already is not put there again.
    Returns what was added. Raises UnusableDraft.
    """
    known = Commitment.objects.filter(graduate=graduate, meeting=meeting, ended_at__isnull=True)
    there = {(*one.weekdays, one.start_time, one.position) for one in known}
    drafts = [
        draft_from_meeting(
            meeting=meeting,
            starts_on=starts_on,
            position=position,
            reminders_on=reminders_on,
            remind_minutes=remind_minutes,
        )
        for position in moments.positions_of(weeks=meeting.weeks) or (None,)
    ]
    return [
        add(graduate=graduate, draft=draft, actor=actor, at=at)
        for draft in drafts
        if (*draft.weekdays, draft.start_time, draft.position) not in there
    ]


def has_meeting(*, graduate: Graduate, meeting: Meeting) -> bool:
    """Whether a support meeting of the directory is in the plan."""
    rows = Commitment.objects.filter(graduate=graduate, meeting=meeting, ended_at__isnull=True)
    return rows.exists()


@transaction.atomic
def change(
    *, commitment: Commitment, draft: CommitmentDraft, actor: Actor, at: datetime
) -> Commitment:
    """Change a commitment from now on; dates that have been stay as they were. Raises UnusableDraft."""
    draft.check()
    attendance.settle(commitment=commitment, at=at)
    _carry_over(commitment, draft)
    for name, value in draft.columns().items():
        setattr(commitment, name, value)
    commitment.save()
    attendance.replan(commitment=commitment, actor=actor, at=at)
    return commitment


def _carry_over(commitment: Commitment, draft: CommitmentDraft) -> None:
    """A date that was left out or moved stays so when the hour of all of them becomes another."""
    if draft.start_time == commitment.start_time:
        return
    for row in commitment.changes.all():
        row.recurrence_id = f"{row.recurrence_id[:11]}{draft.start_time:%H:%M}"
        row.save(update_fields=["recurrence_id"])


@transaction.atomic
def end(*, commitment: Commitment, actor: Actor, at: datetime) -> None:
    """Take a commitment out of the plan: what is planned or waits to be sent for it is cancelled."""
    if commitment.ended_at is not None:
        return
    attendance.settle(commitment=commitment, at=at)
    commitment.ended_at = at
    commitment.save(update_fields=["ended_at"])
    attendance.replan(commitment=commitment, actor=actor, at=at)


@transaction.atomic
def restore(*, commitment: Commitment, actor: Actor, at: datetime) -> None:
    """Undo the end of a commitment; nothing is expected of the time in between."""
    if commitment.ended_at is None:
        return
    commitment.ended_at = None
    commitment.save(update_fields=["ended_at"])
    attendance.replan(commitment=commitment, actor=actor, at=at)


@transaction.atomic
def answer(
    *,
    commitment: Commitment,
    recurrence_id: str,
    outcome: str,
    reason: str = "",
    actor: Actor,
    at: datetime,
) -> Expectation:
    """Say what became of one date: kept, missed or excused (with a reason), or take that back.

    What was missed of a closed meeting is cancelled. It may be changed again at any time. Ahead of
    time a date can only be excused; its reminder is cancelled then. Raises NoSuchOccurrence, NotAnAnswer.
    """
    known = Expectation.objects.filter(commitment=commitment, recurrence_id=recurrence_id).first()
    row = known or _expected(commitment, recurrence_id)
    if outcome not in ANSWERS:
        raise NotAnAnswer(_("Choose kept, missed, or could not go."))
    if row.opened_at > at and outcome in (Outcome.KEPT, Outcome.MISSED):
        raise NotAnAnswer(_("This has not begun yet. You can say ahead that you cannot go."))
    if outcome == Outcome.MISSED and attendance.is_off(
        commitment=commitment, starts_at=row.opened_at
    ):
        outcome = Outcome.CANCELLED
    is_open = outcome == Outcome.PENDING
    row.outcome, row.reason = outcome, reason if outcome == Outcome.EXCUSED else ""
    row.answered_at, row.answered_by = (None, None) if is_open else (at, actor.user)
    row.save()
    if row.opened_at > at:
        reminders.refresh(commitment=commitment, at=at)
    graduate = commitment.graduate
    record.write(actor=actor, verb=AuditEntry.Verb.CHANGED, thing=row, graduate=graduate, at=at)
    watch.look_again(graduates=[graduate.pk], at=at)
    return row


def _expected(commitment: Commitment, recurrence_id: str) -> Expectation:
    one = occurrences.one(commitment=commitment, recurrence_id=recurrence_id)
    if one is None:
        raise NoSuchOccurrence(recurrence_id)
    return attendance.expected(commitment=commitment, occurrence=one)
