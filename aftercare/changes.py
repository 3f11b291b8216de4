"""Dates of a plan that go another way: left out once, moved once, paused for a while; each can be undone."""

from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Protocol

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from aftercare import attendance, occurrences, recurrence
from aftercare.models import Commitment, DateChange, Graduate, PlanPause
from aftercare.occurrences import NoSuchOccurrence
from aftercare.record import Actor
from aftercare.recurrence import Occurrence

# A pause that lasts longer is an end, and ends are undone as well.
LONGEST_PAUSE_DAYS = 366


class ChangeOfDate(Protocol):
    """A verb on one date of a commitment."""

    def __call__(
        self, *, commitment: Commitment, recurrence_id: str, actor: Actor, at: datetime
    ) -> None: ...


class NotThen(ValueError):
    """A date cannot go there, or a pause cannot lie so; `words` say why, `field` names what to choose anew."""

    def __init__(self, words: str | Promise, *, field: str) -> None:
        super().__init__(words)
        self.words = words
        self.field = field


def coming_date(*, commitment: Commitment, recurrence_id: str, at: datetime) -> Occurrence:
    """A date of the plan that has not begun; raises NoSuchOccurrence."""
    one = occurrences.one(commitment=commitment, recurrence_id=recurrence_id)
    if one is None or one.starts_at <= at:
        raise NoSuchOccurrence(recurrence_id)
    return one


@transaction.atomic
def skip(*, commitment: Commitment, recurrence_id: str, actor: Actor, at: datetime) -> None:
    """Leave out one date ("not this week"); raises NoSuchOccurrence."""
    coming_date(commitment=commitment, recurrence_id=recurrence_id, at=at)
    facts = {"kind": DateChange.Kind.SKIPPED, "moved_on": None, "moved_time": None}
    _keep(commitment, recurrence_id, facts, actor, at)


@transaction.atomic
def move(
    *,
    commitment: Commitment,
    recurrence_id: str,
    on: date,
    start_time: time,
    actor: Actor,
    at: datetime,
) -> None:
    """Move one date, just this once, to a wall time in the commitment's zone.

    Raises NoSuchOccurrence, NotThen.
    """
    coming_date(commitment=commitment, recurrence_id=recurrence_id, at=at)
    wall = datetime.combine(on, start_time.replace(second=0, microsecond=0))
    zone = recurrence.load_zone(commitment.time_zone)
    if recurrence.localize(wall=wall, zone=zone) <= at:
        raise NotThen(_("This time has passed. Choose a later one."), field="on")
    days_off = occurrences.changes_of(commitment=commitment).days_off
    if any(days.covers(on) for days in days_off):
        raise NotThen(
            _("Nothing is planned on this day: it lies in a pause or on a holiday."), field="on"
        )
    facts = {"kind": DateChange.Kind.MOVED, "moved_on": wall.date(), "moved_time": wall.time()}
    _keep(commitment, recurrence_id, facts, actor, at)


def _keep(
    commitment: Commitment,
    recurrence_id: str,
    facts: Mapping[str, object],
    actor: Actor,
    at: datetime,
) -> None:
    attendance.settle(commitment=commitment, at=at)
    DateChange.objects.update_or_create(
        commitment=commitment,
        recurrence_id=recurrence_id,
        defaults={**facts, "broadcast": None, "changed_by": actor.user, "changed_at": at},
    )
    # What was said ahead of the date as it was says nothing of it as it is.
    commitment.expectations.filter(recurrence_id=recurrence_id, opened_at__gt=at).delete()
    attendance.replan(commitment=commitment, actor=actor, at=at)


@transaction.atomic
def take_back(*, commitment: Commitment, recurrence_id: str, actor: Actor, at: datetime) -> None:
    """Let a date be as its rule says again, if neither has begun; raises NoSuchOccurrence.

    What the program called off is not for this: aftercare.broadcasts takes that back.
    """
    kinds = (DateChange.Kind.SKIPPED, DateChange.Kind.MOVED)
    row = commitment.changes.filter(recurrence_id=recurrence_id, kind__in=kinds).first()
    wall = recurrence.wall_time(recurrence_id=recurrence_id)
    if row is None or wall is None:
        raise NoSuchOccurrence(recurrence_id)
    zone = recurrence.load_zone(commitment.time_zone)
    if recurrence.localize(wall=wall, zone=zone) <= at:
        raise NoSuchOccurrence(recurrence_id)
    if row.kind == DateChange.Kind.MOVED:
        coming_date(commitment=commitment, recurrence_id=recurrence_id, at=at)
    attendance.settle(commitment=commitment, at=at)
    row.delete()
    attendance.replan(commitment=commitment, actor=actor, at=at)


@transaction.atomic
def pause(
    *,
    graduate: Graduate,
    commitment: Commitment | None = None,
    first_on: date,
    last_on: date,
    actor: Actor,
    at: datetime,
) -> PlanPause:
    """Rest one commitment, or the whole plan, from one local day to another, both included.

    Check-ins go on; preferences.pause rests those as well. Raises NotThen.
    """
    today = at.astimezone(recurrence.load_zone(graduate.time_zone)).date()
    if first_on < today:
        raise NotThen(
            _("A pause begins today or later. Choose another first day."), field="first_on"
        )
    if not 0 <= (last_on - first_on).days < LONGEST_PAUSE_DAYS:
        raise NotThen(
            _("The last day comes after the first one, and within a year of it."), field="last_on"
        )
    _settle_all(graduate, commitment, at)
    made = PlanPause.objects.create(
        graduate=graduate,
        commitment=commitment,
        first_on=first_on,
        last_on=last_on,
        added_by=actor.user,
        created_at=at,
    )
    _replan_all(graduate, commitment, actor, at)
    return made


@transaction.atomic
def end_pause(*, pause: PlanPause, actor: Actor, at: datetime) -> None:
    """Take a pause back; what lay in it so far stays as it was, unexpected."""
    graduate, commitment = pause.graduate, pause.commitment
    _settle_all(graduate, commitment, at)
    pause.delete()
    _replan_all(graduate, commitment, actor, at)


def _concerned(graduate: Graduate, commitment: Commitment | None) -> list[Commitment]:
    rows = Commitment.objects.filter(graduate=graduate, ended_at__isnull=True)
    if commitment is not None:
        rows = rows.filter(pk=commitment.pk)
    return list(rows.select_related("graduate__program"))


def _settle_all(graduate: Graduate, commitment: Commitment | None, at: datetime) -> None:
    for row in _concerned(graduate, commitment):
        attendance.settle(commitment=row, at=at)


def _replan_all(
    graduate: Graduate, commitment: Commitment | None, actor: Actor, at: datetime
) -> None:
    for row in _concerned(graduate, commitment):
        attendance.replan(commitment=row, actor=actor, at=at)


@transaction.atomic
def remind_again(*, commitment: Commitment, actor: Actor, at: datetime) -> None:
    """Bring reminders back that rest because the commitment was kept for a year, for good."""
    commitment.may_rest, commitment.rested_at = False, None
    commitment.save(update_fields=["may_rest", "rested_at"])
    attendance.replan(commitment=commitment, actor=actor, at=at)
