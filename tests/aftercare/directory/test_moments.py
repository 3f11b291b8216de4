from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aftercare.directory.moments import (
    Days,
    Moment,
    days_there,
    is_held,
    next_start,
    positions_of,
    standard_offset,
    start_minute,
    weeks_of,
    zone_week,
)

NEW_YORK = "America/New_York"
SUNDAY, MONDAY, SATURDAY = 0, 1, 6


def at(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type,misc]


def local(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=ZoneInfo(NEW_YORK))  # type: ignore[arg-type,misc]


def find(weekday: int, start: time, now: datetime, minutes: int = 60) -> Moment:
    found = next_start(
        weekday=weekday, start_time=start, minutes=minutes, zone_name=NEW_YORK, at=now
    )
    assert found is not None
    return found


def test_next_start_is_later_the_same_day() -> None:
    found = find(SATURDAY, time(19), at(2026, 3, 7, 23, 0))

    assert found == Moment(local(2026, 3, 7, 19), local(2026, 3, 7, 20), in_progress=False)


def test_next_start_wraps_into_the_next_week_once_it_is_over() -> None:
    found = find(SATURDAY, time(17), at(2026, 3, 7, 23, 0))

    assert found == Moment(local(2026, 3, 14, 17), local(2026, 3, 14, 18), in_progress=False)


@pytest.mark.parametrize(
    ("now", "running"),
    [
        (at(2026, 3, 8, 4, 29), False),
        (at(2026, 3, 8, 4, 30), True),
        (at(2026, 3, 8, 5, 29), True),
    ],
)
def test_next_start_past_midnight_runs_until_it_ends(now: datetime, running: bool) -> None:
    found = find(SATURDAY, time(23, 30), now)

    assert (found.starts_at, found.in_progress) == (local(2026, 3, 7, 23, 30), running)


def test_next_start_past_midnight_is_over_when_it_ends() -> None:
    found = find(SATURDAY, time(23, 30), at(2026, 3, 8, 5, 30))

    assert found.starts_at == local(2026, 3, 14, 23, 30)


def test_next_start_of_a_whole_day_runs_until_the_same_hour() -> None:
    found = find(SATURDAY, time(12), at(2026, 3, 8, 15, 59), minutes=1440)

    assert (found.starts_at, found.in_progress) == (local(2026, 3, 7, 12), True)


def test_next_start_that_the_clocks_skip_happens_an_hour_on() -> None:
    found = find(SUNDAY, time(2, 30), at(2026, 3, 7, 23, 0))

    assert found.starts_at.isoformat() == "2026-03-08T03:30:00-04:00"


def test_next_start_that_the_clocks_repeat_happens_the_first_time() -> None:
    before = find(SUNDAY, time(1, 30), at(2026, 11, 1, 5, 0))
    between = find(SUNDAY, time(1, 30), at(2026, 11, 1, 6, 30))

    assert before.starts_at.isoformat() == "2026-11-01T01:30:00-04:00"
    assert between.starts_at.isoformat() == "2026-11-08T01:30:00-05:00"


def test_next_start_across_a_clock_change_lasts_its_real_minutes() -> None:
    found = find(SUNDAY, time(1, 30), at(2026, 3, 8, 6, 45), minutes=90)

    assert found.in_progress
    assert found.ends_at.isoformat() == "2026-03-08T04:00:00-04:00"


def test_days_there_are_today_and_tomorrow_in_that_zone() -> None:
    assert days_there(zone_name="Asia/Tokyo", at=at(2026, 3, 7, 23, 0)) == (SUNDAY, MONDAY)


@pytest.mark.parametrize(
    ("zone_name", "minutes"),
    [(NEW_YORK, -300), ("America/Phoenix", -420), ("Europe/Dublin", 0), ("Australia/Sydney", 600)],
)
def test_standard_offset_knows_no_summer_time(zone_name: str, minutes: int) -> None:
    assert standard_offset(zone_name) == minutes


@pytest.mark.parametrize(
    ("weekday", "start", "minute"),
    [
        (SUNDAY, time(0), 300),
        (SATURDAY, time(23, 30), 270),
        (None, time(9), None),
        (MONDAY, None, None),
    ],
)
def test_start_minute_is_in_utc_and_wraps(
    weekday: int | None, start: time | None, minute: int | None
) -> None:
    assert start_minute(weekday=weekday, start_time=start, zone_name=NEW_YORK) == minute


def test_zone_week_is_the_same_for_zones_that_keep_the_same_season() -> None:
    winter, spring = at(2026, 1, 7, 23, 0), at(2026, 3, 7, 23, 0)

    assert zone_week(zone_name=NEW_YORK, at=winter) == zone_week(zone_name="Asia/Tokyo", at=winter)
    assert zone_week(zone_name=NEW_YORK, at=spring) != zone_week(
        zone_name="America/Bogota", at=spring
    )


ZONES = (
    NEW_YORK, "America/Phoenix", "America/St_Johns", "Europe/Dublin", "Australia/Lord_Howe",
    "Asia/Kathmandu", "Pacific/Kiritimati", "Africa/Casablanca", "UTC",
)  # fmt: skip
# Around clock changes of 2026, where the two forms could differ.
CHANGES = (at(2026, 3, 8, 7), at(2026, 11, 1, 6), at(2026, 3, 29, 1), at(2026, 10, 3, 15))


@given(
    zone_name=st.sampled_from(ZONES),
    change=st.sampled_from(CHANGES),
    seconds=st.integers(-9 * 86400, 2 * 86400),
    weekday=st.integers(0, 6),
    minute=st.integers(0, 1439),
    minutes=st.integers(1, 1440),
)
def test_zone_week_and_next_start_are_one_rule(
    zone_name: str, change: datetime, seconds: int, weekday: int, minute: int, minutes: int
) -> None:
    now = change + timedelta(seconds=seconds)
    start = time(minute // 60, minute % 60)
    place = start_minute(weekday=weekday, start_time=start, zone_name=zone_name)
    assert place is not None

    found = next_start(
        weekday=weekday, start_time=start, minutes=minutes, zone_name=zone_name, at=now
    )
    starts_in = zone_week(zone_name=zone_name, at=now).starts_in(
        start_minute=place, minutes=minutes
    )

    whole_minute = now.replace(second=0, microsecond=0)
    assert found is not None
    assert whole_minute + timedelta(minutes=starts_in) == found.starts_at
    assert (starts_in <= 0) == found.in_progress


def test_weeks_of_the_month_are_one_number_and_back() -> None:
    for positions in ((), (1,), (1, 3), (2, 4), (5,), (-1,), (1, 2, 3, 4, 5, -1)):
        assert positions_of(weeks=weeks_of(positions=positions)) == positions
    assert weeks_of(positions=[]) is None


# March 2026 has five Sundays, February four.
@pytest.mark.parametrize(
    ("positions", "days"),
    [
        ((1,), [date(2026, 2, 1), date(2026, 3, 1)]),
        ((2, 4), [date(2026, 2, 8), date(2026, 2, 22), date(2026, 3, 8), date(2026, 3, 22)]),
        ((5,), [date(2026, 3, 29)]),
        ((-1,), [date(2026, 2, 22), date(2026, 3, 29)]),
        ((4, -1), [date(2026, 2, 22), date(2026, 3, 22), date(2026, 3, 29)]),
    ],
)
def test_what_meets_in_some_weeks_does_on_these_days(
    positions: tuple[int, ...], days: list[date]
) -> None:
    weeks = weeks_of(positions=positions)
    sundays = [date(2026, 2, 1) + timedelta(days=7 * number) for number in range(9)]

    assert [day for day in sundays if is_held(weeks=weeks, day=day)] == days


def test_next_start_passes_over_other_weeks_and_closed_days() -> None:
    facts: dict[str, Any] = {
        "weekday": 0, "start_time": time(19), "minutes": 60, "zone_name": NEW_YORK,
        "weeks": weeks_of(positions=(1, 3)), "at": local(2026, 3, 2, 12),
    }  # fmt: skip
    closed = [Days(date(2026, 3, 14), date(2026, 3, 16)), Days(date(2026, 4, 5), date(2026, 4, 5))]

    assert next_start(**facts) == Moment(
        local(2026, 3, 15, 19), local(2026, 3, 15, 20), in_progress=False
    )
    assert next_start(**facts, closed=closed) == Moment(
        local(2026, 4, 19, 19), local(2026, 4, 19, 20), in_progress=False
    )
    assert next_start(**facts, closed=[Days(date(2026, 1, 1), date(2030, 1, 1))]) is None
