"""Read: the finder. One question, one answer, whether a page, JSON, a feed or a calendar asks."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, time
from typing import Any

from django.db import connection
from django.db.models import Max, QuerySet
from django.db.models.functions import Collate

from aftercare.directory import geo, irregular, moments
from aftercare.directory.ahead import Ahead
from aftercare.directory.criteria import Criteria
from aftercare.directory.irregular import Irregular
from aftercare.directory.questions import Question, chord
from aftercare.models.corrections import Closure
from aftercare.models.directory import Feed, Meeting

# Where fewer are found near a place, the circles in which there might be more.
FEW = 3
WIDER_MILES = (25, 50, 100)
_COLUMNS = (
    "slug", "name", "group", "fellowship", "weekday", "start_time", "minutes", "timezone",
    "attendance", "tags", "location", "address", "region", "latitude", "longitude", "active",
    "inactive_reason", "is_approximate", "weeks",
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
    # The weeks of the month it meets in, as moments.WEEKS counts them; null is every week.
    weeks: int | None
    # What keeps the date before `moment` from happening.
    closed: Closure | None

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
    # Only where few or none were found near a place.
    wider: Wider | None = None
    # The fellowships whose feeds we have: the choice beside the answer.
    fellowships: tuple[str, ...] = ()

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
    """`find`, with the choices that a page shows beside the answer: at most four queries more."""
    at = criteria.at or at
    question = _ask(criteria, at=at)
    found = _answer(question, criteria, at=at)
    wider = _wider(question.ahead, criteria, count=found.count)
    return replace(found, fellowships=fellowships(), wider=wider)


def find(*, criteria: Criteria, at: datetime) -> Page:
    """The meetings that answer the criteria at that instant (the criteria's own `at` goes first).

    A page past the last one has no rows. Queries: six at most, whatever the number of rows.
    """
    at = criteria.at or at
    return _answer(_ask(criteria, at=at), criteria, at=at)


def _answer(question: Question, criteria: Criteria, *, at: datetime) -> Page:
    count = question.count()
    is_past_the_end = (criteria.page - 1) * criteria.per_page >= count
    found = () if is_past_the_end else _page(question, criteria, count=count)
    return Page(
        count=count,
        page=criteria.page,
        per_page=criteria.per_page,
        rows=tuple(
            _row(values, near=criteria.near, odd=question.ahead.irregular, at=at)
            for values in found
        ),
    )


def count(*, criteria: Criteria, at: datetime) -> int:
    """How many meetings answer the criteria."""
    return _ask(criteria, at=criteria.at or at).count()


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
    question = _ask(criteria, at=at)
    odd = question.ahead.irregular
    found = question.by_row().select_related("edit")
    for meeting in found.order_by("slug").iterator(1000):
        yield Detail(row=_row(vars(meeting), near=criteria.near, odd=odd, at=at), meeting=meeting)


def detail(*, slug: str, at: datetime) -> Detail | None:
    """The meeting of that slug, active or not; null where there is none."""
    return next(details(meetings=Meeting.objects.filter(slug=slug), at=at), None)


def details(*, meetings: QuerySet[Meeting], at: datetime) -> Iterator[Detail]:
    """These meetings in full, whatever became of them since."""
    odd = irregular.load(at=at)
    for meeting in meetings:
        yield Detail(row=_row(vars(meeting), near=None, odd=odd, at=at), meeting=meeting)


def _wider(ahead: Ahead, criteria: Criteria, *, count: int) -> Wider | None:
    """The next circle with more in it, where few or none are near."""
    if criteria.near is None or count >= FEW:
        return None
    for miles in WIDER_MILES:
        if miles > criteria.within_miles:
            further = replace(criteria, within_miles=miles)
            there = Question(criteria=further, ahead=ahead).count()
            if there > count:
                return Wider(miles=miles, count=there)
    return None


def _ask(criteria: Criteria, *, at: datetime) -> Question:
    return Question(criteria=criteria, ahead=Ahead(at=at))


def _page(question: Question, criteria: Criteria, *, count: int) -> Iterator[dict[str, Any]]:
    """The rows of one page in the wanted order, which is total, so that none stands on two pages."""
    first = (criteria.page - 1) * criteria.per_page
    found = question.by_index()
    if criteria.sort == "next" and question.is_answered_by_many(count):
        upto = min(first + criteria.per_page, count)
        found = question.ahead.soonest(question.by_row(), upto=upto)
    order = _order(criteria, question.ahead)
    yield from found.order_by(*order).values("id", *_COLUMNS)[first : first + criteria.per_page]


def _order(criteria: Criteria, ahead: Ahead) -> list[Any]:
    # The same order in every database, whatever its locale.
    name = Collate("name_key", "C" if connection.vendor == "postgresql" else "BINARY")
    if criteria.sort == "name":
        return [name, "slug"]
    soonest = [ahead.starts_in().asc(nulls_last=True), name, "slug"]
    if criteria.sort == "distance" and criteria.near is not None:
        return [chord(criteria.near).asc(), *soonest]
    return soonest


def _row(values: dict[str, Any], *, near: geo.Point | None, odd: Irregular, at: datetime) -> Row:
    key, weekday, start, minutes = (
        values[name] for name in ("id", "weekday", "start_time", "minutes")
    )
    moment = odd.moments.get(key)
    if key not in odd.moments and weekday is not None and start is not None:
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
        closed=odd.closed.get(key),
    )


def _end_time(start: time | None, minutes: int) -> time | None:
    if start is None:
        return None
    end = (start.hour * 60 + start.minute + minutes) % 1440
    return time(end // 60, end % 60)
