"""Pure: on which days a person hears from the program, at which hour, and how staffed time passes.

A template is what a program sets for a track; USUAL is the default of the care plan: weekly for
eight weeks, every two weeks to the end of the first year, then every four weeks, so that it stays on
the person's own weekday; a touch on certain days of the first ninety; and caring contacts, texts
that ask nothing (Motto & Bostrom 2001), which are the touches of their days. Days are counted from
the beginning of aftercare: the graduation, or the joining where that came later.
"""

from calendar import isleap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from aftercare.recurrence import localize
from notifications.quiet_hours import PROGRAM_HOURS, Week, Window, week

Hours = Sequence[Sequence[Sequence[str]]]
Span = tuple[datetime, datetime]

WINDOW = timedelta(hours=72)
NUDGE_AFTER = timedelta(hours=24)
STAFFED_AFTER = timedelta(hours=3)
# Tuesday to Thursday: an answer finds somebody in the office the next day, too.
DAYS = (1, 2, 3)
USUAL_HOUR = 10
YEAR_DAYS = 365
# Chosen for one person: no check-ins any more, only a hello four times a year.
ONLY_HELLO = 0
QUARTER_DAYS = 91
# From so many days on between check-ins, a year after the beginning, it is keeping in touch.
KEEPING_DAYS = 28
_STEP = 5
_SEARCH_DAYS = 14
_FRIDAY, _EVENING = 4, 17
# All of the week but Friday evening and the weekend.
_ATTENDED = week(
    Window(opens=time(0), closes=time(0), weekdays=frozenset(range(_FRIDAY))),
    Window(opens=time(0), closes=time(_EVENING), weekdays=frozenset({_FRIDAY})),
)
# A check-in so close to the day of a touch is that touch.
_NEAR_DAYS = 3
# A hello so close to an anniversary would be a second one.
_APART_DAYS = 14


class TouchKind(StrEnum):
    """The texts of a cadence that ask nothing."""

    CARING = "caring"
    HELLO = "hello"
    ANNIVERSARY = "anniversary"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Check-ins every so many days, as long as they fall on a day up to `until`; None is for ever."""

    every: int
    until: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """What a program sets: the taper, the touches of the first days, the caring contacts, the weekdays.

    `caring_every` are the days between caring contacts after the last of `caring`; 0 is none.
    `has_on_call` says that somebody is there on Friday evenings and weekends.
    """

    steps: tuple[Step, ...] = (
        Step(every=7, until=56),
        Step(every=14, until=YEAR_DAYS),
        Step(every=28),
    )
    touches: tuple[int, ...] = (1, 3, 7, 14, 30, 60, 90)
    caring: tuple[int, ...] = (1, 7, 30, 60, 90, 120)
    caring_every: int = 60
    weekdays: tuple[int, ...] = DAYS
    has_on_call: bool = False

    @property
    def asking(self) -> tuple[int, ...]:
        """The days of touches on which something is asked."""
        return tuple(sorted(set(self.touches) - set(self.caring)))


USUAL = Template()


def weekday_of(*, key: int, template: Template = USUAL) -> int:
    """The weekday of a person's check-ins (0 is Monday), spread over the caseload by `key`."""
    return template.weekdays[key % len(template.weekdays)]


def gap(
    *, start_on: date, last_on: date, cadence_days: int | None, template: Template = USUAL
) -> timedelta:
    """How long after the check-in of `last_on` the next one is due; a chosen cadence wins."""
    if cadence_days is not None:
        return timedelta(days=max(1, cadence_days))
    days = (last_on - start_on).days
    steps = (
        step for step in template.steps if step.until is None or days + step.every <= step.until
    )
    return timedelta(days=next(steps, template.steps[-1]).every)


def keeps_in_touch(*, start_on: date, on: date, cadence_days: int | None) -> bool:
    """Whether it is keeping in touch by now: after a year, unless the person is asked more often by choice.

    Nothing counts as silence then.
    """
    is_seldom = cadence_days is None or cadence_days == ONLY_HELLO or cadence_days >= KEEPING_DAYS
    return is_seldom and (on - start_on).days >= YEAR_DAYS


def next_on(
    *,
    start_on: date,
    last_on: date | None,
    today: date,
    key: int,
    cadence_days: int | None,
    template: Template = USUAL,
) -> date:
    """The local day of the next check-in, later than today; the first is the first touch that asks.

    Without such touches it is the person's own weekday. A pause leaves no backlog: what would lie in
    the past moves to the next own weekday. Whole weeks land on the own weekday, other steps of a
    week or more on the nearest of the template's weekdays, a shorter one on its day.
    """
    own = weekday_of(key=key, template=template)
    if last_on is None:
        planned = _first_on(start_on, template)
    else:
        step = gap(start_on=start_on, last_on=last_on, cadence_days=cadence_days, template=template)
        planned = _on_weekday(last_on + step, step=step, own=own, template=template)
        if cadence_days is None:
            planned = _touch_between(start_on, last_on, planned, template) or planned
    if planned is not None and planned > today:
        return planned
    return _next_weekday(after=max(today, start_on), weekday=own)


def _first_on(start_on: date, template: Template) -> date | None:
    """The weekday nearest to the first touch that asks, if it lies in the first week."""
    if not template.asking or template.asking[0] > 7:
        return None
    wanted = start_on + timedelta(days=template.asking[0])
    return _nearest(wanted, range(-1, _NEAR_DAYS + 1), template.weekdays) or wanted


def _on_weekday(planned: date, *, step: timedelta, own: int, template: Template) -> date:
    if step < timedelta(days=7):
        return planned
    if step.days % 7 == 0:
        return _nearest(planned, range(-3, 4), (own,)) or planned
    return _nearest(planned, range(-2, 3), template.weekdays) or planned


def _nearest(wanted: date, offsets: Sequence[int], weekdays: Sequence[int]) -> date | None:
    days = (
        wanted + timedelta(days=off) for off in sorted(offsets, key=lambda off: (abs(off), -off))
    )
    return next((day for day in days if day.weekday() in weekdays), None)


def _touch_between(start_on: date, last_on: date, planned: date, template: Template) -> date | None:
    """The first touch that asks and that no check-in lies near; None where there is none."""
    near = timedelta(days=_NEAR_DAYS)
    days = (start_on + timedelta(days=day) for day in template.asking)
    return next((day for day in days if last_on + near < day < planned - near), None)


def _next_weekday(*, after: date, weekday: int) -> date:
    return after + timedelta(days=(weekday - after.weekday() - 1) % 7 + 1)


def touches(
    *, start_on: date, graduated_on: date, after: date, until: date, template: Template = USUAL
) -> list[tuple[date, TouchKind]]:
    """The days of texts that ask nothing, later than `after` and up to `until`, in order.

    Caring contacts in the first year; then a hello each quarter, and the anniversary of graduating.
    """
    first, last = (after - start_on).days + 1, (until - start_on).days
    found = [
        (start_on + timedelta(days=day), TouchKind.CARING)
        for day in _caring_days(template)
        if first <= day <= last
    ]
    yearly = [day for day in _anniversaries(graduated_on, until) if day >= _a_year_on(start_on)]
    found += [(day, TouchKind.ANNIVERSARY) for day in yearly if day > after]
    around = _anniversaries(graduated_on, until + timedelta(days=_APART_DAYS))
    for number in range(max(1, (first - YEAR_DAYS) // QUARTER_DAYS), last // QUARTER_DAYS + 1):
        day = start_on + timedelta(days=YEAR_DAYS + number * QUARTER_DAYS)
        is_near = any(abs((day - one).days) <= _APART_DAYS for one in around)
        if after < day <= until and not is_near:
            found.append((day, TouchKind.HELLO))
    return sorted(found)


def _caring_days(template: Template) -> list[int]:
    days = sorted(day for day in template.caring if day < YEAR_DAYS)
    if days and template.caring_every:
        days += range(days[-1] + template.caring_every, YEAR_DAYS, template.caring_every)
    return days


def _a_year_on(day: date) -> date:
    return _in_year(day, day.year + 1)


def _in_year(day: date, year: int) -> date:
    """The same date of another year; who graduated on 29 February has the day before."""
    is_leap_day = (day.month, day.day) == (2, 29) and not isleap(year)
    return day.replace(year=year, day=28) if is_leap_day else day.replace(year=year)


def _anniversaries(graduated_on: date, until: date) -> list[date]:
    days = (_in_year(graduated_on, year) for year in range(graduated_on.year + 1, until.year + 1))
    return [day for day in days if day <= until]


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
    has_on_call: bool = False,
) -> datetime | None:
    """The instant (UTC) at which a check-in opens: on that local day, or the next that will do.

    It lies after `after`, in the person's `allowed` hours, while the office is staffed with three
    staffed hours to follow that day, as near as may be to the preferred hour; minutes are spread
    over the caseload by `key`. Where two weeks hold no such instant, it is the one with the most
    staffed time to follow; None where no hour is allowed. Friday evening and the weekend are none,
    unless somebody is on call then.
    """
    target = (USUAL_HOUR if preferred_hour is None else preferred_hour) * 60 + key * 7 % 50
    most: tuple[timedelta, datetime] | None = None
    for days in range(_SEARCH_DAYS):
        day = on + timedelta(days=days)
        if day.weekday() > _FRIDAY and not has_on_call:
            continue
        spans = list(_spans_around(day=day, hours=staffed_hours, zone=staffed_zone))
        hours = allowed if has_on_call else allowed & _ATTENDED
        for at in _candidates(day=day, zone=zone, target=target, allowed=hours):
            left = _left(at=at, spans=spans)
            if at > after and left >= STAFFED_AFTER:
                return at
            if at > after and (most is None or left > most[0]):
                most = left, at
    # Somebody whose hours hardly meet the office's is asked while somebody is still there, and who
    # never meets it at all is asked in own hours rather than never.
    return most[1] if most else None


def attended_until(*, at: datetime, zone: ZoneInfo) -> datetime:
    """When the coming Friday evening begins (UTC): from then on nobody is there to read until Monday.

    `at` itself on a Friday evening or at a weekend.
    """
    local = at.astimezone(zone)
    if local.weekday() > _FRIDAY:
        return at
    friday = local.date() + timedelta(days=_FRIDAY - local.weekday())
    return max(at, localize(wall=datetime.combine(friday, time(_EVENING)), zone=zone))


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


def working_day_later(*, at: datetime, hours: Hours, zone: ZoneInfo) -> datetime:
    """One working day after `at`: the same clock on the office's next staffed day; plain with no hours.

    What comes while nobody is there counts from when somebody is.
    """
    seen_at = next_staffed(at=at, hours=hours, zone=zone)
    if seen_at is None:
        return at + timedelta(days=1)
    local = seen_at.astimezone(zone)
    for days in range(1, _SEARCH_DAYS):
        day = local.date() + timedelta(days=days)
        if staffed_spans(day=day, hours=hours, zone=zone):
            return localize(wall=datetime.combine(day, local.time()), zone=zone)
    return seen_at + timedelta(days=1)


def _upcoming(*, at: datetime, hours: Hours, zone: ZoneInfo) -> Iterator[Span]:
    today = at.astimezone(zone).date()
    for days in range(_SEARCH_DAYS):
        for opens, closes in staffed_spans(
            day=today + timedelta(days=days), hours=hours, zone=zone
        ):
            if closes > at:
                yield opens, closes
