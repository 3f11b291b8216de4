"""Shapes of the charts: numbers in, the coordinates of an SVG out, as text no locale can bend."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise
from math import cos, pi, sin

# One unit is one pixel of a ring 100 wide.
RING_RADIUS = 44
RING_STROKE = 9
RING_GAP = 4
MOST_SEGMENTS = 12

MARK_STEP = 16
MARK_MIDDLE = 11
OUTCOMES = ("kept", "late", "missed", "excused")

# In a chart of weeks: from one week to the next, and from one mark to the one above it.
STACK_STEP = 21
MARK_HEIGHT = 13

CHART_WIDTH = 300
CHART_HEIGHT = 150
CHART_LEFT = 30
CHART_RIGHT = 12
CHART_TOP = 10
CHART_BOTTOM = 26


def number(value: float) -> str:
    """A coordinate with one decimal and a point, whatever the language of the page."""
    return f"{value:.1f}"


@dataclass(frozen=True)
class Arc:
    """One part of a ring."""

    path: str
    is_kept: bool


def ring(*, kept: int, planned: int) -> tuple[Arc, ...]:
    """The parts of a week ring, clockwise from the top: one for each planned thing, kept ones first.

    More than MOST_SEGMENTS planned things share one unbroken part. Nothing planned is one open ring.
    """
    kept = max(0, min(kept, planned))
    if planned > MOST_SEGMENTS:
        ends = sorted({0.0, kept / planned, 1.0})
        parts = [(start, end, end <= kept / planned) for start, end in pairwise(ends)]
    elif planned > 1:
        parts = [(i / planned, (i + 1) / planned, i < kept) for i in range(planned)]
    else:
        parts = [(0.0, 1.0, kept > 0)]
    return tuple(Arc(_arc(start, end), is_kept) for start, end, is_kept in parts)


def _arc(start: float, end: float) -> str:
    """An SVG path from one share of the circle to another; a whole circle is drawn as two halves."""
    if end - start >= 1:
        half = _point(0.5)
        radius = number(RING_RADIUS)
        return (
            f"M {_point(0)} A {radius} {radius} 0 1 1 {half} A {radius} {radius} 0 1 1 {_point(0)}"
        )
    # Round ends reach half a stroke beyond the path, so the gap is taken off before.
    margin = (RING_STROKE + RING_GAP) / 2 / (2 * pi * RING_RADIUS)
    start, end = start + margin, max(start + margin + 0.001, end - margin)
    radius = number(RING_RADIUS)
    return f"M {_point(start)} A {radius} {radius} 0 {int(end - start > 0.5)} 1 {_point(end)}"


def _point(share: float) -> str:
    angle = 2 * pi * share - pi / 2
    return f"{number(50 + RING_RADIUS * cos(angle))} {number(50 + RING_RADIUS * sin(angle))}"


@dataclass(frozen=True)
class Mark:
    """One week of a sparkline: where its middle is, where its edges are, and what became of it."""

    outcome: str
    x: str
    left: str
    right: str


@dataclass(frozen=True)
class Sparkline:
    """A line of marks, oldest first."""

    marks: tuple[Mark, ...]
    width: int
    counts: Counter[str]


def sparkline(outcomes: Sequence[str]) -> Sparkline:
    """Marks for a sequence of outcomes, oldest first; what is not one of OUTCOMES is a week without any."""
    known = [outcome if outcome in OUTCOMES else "none" for outcome in outcomes]
    marks = []
    for index, outcome in enumerate(known):
        middle = index * MARK_STEP + MARK_STEP / 2
        marks.append(Mark(outcome, number(middle), number(middle - 4.5), number(middle + 4.5)))
    return Sparkline(tuple(marks), max(1, len(known)) * MARK_STEP, Counter(known))


@dataclass(frozen=True)
class Point:
    """One dated value, with its place in the chart; a missing value has none."""

    on: date
    value: float | None
    x: str
    y: str
    band: str = ""


@dataclass(frozen=True)
class Tick:
    """A labelled place on the upright axis."""

    y: str
    label: str


@dataclass(frozen=True)
class LineChart:
    """Everything a template needs to draw a line over dates."""

    points: tuple[Point, ...]
    paths: tuple[str, ...]
    ticks: tuple[Tick, ...]
    limits: tuple[Tick, ...]

    @property
    def dots(self) -> tuple[Point, ...]:
        """The points that have a value."""
        return tuple(point for point in self.points if point.value is not None)


def line_chart(
    values: Sequence[tuple[date, float | None]],
    *,
    low: float,
    high: float,
    limits: Sequence[tuple[float, str]] = (),
    bands: Sequence[tuple[float, str]] = (),
) -> LineChart:
    """A line over dates between two bounds, broken where a value is missing.

    `limits` are values worth a dashed line, each with its words. `bands` are ranges by their lower
    ends, from the lowest: each has a line of its own where it begins, and each point its band.
    """
    ordered = sorted(values, key=lambda pair: pair[0])
    points = tuple(
        replace(_place(pair, ordered, low, high), band=_band(pair[1], bands)) for pair in ordered
    )
    limits = [*limits, *bands[1:]]
    middle = (low + high) / 2
    ticks = [Tick(_height(value, low, high), f"{value:g}") for value in (low, middle, high)]
    dashed = [Tick(_height(value, low, high), words) for value, words in limits]
    return LineChart(points, _paths(points), tuple(ticks), tuple(dashed))


def _place(
    pair: tuple[date, float | None],
    ordered: Sequence[tuple[date, float | None]],
    low: float,
    high: float,
) -> Point:
    on, value = pair
    first, last = ordered[0][0], ordered[-1][0]
    share = (on - first).days / (last - first).days if last > first else 0.5
    x = CHART_LEFT + share * (CHART_WIDTH - CHART_LEFT - CHART_RIGHT)
    return Point(on, value, number(x), "" if value is None else _height(value, low, high))


def _band(value: float | None, bands: Sequence[tuple[float, str]]) -> str:
    below = [words for start, words in bands if value is not None and start <= value]
    return below[-1] if below else ""


def _height(value: float, low: float, high: float) -> str:
    share = (min(max(value, low), high) - low) / (high - low)
    return number(CHART_HEIGHT - CHART_BOTTOM - share * (CHART_HEIGHT - CHART_TOP - CHART_BOTTOM))


def _paths(points: Sequence[Point]) -> tuple[str, ...]:
    runs: list[list[str]] = [[]]
    for point in points:
        if point.value is None:
            runs.append([])
        else:
            runs[-1].append(f"{point.x} {point.y}")
    return tuple("M " + " L ".join(run) for run in runs if len(run) > 1)


@dataclass(frozen=True)
class Stack:
    """The marks of one week, one above the other, and the middle of their column."""

    marks: tuple[Mark, ...]
    lifts: tuple[str, ...]
    x: str

    @property
    def lifted(self) -> tuple[tuple[Mark, str], ...]:
        """Each mark with how far it stands above the ground."""
        return tuple(zip(self.marks, self.lifts, strict=True))


def stacks(weeks: Sequence[Sequence[str]]) -> tuple[tuple[Stack, ...], int]:
    """A column of marks for each week, the oldest first, and how high the highest is, in pixels."""
    found = []
    for index, outcomes in enumerate(weeks):
        middle = CHART_LEFT + (index + 0.5) * STACK_STEP
        names = [one if one in OUTCOMES else "none" for one in outcomes]
        marks = tuple(
            Mark(name, number(middle), number(middle - 4.5), number(middle + 4.5)) for name in names
        )
        lifts = tuple(number(0.0 - MARK_HEIGHT * place) for place in range(len(names)))
        found.append(Stack(marks, lifts, number(middle)))
    highest = max((len(stack.marks) for stack in found), default=0)
    return tuple(found), max(3, highest) * MARK_HEIGHT


@dataclass(frozen=True)
class StepChart:
    """A curve that falls in steps from 100 %, the bounds of its range, and the labels of both axes.

    `days` are places across, each with its words.
    """

    path: str
    low: str
    high: str
    ticks: tuple[Tick, ...]
    days: tuple[tuple[str, str], ...]


def step_chart(
    steps: Sequence[tuple[int, float, float, float]], *, last: int, marks: Sequence[int]
) -> StepChart:
    """A curve over days from 0 to `last`; a step is (day, share, low, high), the shares from 0 to 1.

    `marks` are the days that the lower axis names.
    """
    shown = [step for step in steps if step[0] <= last]
    paths = [_stairs([(step[0], step[side]) for step in shown], last) for side in (1, 2, 3)]
    ticks = [Tick(_height(share, 0, 1), f"{100 * share:.0f} %") for share in (0, 0.5, 1)]
    days = [(number(_across(mark, last)), str(mark)) for mark in marks if mark <= last]
    path, low_path, high_path = paths
    return StepChart(path, low_path, high_path, tuple(ticks), tuple(days))


def _stairs(corners: Sequence[tuple[int, float]], last: int) -> str:
    parts = [f"M {CHART_LEFT} {_height(1, 0, 1)}"]
    for day, share in corners:
        parts.append(f"H {number(_across(day, last))} V {_height(share, 0, 1)}")
    return " ".join([*parts, f"H {number(_across(last, last))}"])


def _across(day: int, last: int) -> float:
    return CHART_LEFT + day / max(last, 1) * (CHART_WIDTH - CHART_LEFT - CHART_RIGHT)
