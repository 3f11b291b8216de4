"""What holds of every rule, and what other readers of calendars make of it."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
import recurring_ical_events
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar

from aftercare.recurrence import (
    Occurrence,
    Repeats,
    Rule,
    localize,
    occurrences,
    to_rrule,
)
from tests.aftercare.test_recurrence import NEW_YORK, ZONES, wall


@st.composite
def rules(draw: st.DrawFn) -> Rule:
    starts_on = draw(st.dates(date(2024, 1, 1), date(2028, 12, 31)))
    length = draw(st.none() | st.integers(0, 500))
    return Rule(
        repeats=draw(st.sampled_from(list(Repeats))),
        interval=draw(st.integers(1, 5)),
        weekdays=tuple(draw(st.lists(st.integers(0, 6), min_size=1, max_size=4, unique=True))),
        position=draw(st.sampled_from([1, 2, 3, 4, 5, -1])),
        month_day=draw(st.integers(1, 31) | st.just(-1)),
        start_time=draw(st.times()).replace(second=0, microsecond=0),
        minutes=draw(st.integers(0, 600)),
        time_zone=draw(st.sampled_from(ZONES)),
        starts_on=starts_on,
        until_on=None if length is None else starts_on + timedelta(days=length),
    )


instants = st.datetimes(wall("2024-01-01T00:00"), wall("2031-01-01T00:00"), timezones=st.just(UTC))


@given(rule=rules(), edges=st.lists(instants, min_size=2, max_size=6))
def test_range_in_pieces_gives_what_the_whole_range_gives(
    rule: Rule, edges: list[datetime]
) -> None:
    edges.sort()
    whole = list(occurrences(rule=rule, start=edges[0], end=edges[-1]))

    pieces = [
        one
        for start, end in pairwise(edges)
        for one in occurrences(rule=rule, start=start, end=end)
    ]

    assert pieces == whole


@given(rule=rules(), start=instants, days=st.integers(0, 800))
def test_occurrences_are_sorted_unique_and_true_to_the_rule(
    rule: Rule, start: datetime, days: int
) -> None:
    end = start + timedelta(days=days)
    found = list(occurrences(rule=rule, start=start, end=end))

    assert found == sorted(found, key=lambda one: one.starts_at)
    assert len({one.recurrence_id for one in found}) == len(found)
    monday = rule.starts_on - timedelta(days=rule.starts_on.weekday())
    for one in found:
        wall = datetime.fromisoformat(one.recurrence_id)
        assert start <= one.starts_at < end
        assert wall.time() == rule.start_time
        assert rule.starts_on <= wall.date() <= (rule.until_on or date.max)
        assert one.ends_at - one.starts_at == timedelta(minutes=rule.minutes)
        assert localize(wall=wall, zone=ZoneInfo(rule.time_zone)) == one.starts_at
        if rule.repeats is Repeats.WEEKLY:
            assert wall.weekday() in rule.weekdays
            assert (wall.date() - monday).days // 7 % rule.interval == 0


def calendar_of(rule: Rule, first: Occurrence) -> Calendar:
    wall = datetime.fromisoformat(first.recurrence_id)
    lines = [
        "BEGIN:VCALENDAR",
        "BEGIN:VEVENT",
        "UID:one",
        f"DTSTART;TZID={rule.time_zone}:{wall:%Y%m%dT%H%M%S}",
        f"DURATION:PT{rule.minutes}M",
        f"RRULE:{to_rrule(rule)}",
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    return Calendar.from_ical("\r\n".join(lines) + "\r\n")


ORACLE_RULES = [
    Rule(
        repeats=repeats,
        interval=interval,
        weekdays=weekdays,
        position=position,
        month_day=month_day,
        start_time=start_time,
        time_zone=zone,
        starts_on=date(2025, 9, 17),
        until_on=date(2026, 11, 20),
        minutes=60,
    )
    for zone in (NEW_YORK, "America/Phoenix", "Europe/Dublin", "America/Santiago")
    for repeats, interval, weekdays, position, month_day, start_time in [
        (Repeats.WEEKLY, 1, (2,), None, None, time(19, 0)),
        (Repeats.WEEKLY, 1, (6,), None, None, time(2, 30)),
        (Repeats.WEEKLY, 1, (6,), None, None, time(1, 30)),
        (Repeats.WEEKLY, 2, (1, 4), None, None, time(7, 15)),
        (Repeats.WEEKLY, 3, (0, 6), None, None, time(23, 45)),
        (Repeats.MONTHLY_POSITION, 1, (5,), 1, None, time(10, 0)),
        (Repeats.MONTHLY_POSITION, 1, (6,), 2, None, time(2, 30)),
        (Repeats.MONTHLY_POSITION, 2, (4,), -1, None, time(18, 0)),
        (Repeats.MONTHLY_POSITION, 1, (0,), 5, None, time(0, 0)),
        (Repeats.MONTHLY_DATE, 1, (), None, 31, time(12, 0)),
        (Repeats.MONTHLY_DATE, 1, (), None, -1, time(12, 0)),
        (Repeats.MONTHLY_DATE, 3, (), None, 8, time(2, 30)),
    ]
]


@pytest.mark.parametrize(
    "rule", ORACLE_RULES, ids=lambda rule: f"{rule.time_zone}-{to_rrule(rule)}"
)
def test_calendar_readers_find_the_same_instants(rule: Rule) -> None:
    start, end = datetime(2025, 9, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)
    own = list(occurrences(rule=rule, start=start, end=end))

    events = recurring_ical_events.of(calendar_of(rule, own[0])).between(start, end)

    read = sorted(event["DTSTART"].dt.astimezone(UTC) for event in events)
    assert read == [one.starts_at for one in own]
