import pytest

from aftercare import hours

OFFICE = [["09:00", "17:00"]]


@pytest.mark.parametrize(
    ("text", "windows"),
    [
        ("", []),
        ("9-17", OFFICE),
        ("9:00-17:00", OFFICE),
        ("9am–5pm", OFFICE),
        ("9 a.m. to 5 p.m.", OFFICE),
        ("9:00 a 17:00", OFFICE),
        ("13-15, 9-12", [["09:00", "12:00"], ["13:00", "15:00"]]),
        ("12am-1am", [["00:00", "01:00"]]),
        ("12pm-1pm", [["12:00", "13:00"]]),
        ("0:00-24:00", [["00:00", "23:59"]]),
    ],
)
def test_windows_reads_hours_as_people_write_them(text: str, windows: hours.Windows) -> None:
    assert hours.windows(text) == windows


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("nine to five", hours.NOT_A_WINDOW),
        ("9", hours.NOT_A_WINDOW),
        ("25-26", hours.NOT_A_WINDOW),
        ("13pm-2pm", hours.NOT_A_WINDOW),
        ("9:75-17", hours.NOT_A_WINDOW),
        ("9-9", hours.SAME_ENDS),
        ("17-9", hours.ENDS_BEFORE),
    ],
)
def test_windows_refuses_the_rest_with_a_remedy(text: str, message: str) -> None:
    with pytest.raises(hours.BadHours) as refused:
        hours.windows(text)
    assert refused.value.message == message


def test_windows_may_run_over_night_where_that_is_meant() -> None:
    assert hours.windows("10pm-7am", over_night=True) == [["22:00", "07:00"]]


@pytest.mark.parametrize(
    ("text", "week"),
    [
        ("Mon-Fri 9-17", [OFFICE] * 5 + [[], []]),
        ("Mon-Fri 9-17; Sat 10-12", [OFFICE] * 5 + [[["10:00", "12:00"]], []]),
        ("mon, wed 9-17", [OFFICE, [], OFFICE, [], [], [], []]),
        ("Saturday-Monday 9-17", [OFFICE, [], [], [], [], OFFICE, OFFICE]),
        ("lunes-viernes 9-17", [OFFICE] * 5 + [[], []]),
        ("every day 9-17", [OFFICE] * 7),
        ("", [[]] * 7),
    ],
)
def test_week_reads_days_and_hours(text: str, week: list[hours.Windows]) -> None:
    assert hours.week(text) == week


@pytest.mark.parametrize("text", ["9-17", "Mon-Fri", "Someday 9-17", "Mon-Fri whenever"])
def test_week_refuses_the_rest_with_a_remedy(text: str) -> None:
    with pytest.raises(hours.BadHours) as refused:
        hours.week(text)
    assert refused.value.message == hours.NOT_A_DAY


@pytest.mark.parametrize(
    "text",
    ["Mon-Fri 09:00-17:00", "Mon 09:00-12:00, 13:00-17:00; Sat-Sun 10:00-12:00", "Wed 09:00-17:00"],
)
def test_write_week_is_read_back(text: str) -> None:
    assert hours.write_week(hours.week(text)) == text
