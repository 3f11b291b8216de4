"""Pure: when a weekly meeting is next, in its own zone, whatever the clocks do that week.

Two forms of one rule: `next_start` for one meeting, and `zone_week`, the same as arithmetic on its
`start_minute`, which a database can do for every row at once. What meets in some weeks of the month
only, or is closed for days, is seldom enough to be asked one by one.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from aftercare.recurrence import load_zone, localize

WEEK = 7 * 1440
# A meeting lasts 24 hours at most, and a clock may have moved since it began.
BACK = 26 * 60
# The weeks of a month in one number: a bit for the first to the fifth such weekday, and for the last.
WEEKS = {1: 1, 2: 2, 3: 4, 4: 8, 5: 16, -1: 32}
# A meeting that has no date in so many weeks has none.
_FAR = 60
_DAY = timedelta(days=1)
# Two instants half a year apart: the lesser offset of the two is the standard time of a zone.
_SEASONS = (datetime(2025, 1, 15, tzinfo=UTC), datetime(2025, 7, 15, tzinfo=UTC))


@dataclass(frozen=True, slots=True)
class Moment:
    """One occurrence: its start in the meeting's zone, and whether it is under way."""

    starts_at: datetime
    ends_at: datetime
    in_progress: bool


def weekday_of(day: date) -> int:
    """The weekday as feeds count it: 0 is Sunday."""
    return day.isoweekday() % 7


def weeks_of(*, positions: Iterable[int]) -> int | None:
    """The weeks of the month with these positions (1 to 5, -1 for the last); null, every week, for none."""
    return sum(WEEKS[position] for position in set(positions)) or None


def positions_of(*, weeks: int | None) -> tuple[int, ...]:
    """What `weeks_of` was made from, in order; none for every week."""
    return tuple(position for position, bit in WEEKS.items() if (weeks or 0) & bit)


def is_held(*, weeks: int | None, day: date) -> bool:
    """Whether what meets in these weeks of the month does on that day, its weekday being right."""
    if not weeks:
        return True
    is_last = (day + 7 * _DAY).month != day.month
    return bool(weeks & (WEEKS[(day.day - 1) // 7 + 1] | (WEEKS[-1] if is_last else 0)))


@dataclass(frozen=True, slots=True)
class Days:
    """Local days, both included."""

    first_on: date
    last_on: date


def next_start(
    *,
    weekday: int,
    start_time: time,
    minutes: int,
    zone_name: str,
    at: datetime,
    weeks: int | None = None,
    closed: Collection[Days] = (),
) -> Moment | None:
    """The occurrence under way at `at`, else the next one; null where none is for more than a year.

    A start that the clocks skip happens once, an hour on; one that they repeat, the first time.
    """
    zone = load_zone(zone_name)
    today = at.astimezone(zone).date()
    day = today - 2 * _DAY
    day += (weekday - weekday_of(day)) % 7 * _DAY
    while day <= today + _FAR * 7 * _DAY:
        if is_held(weeks=weeks, day=day) and not _is_among(day, closed):
            starts_at = localize(wall=datetime.combine(day, start_time), zone=zone)
            ends_at = starts_at + timedelta(minutes=minutes)
            if ends_at > at:
                return Moment(starts_at.astimezone(zone), ends_at.astimezone(zone), starts_at <= at)
        day += 7 * _DAY
    return None


def _is_among(day: date, closed: Collection[Days]) -> bool:
    return any(days.first_on <= day <= days.last_on for days in closed)


def start_minute(*, weekday: int | None, start_time: time | None, zone_name: str) -> int | None:
    """The minute of the week (0 is Sunday 00:00 UTC) of a start, by the standard time of its zone;
    null by appointment.

    It never changes with the season, and meetings of all zones start in its order, but for the hour
    by which some of them keep summer time.
    """
    if weekday is None or start_time is None:
        return None
    wall = weekday * 1440 + start_time.hour * 60 + start_time.minute
    return (wall - standard_offset(zone_name)) % WEEK


@lru_cache(maxsize=1024)
def standard_offset(zone_name: str) -> int:
    """Minutes by which a zone is ahead of UTC, without summer time."""
    zone = load_zone(zone_name)
    return min(_offset(season.astimezone(zone)) for season in _SEASONS)


def minute_of_week(*, at: datetime) -> int:
    """The minute of the week (0 is Sunday 00:00 UTC) of an instant."""
    now = at.astimezone(UTC)
    return weekday_of(now.date()) * 1440 + now.hour * 60 + now.minute


def days_there(*, zone_name: str, at: datetime) -> tuple[int, int]:
    """The weekdays of today and tomorrow in a zone."""
    today = at.astimezone(load_zone(zone_name)).date()
    return weekday_of(today), weekday_of(today + _DAY)


@dataclass(frozen=True, slots=True)
class ZoneWeek:
    """The week ahead in one zone, in minutes; the same for all zones that keep the same season.

    A meeting with start minute `s` lies k = (s - first) mod 10,080 minutes of wall time after the
    week's beginning, 26 hours ago. It starts in k + shift minutes, where the shift is that of the
    last step at or before k; negative while it runs.
    """

    first: int
    steps: tuple[tuple[int, int], ...]

    def starts_in(self, *, start_minute: int, minutes: int) -> int:
        """Minutes from now to the start of the occurrence under way, else of the next one."""
        k = (start_minute - self.first) % WEEK
        start = k + self._shift(k)
        return start if start + minutes > 0 else k + WEEK + self._shift(k + WEEK)

    def _shift(self, k: int) -> int:
        return [shift for begins, shift in self.steps if begins <= k][-1]


def zone_week(*, zone_name: str, at: datetime) -> ZoneWeek:
    """The week ahead in that zone; times before the present minute's end count as now."""
    return _zone_week(zone_name, at.replace(second=0, microsecond=0))


@lru_cache(maxsize=4096)
def _zone_week(zone_name: str, at: datetime) -> ZoneWeek:
    zone = load_zone(zone_name)
    local = at.astimezone(zone)
    wall = local.replace(tzinfo=None) - timedelta(minutes=BACK)
    now_offset = _offset(local)
    steps = [(0, now_offset - _wall_offset(wall, zone) - BACK)]
    for hours in range(24, (WEEK + BACK + WEEK) // 60 + 24, 24):
        before, after = (wall + timedelta(hours=part) for part in (hours - 24, hours))
        if _wall_offset(before, zone) != _wall_offset(after, zone):
            change = _find_change(before, after, zone)
            k = int((change - wall).total_seconds()) // 60
            steps.append((k, now_offset - _wall_offset(change, zone) - BACK))
    first = start_minute(
        weekday=weekday_of(wall.date()), start_time=wall.time(), zone_name=zone_name
    )
    return ZoneWeek(first=first or 0, steps=tuple(steps))


def _find_change(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """The first wall minute that has the later one's offset."""
    while after - before > timedelta(minutes=1):
        middle = before + timedelta(minutes=(after - before) // timedelta(minutes=1) // 2)
        if _wall_offset(middle, zone) == _wall_offset(after, zone):
            after = middle
        else:
            before = middle
    return after


def _wall_offset(wall: datetime, zone: ZoneInfo) -> int:
    return _offset(wall.replace(tzinfo=zone))


def _offset(local: datetime) -> int:
    offset = local.utcoffset()
    return int(offset.total_seconds()) // 60 if offset else 0
