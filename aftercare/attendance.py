"""What became of the dates of a plan: put on record when they end, answered, or never spoken of."""

from datetime import datetime, timedelta

from django.db import models, transaction

from aftercare import batch, occurrences, record, reminders
from aftercare.directory import closures
from aftercare.engagement import watch
from aftercare.models import AuditEntry, Commitment, Expectation, Graduate
from aftercare.record import Actor
from aftercare.recurrence import Occurrence

Outcome = Expectation.Outcome

# Nobody said for so long: neither kept nor missed.
UNREPORTED_AFTER = timedelta(hours=48)
# The weekly count question asks about so long.
COUNTED = timedelta(days=7)
# Further ahead no date is looked for; a later look finds it.
_FAR = timedelta(days=400)


def expected(*, commitment: Commitment, occurrence: Occurrence) -> Expectation:
    """One date as it goes on record, not yet saved."""
    return Expectation(
        graduate_id=commitment.graduate_id,
        kind=Expectation.Kind.OCCURRENCE,
        commitment=commitment,
        recurrence_id=occurrence.recurrence_id,
        opened_at=occurrence.starts_at,
        due_at=occurrence.ends_at,
    )


def is_off(*, commitment: Commitment, starts_at: datetime) -> bool:
    """Whether the meeting of this date was closed, so that nobody can have missed it."""
    meeting = commitment.meeting
    return meeting is not None and closures.was_closed(meeting=meeting, starts_at=starts_at)


def replan(
    *,
    commitment: Commitment,
    actor: Actor,
    verb: AuditEntry.Verb = AuditEntry.Verb.CHANGED,
    at: datetime,
) -> None:
    """Make reminders and the next settling what the plan wants now, and record who changed it."""
    commitment.changed_at = at
    reminders.refresh(commitment=commitment, at=at)
    commitment.settle_at = None if commitment.ended_at else _next_end(commitment, after=at)
    commitment.save(update_fields=["settle_at", "changed_at"])
    graduate = commitment.graduate
    record.write(actor=actor, verb=verb, thing=commitment, graduate=graduate, at=at)
    watch.look_again(graduates=[graduate.pk], at=at)


def replan_soon(*, commitments: "models.QuerySet[Commitment]", at: datetime) -> None:
    """Have the next tick replan many commitments whose dates have changed."""
    live = commitments.filter(ended_at__isnull=True)
    live.update(planned_until=at, changed_at=at)
    # A date that came back may end before the one that was the next.
    live.exclude(settle_at__lt=at).update(settle_at=at)


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
    rows = occurrences.with_changes(ended(at=at).select_related("meeting")).order_by("settle_at")
    settled = batch.each(rows=rows, do=lambda row: settle(commitment=row, at=at))
    silent = unspoken(at=at)
    keys = list(silent.values_list("pk", flat=True))
    if keys:
        silent.filter(pk__in=keys).update(outcome=Outcome.UNREPORTED)
    return settled + len(keys)


@transaction.atomic
def settle(*, commitment: Commitment, at: datetime) -> bool:
    """Record the dates of one commitment that have ended since the last time; whether there was a time to."""
    if commitment.settle_at is None or commitment.settle_at > at:
        return False
    length = timedelta(minutes=commitment.minutes)
    over = occurrences.of(
        commitment=commitment,
        start=commitment.settle_at - length,
        end=at - length + timedelta(microseconds=1),
    )
    # While texts and plans of a person rest, nothing is expected.
    if commitment.graduate.is_written_to:
        rows = [expected(commitment=commitment, occurrence=one) for one in over]
        for row in rows:
            if is_off(commitment=commitment, starts_at=row.opened_at):
                row.outcome = Outcome.CANCELLED
        Expectation.objects.bulk_create(rows, ignore_conflicts=True)
    commitment.settle_at = _next_end(commitment, after=at)
    commitment.save(update_fields=["settle_at"])
    return True


def _next_end(commitment: Commitment, *, after: datetime) -> datetime | None:
    """When the first date that ends later than `after` ends; None where none is near."""
    start = after - timedelta(minutes=commitment.minutes) + timedelta(microseconds=1)
    first = occurrences.first(commitment=commitment, start=start, far=_FAR)
    return first.ends_at if first else None


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
