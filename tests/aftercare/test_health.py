"""When the queue is stuck, and when it only takes its time."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from aftercare import health
from aftercare.models import Graduate
from notifications import clock, delivery, queue, transports
from notifications.kinds import Lane
from notifications.models import Attempt, Breaker, Message, Program, Sender
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
    seen = health.checks(at=AT, machine_at=clock.real())
    return [check.name for check in seen if not check.ok]


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


def rests(until: datetime) -> None:
    name = transports.name_of(Sender.Channel.SMS)
    Breaker.objects.update_or_create(
        name=name, defaults={"failures": 5, "opened_at": AT - 60 * MINUTE, "open_until": until}
    )


def test_queue_behind_a_way_out_that_rests_is_in_order(graduate: Graduate) -> None:
    late(graduate)
    rests(AT + 30 * MINUTE)
    assert failing() == []

    rests(AT - MINUTE)  # whoever tries it next has only just been let
    assert failing() == []

    rests(AT - 11 * MINUTE)
    assert failing() == ["queue"]

    rests(AT + 61 * MINUTE)  # written by a clock that was ahead
    assert failing() == ["queue"]


def test_queue_behind_another_way_out_that_rests_is_stuck(graduate: Graduate) -> None:
    late(graduate)
    Breaker.objects.create(name="mailer", failures=5, open_until=AT + MINUTE)

    assert failing() == ["queue"]


def test_queue_of_a_sender_at_its_pace_is_in_order(graduate: Graduate) -> None:
    late(graduate)
    Sender.objects.update(free_at=AT + 20 * MINUTE)
    assert failing() == []

    Sender.objects.update(free_at=AT - 11 * MINUTE)
    assert failing() == ["queue"]

    Sender.objects.update(free_at=AT + 31 * MINUTE)  # written by a clock that was ahead
    assert failing() == ["queue"]


def test_answer_to_danger_waits_for_neither(graduate: Graduate) -> None:
    message = late(graduate)
    Message.objects.filter(pk=message.pk).update(lane=Lane.CRISIS)
    rests(AT + MINUTE)
    Sender.objects.update(free_at=AT + MINUTE)

    assert failing() == ["queue"]


def test_queue_of_a_sender_whose_day_is_full_is_in_order(graduate: Graduate) -> None:
    message = late(graduate, minutes=60)
    today = AT.date()
    Sender.objects.update(segments_per_day=10, counted_on=today, counted=10)
    assert failing() == ["queue"]

    delivery.deliver_due(at=AT)

    message.refresh_from_db()
    assert (message.state, message.reason) == (Message.State.DEFERRED, "sender_day")
    assert not Attempt.objects.exists()
    assert failing() == []


def test_clock_is_held_against_the_one_that_several_hosts_share(graduate: Graduate) -> None:
    now = clock.real()
    answers = [
        {check.name: check.ok for check in health.checks(at=AT, machine_at=now + off)}["clock"]
        for off in (-MINUTE, timedelta(seconds=1), MINUTE)
    ]

    # SQLite has no clock of its own.
    has_its_own = connection.vendor == "postgresql"
    assert answers == [not has_its_own, True, not has_its_own]


def test_disk_has_to_have_room(
    graduate: Graduate, monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Path
) -> None:
    assert failing() == []
    # A host with a database of its own may never have made the folder.
    settings.VAR_DIR = tmp_path / "not" / "made"
    assert failing() == []

    monkeypatch.setattr(health, "LEAST_FREE", 10**15)

    assert failing() == ["disk"]
