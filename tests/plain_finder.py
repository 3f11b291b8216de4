"""The finder once more, as a plain filter over all rows in memory: the rules without an index or SQL.

What the finder answers is held against it, and so is its speed: finders in a browser work like this.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from aftercare.directory import moments
from aftercare.directory.cleaning import fold
from aftercare.directory.criteria import Criteria
from aftercare.directory.geo import Point
from aftercare.directory.vocabulary import SEARCH_WORDS
from aftercare.models import Closure, Meeting

Row = dict[str, Any]
COLUMNS = (
    "slug", "name", "name_key", "group", "location", "address", "region", "region_path", "tags",
    "weekday", "start_time", "minutes", "timezone", "attendance", "fellowship", "latitude",
    "longitude", "active", "retired_at", "weeks",
)  # fmt: skip
_HOURS = {"morning": (4, 12), "midday": (11, 17), "evening": (16, 21), "night": (20, 28)}
_ALSO = {"in_person": {"in_person", "hybrid"}, "online": {"online", "hybrid"}, "hybrid": {"hybrid"}}


def load() -> list[Row]:
    """Every row, with its fields as folded words, its tags as a set, and its closed days."""
    rows: list[Row] = list(Meeting.objects.values("pk", *COLUMNS))
    closed = defaultdict(list)
    for closure in Closure.objects.prefetch_related("meetings"):
        for meeting in closure.meetings.all():
            closed[meeting.pk].append(moments.Days(closure.first_on, closure.last_on))
    for row in rows:
        row["closed"] = closed[row["pk"]]
        row["tags"] = set(row["tags"].split())
        tags = " ".join(f"{tag} {SEARCH_WORDS.get(tag, '')}" for tag in row["tags"])
        fields = [row[name] for name in ("name", "location", "group", "address")]
        fields += [*row["region"].split(" > "), tags]
        row["fields"] = [f" {fold(field)} " for field in fields]
    return rows


def answer(*, rows: Sequence[Row], criteria: Criteria, at: datetime) -> list[str]:
    """The slugs of all that answer, in order."""
    at = criteria.at or at
    tests = list(_tests(criteria, at))
    found = [row for row in rows if all(test(row) for test in tests)]
    return [row["slug"] for row in sorted(found, key=lambda row: _place(row, criteria, at))]


def _tests(criteria: Criteria, at: datetime) -> Iterator[Callable[[Row], bool]]:
    yield lambda row: row["retired_at"] is None and (row["active"] or criteria.inactive)
    for number, term in enumerate(criteria.terms, start=1):
        is_begun = criteria.prefix and number == len(criteria.terms)
        wanted = f" {term}" if is_begun else f" {term} "
        yield lambda row, wanted=wanted: any(wanted in field for field in row["fields"])  # type: ignore[misc]
    if criteria.tags:
        yield lambda row: row["tags"].issuperset(criteria.tags)
    if criteria.fellowships:
        yield lambda row: row["fellowship"] in criteria.fellowships
    if criteria.attendance:
        wanted_ways = set().union(*(_ALSO[name] for name in criteria.attendance))
        yield lambda row: row["attendance"] in wanted_ways
    if criteria.region:
        path = f"/{'/'.join(criteria.region)}/"
        yield lambda row: path in row["region_path"]
    if criteria.near is not None:
        yield lambda row: _miles(row, criteria.near) <= criteria.within_miles
    yield from _timed(criteria, at)


def _timed(criteria: Criteria, at: datetime) -> Iterator[Callable[[Row], bool]]:
    if criteria.days or criteria.relative_days:
        yield lambda row: row["weekday"] in criteria.days or _is_on(row, criteria, at)
    if criteria.times:
        yield (
            lambda row: (
                row["start_time"] is not None
                and any(_is_at(row["start_time"], *_HOURS[name]) for name in criteria.times)
            )
        )
    if criteria.after is not None:
        yield lambda row: row["start_time"] is not None and row["start_time"] >= criteria.after
    if criteria.before is not None:
        yield lambda row: row["start_time"] is not None and row["start_time"] < criteria.before
    if criteria.ends_by is not None:
        limit = criteria.ends_by.hour * 60 + criteria.ends_by.minute
        limit += 1440 if criteria.ends_by.hour < 4 else 0
        yield lambda row: row["start_time"] is not None and _end(row) <= limit
    if criteria.now:
        yield lambda row: _starts_in(row, at) <= 60


def _is_on(row: Row, criteria: Criteria, at: datetime) -> bool:
    today = at.astimezone(ZoneInfo(row["timezone"])).date()
    days = {"today": today, "tomorrow": today + timedelta(days=1)}
    return any(
        row["weekday"] == moments.weekday_of(days[name])
        and moments.is_held(weeks=row["weeks"], day=days[name])
        for name in criteria.relative_days
    )


def _is_at(start: time, first: int, last: int) -> bool:
    return first <= start.hour < last or first <= start.hour + 24 < last


def _end(row: Row) -> int:
    return int(row["start_time"].hour * 60 + row["start_time"].minute + row["minutes"])


def _starts_in(row: Row, at: datetime) -> float:
    """Whole minutes from now, as a clock without seconds shows it."""
    if row["weekday"] is None or row["start_time"] is None:
        return float("inf")
    moment = moments.next_start(
        weekday=row["weekday"],
        start_time=row["start_time"],
        minutes=row["minutes"],
        zone_name=row["timezone"],
        weeks=row["weeks"],
        closed=row["closed"],
        at=at,
    )
    if moment is None:
        return float("inf")
    return (moment.starts_at - at.replace(second=0, microsecond=0)).total_seconds() / 60


def _miles(row: Row, center: Point | None) -> float:
    if row["latitude"] is None or center is None:
        return float("inf")
    return center.miles_to(Point(row["latitude"], row["longitude"]))


def _place(row: Row, criteria: Criteria, at: datetime) -> tuple[Any, ...]:
    name = (row["name_key"], row["slug"])
    if criteria.sort == "name":
        return name
    if criteria.sort == "distance":
        return round(_miles(row, criteria.near), 9), _starts_in(row, at), *name
    return _starts_in(row, at), *name
