"""Read: the meetings whose next date is not the next of their weekday, for they meet in some weeks of the
month only, or are closed for days. They are few, so each is looked at by itself.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from aftercare.directory import moments
from aftercare.directory.moments import Days, Moment
from aftercare.models.corrections import Closure
from aftercare.models.directory import Meeting
from aftercare.recurrence import load_zone

_TIMES = ("weekday", "start_time", "minutes", "timezone", "weeks")
# A day on either side, for zones that are elsewhere in the calendar, and for what began before midnight.
_SLACK = timedelta(days=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Irregular:
    """What is irregular at one instant, by the meetings' keys.

    `moments` has real next dates where these are not the weekday's next, null for none in sight;
    `closed` what keeps a next date from happening.
    """

    moments: Mapping[int, Moment | None] = field(default_factory=dict)
    closed: Mapping[int, Closure] = field(default_factory=dict)
    monthly: Sequence[Mapping[str, Any]] = ()

    def not_on(self, *, at: datetime, places: Sequence[int]) -> list[int]:
        """Keys of what meets on the weekday of so many days from now (0 is today, in its own zone),
        but not in that week of the month.
        """
        return [
            row["pk"]
            for row in self.monthly
            for day in (_day_there(row["timezone"], at, place) for place in places)
            if row["weekday"] == moments.weekday_of(day)
            and not moments.is_held(weeks=row["weeks"], day=day)
        ]


def load(*, at: datetime) -> Irregular:
    """All that is irregular now; two queries."""
    monthly = list(
        Meeting.objects.filter(
            weeks__isnull=False, weekday__isnull=False, start_time__isnull=False
        ).values("pk", *_TIMES)
    )
    rows = {row["pk"]: row for row in monthly}
    shut: dict[int, list[Closure]] = defaultdict(list)
    for closure in _coming(at):
        for meeting in closure.meetings.all():
            if meeting.weekday is not None and meeting.start_time is not None:
                rows[meeting.pk] = {name: getattr(meeting, name) for name in ("pk", *_TIMES)}
                shut[meeting.pk].append(closure)
    real: dict[int, Moment | None] = {}
    closed: dict[int, Closure] = {}
    for pk, row in rows.items():
        weekly, planned = _next(row | {"weeks": None}, (), at), _next(row, (), at)
        found = _next(row, [Days(one.first_on, one.last_on) for one in shut[pk]], at)
        if found != weekly:
            real[pk] = found
        if planned is not None and found != planned:
            on = planned.starts_at.date()
            closed[pk] = next(one for one in shut[pk] if one.first_on <= on <= one.last_on)
    return Irregular(moments=real, closed=closed, monthly=monthly)


def _coming(at: datetime) -> Sequence[Closure]:
    rows = Closure.objects.filter(last_on__gte=at.date() - _SLACK).order_by("first_on", "pk")
    return list(rows.prefetch_related("meetings"))


def _next(row: Mapping[str, Any], closed: Sequence[Days], at: datetime) -> Moment | None:
    return moments.next_start(
        weekday=row["weekday"],
        start_time=row["start_time"],
        minutes=row["minutes"],
        zone_name=row["timezone"],
        weeks=row["weeks"],
        closed=closed,
        at=at,
    )


def _day_there(zone_name: str, at: datetime, ahead: int) -> date:
    return at.astimezone(load_zone(zone_name)).date() + timedelta(days=ahead)
