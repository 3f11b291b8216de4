"""Shapes of charts."""

from datetime import date

import pytest

from portal import charts


@pytest.mark.parametrize(
    ("kept", "planned", "parts"),
    [
        (2, 4, [True, True, False, False]),
        (0, 2, [False, False]),
        (5, 4, [True] * 4),
        (-1, 2, [False, False]),
        (0, 0, [False]),
        (1, 1, [True]),
        (9, 14, [True, False]),
        (0, 14, [False]),
        (14, 14, [True]),
    ],
)
def test_ring_has_a_part_for_each_planned_thing(kept: int, planned: int, parts: list[bool]) -> None:
    assert [arc.is_kept for arc in charts.ring(kept=kept, planned=planned)] == parts


def test_ring_begins_at_the_top_and_goes_clockwise() -> None:
    first, second = charts.ring(kept=1, planned=2)

    assert first.path == "M 56.5 6.5 A 44.0 44.0 0 0 1 56.5 93.5"
    assert second.path == "M 43.5 93.5 A 44.0 44.0 0 0 1 43.5 6.5"


def test_whole_ring_is_drawn_as_two_halves() -> None:
    (arc,) = charts.ring(kept=1, planned=1)

    assert arc.path.count("A ") == 2


def test_sparkline_keeps_order_and_counts() -> None:
    line = charts.sparkline(["kept", "undeliverable", "missed"])

    assert [(mark.outcome, mark.x) for mark in line.marks] == [
        ("kept", "8.0"),
        ("none", "24.0"),
        ("missed", "40.0"),
    ]
    assert line.width == 48
    assert line.counts == {"kept": 1, "none": 1, "missed": 1}


def test_line_breaks_where_a_value_is_missing() -> None:
    weeks = [date(2026, 3, day) for day in (1, 8, 15, 22, 29)]
    chart = charts.line_chart(list(zip(weeks, (10, 0, None, 5, 5), strict=True)), low=0, high=10)

    assert [(point.x, point.y) for point in chart.dots] == [
        ("30.0", "10.0"),
        ("94.5", "124.0"),
        ("223.5", "67.0"),
        ("288.0", "67.0"),
    ]
    assert chart.paths == ("M 30.0 10.0 L 94.5 124.0", "M 223.5 67.0 L 288.0 67.0")
    assert [tick.label for tick in chart.ticks] == ["0", "5", "10"]


def test_line_orders_its_days_and_stays_within_bounds() -> None:
    chart = charts.line_chart(
        [(date(2026, 3, 8), 99), (date(2026, 3, 1), -3)], low=0, high=10, limits=[(5, "call")]
    )

    assert [point.on.day for point in chart.points] == [1, 8]
    assert [point.y for point in chart.points] == ["124.0", "10.0"]
    assert [(limit.y, limit.label) for limit in chart.limits] == [("67.0", "call")]


def test_one_value_stands_in_the_middle() -> None:
    chart = charts.line_chart([(date(2026, 3, 1), 5)], low=0, high=10)

    assert [point.x for point in chart.dots] == ["159.0"]
    assert chart.paths == ()


def test_no_values_make_an_empty_chart() -> None:
    chart = charts.line_chart([], low=0, high=10)

    assert (chart.points, chart.paths) == ((), ())


def test_bands_have_a_line_where_each_begins_and_name_each_point() -> None:
    chart = charts.line_chart(
        [(date(2026, 3, 1), 4), (date(2026, 3, 8), None), (date(2026, 3, 15), 5)],
        low=0,
        high=10,
        bands=[(0, "calm"), (5, "rough")],
    )

    assert [point.band for point in chart.points] == ["calm", "", "rough"]
    assert [(limit.y, limit.label) for limit in chart.limits] == [("67.0", "rough")]


def test_stacks_put_marks_one_above_the_other_week_by_week() -> None:
    columns, height = charts.stacks([["kept", "missed", "unreported", "late"], []])

    assert height == 4 * charts.MARK_HEIGHT
    assert [(mark.outcome, lift) for mark, lift in columns[0].lifted] == [
        ("kept", "0.0"),
        ("missed", "-13.0"),
        ("none", "-26.0"),
        ("late", "-39.0"),
    ]
    assert [column.x for column in columns] == ["40.5", "61.5"]
    assert charts.stacks([[]])[1] == 3 * charts.MARK_HEIGHT


def test_step_chart_falls_in_steps_and_names_its_days() -> None:
    chart = charts.step_chart(
        [(50, 0.5, 0.25, 0.75), (100, 0.0, 0.0, 0.75)], last=100, marks=(0, 50, 100, 365)
    )

    # 30 to 288 across, 10 to 124 down.
    assert chart.path == "M 30 10.0 H 159.0 V 67.0 H 288.0 V 124.0 H 288.0"
    assert chart.low == "M 30 10.0 H 159.0 V 95.5 H 288.0 V 124.0 H 288.0"
    assert chart.high == "M 30 10.0 H 159.0 V 38.5 H 288.0 V 38.5 H 288.0"
    assert chart.days == (("30.0", "0"), ("159.0", "50"), ("288.0", "100"))
    assert [(tick.y, tick.label) for tick in chart.ticks] == [
        ("124.0", "0 %"),
        ("67.0", "50 %"),
        ("10.0", "100 %"),
    ]


def test_step_chart_stops_at_its_last_day() -> None:
    chart = charts.step_chart([(50, 0.5, 0.4, 0.6), (400, 0.1, 0, 0.2)], last=100, marks=())

    assert chart.path == "M 30 10.0 H 159.0 V 67.0 H 288.0"
