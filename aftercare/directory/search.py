"""Read: the finder. One question, one answer, whether a page, JSON, a feed or a calendar asks."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, time
from typing import Any

from django.db import connection
from django.db.models import (
    Case,
    Expression,
    F,
    IntegerField,
    Max,
    Q,
    QuerySet,
    Value,
    When,
)
from django.db.models.expressions import CombinedExpression
from django.db.models.functions import Coalesce, Collate, ExtractHour, ExtractMinute
from django.db.models.lookups import GreaterThanOrEqual, LessThanOrEqual

from aftercare.directory import closures, geo, moments
from aftercare.directory.criteria import Criteria
from aftercare.models.corrections import Closure
from aftercare.models.directory import Feed, Meeting

SOON_MINUTES = 60
# Where nothing is found near a place, the circles in which something might be.
WIDER_MILES = (25, 50, 100)
_TIMES = {
    "morning": Q(start_time__gte=time(4), start_time__lt=time(12)),
    "midday": Q(start_time__gte=time(11), start_time__lt=time(17)),
    "evening": Q(start_time__gte=time(16), start_time__lt=time(21)),
    "night": Q(start_time__gte=time(20)) | Q(start_time__lt=time(4)),
}
_MATCHING = {
    "in_person": (Meeting.Attendance.IN_PERSON, Meeting.Attendance.HYBRID),
    "online": (Meeting.Attendance.ONLINE, Meeting.Attendance.HYBRID),
    "hybrid": (Meeting.Attendance.HYBRID,),
}
# `ends_by` before this hour means the next day.
_NIGHT_ENDS = time(4)
_COLUMNS = (
    "slug", "name", "group", "fellowship", "weekday", "start_time", "minutes", "timezone",
    "attendance", "tags", "location", "address", "region", "latitude", "longitude", "active",
    "inactive_reason", "is_approximate",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One meeting on one weekday, as every screen and every answer shows it."""

    slug: str
    name: str
    group: str
    fellowship: str
    weekday: int | None
    start_time: time | None
    end_time: time | None
    minutes: int
    timezone: str
    moment: moments.Moment | None
    attendance: str
    tags: tuple[str, ...]
    location: str
    address: str
    region: str
    latitude: float | None
    longitude: float | None
    distance_miles: float | None
    active: bool
    inactive_reason: str
    is_approximate: bool

    @property
    def in_progress(self) -> bool:
        """It is under way."""
        return self.moment is not None and self.moment.in_progress

    def as_dict(self, *, url: str) -> dict[str, Any]:
        """The row under the published keys of search.json; null where nothing is known."""
        return {
            "slug": self.slug,
            "name": self.name,
            "fellowship": self.fellowship,
            "day": self.weekday,
            "time": f"{self.start_time:%H:%M}" if self.start_time else None,
            "end_time": f"{self.end_time:%H:%M}" if self.end_time else None,
            "timezone": self.timezone,
            "next_start": self.moment.starts_at.isoformat() if self.moment else None,
            "in_progress": self.in_progress,
            "attendance": self.attendance,
            "tags": list(self.tags),
            "location": self.location or None,
            "address": self.address or None,
            "region": self.region or None,
            "latitude": self.latitude,
            "longitude": self.longitude,
            "distance_miles": self.distance_miles,
            "url": url,
            "active": self.active,
            "inactive_reason": self.inactive_reason or None,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Wider:
    """How many meetings there would be within more miles."""

    miles: int
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page of an answer; `count` is of the whole answer, and exact."""

    count: int
    page: int
    per_page: int
    rows: tuple[Row, ...]
    # Only where nothing was found near a place.
    wider: Wider | None = None
    # The fellowships whose feeds we have: the choice beside the answer.
    fellowships: tuple[str, ...] = ()
    # The rows on it whose next date staff have closed, by slug.
    closed: Mapping[str, Closure] = field(default_factory=dict)

    @property
    def pages(self) -> int:
        """How many pages the answer has."""
        return -(-self.count // self.per_page)

    @property
    def previous_page(self) -> int | None:
        """The page before, if there is one."""
        return min(self.page - 1, self.pages) or None

    @property
    def next_page(self) -> int | None:
        """The page after, if there is one."""
        return self.page + 1 if self.page < self.pages else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Detail:
    """One meeting in full."""

    row: Row
    meeting: Meeting


def browse(*, criteria: Criteria, at: datetime) -> Page:
    """`find`, with the choices that a page shows beside the answer."""
    found = find(criteria=criteria, at=at)
    closed = closures.closed(rows=found.rows, at=criteria.at or at)
    return replace(found, fellowships=fellowships(), closed=closed)


def find(*, criteria: Criteria, at: datetime) -> Page:
    """The meetings that answer the criteria at that instant (the criteria's own `at` goes first).

    A page past the last one has no rows. Queries: two or three, whatever the number of rows.
    """
    at = criteria.at or at
    found = _matching(criteria, at=at)
    count = found.count()
    first = (criteria.page - 1) * criteria.per_page
    rows: Sequence[Row] = ()
    if first < count:
        part = _sorted(found, criteria, at=at)[first : first + criteria.per_page]
        rows = tuple(_rows(part, criteria=criteria, at=at))
    return Page(
        count=count,
        page=criteria.page,
        per_page=criteria.per_page,
        rows=tuple(rows),
        wider=None if count else _wider(criteria, at=at),
    )


def count(*, criteria: Criteria, at: datetime) -> int:
    """How many meetings answer the criteria."""
    return _matching(criteria, at=criteria.at or at).count()


def changed_at() -> datetime | None:
    """When anything in the directory last became another; null where there is nothing."""
    newest: datetime | None = Meeting.objects.aggregate(Max("changed_at"))["changed_at__max"]
    return newest


def fellowships() -> tuple[str, ...]:
    """The fellowships whose feeds we have, for a choice on a page."""
    return tuple(
        Feed.objects.order_by("fellowship").values_list("fellowship", flat=True).distinct()
    )


def every(*, criteria: Criteria, at: datetime) -> Iterator[Detail]:
    """Everything that answers the criteria, in full and unpaged, in order of slug."""
    at = criteria.at or at
    for meeting in _matching(criteria, at=at).order_by("slug").iterator(1000):
        yield Detail(row=_row(vars(meeting), near=criteria.near, at=at), meeting=meeting)


def detail(*, slug: str, at: datetime) -> Detail | None:
    """The meeting of that slug, active or not; null where there is none."""
    meeting = Meeting.objects.filter(slug=slug).first()
    if meeting is None:
        return None
    return Detail(row=_row(vars(meeting), near=None, at=at), meeting=meeting)


def details(*, meetings: QuerySet[Meeting], at: datetime) -> Iterator[Detail]:
    """These meetings in full, whatever became of them since."""
    for meeting in meetings:
        yield Detail(row=_row(vars(meeting), near=None, at=at), meeting=meeting)


def _wider(criteria: Criteria, *, at: datetime) -> Wider | None:
    if criteria.near is None:
        return None
    for miles in WIDER_MILES:
        if miles > criteria.within_miles:
            count = _matching(replace(criteria, within_miles=miles), at=at).count()
            if count:
                return Wider(miles=miles, count=count)
    return None


def _matching(criteria: Criteria, *, at: datetime) -> QuerySet[Meeting]:
    found = Meeting.objects.filter(retired_at__isnull=True)
    if not criteria.inactive:
        found = found.filter(active=True)
    if criteria.near is not None:
        found = _near(found, criteria.near, criteria.within_miles)
    if criteria.days or criteria.relative_days:
        found = found.filter(_on_days(criteria, at=at))
    if criteria.now:
        found = found.alias(starts_in=_starts_in(at)).filter(starts_in__lte=SOON_MINUTES)
    return found.filter(*_said(criteria), *_timed(criteria), *_kind(criteria))


def _said(criteria: Criteria) -> Iterator[Q]:
    """All the words; `words` holds folded words with a blank on either side of each."""
    for number, term in enumerate(criteria.terms, start=1):
        is_last = number == len(criteria.terms)
        end = "" if is_last and criteria.prefix else " "
        yield Q(words__contains=f" {term}{end}")


def _timed(criteria: Criteria) -> Iterator[Q]:
    if criteria.times:
        yield _any(_TIMES[name] for name in criteria.times)
    if criteria.after is not None:
        yield Q(start_time__gte=criteria.after)
    if criteria.before is not None:
        yield Q(start_time__lt=criteria.before)
    if criteria.ends_by is not None:
        limit = criteria.ends_by.hour * 60 + criteria.ends_by.minute
        if criteria.ends_by < _NIGHT_ENDS:
            limit += 1440
        yield Q(LessThanOrEqual(_end_minute(), limit))


def _kind(criteria: Criteria) -> Iterator[Q]:
    for tag in criteria.tags:
        yield Q(tags__contains=f" {tag} ")
    if criteria.fellowships:
        yield Q(fellowship__in=criteria.fellowships)
    if criteria.attendance:
        yield Q(attendance__in={one for name in criteria.attendance for one in _MATCHING[name]})
    if criteria.region:
        yield Q(region_path__contains=f"/{'/'.join(criteria.region)}/")


def _any(conditions: Iterable[Q]) -> Q:
    wanted = Q()
    for condition in conditions:
        wanted |= condition
    return wanted


def _near(found: QuerySet[Meeting], center: geo.Point, miles: float) -> QuerySet[Meeting]:
    """Rows within a great-circle distance: the box first, which an index answers."""
    box = geo.box_around(center=center, miles=miles)
    within = Q(latitude__gte=box.south, latitude__lte=box.north)
    if box.west <= box.east:
        within &= Q(longitude__gte=box.west, longitude__lte=box.east)
    else:
        within &= Q(longitude__gte=box.west) | Q(longitude__lte=box.east)
    limit = geo.chord_squared(miles=miles)
    return found.filter(within, LessThanOrEqual(_chord(center), Value(limit)))


def _chord(center: geo.Point) -> CombinedExpression:
    """The squared straight distance to a point; it grows as the great-circle distance does."""
    x, y, z = (F(name) - Value(part) for name, part in zip("xyz", center.xyz, strict=True))
    return x * x + y * y + z * z


def _end_minute() -> CombinedExpression:
    """The end in minutes from the midnight before the start; past 1,440 it is the next day."""
    clock = ExtractHour("start_time") * 60 + ExtractMinute("start_time")
    return Coalesce(F("week_minute") % 1440, clock) + F("minutes")


def _weeks(at: datetime) -> dict[moments.ZoneWeek, list[str]]:
    """The week ahead of every zone in use; zones that keep the same clock share one."""
    weeks: dict[moments.ZoneWeek, list[str]] = {}
    zones = Meeting.objects.order_by("timezone").values_list("timezone", flat=True).distinct()
    for zone in zones:
        weeks.setdefault(moments.zone_week(zone_name=zone, at=at), []).append(zone)
    return weeks


def _on_days(criteria: Criteria, *, at: datetime) -> Q:
    wanted = Q(weekday__in=criteria.days) if criteria.days else Q()
    if criteria.relative_days:
        for week, zones in _weeks(at).items():
            days = {getattr(week, name) for name in criteria.relative_days}
            wanted |= Q(timezone__in=zones, weekday__in=days)
    return wanted or Q(pk__in=[])


def _starts_in(at: datetime) -> Case:
    """Minutes to the occurrence under way or next, null by appointment: `ZoneWeek` in SQL."""
    whens = []
    for week, zones in _weeks(at).items():
        k = (F("week_minute") + (moments.WEEK - week.first)) % moments.WEEK
        start = _shifted(k, week)
        is_over = LessThanOrEqual(start + F("minutes"), Value(0))
        then = Case(When(is_over, then=_shifted(k + moments.WEEK, week)), default=start)
        whens.append(When(timezone__in=zones, then=then))
    return Case(*whens, default=Value(None), output_field=IntegerField())


def _shifted(k: CombinedExpression, week: moments.ZoneWeek) -> Expression | CombinedExpression:
    (_, shift), *later = week.steps
    if not later:
        return k + shift
    whens = [
        When(GreaterThanOrEqual(k, Value(begins)), then=k + step)
        for begins, step in reversed(later)
    ]
    return Case(*whens, default=k + shift, output_field=IntegerField())


def _sorted(
    found: QuerySet[Meeting], criteria: Criteria, *, at: datetime
) -> QuerySet[Meeting, dict[str, Any]]:
    """In the wanted order, which is total, so that no row stands on two pages."""
    # The same order in every database, whatever its locale.
    name = Collate("name_key", "C" if connection.vendor == "postgresql" else "BINARY")
    ends: list[Any] = [name, "slug"]
    if criteria.sort == "distance" and criteria.near is not None:
        ends = [_chord(criteria.near).asc(), _starts_in(at).asc(nulls_last=True), *ends]
    elif criteria.sort != "name":
        ends = [_starts_in(at).asc(nulls_last=True), *ends]
    ordered: QuerySet[Meeting, dict[str, Any]] = found.order_by(*ends).values(*_COLUMNS)
    return ordered


def _rows(found: Iterable[dict[str, Any]], *, criteria: Criteria, at: datetime) -> Iterator[Row]:
    for values in found:
        yield _row(values, near=criteria.near, at=at)


def _row(values: dict[str, Any], *, near: geo.Point | None, at: datetime) -> Row:
    weekday, start, minutes = values["weekday"], values["start_time"], values["minutes"]
    moment = None
    if weekday is not None and start is not None:
        moment = moments.next_start(
            weekday=weekday, start_time=start, minutes=minutes, zone_name=values["timezone"], at=at
        )
    distance = None
    if near is not None and values["latitude"] is not None:
        here = geo.Point(values["latitude"], values["longitude"])
        distance = round(near.miles_to(here), 4)
    same = {name: values[name] for name in _COLUMNS if name != "tags"}
    return Row(
        **same,
        tags=tuple(values["tags"].split()),
        end_time=_end_time(start, minutes),
        moment=moment,
        distance_miles=distance,
    )


def _end_time(start: time | None, minutes: int) -> time | None:
    if start is None:
        return None
    end = (start.hour * 60 + start.minute + minutes) % 1440
    return time(end // 60, end % 60)
