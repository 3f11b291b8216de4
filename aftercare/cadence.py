"""Pure: on which day and at which hour the next check-in opens, and how staffed time passes.

The taper is the default of the care plan: weekly for eight weeks, every two weeks to the end of the
first year, then every four weeks, so that it stays on the person's own weekday.
"""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from aftercare.recurrence import localize
from notifications.quiet_hours import PROGRAM_HOURS, Week

Hours = Sequence[Sequence[Sequence[str]]]
Span = tuple[datetime, datetime]

WINDOW = timedelta(hours=72)
NUDGE_AFTER = timedelta(hours=24)
STAFFED_AFTER = timedelta(hours=3)
# Tuesday to Thursday: an answer finds somebody in the office the next day, too.
DAYS = (1, 2, 3)
USUAL_HOUR = 10
_STEP = 5
# The eighth weekly check-in falls after day 49, counted from joining; the first is at most 7 days on.
_WEEKLY_DAYS, _YEAR_DAYS = 49, 365
_SEARCH_DAYS = 14


def weekday_of(*, key: int) -> int:
    """The weekday of a person's check-ins (0 is Monday), spread over the caseload by `key`."""
    return DAYS[key % len(DAYS)]


def gap(*, joined_on: date, last_on: date, cadence_days: int | None) -> timedelta:
    """How long after the check-in of `last_on` the next one is due."""
    if cadence_days is not None:
        return timedelta(days=max(1, cadence_days))
    days = (last_on - joined_on).days
    weeks = 1 if days <= _WEEKLY_DAYS else 2 if days < _YEAR_DAYS else 4
    return timedelta(weeks=weeks)


def next_on(
    *, joined_on: date, last_on: date | None, today: date, key: int, cadence_days: int | None
) -> date:
    """The local day of the next check-in, later than today; the first is the person's own weekday.

    A pause leaves no backlog: what would lie in the past moves to the next own weekday. A chosen
    cadence of a week or more lands on the nearest of Tuesday to Thursday, a shorter one on its day.
    """
    if last_on is None:
        return _next_weekday(after=max(today, joined_on), weekday=weekday_of(key=key))
    step = gap(joined_on=joined_on, last_on=last_on, cadence_days=cadence_days)
    planned = last_on + step
    if step >= timedelta(days=7):
        planned = min((planned + timedelta(days=off) for off in (0, 1, -1, 2, -2)), key=_off_days)
    if planned > today:
        return planned
    return _next_weekday(after=today, weekday=weekday_of(key=key))


def _off_days(day: date) -> int:
    return 0 if day.weekday() in DAYS else 1


def _next_weekday(*, after: date, weekday: int) -> date:
    return after + timedelta(days=(weekday - after.weekday() - 1) % 7 + 1)


def opening(
    *,
    on: date,
    after: datetime,
    zone: ZoneInfo,
    staffed_hours: Hours,
    staffed_zone: ZoneInfo,
    preferred_hour: int | None,
    key: int,
    allowed: Week = PROGRAM_HOURS,
) -> datetime | None:
    """The instant (UTC) at which a check-in opens: on that local day, or the next that will do.

    It lies after `after`, in the person's `allowed` hours, while the office is staffed with three
    staffed hours to follow that day, as near as may be to the preferred hour; minutes are spread
    over the caseload by `key`. Where two weeks hold no such instant, it is the one with the most
    staffed time to follow; None where no hour is allowed.
    """
    target = (USUAL_HOUR if preferred_hour is None else preferred_hour) * 60 + key * 7 % 50
    most: tuple[timedelta, datetime] | None = None
    for days in range(_SEARCH_DAYS):
        day = on + timedelta(days=days)
        spans = list(_spans_around(day=day, hours=staffed_hours, zone=staffed_zone))
        for at in _candidates(day=day, zone=zone, target=target, allowed=allowed):
            left = _left(at=at, spans=spans)
            if at > after and left >= STAFFED_AFTER:
                return at
            if at > after and (most is None or left > most[0]):
                most = left, at
    # Somebody whose hours hardly meet the office's is asked while somebody is still there, and who
    # never meets it at all is asked in own hours rather than never.
    return most[1] if most else None


def _candidates(*, day: date, zone: ZoneInfo, target: int, allowed: Week) -> Iterator[datetime]:
    """Allowed instants of a local day, the nearest to the target minute first."""
    for minute in sorted(range(0, 24 * 60, _STEP), key=lambda minute: abs(minute - target)):
        if allowed.minutes >> (day.weekday() * 24 * 60 + minute) & 1:
            yield localize(wall=datetime.combine(day, time(minute // 60, minute % 60)), zone=zone)


def _spans_around(*, day: date, hours: Hours, zone: ZoneInfo) -> Iterator[list[Span]]:
    """The staffed spans of the office's day before, that day and the day after."""
    for days in (-1, 0, 1):
        yield staffed_spans(day=day + timedelta(days=days), hours=hours, zone=zone)


def _left(*, at: datetime, spans: Sequence[Sequence[Span]]) -> timedelta:
    """Staffed time that is left of the office's day; nothing while nobody is there."""
    for day in spans:
        if any(opens <= at < closes for opens, closes in day):
            return sum(
                (max(closes - max(opens, at), timedelta()) for opens, closes in day), timedelta()
            )
    return timedelta()


def staffed_spans(*, day: date, hours: Hours, zone: ZoneInfo) -> list[Span]:
    """When somebody is in the office on one of its days, as instants (UTC) in order."""
    windows = hours[day.weekday()] if hours else []
    return sorted(
        (
            localize(wall=datetime.combine(day, time.fromisoformat(opens)), zone=zone),
            localize(wall=datetime.combine(day, time.fromisoformat(closes)), zone=zone),
        )
        for opens, closes in windows
    )


def next_staffed(*, at: datetime, hours: Hours, zone: ZoneInfo) -> datetime | None:
    """From when on somebody is in the office: `at` itself while staffed; None with no hours at all."""
    return next(
        (max(opens, at) for opens, closes in _upcoming(at=at, hours=hours, zone=zone)), None
    )


def after_staffed(*, at: datetime, amount: timedelta, hours: Hours, zone: ZoneInfo) -> datetime:
    """The instant by which so much staffed time will have passed; plain time with no hours at all."""
    left = amount
    for opens, closes in _upcoming(at=at, hours=hours, zone=zone):
        begins = max(opens, at)
        if closes - begins >= left:
            return begins + left
        left -= closes - begins
    return at + amount


def _upcoming(*, at: datetime, hours: Hours, zone: ZoneInfo) -> Iterator[Span]:
    today = at.astimezone(zone).date()
    for days in range(_SEARCH_DAYS):
        for opens, closes in staffed_spans(
            day=today + timedelta(days=days), hours=hours, zone=zone
        ):
            if closes > at:
                yield opens, closes
