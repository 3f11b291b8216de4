"""Pure: a person's own answers over time, for charts and lists."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.utils.functional import Promise

from aftercare.checkins import CheckInRow
from aftercare.questions import BY_CODE, Question, said

# One point is no line.
FEWEST_POINTS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Trend:
    """One question's numbers by local day, oldest first."""

    topic: str | Promise
    low: float
    high: float
    points: tuple[tuple[date, float], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One answer in words."""

    topic: str | Promise
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One check-in with its answers in words; none where nobody answered."""

    opened_at: datetime
    answers: tuple[Said, ...]


def trends(*, rows: Sequence[CheckInRow], zone: str) -> tuple[Trend, ...]:
    """A trend for each question with numbers that was answered more than once."""
    points: dict[str, list[tuple[date, float]]] = {}
    for row in reversed(rows):
        if row.answered_at is None:
            continue
        day = row.answered_at.astimezone(ZoneInfo(zone)).date()
        for code, value in row.values.items():
            if not isinstance(value, str):
                points.setdefault(code, []).append((day, float(value)))
    return tuple(
        _trend(BY_CODE[code], points[code])
        for code in BY_CODE
        if len(points.get(code, [])) >= FEWEST_POINTS
    )


def _trend(question: Question, points: list[tuple[date, float]]) -> Trend:
    highest = max(value for _, value in points)
    # A count may go to thirty; its axis ends near what was said.
    high = question.high or 0
    top = high if high <= 10 else min(high, max(10, highest))
    return Trend(topic=question.topic, low=question.low or 0, high=top, points=tuple(points))


def told(*, rows: Sequence[CheckInRow]) -> tuple[Told, ...]:
    """Each check-in with what was said, in the order given; open ones wait for their answers."""
    return tuple(
        Told(
            opened_at=row.opened_at,
            answers=tuple(
                Said(topic=BY_CODE[code].topic, words=said(code=code, value=value))
                for code, value in row.values.items()
            ),
        )
        for row in rows
        if row.values or not row.is_open
    )
