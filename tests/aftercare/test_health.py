"""When the queue is stuck, and when it only takes its time."""

from datetime import UTC, datetime, timedelta

import pytest

from aftercare import health
from aftercare.models import Graduate
from notifications import queue
from notifications.models import Attempt, Message, Program, Sender
from tests import build

pytestmark = pytest.mark.django_db

AT = datetime(2026, 3, 9, 17, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def graduate() -> Graduate:
    queue.beat(name=health.TICK, at=AT)
    return build.graduate()


def late(graduate: Graduate, minutes: int = 6) -> Message:
    return build.message(graduate=graduate, state=Message.State.DUE, at=AT - minutes * MINUTE)


def failing() -> list[str]:
    return [check.name for check in health.checks(at=AT) if not check.ok]


def tried(graduate: Graduate, at: datetime, next_look_at: datetime | None = None) -> None:
    message = build.message(graduate=graduate, at=at)
    Attempt.objects.create(
        message=message,
        address=message.address,
        owner="w",
        started_at=at,
        next_look_at=next_look_at,
    )


def test_queue_is_stuck_where_messages_are_long_due_and_none_is_tried(graduate: Graduate) -> None:
    late(graduate)
    tried(graduate, AT - 11 * MINUTE)

    assert failing() == ["queue"]


def test_queue_that_is_just_due_is_in_order(graduate: Graduate) -> None:
    late(graduate, minutes=4)

    assert failing() == []


def test_long_queue_that_moves_is_in_order(graduate: Graduate) -> None:
    late(graduate, minutes=180)
    tried(graduate, AT - MINUTE)

    assert failing() == []


def test_queue_that_waits_for_a_decision_of_people_is_in_order(graduate: Graduate) -> None:
    late(graduate)
    Sender.objects.update(paused_until=AT + MINUTE)
    assert failing() == []

    Sender.objects.update(paused_until=AT - MINUTE, is_on=False)
    assert failing() == []

    Sender.objects.update(is_on=True)
    Program.objects.update(texting_on=False)
    assert failing() == []

    Program.objects.update(texting_on=True)
    assert failing() == ["queue"]


def test_queue_behind_a_try_that_is_being_asked_about_is_in_order(graduate: Graduate) -> None:
    late(graduate)
    tried(graduate, AT - 20 * MINUTE, next_look_at=AT + MINUTE)

    assert failing() == []
