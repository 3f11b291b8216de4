from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from aftercare.recurrence import (
    Move,
    Occurrence,
    Pause,
    Repeats,
    Rule,
    UnknownTimeZone,
    UnusableRule,
    due_before,
    due_days_before,
    load_zone,
    occurrences,
    to_rrule,
)

NEW_YORK = "America/New_York"
ZONES = [
    NEW_YORK,
    "America/Phoenix",
    "America/St_Johns",
    "America/Havana",
    "America/Santiago",
    "Europe/Dublin",
    "Australia/Lord_Howe",
    "Africa/Casablanca",
    "Asia/Kolkata",
    "Pacific/Apia",
]


def weekly(**changes: object) -> Rule:
    fields: dict[str, object] = {
        "repeats": Repeats.WEEKLY,
        "weekdays": (6,),
        "start_time": time(19, 0),
        "time_zone": NEW_YORK,
        "starts_on": date(2026, 3, 1),
    }
    return Rule(**{**fields, **changes})  # type: ignore[arg-type]


def starts(rule: Rule, start: datetime, end: datetime) -> list[datetime]:
    return [one.starts_at for one in occurrences(rule=rule, start=start, end=end)]


def wall(text: str) -> datetime:
    return datetime.fromisoformat(text)


def ids(found: Iterator[Occurrence]) -> list[str]:
    return [one.recurrence_id for one in found]


MARCH: dict[str, Any] = {
    "start": datetime(2026, 3, 1, 5, tzinfo=UTC),
    "end": datetime(2026, 4, 1, 4, tzinfo=UTC),
}


def test_weekly_keeps_its_wall_time_across_spring() -> None:
    found = list(occurrences(rule=weekly(), **MARCH))

    assert found[:2] == [
        Occurrence(
            recurrence_id="2026-03-01T19:00",
            starts_at=datetime(2026, 3, 2, 0, 0, tzinfo=UTC),
            ends_at=datetime(2026, 3, 2, 1, 0, tzinfo=UTC),
        ),
        Occurrence(
            recurrence_id="2026-03-08T19:00",
            starts_at=datetime(2026, 3, 8, 23, 0, tzinfo=UTC),
            ends_at=datetime(2026, 3, 9, 0, 0, tzinfo=UTC),
        ),
    ]
    assert len(found) == 5


def test_skipped_time_happens_once_an_hour_later_and_is_back_next_day() -> None:
    daily = weekly(weekdays=tuple(range(7)), start_time=time(2, 30))

    found = list(occurrences(rule=daily, **MARCH))

    local = {one.recurrence_id: one.starts_at.astimezone(ZoneInfo(NEW_YORK)) for one in found}
    assert f"{local['2026-03-08T02:30']:%H:%M}" == "03:30"
    assert f"{local['2026-03-09T02:30']:%H:%M}" == "02:30"
    assert len(found) == 31


def test_repeated_time_happens_once_the_first_time() -> None:
    rule = weekly(start_time=time(1, 30), starts_on=date(2026, 11, 1))

    found = starts(rule, datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 11, 2, tzinfo=UTC))

    assert found == [datetime(2026, 11, 1, 5, 30, tzinfo=UTC)]


@cache
def transitions(zone: ZoneInfo) -> list[datetime]:
    """Every hour in 2024-2030 after which the zone's offset is another than before it."""
    hours = [datetime(2024, 1, 1, tzinfo=UTC) + timedelta(hours=n) for n in range(7 * 366 * 24)]
    offsets = [hour.astimezone(zone).utcoffset() for hour in hours]
    return [hour for hour, (old, new) in zip(hours, pairwise(offsets), strict=False) if old != new]


def instants_by_walking(zone: ZoneInfo, near: datetime) -> dict[datetime, datetime]:
    """Wall time -> the first instant that shows it, found without folding, 2 days either side.

    A wall time that no clock shows belongs to the instant that shows it plus the size of the jump.
    """
    minutes = [near + timedelta(minutes=15 * step) for step in range(-4 * 48, 4 * 48)]
    shown = [minute.astimezone(zone).replace(tzinfo=None) for minute in minutes]
    found = dict(zip(reversed(shown), reversed(minutes), strict=True))
    for earlier, later in pairwise(shown):
        jump = later - earlier - timedelta(minutes=15)
        while earlier + timedelta(minutes=15) < later:
            earlier += timedelta(minutes=15)
            found[earlier] = found[earlier + jump]
    return found


@pytest.mark.parametrize("name", ZONES)
def test_every_clock_change_gives_one_occurrence_at_the_right_instant(name: str) -> None:
    zone = ZoneInfo(name)
    for change in transitions(zone):
        for local, instant in instants_by_walking(zone, change).items():
            rule = weekly(
                weekdays=(local.weekday(),),
                start_time=local.time(),
                time_zone=name,
                starts_on=local.date(),
                until_on=local.date(),
            )
            found = starts(rule, change - timedelta(days=4), change + timedelta(days=4))
            assert found == [instant]


def test_zones_under_test_have_clock_changes() -> None:
    counts = {name: len(transitions(ZoneInfo(name))) for name in ZONES}

    assert counts[NEW_YORK] == 14
    assert counts["America/Phoenix"] == 0
    assert sum(counts.values()) > 80


def test_alternate_weeks_count_from_the_week_of_the_first_day() -> None:
    rule = weekly(weekdays=(0, 3), interval=2, starts_on=date(2026, 3, 4), start_time=time(12))

    found = ids(occurrences(rule=rule, **MARCH))

    assert [one[:10] for one in found] == ["2026-03-05", "2026-03-16", "2026-03-19", "2026-03-30"]


@pytest.mark.parametrize(
    ("position", "weekday", "days"),
    [
        (1, 5, ["2026-01-03", "2026-02-07", "2026-03-07"]),
        (-1, 4, ["2026-01-30", "2026-02-27", "2026-03-27"]),
        (5, 6, ["2026-03-29"]),
    ],
)
def test_monthly_by_position(position: int, weekday: int, days: list[str]) -> None:
    rule = Rule(
        repeats=Repeats.MONTHLY_POSITION,
        position=position,
        weekdays=(weekday,),
        start_time=time(10),
        time_zone=NEW_YORK,
        starts_on=date(2026, 1, 1),
    )

    found = occurrences(
        rule=rule, start=datetime(2026, 1, 1, tzinfo=UTC), end=datetime(2026, 4, 1, tzinfo=UTC)
    )

    assert [one[:10] for one in ids(found)] == days


@pytest.mark.parametrize(
    ("month_day", "days"),
    [
        (31, ["01-31", "03-31", "05-31"]),
        (-1, ["01-31", "02-28", "03-31", "04-30", "05-31"]),
        (30, ["01-30", "03-30", "04-30", "05-30"]),
    ],
)
def test_monthly_by_date_skips_short_months_or_takes_the_last_day(
    month_day: int, days: list[str]
) -> None:
    rule = Rule(
        repeats=Repeats.MONTHLY_DATE,
        month_day=month_day,
        start_time=time(10),
        time_zone=NEW_YORK,
        starts_on=date(2026, 1, 1),
    )

    found = occurrences(
        rule=rule, start=datetime(2026, 1, 1, tzinfo=UTC), end=datetime(2026, 6, 1, tzinfo=UTC)
    )

    assert [one[5:10] for one in ids(found)] == days


def test_once_happens_once() -> None:
    rule = weekly(repeats=Repeats.ONCE, weekdays=(), starts_on=date(2026, 3, 10))

    assert ids(occurrences(rule=rule, **MARCH)) == ["2026-03-10T19:00"]


def test_until_includes_the_last_day() -> None:
    rule = weekly(until_on=date(2026, 3, 15))

    assert ids(occurrences(rule=rule, **MARCH))[-1] == "2026-03-15T19:00"


def test_range_includes_its_start_and_not_its_end() -> None:
    first, second = datetime(2026, 3, 2, tzinfo=UTC), datetime(2026, 3, 8, 23, tzinfo=UTC)

    assert starts(weekly(), first, second) == [first]


def test_cancelled_and_moved_and_paused_differ_from_the_rule() -> None:
    found = list(
        occurrences(
            rule=weekly(),
            cancelled=["2026-03-01T19:00", "2026-03-29T19:00"],
            moved={
                "2026-03-08T19:00": Move(starts=wall("2026-03-10T08:00"), minutes=30),
                "2026-03-15T19:00": Move(starts=wall("2026-03-23T08:00")),
                "2026-03-29T19:00": Move(starts=wall("2026-03-30T08:00")),
                "2026-03-17T19:00": Move(starts=wall("2026-03-17T08:00")),
                "not a date": Move(starts=wall("2026-03-17T08:00")),
            },
            pauses=[Pause(first_on=date(2026, 3, 15), last_on=date(2026, 3, 22))],
            **MARCH,
        )
    )

    assert found == [
        Occurrence(
            recurrence_id="2026-03-08T19:00",
            starts_at=datetime(2026, 3, 10, 12, 0, tzinfo=UTC),
            ends_at=datetime(2026, 3, 10, 12, 30, tzinfo=UTC),
        ),
        Occurrence(
            recurrence_id="2026-03-15T19:00",
            starts_at=datetime(2026, 3, 23, 12, 0, tzinfo=UTC),
            ends_at=datetime(2026, 3, 23, 13, 0, tzinfo=UTC),
        ),
    ]


def test_open_pause_stops_everything_after_its_first_day() -> None:
    found = occurrences(rule=weekly(), pauses=[Pause(first_on=date(2026, 3, 8))], **MARCH)

    assert ids(found) == ["2026-03-01T19:00"]


def test_moved_from_far_away_is_found_where_it_went() -> None:
    moved = {
        "2026-05-10T19:00": Move(starts=wall("2026-03-03T09:00")),
        "2026-05-11T19:00": Move(starts=wall("2026-03-04T09:00")),
    }

    found = ids(occurrences(rule=weekly(), moved=moved, **MARCH))

    assert found[:2] == ["2026-03-01T19:00", "2026-05-10T19:00"]
    assert len(found) == 6


def test_hours_before_are_real_hours_and_days_before_are_local_days() -> None:
    starts_at = datetime(2026, 3, 8, 23, 0, tzinfo=UTC)

    assert due_before(starts_at=starts_at, minutes=24 * 60) == datetime(2026, 3, 7, 23, tzinfo=UTC)
    assert due_days_before(
        starts_at=starts_at, days=1, wall_time=time(18), zone=ZoneInfo(NEW_YORK)
    ) == datetime(2026, 3, 7, 23, 0, tzinfo=UTC)
    assert due_days_before(
        starts_at=starts_at, days=0, wall_time=time(18), zone=ZoneInfo(NEW_YORK)
    ) == datetime(2026, 3, 8, 22, 0, tzinfo=UTC)


def test_unknown_time_zone_names_a_close_one() -> None:
    with pytest.raises(UnknownTimeZone) as raised:
        load_zone("America/NewYork")

    assert str(raised.value) == (
        'There is no time zone "America/NewYork". Use a name such as America/New_York.'
    )


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "EDT", "america/new_york", "Mars/Base\0"])
def test_unknown_time_zone_is_refused_by_rules(name: str) -> None:
    with pytest.raises(UnknownTimeZone):
        weekly(time_zone=name)


@pytest.mark.parametrize(
    ("changes", "remedy"),
    [
        ({"interval": 0}, "The interval must be 1 or more."),
        ({"minutes": -1}, "The length must be 0 minutes or more."),
        ({"weekdays": ()}, "Choose at least one weekday."),
        ({"weekdays": (7,)}, "Weekdays go from 0 (Monday) to 6."),
        (
            {"start_time": time(19, 0, 30)},
            "The time must be a wall time in whole minutes, without a zone.",
        ),
        (
            {"repeats": Repeats.MONTHLY_POSITION, "position": 0},
            "The position must be 1 to 5, or -1 for the last.",
        ),
        (
            {"repeats": Repeats.MONTHLY_DATE, "month_day": 32},
            "The day of the month must be 1 to 31, or -1 for the last day.",
        ),
        (
            {"until_on": date(2026, 2, 28)},
            "The last day must not be before the first day.",
        ),
    ],
)
def test_unusable_rule_says_what_to_change(changes: dict[str, object], remedy: str) -> None:
    with pytest.raises(UnusableRule) as raised:
        weekly(**changes)

    assert str(raised.value) == remedy


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({}, "FREQ=WEEKLY;BYDAY=SU;WKST=MO"),
        (
            {"interval": 2, "weekdays": (3, 1), "until_on": date(2026, 3, 31)},
            "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,TH;WKST=MO;UNTIL=20260401T035959Z",
        ),
        (
            {"repeats": Repeats.MONTHLY_POSITION, "position": -1, "weekdays": (4,)},
            "FREQ=MONTHLY;BYDAY=-1FR",
        ),
        (
            {"repeats": Repeats.MONTHLY_DATE, "month_day": 31},
            "FREQ=MONTHLY;BYMONTHDAY=31",
        ),
        ({"repeats": Repeats.ONCE}, None),
    ],
)
def test_rrule_text(changes: dict[str, object], text: str | None) -> None:
    assert to_rrule(weekly(**changes)) == text
