"""A person's own answers over time, with what is usual for them."""

import uuid
from datetime import UTC, date, datetime, timedelta

from aftercare import trends
from aftercare.checkins import CheckInRow
from aftercare.questions import BY_CODE, Value

AT = datetime(2026, 3, 10, 14, 0, tzinfo=UTC)
WEEK, HOUR = timedelta(weeks=1), timedelta(hours=1)
ZONE = "America/New_York"


def row(number: int, values: dict[str, Value] | None = None, hours: float | None = 1) -> CheckInRow:
    opened_at = AT + number * WEEK
    return CheckInRow(
        uid=uuid.uuid4(),
        questions=tuple(BY_CODE[code] for code in values or {}),
        values=values or {},
        state="answered",
        state_words="answered",
        outcome="kept",
        opened_at=opened_at,
        closes_at=opened_at + 72 * HOUR,
        answered_at=None if hours is None else opened_at + hours * HOUR,
        read_at=None,
    )


def of(code: str, *values: Value) -> trends.Trend:
    rows = [row(number, {code: value}) for number, value in enumerate(values)]
    (found,) = trends.trends(rows=rows[::-1], zone=ZONE)
    return found


def test_a_trend_draws_what_is_usual_and_the_own_limit() -> None:
    # The median of 2, 3, 2, 3 is 2.5 and their spread 0.5, so a tenth of the scale is ordinary.
    rough = of("rough", 2, 3, 2, 3, 9)
    sure = of("sure", 8, 7, 8, 7, 2)

    assert rough.limits == ((5.5, "own limit"), (2.5, "usual"))
    assert sure.limits == ((4.5, "own limit"), (7.5, "usual"))
    assert rough.points[0] == (date(2026, 3, 10), 2.0)


def test_a_trend_has_no_limits_from_too_few_answers_or_beyond_its_scale() -> None:
    assert of("rough", 2, 3, 2, 9).limits == ()
    assert of("rough", 9, 9, 9, 9, 9).limits == ((9, "usual"),)
    assert of("sleep", 7, 7, 7, 7, 7).limits in ((), ((7, "usual"),))


def test_latency_is_in_hours_with_the_own_median() -> None:
    rows = [row(0, hours=2), row(1, hours=None), row(2, hours=30.26), row(3, hours=4)]

    found = trends.latency(rows=rows[::-1], zone=ZONE)

    assert found is not None
    assert [value for _, value in found.points] == [2, 30.3, 4]
    assert (found.low, found.high, found.limits) == (0, 72, ((4, "usual"),))
    assert trends.latency(rows=rows[:2], zone=ZONE) is None
