"""Pure: a rule in wall time of its own zone, and the dates it makes.

Rules follow RFC 5545 on naive local times; the zone is applied to each date by itself. A time that
the clock skips happens once, moved by the size of the gap (02:30 becomes 03:30 on that day only);
a time that the clock repeats happens once, the first time.
"""

import difflib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

from dateutil.relativedelta import relativedelta
from dateutil.rrule import FR, MO, MONTHLY, SA, SU, TH, TU, WE, WEEKLY, rrule

_WEEKDAYS = (MO, TU, WE, TH, FR, SA, SU)
_ID_FORMAT = "%Y-%m-%dT%H:%M"
# No zone is further from UTC than this, so a local date range this much wider holds every instant.
_ZONE_SLACK = timedelta(days=2)


class Repeats(StrEnum):
    """How a commitment comes back."""

    ONCE = "once"
    WEEKLY = "weekly"
    MONTHLY_POSITION = "monthly_position"
    MONTHLY_DATE = "monthly_date"


class UnknownTimeZone(ValueError):
    """A name that is no IANA time zone."""

    def __init__(self, name: str) -> None:
        close = difflib.get_close_matches(name, _zone_names(), n=1)
        hint = close[0] if close else "America/New_York"
        super().__init__(f'There is no time zone "{name}". Use a name such as {hint}.')


class UnusableRule(ValueError):
    """A rule that contradicts itself or can never happen; the message says what to change."""


@lru_cache(maxsize=1)
def _zone_names() -> frozenset[str]:
    return frozenset(available_timezones())


@lru_cache(maxsize=512)
def load_zone(name: str) -> ZoneInfo:
    """The IANA zone of that name; raises UnknownTimeZone, whose message names a close one."""
    if name not in _zone_names():
        raise UnknownTimeZone(name)
    return ZoneInfo(name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """When something happens: wall time in one zone, from one day until another or for ever.

    `interval` counts weeks or months; with an interval of 2, the week (Monday to Sunday) or month
    that holds `starts_on` is the first one that counts. `weekdays` are 0 for Monday to 6.
    `position` is 1 to 5 or -1 for the last, `month_day` 1 to 31 or -1 for the last day; a month
    without a fifth Friday or a 31st is skipped. `until_on` is the last local day, itself included.
    """

    repeats: Repeats
    start_time: time
    time_zone: str
    starts_on: date
    minutes: int = 60
    interval: int = 1
    weekdays: tuple[int, ...] = ()
    position: int | None = None
    month_day: int | None = None
    until_on: date | None = None

    def __post_init__(self) -> None:
        load_zone(self.time_zone)
        for broken, remedy in self._faults():
            if broken:
                raise UnusableRule(remedy)

    def _faults(self) -> tuple[tuple[bool, str], ...]:
        by_weekday = self.repeats in (Repeats.WEEKLY, Repeats.MONTHLY_POSITION)
        return (
            (self.interval < 1, "The interval must be 1 or more."),
            (self.minutes < 0, "The length must be 0 minutes or more."),
            (
                self.start_time.tzinfo is not None or self.start_time.second > 0,
                "The time must be a wall time in whole minutes, without a zone.",
            ),
            (by_weekday and not self.weekdays, "Choose at least one weekday."),
            (not set(self.weekdays) <= set(range(7)), "Weekdays go from 0 (Monday) to 6."),
            (
                self.repeats is Repeats.MONTHLY_POSITION
                and self.position not in (1, 2, 3, 4, 5, -1),
                "The position must be 1 to 5, or -1 for the last.",
            ),
            (
                self.repeats is Repeats.MONTHLY_DATE and self.month_day not in (*range(1, 32), -1),
                "The day of the month must be 1 to 31, or -1 for the last day.",
            ),
            (
                self.until_on is not None and self.until_on < self.starts_on,
                "The last day must not be before the first day.",
            ),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Occurrence:
    """One date of a rule; `recurrence_id` is the wall time the rule gives it, "YYYY-MM-DDTHH:MM".

    The id stays the same when the occurrence is moved, or when a zone's clock changes its mind.
    """

    recurrence_id: str
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """Where one occurrence went: a naive wall time in the rule's zone, perhaps another length."""

    starts: datetime
    minutes: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """Local days on which nothing happens, both ends included; no last day means for now."""

    first_on: date
    last_on: date | None = None

    def covers(self, day: date) -> bool:
        """Whether that local day lies within."""
        return self.first_on <= day and (self.last_on is None or day <= self.last_on)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lead:
    """How long before a date to remind of it.

    So many real minutes, and `travel` minutes more for the way there; or, with a `clock` of "HH:MM",
    at that wall time as many days before as the minutes are whole days.
    """

    minutes: int
    clock: str = ""
    travel: int = 0

    def due(self, *, starts_at: datetime, zone: ZoneInfo) -> datetime:
        """The UTC instant of the reminder; days are those of `zone`, the reader's."""
        if not self.clock:
            return due_before(starts_at=starts_at, minutes=self.minutes + self.travel)
        return due_days_before(
            starts_at=starts_at,
            days=self.minutes // (24 * 60),
            wall_time=time.fromisoformat(self.clock),
            zone=zone,
        )


def occurrences(
    *,
    rule: Rule,
    start: datetime,
    end: datetime,
    cancelled: Collection[str] = (),
    moved: Mapping[str, Move] | None = None,
    pauses: Collection[Pause] = (),
) -> Iterator[Occurrence]:
    """Yield what starts at `start` or later and before `end` (both aware), in order of start.

    `cancelled` and `moved` go by recurrence id; cancelled wins, and an id that the rule does not
    make (any more) is ignored. A pause looks at the day an occurrence really has, so that one moved
    out of a pause happens, and one moved into it does not.
    """
    zone = load_zone(rule.time_zone)
    moves = moved or {}
    found = []
    for wall in _candidates(rule=rule, start=start, end=end, zone=zone, moved=moves):
        key = wall.strftime(_ID_FORMAT)
        move = moves.get(key, Move(starts=wall))
        paused = any(pause.covers(move.starts.date()) for pause in pauses)
        starts_at = localize(wall=move.starts, zone=zone)
        if key in cancelled or paused or not start <= starts_at < end:
            continue
        minutes = rule.minutes if move.minutes is None else move.minutes
        ends_at = starts_at + timedelta(minutes=minutes)
        found.append(Occurrence(recurrence_id=key, starts_at=starts_at, ends_at=ends_at))
    yield from sorted(found, key=lambda one: (one.starts_at, one.recurrence_id))


def wall_time(*, recurrence_id: str) -> datetime | None:
    """The naive wall time that an id names; None for what is no id."""
    try:
        return datetime.strptime(recurrence_id, _ID_FORMAT)  # noqa: DTZ007 - wall time by design
    except ValueError:
        return None


def localize(*, wall: datetime, zone: ZoneInfo) -> datetime:
    """The UTC instant of a naive wall time: the first of two, and past a gap by the gap's size."""
    # fold=0 names the offset before the change, which gives both rules of RFC 5545.
    return wall.replace(tzinfo=zone, fold=0).astimezone(UTC)


def due_before(*, starts_at: datetime, minutes: int) -> datetime:
    """The instant so many real minutes earlier, in UTC: "2 hours before" is 2 hours on any day."""
    return starts_at.astimezone(UTC) - timedelta(minutes=minutes)


def due_days_before(*, starts_at: datetime, days: int, wall_time: time, zone: ZoneInfo) -> datetime:
    """The UTC instant of "so many days before, at 18:00", counted in local days of `zone`."""
    day = starts_at.astimezone(zone).date() - timedelta(days=days)
    return localize(wall=datetime.combine(day, wall_time), zone=zone)


def to_rrule(rule: Rule) -> str | None:
    """The rule as the value of an RFC 5545 RRULE property; None for something that happens once.

    DTSTART beside it must be the wall time of the first occurrence, with the rule's zone as TZID.
    """
    if rule.repeats is Repeats.ONCE:
        return None
    parts = {"FREQ": "WEEKLY" if rule.repeats is Repeats.WEEKLY else "MONTHLY"}
    if rule.interval > 1:
        parts["INTERVAL"] = str(rule.interval)
    if rule.repeats is Repeats.MONTHLY_DATE:
        parts["BYMONTHDAY"] = str(rule.month_day)
    else:
        position = rule.position if rule.repeats is Repeats.MONTHLY_POSITION else ""
        days = sorted(set(rule.weekdays))
        parts["BYDAY"] = ",".join(f"{position}{_WEEKDAYS[day]}" for day in days)
    if rule.repeats is Repeats.WEEKLY:
        parts["WKST"] = "MO"
    if rule.until_on is not None:
        last = datetime.combine(rule.until_on, time(23, 59, 59))
        until = localize(wall=last, zone=load_zone(rule.time_zone))
        parts["UNTIL"] = until.strftime("%Y%m%dT%H%M%SZ")
    return ";".join(f"{name}={value}" for name, value in parts.items())


def _candidates(
    *,
    rule: Rule,
    start: datetime,
    end: datetime,
    zone: ZoneInfo,
    moved: Mapping[str, Move],
) -> Iterator[datetime]:
    """Wall times of the rule that may start in the range, and those that a move may bring there."""
    first = start.astimezone(zone).date() - _ZONE_SLACK
    last = end.astimezone(zone).date() + _ZONE_SLACK
    yield from _wall_times(rule=rule, first=first, last=last)
    for key in moved:
        wall = wall_time(recurrence_id=key)
        if wall is not None and not first <= wall.date() <= last:
            day = wall.date()
            yield from (
                made for made in _wall_times(rule=rule, first=day, last=day) if made == wall
            )


def _wall_times(*, rule: Rule, first: date, last: date) -> Iterator[datetime]:
    """The rule's naive wall times on local days from `first` to `last`, both included."""
    first = max(first, rule.starts_on)
    last = min(last, rule.until_on or last)
    if first > last:
        return
    if rule.repeats is Repeats.ONCE:
        days: Iterator[datetime] = iter([datetime.combine(rule.starts_on, time())])
    else:
        days = iter(_expand(rule=rule, first=first, last=last))
    for day in days:
        if first <= day.date() <= last:
            yield datetime.combine(day.date(), rule.start_time)


def _expand(*, rule: Rule, first: date, last: date) -> rrule:
    """The recurrence itself, begun at the last counting week or month before `first`.

    Beginning near the range keeps a commitment of many years as quick as a new one.
    """
    weekdays = [_WEEKDAYS[day] for day in sorted(set(rule.weekdays))]
    until = datetime.combine(last, time())
    if rule.repeats is Repeats.WEEKLY:
        monday = rule.starts_on - timedelta(days=rule.starts_on.weekday())
        weeks = (first - monday).days // 7
        begin = monday + timedelta(weeks=weeks - weeks % rule.interval)
        return rrule(WEEKLY, interval=rule.interval, byweekday=weekdays, wkst=MO,
                     dtstart=datetime.combine(begin, time()), until=until)  # fmt: skip
    months = (first.year - rule.starts_on.year) * 12 + first.month - rule.starts_on.month
    begin = rule.starts_on.replace(day=1) + relativedelta(months=months - months % rule.interval)
    dtstart = datetime.combine(begin, time())
    if rule.repeats is Repeats.MONTHLY_DATE:
        return rrule(MONTHLY, interval=rule.interval, bymonthday=rule.month_day,
                     dtstart=dtstart, until=until)  # fmt: skip
    # Rule takes no monthly position without a number.
    ordinals = [weekday(rule.position) for weekday in weekdays]  # type: ignore[arg-type]
    return rrule(MONTHLY, interval=rule.interval, byweekday=ordinals, dtstart=dtstart, until=until)
