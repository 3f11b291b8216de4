"""Days on which a meeting, or everything at its address, does not happen: set, taken back, and asked for."""

import uuid
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Q

from aftercare import record
from aftercare.directory import identity
from aftercare.directory.moments import Moment, weekday_of
from aftercare.models import AuditEntry, Closure, Meeting
from aftercare.record import Actor
from aftercare.recurrence import localize
from notifications.models import Program

_DAY = timedelta(days=1)


class NoSuchClosure(LookupError):
    """There is no such closure."""


class Listed(Protocol):
    """What is asked of a row of the finder."""

    @property
    def slug(self) -> str: ...
    @property
    def address(self) -> str: ...
    @property
    def moment(self) -> Moment | None: ...


@transaction.atomic
def close(
    *,
    meeting: Meeting,
    first_on: date,
    last_on: date,
    whole_place: bool,
    note: str,
    program: Program,
    actor: Actor,
    at: datetime,
) -> Closure:
    """Close a meeting for local days, both included; with `whole_place`, all that meets at its address."""
    closure = Closure.objects.create(
        meeting=meeting,
        place=_place(meeting.address) if whole_place else "",
        first_on=first_on,
        last_on=last_on,
        note=note,
        added_by=actor.user,
        created_at=at,
    )
    record.write(actor=actor, verb=AuditEntry.Verb.CREATED, thing=closure, program=program, at=at)
    return closure


@transaction.atomic
def reopen(*, uid: uuid.UUID, program: Program, actor: Actor, at: datetime) -> Meeting:
    """Take a closure back; returns the entry at which it was said. Raises NoSuchClosure."""
    closure = Closure.objects.select_related("meeting").filter(uid=uid).first()
    if closure is None:
        raise NoSuchClosure(uid)
    record.write(actor=actor, verb=AuditEntry.Verb.CHANGED, thing=closure, program=program, at=at)
    meeting = closure.meeting
    closure.delete()
    return meeting


def coming(*, meeting: Meeting, at: datetime) -> tuple[Closure, ...]:
    """The closures of a meeting that are not over, the nearest first."""
    today = at.astimezone(ZoneInfo(meeting.timezone)).date()
    own = Q(meeting=meeting) | Q(place=_place(meeting.address), place__gt="")
    return tuple(Closure.objects.filter(own, last_on__gte=today).order_by("first_on", "pk"))


def was_closed(*, meeting: Meeting, starts_at: datetime) -> bool:
    """Whether a date of a meeting did not happen: closed on that local day, or gone before it."""
    if not meeting.active and (meeting.moved_at is None or meeting.moved_at <= starts_at):
        return True
    on = starts_at.astimezone(ZoneInfo(meeting.timezone)).date()
    own = Q(meeting=meeting) | Q(place=_place(meeting.address), place__gt="")
    return Closure.objects.filter(own, first_on__lte=on, last_on__gte=on).exists()


def closed(*, rows: Iterable[Listed], at: datetime) -> dict[str, Closure]:
    """Of these rows, by slug, those whose date under way or next is closed; one query for all."""
    dated = [row for row in rows if row.moment is not None]
    if not dated:
        return {}
    # A day on either side, for zones that are elsewhere in the calendar.
    near = Closure.objects.filter(
        last_on__gte=at.date() - 2 * _DAY, first_on__lte=at.date() + 9 * _DAY
    ).select_related("meeting")
    shut = list(near)
    return {row.slug: one for row in dated for one in shut if _is_closed(row, one)}


def _is_closed(row: Listed, closure: Closure) -> bool:
    if row.moment is None:
        return False
    meets = closure.first_on <= row.moment.starts_at.date() <= closure.last_on
    is_there = bool(closure.place) and closure.place == _place(row.address)
    return meets and (closure.meeting.slug == row.slug or is_there)


def left_out(*, meeting: Meeting, at: datetime) -> Sequence[datetime]:
    """The starts of a weekly meeting that fall on closed days to come, aware in its zone."""
    if meeting.weekday is None or meeting.start_time is None:
        return []
    zone = ZoneInfo(meeting.timezone)
    days = {
        closure.first_on + number * _DAY
        for closure in coming(meeting=meeting, at=at)
        for number in range((closure.last_on - closure.first_on).days + 1)
    }
    return [
        localize(wall=datetime.combine(day, meeting.start_time), zone=zone).astimezone(zone)
        for day in sorted(days)
        if weekday_of(day) == meeting.weekday
    ]


def _place(address: str) -> str:
    """The address in the one spelling by which imports compare places; "" for none."""
    return identity.address_key(address)[:500] if address else ""
