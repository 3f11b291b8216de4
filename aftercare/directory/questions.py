"""Read: what a visitor asks for, as conditions on meetings, each said in two ways with one answer.

By looking at a row; and, where it is among the words of `directory.words`, by their index.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import time
from functools import cached_property

from django.db.models import F, Max, Q, QuerySet, Value
from django.db.models.expressions import CombinedExpression
from django.db.models.functions import ExtractHour, ExtractMinute
from django.db.models.lookups import LessThanOrEqual

from aftercare.directory import geo
from aftercare.directory.ahead import Ahead
from aftercare.directory.criteria import Criteria
from aftercare.directory.words import ACTIVE, Wanted, mark
from aftercare.models.directory import Meeting

SOON_MINUTES = 60
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
# One row in so many answers: then looking at rows in the wanted order finds a page soonest. Fewer,
# and all that answer are fetched by the index, for they may all lie at the far end of that order.
_MANY = 5
_FEW_ROWS = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """One thing that is asked for."""

    row: Q
    # Words of which one must be there, and one that must be there with at least its beginning.
    choice: tuple[str, ...] = ()
    beginning: str = ""
    # The words say all that the row says.
    is_said: bool = True
    # Worth going by the index of words for; else the index of starts tells it as well.
    is_sought: bool = True
    is_in_order: bool = False


class Question:
    """All that is asked for at one instant."""

    def __init__(self, *, criteria: Criteria, ahead: Ahead) -> None:
        self.ahead = ahead
        self._is_near = criteria.near is not None
        self._asked = list(_conditions(criteria, ahead))

    @cached_property
    def _wanted(self) -> Wanted | None:
        """What the index of words is asked; null where it would be of no help."""
        if self._is_near or not any(one.is_sought for one in self._asked):
            return None
        return Wanted(
            clauses=[one.choice for one in self._asked if one.choice],
            beginnings=[one.beginning for one in self._asked if one.beginning],
        )

    def by_row(self) -> QuerySet[Meeting]:
        """The meetings that answer, by a look at each."""
        return Meeting.objects.filter(*(one.row for one in self._asked))

    def by_index(self) -> QuerySet[Meeting]:
        """The same meetings, by the index of words first, where that helps."""
        if self._wanted is None:
            return self.by_row()
        rest = (one.row for one in self._asked if not one.is_said)
        return Meeting.objects.filter(self._wanted.by_index(), *rest)

    def count(self) -> int:
        """How many answer, exactly."""
        if self._wanted is not None and all(one.is_said for one in self._asked):
            return self._wanted.count()
        return self.by_index().count()

    def is_answered_by_many(self, count: int) -> bool:
        """So many of all rows answer that they are best found in the order they are wanted in."""
        if self._is_near or count < _FEW_ROWS:
            return False
        if all(one.is_in_order for one in self._asked):
            return True
        newest: int | None = Meeting.objects.aggregate(Max("pk"))["pk__max"]
        return count * _MANY >= (newest or 0)


def _conditions(criteria: Criteria, ahead: Ahead) -> Iterator[Condition]:
    if criteria.inactive:
        yield Condition(row=Q(retired_at__isnull=True), is_said=False, is_sought=False)
    else:
        yield Condition(row=Q(active=True), choice=(ACTIVE,), is_sought=False, is_in_order=True)
    yield from _said(criteria)
    yield from _kind(criteria)
    yield from _on_days(criteria, ahead)
    rows = [*_place(criteria), *_timed(criteria)]
    yield from (Condition(row=row, is_said=False, is_sought=False) for row in rows)
    if criteria.now:
        soon = Q(LessThanOrEqual(ahead.starts_in(), Value(SOON_MINUTES)))
        row = ahead.within(SOON_MINUTES) & soon
        yield Condition(row=row, is_said=False, is_sought=False, is_in_order=True)


def _said(criteria: Criteria) -> Iterator[Condition]:
    """All the words; the column has a blank on either side of each."""
    for number, term in enumerate(criteria.terms, start=1):
        is_begun = criteria.prefix and number == len(criteria.terms)
        words = term.split()
        row = Q(words__contains=f" {term}{'' if is_begun else ' '}")
        # An index knows which words there are, and nothing of their order.
        yield Condition(
            row=row,
            choice=() if is_begun else (words[-1],),
            beginning=words[-1] if is_begun else "",
            is_said=len(words) == 1,
        )
        yield from (
            Condition(row=Q(words__contains=f" {word} "), choice=(word,)) for word in words[:-1]
        )


def _kind(criteria: Criteria) -> Iterator[Condition]:
    for tag in criteria.tags:
        yield Condition(row=Q(tags__contains=f" {tag} "), choice=(mark("t", tag),))
    if criteria.fellowships:
        row = Q(fellowship__in=criteria.fellowships)
        yield Condition(row=row, choice=tuple(mark("f", one) for one in criteria.fellowships))
    if criteria.attendance:
        wanted = {str(one) for name in criteria.attendance for one in _MATCHING[name]}
        choice = tuple(sorted(mark("a", one) for one in wanted))
        yield Condition(row=Q(attendance__in=wanted), choice=choice)
    if criteria.region:
        *above, last = criteria.region
        row = Q(region_path__contains=f"/{'/'.join(criteria.region)}/")
        yield Condition(row=row, choice=(mark("r", last),), is_said=not above)


def _on_days(criteria: Criteria, ahead: Ahead) -> Iterator[Condition]:
    """Days of the week, and today and tomorrow in each meeting's own zone."""
    if not criteria.days and not criteria.relative_days:
        return
    row = Q(weekday__in=criteria.days) if criteria.days else Q(pk__in=[])
    days = set(criteria.days)
    places = [("today", "tomorrow").index(name) for name in criteria.relative_days]
    for there, zones in ahead.days.items() if places else ():
        wanted = {there[place] for place in places}
        row |= Q(timezone__in=zones, weekday__in=wanted)
        days |= wanted
    choice = tuple(mark("d", day) for day in sorted(days))
    is_said = not places or len(ahead.days) == 1
    yield Condition(row=row, choice=choice, is_said=is_said, is_sought=False, is_in_order=True)
    odd = ahead.not_held(places=places)
    if odd:
        row = ~Q(pk__in=odd) | Q(weekday__in=criteria.days)
        yield Condition(row=row, is_said=False, is_sought=False)


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


def _any(conditions: Iterable[Q]) -> Q:
    wanted = Q()
    for condition in conditions:
        wanted |= condition
    return wanted


def _end_minute() -> CombinedExpression:
    """The end in minutes from the midnight before the start; past 1,440 it is the next day."""
    clock: CombinedExpression = ExtractHour("start_time") * 60 + ExtractMinute("start_time")
    return clock + F("minutes")


def _place(criteria: Criteria) -> Iterator[Q]:
    """Rows within a great-circle distance: the box first, which an index answers."""
    if criteria.near is None:
        return
    box = geo.box_around(center=criteria.near, miles=criteria.within_miles)
    yield Q(latitude__gte=box.south, latitude__lte=box.north)
    if box.west <= box.east:
        yield Q(longitude__gte=box.west, longitude__lte=box.east)
    else:
        yield Q(longitude__gte=box.west) | Q(longitude__lte=box.east)
    limit = geo.chord_squared(miles=criteria.within_miles)
    yield Q(LessThanOrEqual(chord(criteria.near), Value(limit)))


def chord(center: geo.Point) -> CombinedExpression:
    """The squared straight distance to a point; it grows as the great-circle distance does."""
    x, y, z = (F(name) - Value(part) for name, part in zip("xyz", center.xyz, strict=True))
    return x * x + y * y + z * z
