"""Dates of a plan that are over, and what is put on record of them."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from aftercare import plan
from aftercare.models import Graduate
from aftercare.record import PORTAL
from tests import build
from tests.aftercare.test_plan import AFTER, AT, DRAFT, ID, TUESDAY, Outcome, added, outcomes

pytestmark = pytest.mark.django_db


def test_settle_puts_a_date_on_record_once_it_has_ended() -> None:
    commitment = added()

    assert plan.settle_due(at=AFTER - timedelta(hours=1, seconds=1)) == 0
    assert plan.settle_due(at=AFTER - timedelta(hours=1)) == 1
    assert plan.settle_due(at=AFTER) == 0
    assert outcomes(commitment) == [(ID, Outcome.PENDING)]


def test_settle_catches_up_after_a_long_sleep() -> None:
    commitment = added()

    plan.settle_due(at=AFTER + timedelta(days=14))

    assert outcomes(commitment) == [
        (ID, Outcome.UNREPORTED),
        ("2026-03-17T19:00", Outcome.UNREPORTED),
        ("2026-03-24T19:00", Outcome.PENDING),
    ]


def test_nobody_said_for_48_hours_is_neither_kept_nor_missed() -> None:
    commitment = added()
    plan.settle_due(at=AFTER)
    ended = TUESDAY + timedelta(hours=1)

    plan.settle_due(at=ended + timedelta(hours=47, minutes=59))
    assert outcomes(commitment) == [(ID, Outcome.PENDING)]
    plan.settle_due(at=ended + timedelta(hours=48))
    assert outcomes(commitment) == [(ID, Outcome.UNREPORTED)]


def test_settle_keeps_an_answer_that_came_first() -> None:
    commitment = added()
    plan.answer(
        commitment=commitment,
        recurrence_id=ID,
        outcome="kept",
        actor=PORTAL,
        at=TUESDAY + timedelta(minutes=5),
    )

    plan.settle_due(at=AFTER + timedelta(days=3))

    assert outcomes(commitment) == [(ID, Outcome.KEPT)]


def test_nothing_is_expected_of_somebody_who_pauses() -> None:
    paused, neighbour = added(), added()
    paused.graduate.status = Graduate.Status.PAUSED
    paused.graduate.save()

    plan.settle_due(at=AFTER)

    assert outcomes(paused) == []
    assert outcomes(neighbour) == [(ID, Outcome.PENDING)]


def test_settle_finds_the_next_date_of_a_rule_that_comes_back_rarely() -> None:
    yearly = replace(DRAFT, interval=52)

    commitment = added(draft=yearly)

    assert commitment.settle_at == datetime(2027, 3, 3, 1, 0, tzinfo=UTC)


def test_settle_ends_with_the_last_date() -> None:
    commitment = added(draft=replace(DRAFT, until_on=date(2026, 3, 10)))

    plan.settle_due(at=AFTER)

    commitment.refresh_from_db()
    assert commitment.settle_at is None


@pytest.mark.parametrize(
    ("count", "expected"),
    [
        (3, [Outcome.KEPT, Outcome.KEPT, Outcome.KEPT]),
        (5, [Outcome.KEPT, Outcome.KEPT, Outcome.KEPT]),
        (2, [Outcome.KEPT, Outcome.UNREPORTED, Outcome.PENDING]),
        (1, [Outcome.KEPT, Outcome.MISSED, Outcome.MISSED]),
    ],
)
def test_count_of_the_week_settles_what_it_can_tell(count: int, expected: list[str]) -> None:
    commitment = build.commitment(graduate=build.graduate())
    started = (Outcome.KEPT, Outcome.UNREPORTED, Outcome.PENDING)
    for day, outcome in enumerate(started, start=3):
        build.occurrence(
            commitment=commitment,
            starts_at=datetime(2026, 3, day, 12, 0, tzinfo=UTC),
            recurrence_id=f"2026-03-0{day}T07:00",
            outcome=outcome,
        )
    build.occurrence(
        commitment=commitment,
        starts_at=AT - timedelta(days=9),
        recurrence_id="2026-02-24T10:00",
        outcome=Outcome.UNREPORTED,
    )

    plan.settle_by_count(graduate=commitment.graduate, count=count, at=AT + timedelta(hours=3))

    found = [outcome for _, outcome in outcomes(commitment)]
    assert found == [Outcome.UNREPORTED, *expected]
