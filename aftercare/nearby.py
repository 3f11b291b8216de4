"""The next three meetings as one text, for who texts a ZIP or a city.

Who asks is answered in plain words, so the answer may name a group and its street.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from aftercare import wording
from aftercare.directory import asking, geo, search
from aftercare.directory.asking import Asked
from aftercare.directory.cleaning import fold
from aftercare.directory.criteria import MOST_PER_PAGE, Criteria
from aftercare.directory.geo import Point
from aftercare.directory.moments import Moment
from aftercare.directory.search import Row
from aftercare.models import Commitment, Graduate
from notifications import text as text_rules

MOST = 3
SEGMENTS = 2
# From the circle people walk or ride to, to the ones in which there is something at all.
MILES = (10.0, 25.0, 50.0)
# Names and streets are cut down to so many letters until the text is short enough.
_LENGTHS = (40, 28, 20, 14)


def city(*, text: str, at: datetime) -> Asked | None:
    """What the name of a city alone asks, where we list meetings in it; None for any other text."""
    asked = asking.read_city(text=text)
    listed = _as_listed(asked, at=at) if asked else None
    return listed if listed and listed.is_known else None


def answer(*, asked: Asked, language: str, zone: ZoneInfo, at: datetime) -> str:
    """What to text back: the next three, tomorrow's where today has none, or how to ask.

    `zone` is that of whoever asks: what is online is told by their clock. Two segments at most.
    """
    is_online = "online" in asked.criteria.attendance
    if not asked.place and not is_online:
        return wording.text(name="nearby_ask", language=language)
    if not asked.is_known and not is_online:
        asked = _as_listed(asked, at=at)
    if not asked.is_known and not is_online:
        return wording.text(name="nearby_unknown", language=language, place=asked.place[:30])
    for criteria in _wider_and_later(asked.criteria):
        rows = _still_to_come(search.find(criteria=criteria, at=at).rows, criteria, at=at)
        if rows:
            return _found(rows, criteria, language=language, zone=zone, at=at)
    return wording.text(name="nearby_none", language=language)


def _still_to_come(rows: Sequence[Row], criteria: Criteria, *, at: datetime) -> Sequence[Row]:
    """What is not closed, and of today's what is not over: this morning's comes back in a week only."""
    open_ones = [row for row in rows if row.closed is None]
    if "today" in criteria.relative_days:
        week = at + timedelta(days=3)
        open_ones = [row for row in open_ones if row.moment and row.moment.starts_at < week]
    return open_ones[:MOST]


def _as_listed(asked: Asked, *, at: datetime) -> Asked:
    """A city named without its state is the one in which we list most meetings."""
    words = Criteria(terms=(fold(asked.place),), sort="name", per_page=MOST_PER_PAGE)
    cities = Counter(
        geo.city_of(address=row.address) for row in search.find(criteria=words, at=at).rows
    )
    for city, _count in cities.most_common():
        if city and fold(city.rpartition(",")[0]) == fold(asked.place):
            try:
                return asked.at(geo.locate(words=city))
            except geo.UnknownPlace:
                continue
    return asked


def tonight(*, graduate: Graduate, at: datetime) -> str:
    """What to text back to who wants company tonight: near a meeting of their plan, or how to ask."""
    known = Commitment.objects.filter(
        graduate=graduate, ended_at__isnull=True, meeting__latitude__isnull=False
    )
    places = known.order_by("-pk").values_list("meeting__latitude", "meeting__longitude")
    near = next((Point(north, east) for north, east in places if north and east), None)
    asked = Asked(
        place="plan" if near else "",
        is_known=True,
        criteria=Criteria(near=near, relative_days=("today",), attendance=("in_person",)),
    )
    zone = ZoneInfo(graduate.time_zone)
    return answer(asked=asked, language=graduate.language, zone=zone, at=at)


def _wider_and_later(criteria: Criteria) -> Iterator[Criteria]:
    """The question as asked, then for tomorrow, then for further away."""
    # A few more, for those that are closed that day.
    first = replace(criteria, per_page=4 * MOST, sort="next")
    for miles in MILES if criteria.near else MILES[:1]:
        yield replace(first, within_miles=miles)
        if criteria.relative_days == ("today",):
            yield replace(first, within_miles=miles, relative_days=("tomorrow",), now=False)


def _found(
    rows: Sequence[Row], criteria: Criteria, *, language: str, zone: ZoneInfo, at: datetime
) -> str:
    body = ""
    for count in range(len(rows), 0, -1):
        for length in _LENGTHS:
            words = wording.text(
                name="nearby_found",
                language=language,
                day=_day(rows[0], criteria, language=language, at=at),
                found=[_line(row, length, language=language, zone=zone) for row in rows[:count]],
            )
            # Names of groups have accents that double the price of all the words around them.
            body = text_rules.cheap(words)
            if text_rules.segments(body).count <= SEGMENTS:
                return body
    return body


def _day(row: Row, criteria: Criteria, *, language: str, at: datetime) -> str:
    """The day by its name; "" for today's, which needs none."""
    if row.moment is None or criteria.relative_days == ("today",):
        return ""
    zone = ZoneInfo(row.timezone)
    return wording.day(at=row.moment.starts_at, now=at, zone=zone, language=language)


def _line(row: Row, length: int, *, language: str, zone: ZoneInfo) -> str:
    starts = row.moment and _clock(row, row.moment, language=language, zone=zone)
    street = (row.address or row.location).split(",")[0]
    miles = "" if row.distance_miles is None else f"({row.distance_miles:.1f} mi)"
    parts = (starts, _cut(row.name, length), miles and f"{_cut(street, length)} {miles}")
    return ", ".join(part for part in parts if part)


def _clock(row: Row, moment: Moment, *, language: str, zone: ZoneInfo) -> str:
    """Where one has to go, by the clock there; what is far off and online, by the reader's own."""
    there = ZoneInfo(row.timezone)
    is_afar = row.distance_miles is None and row.attendance != "in_person"
    here, other = (zone, there) if is_afar else (there, zone)
    return wording.clock(at=moment.starts_at, zone=here, language=language, other=other)


def _cut(words: str, length: int) -> str:
    """The first words, in letters that do not double the price of a text."""
    plain = text_rules.plain(words)
    if len(plain) <= length:
        return plain
    return plain[:length].rsplit(" ", 1)[0].rstrip(" ,-")
