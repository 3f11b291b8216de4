from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from aftercare import agenda, changes, habits, reminders
from aftercare.models import Commitment, Expectation, Reminder
from aftercare.record import PORTAL
from tests import build

pytestmark = pytest.mark.django_db

Outcome = Expectation.Outcome
AT = datetime(2026, 3, 5, 15, 0, tzinfo=UTC)
WEEK = timedelta(weeks=1)


def kept(weeks: int = 53, missed: int = 0, **facts: Any) -> Commitment:
    """A commitment with so many weeks on record up to AT, the last `missed` of them missed."""
    commitment = build.commitment(
        graduate=build.graduate(), created_at=AT - (weeks + 1) * WEEK, **facts
    )
    for number in range(weeks):
        starts_at = AT - (number + 1) * WEEK
        build.occurrence(
            commitment=commitment,
            starts_at=starts_at,
            recurrence_id=f"{starts_at:%Y-%m-%dT%H:%M}",
            outcome=Outcome.MISSED if number < missed else Outcome.KEPT,
        )
    return commitment


def test_reminders_of_what_was_kept_for_a_year_rest_visibly() -> None:
    commitment = kept()
    coming = commitment.reminders.filter(starts_at__gt=AT)
    reminders.refresh(commitment=commitment, at=AT - WEEK)
    assert [row.state for row in coming] == [Reminder.State.PLANNED]

    reminders.refresh(commitment=commitment, at=AT)

    assert commitment.rested_at == AT
    assert [row.state for row in coming.all()] == [Reminder.State.CANCELLED]
    (row,) = agenda.commitments(graduate=commitment.graduate, at=AT)
    assert (row.reminders_on, row.rested_at) == (True, AT)


def test_who_wants_to_be_reminded_again_is_for_good() -> None:
    commitment = kept()
    reminders.refresh(commitment=commitment, at=AT)

    changes.remind_again(commitment=commitment, actor=PORTAL, at=AT)

    commitment.refresh_from_db()
    assert commitment.rested_at is None
    assert commitment.reminders.filter(state=Reminder.State.PLANNED).count() == 2
    assert not habits.rest(commitment=commitment, at=AT + 10 * WEEK)


@pytest.mark.parametrize(
    ("facts", "rests"),
    [
        ({}, True),
        ({"missed": 10}, True),  # 42 of 52 of the year
        ({"missed": 11}, False),
        ({"weeks": 51}, False),
        ({"kind": Commitment.Kind.MEDICATION}, False),
    ],
)
def test_a_year_is_a_year_and_most_dates_of_it(facts: dict[str, Any], rests: bool) -> None:
    assert habits.rest(commitment=kept(**facts), at=AT) is rests


def test_what_nobody_spoke_of_was_not_kept() -> None:
    commitment = kept()
    commitment.expectations.filter(opened_at__gt=AT - 48 * WEEK).update(outcome=Outcome.UNREPORTED)

    assert not habits.rest(commitment=commitment, at=AT)
