"""Pure: in which hours a text may leave, by the recipient's clock.

The table of states is data for counsel to check, not legal advice: it holds the hours in which
state telephone solicitation laws allow a text, and 8 to 21 (47 CFR 64.1200(c)(1)) for the others.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import lru_cache, reduce
from operator import and_
from zoneinfo import ZoneInfo

EVERY_DAY = frozenset(range(7))
_WEEKDAYS, _WEEKEND, _SUNDAY = frozenset(range(5)), frozenset({5, 6}), frozenset({6})
_DAY = 24 * 60
_WEEK = 7 * _DAY
_FULL = (1 << _WEEK) - 1
# Zones that share no hour within two weeks never will.
_HORIZON = timedelta(days=15)


class NeverAllowed(ValueError):
    """The hours leave no minute of the week in which a text may go; somebody must change them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A span of wall time on the weekdays (0 is Monday) on which it opens.

    One that closes at or before its opening ends on the next day, so 22:00 to 07:00 is a night
    and 00:00 to 00:00 a whole day.
    """

    opens: time
    closes: time
    weekdays: frozenset[int] = EVERY_DAY


@dataclass(frozen=True, slots=True)
class Week:
    """The allowed minutes of a week of wall time, as the bits of one number, Monday 00:00 first."""

    minutes: int

    def __and__(self, other: "Week") -> "Week":
        return Week(self.minutes & other.minutes)

    def __sub__(self, other: "Week") -> "Week":
        return Week(self.minutes & ~other.minutes)


def _minute(wall: time) -> int:
    return wall.hour * 60 + wall.minute


def week(*windows: Window) -> Week:
    """The week in which exactly these windows are open."""
    bits = 0
    for window in windows:
        length = (_minute(window.closes) - _minute(window.opens)) % _DAY or _DAY
        for day in window.weekdays:
            bits |= ((1 << length) - 1) << (day * _DAY + _minute(window.opens))
    # What runs past Sunday night belongs to Monday morning.
    return Week((bits | bits >> _WEEK) & _FULL)


def parse_windows(pairs: Iterable[Sequence[str]]) -> tuple[Window, ...]:
    """Daily windows from pairs of "HH:MM" wall times, as rows keep them."""
    return tuple(
        Window(opens=time.fromisoformat(opens), closes=time.fromisoformat(closes))
        for opens, closes in pairs
    )


def _daily(opens: int, closes: int, weekdays: frozenset[int] = EVERY_DAY) -> Window:
    return Window(opens=time(opens), closes=time(closes), weekdays=weekdays)


ALWAYS = Week(_FULL)
PROGRAM_HOURS = week(_daily(9, 20))
OTHER_STATES = week(_daily(8, 21))
# The states by their postal codes (USPS Publication 28, Appendix B), with the district and Puerto Rico.
# fmt: off
STATES = {
    "AL": "Alabama", "AK": "Alaska", "AZ": "Arizona", "AR": "Arkansas", "CA": "California",
    "CO": "Colorado", "CT": "Connecticut", "DE": "Delaware", "DC": "District of Columbia",
    "FL": "Florida", "GA": "Georgia", "HI": "Hawaii", "ID": "Idaho", "IL": "Illinois",
    "IN": "Indiana", "IA": "Iowa", "KS": "Kansas", "KY": "Kentucky", "LA": "Louisiana",
    "ME": "Maine", "MD": "Maryland", "MA": "Massachusetts", "MI": "Michigan",
    "MN": "Minnesota", "MS": "Mississippi", "MO": "Missouri", "MT": "Montana",
    "NE": "Nebraska", "NV": "Nevada", "NH": "New Hampshire", "NJ": "New Jersey",
    "NM": "New Mexico", "NY": "New York", "NC": "North Carolina", "ND": "North Dakota",
    "OH": "Ohio", "OK": "Oklahoma", "OR": "Oregon", "PA": "Pennsylvania",
    "PR": "Puerto Rico", "RI": "Rhode Island", "SC": "South Carolina", "SD": "South Dakota",
    "TN": "Tennessee", "TX": "Texas", "UT": "Utah", "VT": "Vermont", "VA": "Virginia",
    "WA": "Washington", "WV": "West Virginia", "WI": "Wisconsin", "WY": "Wyoming",
}
# fmt: on
STATE_HOURS: dict[str, Week] = {
    **dict.fromkeys(("FL", "MD", "MS", "NJ", "OK"), week(_daily(8, 20))),
    "CT": week(_daily(9, 20)),
    "RI": week(_daily(9, 18, _WEEKDAYS), _daily(10, 17, _WEEKEND)),
    "TX": week(_daily(9, 21, EVERY_DAY - _SUNDAY), _daily(12, 21, _SUNDAY)),
}


def program_hours(*, states: Collection[str], quiet: Iterable[Window] = ()) -> Week:
    """When a program may text of its own accord: its default window, the state's law, not `quiet`.

    `states` are the postal codes of every state the person may be in; with none known, each
    state's law holds at once. `quiet` are the person's own quiet windows.
    """
    laws = [STATE_HOURS.get(state.upper(), OTHER_STATES) for state in states]
    return reduce(and_, laws or [*STATE_HOURS.values(), OTHER_STATES], PROGRAM_HOURS) - week(*quiet)


def own_hours(*, quiet: Iterable[Window]) -> Week:
    """When a text that the person asked for may leave: any time but their own quiet windows."""
    return ALWAYS - week(*quiet)


def allowed(*, at: datetime, zone: ZoneInfo | Sequence[ZoneInfo], windows: Week) -> bool:
    """Whether a text may leave at the aware instant `at`.

    Several zones mean that the person may be in any of them: each must allow it.
    """
    if not windows.minutes:
        return False
    return all(_next_in_zone(at=at, zone=each, windows=windows) == at for each in _zones(zone))


def next_allowed(*, at: datetime, zone: ZoneInfo | Sequence[ZoneInfo], windows: Week) -> datetime:
    """The first instant from `at` on at which a text may leave: `at` itself, or one in UTC.

    Raises NeverAllowed where the windows leave no time at all.
    """
    found, limit = at, at + _HORIZON
    while found <= limit:
        later = max(_next_in_zone(at=found, zone=each, windows=windows) for each in _zones(zone))
        if later == found:
            return found
        found = later
    raise NeverAllowed


def closes_at(
    *, at: datetime, zone: ZoneInfo | Sequence[ZoneInfo], windows: Week
) -> datetime | None:
    """Until when texts may leave from the allowed instant `at` on; None where there is no end.

    At an instant that is not allowed, the answer is the instant itself.
    """
    if windows == ALWAYS:
        return None
    return min(_end_in_zone(at=at, zone=each, windows=windows) for each in _zones(zone))


def _zones(zone: ZoneInfo | Sequence[ZoneInfo]) -> Sequence[ZoneInfo]:
    return (zone,) if isinstance(zone, ZoneInfo) else zone


def _next_in_zone(*, at: datetime, zone: ZoneInfo, windows: Week) -> datetime:
    if windows == ALWAYS:
        return at
    for opens, closes in _spans_from(at=at, zone=zone, windows=windows):
        if at < closes and opens < closes:
            return max(at, opens)
    raise NeverAllowed


def _end_in_zone(*, at: datetime, zone: ZoneInfo, windows: Week) -> datetime:
    spans = _spans_from(at=at, zone=zone, windows=windows)
    return next((closes for opens, closes in spans if opens <= at < closes), at)


def _spans_from(
    *, at: datetime, zone: ZoneInfo, windows: Week
) -> Iterator[tuple[datetime, datetime]]:
    """The allowed spans of the week around `at` and of two more, each edge localised by itself."""
    wall = at.astimezone(zone)
    monday = datetime.combine(wall.date() - timedelta(days=wall.weekday() + 7), time())
    yesterday = (wall.weekday() + 6) * _DAY
    for start in range(0, 4 * _WEEK, _WEEK):
        for first, last in _runs(windows):
            if start + last < yesterday:
                continue
            opens = monday + timedelta(minutes=start + first)
            closes = monday + timedelta(minutes=start + last)
            # An edge that the clock skips or repeats counts for the quiet side.
            yield max(_instants(opens, zone)), min(_instants(closes, zone))


def _instants(wall: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Both readings of a wall time: they differ where the clock skips or repeats it."""
    aware = wall.replace(tzinfo=zone)
    return aware.astimezone(UTC), aware.replace(fold=1).astimezone(UTC)


@lru_cache(maxsize=1024)
def _runs(windows: Week) -> tuple[tuple[int, int], ...]:
    """First minute and minute past the last of each allowed run, from Monday 00:00.

    A run that begins late on Sunday goes on into Monday, so that the week's end is no edge.
    """
    bits = format(windows.minutes, f"0{_WEEK}b")[::-1]
    quiet = bits.find("0")
    turned = bits[quiet:] + bits[:quiet]
    return tuple((run.start() + quiet, run.end() + quiet) for run in re.finditer("1+", turned))
