"""Read: the answer to a question as a sheet to print and hand out, by weekday, with a legend."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time

from django.utils import formats
from django.utils.dates import WEEKDAYS
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from aftercare import wording
from aftercare.directory import moments, search, vocabulary
from aftercare.directory.criteria import Criteria
from aftercare.directory.search import Detail, Row

# More than a person can hold in the hand: they are asked for a place, a region or a day first.
MOST = 1000
# One letter each, for a narrow column; the legend has the words.
_MARKS = {
    "open": "O",
    "closed": "C",
    "newcomer": "N",
    "women": "W",
    "men": "M",
    "lgbtq": "L",
    "young-people": "Y",
    "language-es": "ES",
    "wheelchair": "A",
    "childcare": "K",
    "proof-of-attendance": "P",
}
_ONLINE, _BOTH = "@", "+@"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One meeting on the sheet, in words of the reader's language."""

    time: str
    name: str
    where: str
    marks: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """One weekday's meetings by time; the last one has those by appointment."""

    name: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A list for paper. `count` is exact; a sheet of too many has no days."""

    count: int
    days: tuple[Day, ...]
    # Mark and words, only of marks that stand on the sheet.
    legend: tuple[tuple[str, str], ...]

    @property
    def is_too_long(self) -> bool:
        """There are more than a sheet holds."""
        return self.count > MOST


def sheet(*, criteria: Criteria, at: datetime) -> Sheet:
    """All that answers the criteria, unpaged, Sunday first; at most MOST meetings."""
    count = search.count(criteria=criteria, at=at)
    if count > MOST:
        return Sheet(count=count, days=(), legend=())
    found = sorted(search.every(criteria=criteria, at=at), key=_by_time)
    clocks = Counter(moments.zone_week(zone_name=one.row.timezone, at=at) for one in found)
    usual = max(clocks, key=clocks.__getitem__, default=None)
    days: dict[int | None, list[Line]] = {}
    for one in found:
        zone = one.row.timezone
        is_usual = moments.zone_week(zone_name=zone, at=at) == usual
        days.setdefault(one.row.weekday, []).append(_line(one, zone="" if is_usual else zone))
    used = {mark for lines in days.values() for line in lines for mark in line.marks}
    return Sheet(
        count=count,
        days=tuple(Day(name=_day_name(day), lines=tuple(lines)) for day, lines in days.items()),
        legend=tuple((mark, words) for mark, words in _legend() if mark in used),
    )


def _by_time(one: Detail) -> tuple[int, time, str, str]:
    row = one.row
    day = 7 if row.weekday is None else row.weekday
    return (day, row.start_time or time.max, row.name.casefold(), row.slug)


def _day_name(weekday: int | None) -> str:
    words = _("By appointment") if weekday is None else str(WEEKDAYS[(weekday - 1) % 7])
    return capfirst(words)


def _line(one: Detail, *, zone: str) -> Line:
    """`zone` is named where its clocks are not those of most of the sheet."""
    row, meeting = one.row, one.meeting
    where = ", ".join(part for part in (row.location, row.address.removesuffix(", USA")) if part)
    if row.attendance == "online":
        where = ""
    phone = "" if meeting.join_needs_login else meeting.conference_phone.split(",")[0]
    return Line(
        time=_clock(row.start_time),
        name=row.name,
        where=" · ".join(part for part in (*_when(row, zone), where, phone) if part),
        marks=tuple(_marks(one)),
    )


def _when(row: Row, zone: str) -> Iterator[str]:
    """What the weekday above a line and its clock leave open."""
    if row.weeks:
        positions = moments.positions_of(weeks=row.weeks)
        yield wording.weeks(day=_day_name(row.weekday), positions=positions)
    if zone:
        yield _("%(zone)s time") % {"zone": vocabulary.city_of_zone(zone)}


def _clock(start: time | None) -> str:
    return formats.time_format(start, pgettext("time format", "g:i A")) if start else ""


def _marks(one: Detail) -> Iterator[str]:
    yield {"online": _ONLINE, "hybrid": _BOTH}.get(one.row.attendance, "")
    for tag, mark in _MARKS.items():
        if tag in one.row.tags:
            yield mark


def _legend() -> Iterator[tuple[str, str]]:
    yield _ONLINE, _("Online")
    yield _BOTH, _("In person and online")
    for tag, mark in _MARKS.items():
        yield mark, str(vocabulary.CHIPS.get(tag) or vocabulary.tag_name(tag))
