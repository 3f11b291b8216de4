from collections import Counter
from datetime import timedelta

import pytest

from notifications import clock, delivery, jobs
from notifications.models import Attempt, Message
from notifications.transports.memory import Memory
from tests.notifications.person import Person

pytestmark = pytest.mark.django_db

State = Message.State


def states() -> list[str]:
    return list(Message.objects.order_by("pk").values_list("state", flat=True))


def test_deliver_sends_one_message_now(provider: Memory) -> None:
    wanted, _ = (Person().queue(at=clock.now()) for _ in range(2))

    jobs.deliver(message=wanted.pk)

    assert states() == [State.SENT, State.DUE]


def test_deliver_due_sends_what_is_due_now(provider: Memory) -> None:
    Person().queue(at=clock.now())
    Person().queue(at=clock.now() + timedelta(hours=1))

    jobs.deliver_due()

    assert states() == [State.SENT, State.DUE]


def test_deliver_due_stays_while_more_is_due(
    provider: Memory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "SHIFT", 2)
    for _ in range(5):
        Person().queue(at=clock.now())

    jobs.deliver_due()

    assert states() == [State.SENT] * 5


def test_deliver_due_goes_after_its_time(provider: Memory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivery, "SHIFT", 2)
    monkeypatch.setattr(jobs, "STAY_SECONDS", 0)
    for _ in range(5):
        Person().queue(at=clock.now())

    jobs.deliver_due()

    assert Counter(states()) == {State.SENT: 2, State.DUE: 3}


def test_reconcile_settles_what_is_ripe_now(provider: Memory) -> None:
    Person().queue(at=clock.now())
    provider.script.append("accept_then_lose")
    jobs.deliver_due()
    Attempt.objects.update(next_look_at=clock.now())

    jobs.reconcile()

    assert states() == [State.SENT]
