from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifications.quiet_hours import (
    ALWAYS,
    EVERY_DAY,
    PROGRAM_HOURS,
    STATE_HOURS,
    NeverAllowed,
    Week,
    Window,
    allowed,
    next_allowed,
    own_hours,
    parse_windows,
    program_hours,
    week,
)

NEW_YORK, CHICAGO, PHOENIX = (
    ZoneInfo(name) for name in ("America/New_York", "America/Chicago", "America/Phoenix")
)
NIGHT = parse_windows([("22:00", "07:00")])


def new_york(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=NEW_YORK)


def open_hours(windows: Week, day: int) -> list[str]:
    """The allowed spans of one weekday (0 is Monday), read minute by minute."""
    bits = [windows.minutes >> (day * 1440 + minute) & 1 for minute in range(1440)]
    edges = [m for m in range(1441) if (m and bits[m - 1]) != (m < 1440 and bits[m])]
    return [f"{m // 60:02}:{m % 60:02}" for m in edges]


@pytest.mark.parametrize(
    ("state", "monday", "saturday", "sunday"),
    [
        ("FL", "08:00 20:00", "08:00 20:00", "08:00 20:00"),
        ("OK", "08:00 20:00", "08:00 20:00", "08:00 20:00"),
        ("MD", "08:00 20:00", "08:00 20:00", "08:00 20:00"),
        ("MS", "08:00 20:00", "08:00 20:00", "08:00 20:00"),
        ("NJ", "08:00 20:00", "08:00 20:00", "08:00 20:00"),
        ("CT", "09:00 20:00", "09:00 20:00", "09:00 20:00"),
        ("TX", "09:00 21:00", "09:00 21:00", "12:00 21:00"),
        ("RI", "09:00 18:00", "10:00 17:00", "10:00 17:00"),
    ],
)
def test_state_table(state: str, monday: str, saturday: str, sunday: str) -> None:
    hours = STATE_HOURS[state]

    found = [" ".join(open_hours(hours, day)) for day in (0, 5, 6)]

    assert found == [monday, saturday, sunday]


@pytest.mark.parametrize(
    ("states", "monday", "sunday"),
    [
        (["PA"], ["09:00", "20:00"], ["09:00", "20:00"]),
        (["tx"], ["09:00", "20:00"], ["12:00", "20:00"]),
        (["PA", "RI"], ["09:00", "18:00"], ["10:00", "17:00"]),
        ([], ["09:00", "18:00"], ["12:00", "17:00"]),
    ],
)
def test_program_hours_are_within_the_law_of_every_state_it_may_be(
    states: list[str], monday: list[str], sunday: list[str]
) -> None:
    hours = program_hours(states=states)

    assert (open_hours(hours, 0), open_hours(hours, 6)) == (monday, sunday)


def test_own_quiet_windows_are_left_out_of_program_hours() -> None:
    quiet = parse_windows([("23:00", "09:30"), ("13:00", "14:00"), ("18:00", "19:00")])

    hours = program_hours(states=["PA"], quiet=quiet)

    assert open_hours(hours, 2) == ["09:30", "13:00", "14:00", "18:00", "19:00", "20:00"]


def test_own_hours_are_all_but_the_quiet_windows() -> None:
    friday_night = Window(opens=time(22), closes=time(10), weekdays=frozenset({4}))
    sunday_night = Window(opens=time(22), closes=time(6), weekdays=frozenset({6}))

    hours = own_hours(quiet=[friday_night, sunday_night])

    assert own_hours(quiet=[]) == ALWAYS
    assert open_hours(hours, 4) == ["00:00", "22:00"]
    assert open_hours(hours, 5) == ["10:00", "24:00"]
    assert open_hours(hours, 0) == ["06:00", "24:00"]


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2026-03-06T08:59", "2026-03-06T09:00"),
        ("2026-03-06T09:00", "2026-03-06T09:00"),
        ("2026-03-06T19:59", "2026-03-06T19:59"),
        ("2026-03-06T20:00", "2026-03-07T09:00"),
        # The nights before and after both clock changes keep their wall times.
        ("2026-03-07T23:00", "2026-03-08T09:00"),
        ("2026-03-08T03:30", "2026-03-08T09:00"),
        ("2026-10-31T23:00", "2026-11-01T09:00"),
        ("2026-11-01T20:00", "2026-11-02T09:00"),
    ],
)
def test_next_allowed_in_program_hours(at: str, expected: str) -> None:
    found = next_allowed(at=new_york(at), zone=NEW_YORK, windows=PROGRAM_HOURS)

    assert found.astimezone(UTC) == new_york(expected).astimezone(UTC)


def test_the_edges_of_a_night_are_nine_and_eleven_hours_apart_on_changing_days() -> None:
    spring, autumn = new_york("2026-03-07T22:00"), new_york("2026-10-31T22:00")
    hours = own_hours(quiet=NIGHT)

    assert next_allowed(at=spring, zone=NEW_YORK, windows=hours) - spring.astimezone(
        UTC
    ) == timedelta(hours=8)
    assert next_allowed(at=autumn, zone=NEW_YORK, windows=hours) - autumn.astimezone(
        UTC
    ) == timedelta(hours=10)


def test_a_skipped_or_repeated_edge_counts_for_the_quiet_side() -> None:
    until_half_past = own_hours(quiet=parse_windows([("22:00", "02:30")]))
    until_one_thirty = own_hours(quiet=parse_windows([("22:00", "01:30")]))
    from_one_thirty = own_hours(quiet=parse_windows([("01:30", "07:00")]))
    autumn_night = datetime(2026, 11, 1, 4, 0, tzinfo=UTC)

    assert next_allowed(
        at=new_york("2026-03-08T00:00"), zone=NEW_YORK, windows=until_half_past
    ) == datetime(2026, 3, 8, 7, 30, tzinfo=UTC)
    assert next_allowed(at=autumn_night, zone=NEW_YORK, windows=until_one_thirty) == datetime(
        2026, 11, 1, 6, 30, tzinfo=UTC
    )
    assert not allowed(
        at=datetime(2026, 11, 1, 5, 30, tzinfo=UTC), zone=NEW_YORK, windows=from_one_thirty
    )


def test_several_zones_allow_what_each_of_them_allows() -> None:
    zones = [NEW_YORK, CHICAGO, PHOENIX]
    at = new_york("2026-07-01T09:00")

    found = next_allowed(at=at, zone=zones, windows=PROGRAM_HOURS)

    assert found == datetime(2026, 7, 1, 16, 0, tzinfo=UTC)
    assert allowed(at=new_york("2026-07-01T19:59"), zone=zones, windows=PROGRAM_HOURS)
    assert not allowed(at=new_york("2026-07-01T20:00"), zone=zones, windows=PROGRAM_HOURS)


def test_no_hour_left_is_named() -> None:
    whole_day = own_hours(quiet=parse_windows([("08:00", "08:00")]))
    early = week(Window(opens=time(9), closes=time(10)))
    at = new_york("2026-07-01T09:00")

    with pytest.raises(NeverAllowed):
        next_allowed(at=at, zone=NEW_YORK, windows=whole_day)
    with pytest.raises(NeverAllowed):
        next_allowed(at=at, zone=[NEW_YORK, PHOENIX], windows=early)
    assert not allowed(at=at, zone=NEW_YORK, windows=whole_day)


def test_no_quiet_windows_allow_any_time() -> None:
    at = new_york("2026-07-01T03:00")

    assert next_allowed(at=at, zone=NEW_YORK, windows=own_hours(quiet=[])) == at


wall_times = st.times().map(lambda wall: wall.replace(second=0, microsecond=0))
quiet_windows = st.lists(
    st.builds(
        Window,
        opens=wall_times,
        closes=wall_times,
        weekdays=st.just(EVERY_DAY) | st.frozensets(st.integers(0, 6), min_size=1),
    ),
    max_size=4,
)
zone_names = ["America/New_York", "America/Havana", "Australia/Lord_Howe", "America/Phoenix"]
zone_lists = st.lists(
    st.sampled_from([ZoneInfo(name) for name in zone_names]), min_size=1, max_size=2
)
# Half of the instants lie around a clock change of one of the zones.
changes = [
    datetime(2026, 3, 8, 7, tzinfo=UTC),
    datetime(2026, 11, 1, 6, tzinfo=UTC),
    datetime(2026, 4, 4, 15, tzinfo=UTC),
]
instants = st.builds(
    lambda base, minutes: base + timedelta(minutes=minutes),
    st.sampled_from(changes) | st.integers(0, 2000).map(lambda day: changes[0] + timedelta(day)),
    st.integers(-2000, 2000),
)


def is_open_by_the_clock(at: datetime, zone: ZoneInfo, windows: Week) -> bool:
    wall = at.astimezone(zone)
    minute = wall.weekday() * 1440 + wall.hour * 60 + wall.minute
    return bool(windows.minutes >> minute & 1)


@given(at=instants, zones=zone_lists, quiet=quiet_windows)
def test_next_allowed_is_the_first_allowed_minute(
    at: datetime, zones: list[ZoneInfo], quiet: list[Window]
) -> None:
    at = at.replace(second=0, microsecond=0)
    windows = own_hours(quiet=quiet)
    try:
        found = next_allowed(at=at, zone=zones, windows=windows)
    except NeverAllowed:
        found = at + timedelta(days=3)

    grid = range(0, int((found - at) / timedelta(minutes=1)), 7)
    assert found >= at
    assert not any(
        allowed(at=at + timedelta(minutes=minute), zone=zones, windows=windows) for minute in grid
    )
    if found < at + timedelta(days=3):
        assert allowed(at=found, zone=zones, windows=windows)
        assert not allowed(at=found - timedelta(minutes=1), zone=zones, windows=windows) or (
            found == at
        )


@given(at=instants, zone=zone_lists, quiet=quiet_windows)
def test_nothing_is_allowed_while_the_clock_shows_a_quiet_time(
    at: datetime, zone: list[ZoneInfo], quiet: list[Window]
) -> None:
    windows = own_hours(quiet=quiet)

    if allowed(at=at, zone=zone[0], windows=windows):
        assert is_open_by_the_clock(at, zone[0], windows)


@given(at=instants, quiet=quiet_windows)
def test_where_no_clock_changes_the_wall_clock_decides(at: datetime, quiet: list[Window]) -> None:
    windows = own_hours(quiet=quiet)

    assert allowed(at=at, zone=PHOENIX, windows=windows) == is_open_by_the_clock(
        at, PHOENIX, windows
    )
