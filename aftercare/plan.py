"""The plan of a graduate: commitments added, changed and ended, and the answers to their dates."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import models, transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from aftercare import batch, record, recurrence, reminders
from aftercare.agenda import PlannedOccurrence as PlannedOccurrence
from aftercare.agenda import PlanWeek as PlanWeek
from aftercare.agenda import Today as Today
from aftercare.agenda import commitments as commitments
from aftercare.agenda import today as today
from aftercare.agenda import week as week
from aftercare.drafts import CommitmentDraft as CommitmentDraft
from aftercare.drafts import MeetingHasNoTime as MeetingHasNoTime
from aftercare.drafts import UnusableDraft as UnusableDraft
from aftercare.drafts import draft_from_meeting as draft_from_meeting
from aftercare.drafts import draft_of as draft_of
from aftercare.drafts import listed_meeting as listed_meeting
from aftercare.models import AuditEntry, Commitment, Expectation, Graduate
from aftercare.record import Actor
from aftercare.recurrence import Occurrence

Outcome = Expectation.Outcome

# What a person may say of a date; PENDING takes an answer back.
ANSWERS = (Outcome.KEPT, Outcome.MISSED, Outcome.EXCUSED, Outcome.PENDING)
# Nobody said for so long: neither kept nor missed.
UNREPORTED_AFTER = timedelta(hours=48)
# The weekly count question asks about so long.
COUNTED = timedelta(days=7)
# Further ahead no date is looked for; a later look finds it.
_FAR = timedelta(days=400)


class NoSuchOccurrence(LookupError):
    """The commitment has no date with this recurrence id."""


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
    _replan(commitment, at)
    _record(commitment, AuditEntry.Verb.CREATED, actor, at)
    return commitment


@transaction.atomic
def change(
    *, commitment: Commitment, draft: CommitmentDraft, actor: Actor, at: datetime
) -> Commitment:
    """Change a commitment from now on; dates that have been stay as they were. Raises UnusableDraft."""
    draft.check()
    _settle(commitment, at)
    for name, value in draft.columns().items():
        setattr(commitment, name, value)
    commitment.save()
    _replan(commitment, at)
    _record(commitment, AuditEntry.Verb.CHANGED, actor, at)
    return commitment


@transaction.atomic
def end(*, commitment: Commitment, actor: Actor, at: datetime) -> None:
    """Take a commitment out of the plan: what is planned or waits to be sent for it is cancelled."""
    if commitment.ended_at is not None:
        return
    _settle(commitment, at)
    commitment.ended_at = at
    commitment.save(update_fields=["ended_at"])
    _replan(commitment, at)
    _record(commitment, AuditEntry.Verb.CHANGED, actor, at)


@transaction.atomic
def restore(*, commitment: Commitment, actor: Actor, at: datetime) -> None:
    """Undo the end of a commitment; nothing is expected of the time in between."""
    if commitment.ended_at is None:
        return
    commitment.ended_at = None
    commitment.save(update_fields=["ended_at"])
    _replan(commitment, at)
    _record(commitment, AuditEntry.Verb.CHANGED, actor, at)


def _replan(commitment: Commitment, at: datetime) -> None:
    reminders.refresh(commitment=commitment, at=at)
    commitment.settle_at = None if commitment.ended_at else _next_end(commitment, after=at)
    commitment.save(update_fields=["settle_at"])


def _record(commitment: Commitment, verb: AuditEntry.Verb, actor: Actor, at: datetime) -> None:
    graduate = commitment.graduate
    record.write(actor=actor, verb=verb, thing=commitment, graduate=graduate, at=at)
    _look_again([graduate.pk], at)


def _look_again(graduates: Iterable[int], at: datetime) -> None:
    """Have the signals of these graduates looked at in the next tick."""
    Graduate.objects.filter(pk__in=graduates).update(assess_at=at)


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

    It may be changed again at any time. Ahead of time a date can only be excused; its reminder is
    cancelled then. Raises NoSuchOccurrence, NotAnAnswer.
    """
    known = Expectation.objects.filter(commitment=commitment, recurrence_id=recurrence_id).first()
    row = known or _expectation(commitment, _occurrence(commitment, recurrence_id))
    if outcome not in ANSWERS:
        raise NotAnAnswer(_("Choose kept, missed, or could not go."))
    if row.opened_at > at and outcome in (Outcome.KEPT, Outcome.MISSED):
        raise NotAnAnswer(_("This has not begun yet. You can say ahead that you cannot go."))
    is_open = outcome == Outcome.PENDING
    row.outcome, row.reason = outcome, reason if outcome == Outcome.EXCUSED else ""
    row.answered_at, row.answered_by = (None, None) if is_open else (at, actor.user)
    row.save()
    if row.opened_at > at:
        reminders.refresh(commitment=commitment, at=at)
    graduate = commitment.graduate
    record.write(actor=actor, verb=AuditEntry.Verb.CHANGED, thing=row, graduate=graduate, at=at)
    _look_again([graduate.pk], at)
    return row


def _occurrence(commitment: Commitment, recurrence_id: str) -> Occurrence:
    try:
        wall = datetime.fromisoformat(recurrence_id).replace(tzinfo=None)
    except ValueError as error:
        raise NoSuchOccurrence(recurrence_id) from error
    day = recurrence.localize(wall=wall, zone=recurrence.load_zone(commitment.time_zone))
    around = recurrence.occurrences(
        rule=commitment.rule, start=day - timedelta(days=1), end=day + timedelta(days=1)
    )
    for one in around:
        if one.recurrence_id == recurrence_id:
            return one
    raise NoSuchOccurrence(recurrence_id)


def _expectation(commitment: Commitment, one: Occurrence) -> Expectation:
    return Expectation(
        graduate_id=commitment.graduate_id,
        kind=Expectation.Kind.OCCURRENCE,
        commitment=commitment,
        recurrence_id=one.recurrence_id,
        opened_at=one.starts_at,
        due_at=one.ends_at,
    )


def ended(*, at: datetime) -> models.QuerySet[Commitment]:
    """Commitments with dates that have ended and are not on record yet."""
    return Commitment.objects.filter(settle_at__lte=at)


def unspoken(*, at: datetime) -> models.QuerySet[Expectation]:
    """Dates on record that nobody has said anything of for 48 hours."""
    return Expectation.objects.filter(
        kind=Expectation.Kind.OCCURRENCE,
        outcome=Outcome.PENDING,
        due_at__lte=at - UNREPORTED_AFTER,
    )


def settle_due(*, at: datetime) -> int:
    """Put dates that have ended on record, and let those that nobody answered for 48 hours rest.

    Returns how many commitments and dates were touched.
    """
    rows = ended(at=at).select_related("graduate").order_by("settle_at")
    settled = batch.each(rows=rows, do=lambda row: _settle(row, at))
    silent = unspoken(at=at)
    keys = list(silent.values_list("pk", flat=True))
    if keys:
        silent.filter(pk__in=keys).update(outcome=Outcome.UNREPORTED)
    return settled + len(keys)


@transaction.atomic
def _settle(commitment: Commitment, at: datetime) -> bool:
    """Record the dates of one commitment that have ended since the last time."""
    if commitment.settle_at is None or commitment.settle_at > at:
        return False
    length = timedelta(minutes=commitment.minutes)
    ended = recurrence.occurrences(
        rule=commitment.rule,
        start=commitment.settle_at - length,
        end=at - length + timedelta(microseconds=1),
    )
    # While texts and plans of a person rest, nothing is expected.
    if commitment.graduate.is_written_to:
        Expectation.objects.bulk_create(
            (_expectation(commitment, one) for one in ended), ignore_conflicts=True
        )
    commitment.settle_at = _next_end(commitment, after=at)
    commitment.save(update_fields=["settle_at"])
    return True


def _next_end(commitment: Commitment, *, after: datetime) -> datetime | None:
    """When the first date that ends later than `after` ends; None where none is near."""
    start = after - timedelta(minutes=commitment.minutes) + timedelta(microseconds=1)
    rule = commitment.rule
    for far in (timedelta(days=32), _FAR):
        first = next(recurrence.occurrences(rule=rule, start=start, end=start + far), None)
        if first is not None:
            return first.ends_at
    return None


def settle_by_count(*, graduate: Graduate, count: int, at: datetime) -> int:
    """Settle the week's dates that nobody spoke of by how many the person got to.

    All of them, or none of them, says it of each; a number in between does not say which.
    Returns how many were settled.
    """
    of_week = Expectation.objects.filter(
        graduate=graduate,
        kind=Expectation.Kind.OCCURRENCE,
        due_at__gt=at - COUNTED,
        due_at__lte=at,
    )
    kept = of_week.filter(outcome__in=Expectation.CAME).count()
    open_ones = of_week.filter(outcome__in=[Outcome.PENDING, Outcome.UNREPORTED])
    if count >= kept + open_ones.count():
        return open_ones.update(outcome=Outcome.KEPT, answered_at=at)
    if count <= kept:
        return open_ones.update(outcome=Outcome.MISSED, answered_at=at)
    return 0
