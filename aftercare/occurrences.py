"""The dates of a commitment as they really are, for everybody who asks: screens, reminders, records, calendars.

Its rule makes them; people leave some out or move them, pause for a while; a program calls one off
or keeps holidays; a support meeting is closed for days. Nobody else puts these together.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from django.db.models import QuerySet

from aftercare import recurrence
from aftercare.models import Closure, Commitment, DateChange, Holiday
from aftercare.recurrence import Move, Occurrence, Pause

# What is read together with commitments to know their dates.
CHANGES = (
    "changes",
    "graduate__plan_pauses",
    "graduate__program__holidays",
    "meeting__closed_days",
)


class NoSuchOccurrence(LookupError):
    """The commitment has no date with this recurrence id, or none that this may be done to."""


class Why(StrEnum):
    """Why a date of the rule does not happen."""

    SKIPPED = "skipped"
    CALLED_OFF = "called_off"
    PAUSED = "paused"
    HOLIDAY = "holiday"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Off:
    """A date that the rule makes and that does not happen; `name` is the holiday's, or why it is closed."""

    occurrence: Occurrence
    why: Why
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What changes the dates of one commitment: ids left out, ids moved, days without any."""

    left_out: dict[str, Why]
    moved: dict[str, Move]
    pauses: tuple[Pause, ...]
    holidays: tuple[Holiday, ...]
    closures: tuple[Closure, ...] = ()

    @property
    def days_off(self) -> tuple[Pause, ...]:
        """Every span of local days on which it does not happen."""
        shut = (holiday.days for holiday in self.holidays)
        return (*self.pauses, *shut, *(closure.days for closure in self.closures))


def zone_of(*, commitment: Commitment) -> ZoneInfo:
    """The zone whose clock the dates of a commitment keep."""
    return recurrence.load_zone(commitment.time_zone)


def with_changes(rows: "QuerySet[Commitment]") -> "QuerySet[Commitment]":
    """The rows with all that changes their dates, in as many queries for many as for one."""
    return rows.select_related("graduate__program", "meeting").prefetch_related(*CHANGES)


def changes_of(*, commitment: Commitment) -> Changes:
    """What changes the dates of a commitment."""
    rows = commitment.changes.all()
    graduate = commitment.graduate
    is_of_program = commitment.kind in Commitment.OF_PROGRAM
    return Changes(
        left_out={
            row.recurrence_id: Why(row.kind) for row in rows if row.kind != DateChange.Kind.MOVED
        },
        moved={row.recurrence_id: _move(row) for row in rows if row.moved_on is not None},
        pauses=tuple(
            pause.days
            for pause in graduate.plan_pauses.all()
            if pause.commitment_id in (None, commitment.pk)
        ),
        holidays=tuple(graduate.program.holidays.all()) if is_of_program else (),
        closures=tuple(commitment.meeting.closed_days.all()) if commitment.meeting else (),
    )


def _move(row: DateChange) -> Move:
    if row.moved_on is None or row.moved_time is None:
        raise ValueError(f"{row} went nowhere.")
    return Move(starts=datetime.combine(row.moved_on, row.moved_time))


def of(*, commitment: Commitment, start: datetime, end: datetime) -> Iterator[Occurrence]:
    """The dates that happen and start at `start` or later and before `end` (aware), in order."""
    return _made(commitment, changes_of(commitment=commitment), start, end)


def _made(
    commitment: Commitment, changes: Changes, start: datetime, end: datetime
) -> Iterator[Occurrence]:
    return recurrence.occurrences(
        rule=commitment.rule,
        start=start,
        end=end,
        cancelled=changes.left_out,
        moved=changes.moved,
        pauses=changes.days_off,
    )


def first(*, commitment: Commitment, start: datetime, far: timedelta) -> Occurrence | None:
    """The first date from an instant on that happens; None where none does within `far`."""
    changes = changes_of(commitment=commitment)
    # Most come back within a month, and a year of dates costs twelve times as much to make.
    for span in (min(timedelta(days=32), far), far):
        found = next(_made(commitment, changes, start, start + span), None)
        if found is not None:
            return found
    return None


def one(*, commitment: Commitment, recurrence_id: str) -> Occurrence | None:
    """The date with this id, wherever it was moved to; None where the plan makes none, or not any more."""
    wall = recurrence.wall_time(recurrence_id=recurrence_id)
    if wall is None:
        return None
    changes = changes_of(commitment=commitment)
    move = changes.moved.get(recurrence_id, Move(starts=wall))
    zone = zone_of(commitment=commitment)
    near = recurrence.localize(wall=move.starts, zone=zone)
    day = timedelta(days=1)
    around = _made(commitment, changes, near - day, near + day)
    return next((made for made in around if made.recurrence_id == recurrence_id), None)


def is_moved(*, commitment: Commitment, recurrence_id: str) -> bool:
    """Whether a date happens, and at another time than its rule gives it."""
    return any(
        row.recurrence_id == recurrence_id and row.kind == DateChange.Kind.MOVED
        for row in commitment.changes.all()
    )


def off(*, commitment: Commitment, start: datetime, end: datetime) -> tuple[Off, ...]:
    """The dates of a span that do not happen, each with the nearest reason."""
    changes = changes_of(commitment=commitment)
    if not changes.left_out and not changes.days_off:
        return ()
    happens = {made.recurrence_id for made in _made(commitment, changes, start, end)}
    every = recurrence.occurrences(rule=commitment.rule, start=start, end=end, moved=changes.moved)
    zone = zone_of(commitment=commitment)
    return tuple(
        _off(made, changes, made.starts_at.astimezone(zone))
        for made in every
        if made.recurrence_id not in happens
    )


def _off(made: Occurrence, changes: Changes, local: datetime) -> Off:
    why = changes.left_out.get(made.recurrence_id)
    if why is not None:
        return Off(occurrence=made, why=why)
    if any(pause.covers(local.date()) for pause in changes.pauses):
        return Off(occurrence=made, why=Why.PAUSED)
    names = [day.name for day in changes.holidays if day.days.covers(local.date())]
    if names:
        return Off(occurrence=made, why=Why.HOLIDAY, name=names[0])
    notes = (one.note for one in changes.closures if one.days.covers(local.date()))
    return Off(occurrence=made, why=Why.CLOSED, name=next(notes, ""))
