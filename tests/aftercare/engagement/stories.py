"""Short ways to write down what is on record about somebody."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

from aftercare.engagement import facts
from aftercare.engagement.facts import Facts
from aftercare.engagement.history import CHECK_IN, Commitment, Due, History, Reading

# A Tuesday, 10 in the morning in New York.
START = datetime(2026, 1, 6, 15, 0, tzinfo=UTC)
WEEK = timedelta(weeks=1)
WINDOW = timedelta(hours=72)


def check_in(
    opened_at: datetime,
    outcome: str,
    *,
    after: timedelta = timedelta(hours=2),
    use: bool | None = None,
) -> Due:
    """A check-in of 72 hours; what was kept was answered `after` it opened."""
    came = outcome in ("kept", "late")
    return Due(
        kind=CHECK_IN,
        opened_at=opened_at,
        due_at=opened_at + WINDOW,
        outcome=outcome,
        answered_at=opened_at + after if came else None,
        reported_use=use if came else None,
    )


def check_ins(outcomes: Sequence[str], *, every: timedelta = WEEK) -> tuple[Due, ...]:
    """One check-in after the other, the first at START."""
    return tuple(check_in(START + index * every, outcome) for index, outcome in enumerate(outcomes))


def occurrence(
    starts_at: datetime, outcome: str, *, commitment: int = 1, by_staff: bool = False
) -> Due:
    """One hour of a commitment; what was answered was answered at its end."""
    ends_at = starts_at + timedelta(hours=1)
    is_answered = outcome in ("kept", "late", "missed", "excused")
    return Due(
        kind="occurrence",
        opened_at=starts_at,
        due_at=ends_at,
        outcome=outcome,
        answered_at=ends_at if is_answered else None,
        told_by_staff=by_staff,
        commitment=commitment,
    )


def occurrences(
    outcomes: Sequence[str], *, commitment: int = 1, by_staff: bool = False
) -> tuple[Due, ...]:
    """A weekly commitment, its first date the evening of START."""
    first = START + timedelta(hours=9)
    return tuple(
        occurrence(first + index * WEEK, outcome, commitment=commitment, by_staff=by_staff)
        for index, outcome in enumerate(outcomes)
    )


def commitment(
    key: int = 1,
    *,
    kind: str = "group",
    weekday: int | None = 1,
    ended_at: datetime | None = None,
    last_on: date | None = None,
    closed_at: datetime | None = None,
) -> Commitment:
    """A Tuesday group that was in the plan from the start."""
    return Commitment(
        key=key,
        kind=kind,
        created_at=START - WEEK,
        weekday=weekday,
        ended_at=ended_at,
        last_on=last_on,
        closed_at=closed_at,
    )


def readings(
    question: str, values: Sequence[float], *, harder_high: bool = True, span: float = 10
) -> tuple[Reading, ...]:
    """Answers to one question, one a week from START on."""
    return tuple(
        Reading(
            question=question,
            value=value,
            burden=value if harder_high else -value,
            span=span,
            at=START + index * WEEK,
        )
        for index, value in enumerate(values)
    )


def history(
    *dues: Sequence[Due],
    graduated_on: date = date(2025, 6, 1),
    joined_at: datetime | None = START - WEEK,
    is_active: bool = True,
    is_scored: bool = True,
    commitments: Sequence[Commitment] | None = None,
    readings: Sequence[Reading] = (),
    heard_at: Sequence[datetime] = (),
    reached_at: Sequence[datetime] = (),
    opted_out_at: datetime | None = None,
    unreachable_at: datetime | None = None,
) -> History:
    """Somebody in New York with one Tuesday group in the plan, well past the first weeks."""
    return History(
        graduated_on=graduated_on,
        joined_at=joined_at,
        time_zone="America/New_York",
        is_active=is_active,
        is_scored=is_scored,
        dues=tuple(due for group in dues for due in group),
        commitments=(commitment(),) if commitments is None else tuple(commitments),
        readings=tuple(readings),
        heard_at=tuple(heard_at),
        reached_at=tuple(reached_at),
        opted_out_at=opted_out_at,
        unreachable_at=unreachable_at,
    )


def week(number: int) -> datetime:
    """An hour after the window of that weekly check-in has closed, counted from 0."""
    return START + number * WEEK + WINDOW + timedelta(hours=1)


def facts_of(*dues: Sequence[Due], at: datetime, **about: object) -> Facts:
    """The facts of such a history at an instant."""
    return facts.at(history=history(*dues, **about), at=at)  # type: ignore[arg-type]
