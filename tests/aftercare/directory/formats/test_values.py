from datetime import UTC, datetime, time
from typing import Any

import pytest

from aftercare.directory.formats import values


@pytest.mark.parametrize(
    ("raw", "days"),
    [
        (0, (0,)),
        ("6", (6,)),
        ([1, "3"], (1, 3)),
        ("Monday", (1,)),
        ("tues", (2,)),
        ("Monday, Wednesday", (1, 3)),
        ("lunes y miércoles", (1, 3)),
        ("Fri-Mon", (5, 6, 0, 1)),
        ("Daily", (0, 1, 2, 3, 4, 5, 6)),
        (None, ()),
        ("", ()),
        ([], ()),
    ],
)
def test_read_days_knows_numbers_names_and_lists(raw: Any, days: tuple[int, ...]) -> None:
    assert values.read_days(raw) == values.Reading(days)


@pytest.mark.parametrize(
    ("raw", "days", "remark"),
    [
        (7, (), "not a day: 7"),
        ([1, 9], (1,), "not a day: 9"),
        (True, (), "not a day: True"),
        ("someday", (), "not a day: someday"),
        ("Mon-Moon", (), "not a day: Mon-Moon"),
        ([2, 2], (2,), "a day is named twice"),
    ],
)
def test_read_days_reports_what_is_no_day_and_keeps_the_rest(
    raw: Any, days: tuple[int, ...], remark: str
) -> None:
    assert values.read_days(raw) == values.Reading(days, remark)


@pytest.mark.parametrize(
    ("raw", "wall"),
    [
        ("19:00", time(19)),
        ("19:00:00", time(19)),
        ("7:00 PM", time(19)),
        ("7:00PM", time(19)),
        ("7 p.m.", time(19)),
        ("11:00 AM", time(11)),
        ("12:00 AM", time(0)),
        ("12:30 pm", time(12, 30)),
        ("Noon", time(12)),
        ("12 noon", time(12)),
        ("Midnight", time(0)),
        ("00:00", time(0)),
        ("23:59", time(23, 59)),
        ("19h30", time(19, 30)),
        ("0700", time(7)),
        ("", None),
        (None, None),
    ],
)
def test_read_time_knows_every_spelling(raw: Any, wall: time | None) -> None:
    assert values.read_time(raw) == values.Reading(wall)


@pytest.mark.parametrize("raw", ["25:00", "7", "19:60", "0:30 AM PM", "soon", "1960", ["19:00"]])
def test_read_time_reports_what_is_no_time(raw: Any) -> None:
    assert values.read_time(raw) == values.Reading(None, "not a time")


@pytest.mark.parametrize(
    ("start", "end", "minutes"),
    [
        (time(19), time(20, 30), 90),
        (time(23, 30), time(0, 30), 60),
        (time(22), time(10), 720),
    ],
)
def test_minutes_between_counts_past_midnight(start: time, end: time, minutes: int) -> None:
    assert values.minutes_between(start=start, end=end) == values.Reading(minutes)


@pytest.mark.parametrize(("start", "end"), [(time(19, 15), time(8, 15)), (time(10), time(10))])
def test_minutes_between_refuses_an_end_that_cannot_be_meant(start: time, end: time) -> None:
    reading = values.minutes_between(start=start, end=end)

    assert reading.value is None
    assert reading.remark == (
        "not after the start, and too long past midnight; one hour is assumed"
    )


def test_minutes_between_keeps_a_long_meeting_of_one_day_and_says_so() -> None:
    reading = values.minutes_between(start=time(9, 30), end=time(22, 30))

    assert reading == values.Reading(780, "more than twelve hours after the start")


@pytest.mark.parametrize(
    ("raw", "minutes"), [("01:30:00", 90), ("24:00:00", 1440), ("00:00:00", None), ("", None)]
)
def test_read_length_takes_zero_for_the_default(raw: str, minutes: int | None) -> None:
    assert values.read_length(raw) == values.Reading(minutes)


@pytest.mark.parametrize("raw", ["25:00:00", "an hour", "1:75"])
def test_read_length_reports_what_is_no_length(raw: str) -> None:
    assert values.read_length(raw) == values.Reading(None, "not a length of at most 24 hours")


@pytest.mark.parametrize(
    ("raw", "at"),
    [
        ("2021-09-03 19:29:17", datetime(2021, 9, 3, 19, 29, 17, tzinfo=UTC)),
        ("2021-09-03T19:29:17Z", datetime(2021, 9, 3, 19, 29, 17, tzinfo=UTC)),
        ("8/28/2021", datetime(2021, 8, 28, tzinfo=UTC)),
        ("0000-00-00 00:00:00", None),
        (None, None),
    ],
)
def test_read_date_knows_both_styles(raw: Any, at: datetime | None) -> None:
    assert values.read_date(raw) == values.Reading(at)


@pytest.mark.parametrize("raw", ["yesterday", "13/13/2021", "1890-01-01"])
def test_read_date_reports_what_is_no_date(raw: str) -> None:
    assert values.read_date(raw) == values.Reading(None, "not a date")


@pytest.mark.parametrize(
    ("latitude", "longitude"), [("39.95", " -75.16 "), (39.95, -75.16), ("39.95", -75.16)]
)
def test_read_point_takes_numbers_and_strings(latitude: Any, longitude: Any) -> None:
    assert values.read_point(latitude, longitude) == values.Reading((39.95, -75.16))


def test_read_point_takes_a_comma_for_the_point_of_both_and_says_so() -> None:
    remark = "a comma is taken for the decimal point"

    assert values.read_point("39,95", "-75,16") == values.Reading((39.95, -75.16), remark)
    assert values.read_point("39,95", "-75.16") == values.Reading(None, "not coordinates")


def test_read_point_takes_nothing_for_nothing() -> None:
    assert values.read_point("", None) == values.Reading(None)


@pytest.mark.parametrize(
    ("latitude", "longitude", "remark"),
    [
        ("39.95", "", "one coordinate without the other"),
        ("north", "west", "not coordinates"),
        ("95", "10", "not on the globe"),
        ("nan", "10", "not on the globe"),
        ("0", "0", "0, 0 is in the sea"),
    ],
)
def test_read_point_reports_what_is_no_place(latitude: Any, longitude: Any, remark: str) -> None:
    assert values.read_point(latitude, longitude) == values.Reading(None, remark)


@pytest.mark.parametrize(("raw", "flag"), [("yes", True), ("No", False), (True, True), ("", None)])
def test_read_flag_knows_yes_and_no(raw: Any, flag: bool | None) -> None:
    assert values.read_flag(raw) == values.Reading(flag)


def test_read_flag_reports_anything_else() -> None:
    assert values.read_flag("perhaps") == values.Reading(None, "not yes or no")
