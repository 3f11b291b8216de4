"""Read: when meetings start next, for every row at once, and which rows start soonest.

All of it is `moments.ZoneWeek` in the language of a database. Zones that keep the same season share
one week, so that there are one or two of them for most of the year.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime

from django.db import connection
from django.db.models import F, IntegerField, Q, QuerySet, Value
from django.db.models.expressions import RawSQL
from django.db.models.lookups import GreaterThan

from aftercare.directory import irregular, moments
from aftercare.directory.moments import WEEK, Moment, ZoneWeek
from aftercare.models.directory import Meeting

# Each next zone in turn is one look into an index, where DISTINCT would read every row.
_ZONES = """
    WITH RECURSIVE zone(name) AS (
        SELECT MIN(timezone) FROM aftercare_meeting
        UNION ALL
        SELECT (SELECT MIN(timezone) FROM aftercare_meeting WHERE timezone > zone.name)
        FROM zone WHERE zone.name IS NOT NULL
    )
    SELECT name FROM zone WHERE name IS NOT NULL
"""
# Meetings that began so long ago are mostly over, and those that are not come first anyhow.
_JUST_BEGUN = 90
# Few meetings are longer, and those are found by their length.
_LONG = 120
_ID, _START, _MINUTES, _ZONE = (
    f"aftercare_meeting.{column}" for column in ("id", "start_minute", "minutes", "timezone")
)


class Ahead:
    """The week ahead of one instant, in every zone that some meeting is in."""

    def __init__(self, *, at: datetime) -> None:
        self.at = at
        self.irregular = irregular.load(at=at)
        self.zones = _zones()
        self.weeks: dict[ZoneWeek, list[str]] = {}
        self.days: dict[tuple[int, int], list[str]] = {}
        for zone in self.zones:
            self.weeks.setdefault(moments.zone_week(zone_name=zone, at=at), []).append(zone)
            self.days.setdefault(moments.days_there(zone_name=zone, at=at), []).append(zone)
        self.now = moments.minute_of_week(at=at)
        # How many minutes ago the week of each zone began; and how many minutes after the standard
        # time of their zones meetings start, at the earliest and the latest.
        back = {week: (self.now - week.first) % WEEK for week in self.weeks}
        seasons = [shift + back[week] for week in self.weeks for _, shift in week.steps]
        self._back = max(back.values(), default=0)
        self._low, self._high = min(seasons, default=0), max(seasons, default=0)

    def starts_in(self) -> RawSQL:
        """Minutes to the occurrence under way or next; null by appointment.

        Written by hand: as an expression of Django it takes longer to write than to answer.
        """
        whens, names = "", []
        for week, zones in self.weeks.items():
            places = ", ".join(["%s"] * len(zones))
            whens += f"WHEN {_ZONE} IN ({places}) THEN {_starts_in(week)} "
            names += zones
        odd = "".join(
            f"WHEN {_ID} = {pk:d} THEN {self._minutes_to(moment)} "
            for pk, moment in self.irregular.moments.items()
        )
        sql = f"CASE {odd}WHEN {_START} IS NULL THEN NULL {whens}END"
        return RawSQL(sql, names, output_field=IntegerField())  # noqa: S611

    def _minutes_to(self, moment: Moment | None) -> str:
        """As `ZoneWeek` counts them: times before the present minute's end are now."""
        if moment is None:
            return "NULL"
        now = self.at.replace(second=0, microsecond=0)
        return str(int((moment.starts_at - now).total_seconds()) // 60)

    def not_held(self, *, places: Sequence[int]) -> list[int]:
        """Keys of what meets on the weekday of today (0) or tomorrow (1), but not this week."""
        return self.irregular.not_on(at=self.at, places=places)

    def soonest(self, found: QuerySet[Meeting], *, upto: int) -> QuerySet[Meeting]:
        """Fewer rows, among which the first `upto` of `found` by next start are; or all of them.

        `start_minute` has an index, and starts follow its order but for the hour or two by which
        zones keep other seasons. So the minute of the last row wanted bounds what must be looked at.
        """
        if not self.weeks:
            return found
        since = -min(_JUST_BEGUN, self._back)
        last = self._minute_of(found, upto, since=since)
        return found if last is None else found.filter(self.within(last + self._high))

    def within(self, minutes: int) -> Q:
        """Where meetings are that run, or start within so many minutes, and some beside them."""
        last = minutes - self._low
        if last + self._back >= WEEK - self._back:
            return Q()  # what is over comes round again
        wanted = Q(pk__in=[])
        for part, shift in self._parts(-self._back, last):
            wanted |= part & self._is_not_over(shift, season=self._high)
        return wanted

    def _minute_of(self, found: QuerySet[Meeting], upto: int, *, since: int) -> int | None:
        """In how many minutes, by standard time, so many rows that are surely not over have begun;
        null where there are fewer."""
        for part, shift in self._parts(since, since + WEEK - 1):
            rows = found.filter(part, self._is_not_over(shift, season=self._low))
            if self.irregular.moments:
                rows = rows.exclude(pk__in=self.irregular.moments)
            minutes = rows.order_by("start_minute").values_list("start_minute", flat=True)
            for minute in minutes[upto - 1 : upto]:
                return int(minute or 0) + shift - self.now
        return None

    def _parts(self, first: int, last: int) -> Iterator[tuple[Q, int]]:
        """The minutes of the week from so many minutes ahead to so many, each part with what must
        be added to them to make them run on from one week to another."""
        for shift in (-WEEK, 0, WEEK):
            begins, ends = max(self.now + first - shift, 0), min(self.now + last - shift, WEEK - 1)
            if begins <= ends:
                yield Q(start_minute__gte=begins, start_minute__lte=ends), shift

    def _is_not_over(self, shift: int, *, season: int) -> Q:
        """It ends after the present instant, if its start is so many minutes off standard time.

        No index has a sum, so what follows from it is said as well: a start not long ago, or length.
        """
        limit = self.now - season - shift
        is_ahead = Q(GreaterThan(F("start_minute") + F("minutes"), Value(limit)))
        return is_ahead & (Q(start_minute__gt=limit - _LONG) | Q(minutes__gt=_LONG))


def _zones() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(_ZONES)
        return [name for (name,) in cursor.fetchall()]


def _starts_in(week: ZoneWeek) -> str:
    """`ZoneWeek.starts_in` as SQL, with its percent signs doubled."""
    k = f"({_START} + {WEEK - week.first}) %% {WEEK}"
    start, later = _shifted(k, week), _shifted(f"({k} + {WEEK})", week)
    return f"CASE WHEN {start} + {_MINUTES} > 0 THEN {start} ELSE {later} END"


def _shifted(k: str, week: ZoneWeek) -> str:
    (_, shift), *later = week.steps
    if not later:
        return f"({k} + {shift})"
    whens = [f"WHEN {k} >= {begins} THEN {k} + {step}" for begins, step in reversed(later)]
    return f"(CASE {' '.join(whens)} ELSE {k} + {shift} END)"
