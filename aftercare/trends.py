"""Pure: a person's own answers over time, for charts and lists."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from statistics import median
from zoneinfo import ZoneInfo

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from aftercare.checkins import CheckInRow
from aftercare.engagement import facts
from aftercare.questions import BY_CODE, Question, said

# One point is no line.
FEWEST_POINTS = 2
HOUR = 3600
# A check-in is open so long, and no axis ends before.
WINDOW_HOURS = 72.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Trend:
    """One question's numbers by local day, oldest first.

    `limits` are values with their words: what is usual for this person, and from where on it is not.
    """

    topic: str | Promise
    low: float
    high: float
    points: tuple[tuple[date, float], ...]
    limits: tuple[tuple[float, str], ...] = ()


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
    low = question.low or 0
    return Trend(
        topic=question.topic,
        low=low,
        high=top,
        points=tuple(points),
        limits=_limits(question, points, low, top),
    )


def _limits(
    question: Question, points: list[tuple[date, float]], low: float, top: float
) -> tuple[tuple[float, str], ...]:
    """A person's own limits as the newest answer met them; those beyond the scale say nothing."""
    if question.is_worse_high is None or question.high is None:
        return ()
    sign = 1 if question.is_worse_high else -1
    earlier = [sign * value for _, value in points[:-1]]
    own = facts.own_limits(burdens=earlier, span=question.high - low)
    if own is None:
        return ()
    # Two dashed lines on one spot cannot be read.
    found = [(sign * own.outside, _("own limit")), (sign * own.usual, _("usual"))]
    return tuple((value, words) for value, words in found if low <= value <= top)


def latency(*, rows: Sequence[CheckInRow], zone: str) -> Trend | None:
    """How many hours each answered check-in waited for its first answer; None for too few.

    The limit drawn is the person's own median.
    """
    waited = [
        (
            row.answered_at.astimezone(ZoneInfo(zone)).date(),
            round((row.answered_at - row.opened_at).total_seconds() / HOUR, 1),
        )
        for row in reversed(rows)
        if row.answered_at is not None
    ]
    if len(waited) < FEWEST_POINTS:
        return None
    usual = median(hours for _, hours in waited)
    return Trend(
        topic=_("Hours until the answer"),
        low=0,
        high=max(WINDOW_HOURS, *(hours for _, hours in waited)),
        points=tuple(waited),
        limits=((usual, _("usual")),),
    )


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
