"""The chain of ticks, and the watchdog over it."""

import time
from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import InterfaceError, OperationalError, connection
from django_q.models import OrmQ
from pytest_django import DjangoCaptureOnCommitCallbacks

from aftercare import jobs
from notifications import clock, delivery, queue
from notifications.models import Message
from tests.aftercare.test_jobs import DAY, own_locks, provider  # noqa: F401
from tests.notifications.person import Person

pytestmark = pytest.mark.django_db


def test_watchdog_is_silent_while_the_tick_is_alive() -> None:
    queue.beat(name=jobs.TICK, at=clock.now() - 80 * timedelta(seconds=1))
    out = StringIO()

    call_command("watchdog", stdout=out)

    assert out.getvalue().startswith("The background work ran 8")


def test_watchdog_barks_once_the_tick_is_stale() -> None:
    queue.beat(name=jobs.TICK, at=clock.now() - 95 * timedelta(seconds=1))

    with pytest.raises(CommandError, match=r"9\d seconds ago.*manage.py cluster") as raised:
        call_command("watchdog")
    assert raised.value.returncode == 1


def test_watchdog_barks_where_nothing_ever_ran() -> None:
    with pytest.raises(CommandError, match="has never run"):
        call_command("watchdog")


# The chain


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Links of a fraction of a second."""
    monkeypatch.setattr(jobs, "LINK_SECONDS", 0.2)
    monkeypatch.setattr(jobs, "EVERY_SECONDS", 0.05)


@pytest.mark.usefixtures("quick")
def test_link_ticks_and_then_lets_the_next_one_begin(
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    with django_capture_on_commit_callbacks() as enqueued:
        jobs.poll()

    assert queue.last_beat(name=jobs.TICK) is not None
    assert len(enqueued) == 1


@pytest.mark.usefixtures("quick")
def test_only_one_link_ticks_at_a_time(
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    with queue.alone(name=jobs.TICK), django_capture_on_commit_callbacks() as enqueued:
        jobs.poll()

    assert queue.last_beat(name=jobs.TICK) is None
    assert enqueued == []


@pytest.mark.usefixtures("quick")
def test_chain_ends_when_the_cluster_stops(
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    stop = tmp_path / "stop"
    stop.touch()
    monkeypatch.setenv(jobs.STOP_FILE, str(stop))
    began_at = time.monotonic()

    with django_capture_on_commit_callbacks() as enqueued:
        jobs.poll()

    assert time.monotonic() - began_at < 0.2
    assert enqueued == []


@pytest.mark.usefixtures("quick")
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("fault", [OperationalError, InterfaceError])
def test_link_waits_for_a_database_that_is_away(fault: type[Exception]) -> None:
    message = Person().queue(at=clock.now())
    failures = iter([fault("the server was restarted")] * 2)

    def away(execute: Callable[..., Any], *query: Any) -> Any:
        for failure in failures:
            raise failure
        return execute(*query)

    with connection.execute_wrapper(away):
        jobs.poll()

    message.refresh_from_db()
    assert message.state == Message.State.SENT
    assert OrmQ.objects.count() == 1


@pytest.mark.usefixtures("quick")
def test_link_looks_again_at_what_a_clock_ahead_put_off() -> None:
    now = clock.now()
    queue.beat(name=jobs.TICK, at=now + 2 * DAY)
    message = Person().queue(at=now, expires_at=now + 5 * DAY)
    Message.objects.filter(pk=message.pk).update(
        state=Message.State.DEFERRED, reason="sender_off", next_at=now + 2 * DAY
    )

    jobs.poll()

    message.refresh_from_db()
    assert (message.state, message.reason) == (Message.State.SENT, "")


@pytest.mark.usefixtures("quick")
def test_link_sends_shift_after_shift(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivery, "SHIFT", 2)
    # Two ticks at most, if it slept between the shifts.
    monkeypatch.setattr(jobs, "EVERY_SECONDS", 0.7)
    monkeypatch.setattr(jobs, "LINK_SECONDS", 1.0)
    for _ in range(6):
        Person().queue(at=clock.now())

    jobs.poll()

    assert set(Message.objects.values_list("state", flat=True)) == {Message.State.SENT}


@pytest.mark.usefixtures("quick")
def test_chain_is_taken_up_where_the_last_beat_lies_ahead() -> None:
    ahead = clock.now() + DAY
    queue.beat(name=jobs.TICK, at=ahead)

    jobs.keep_ticking()

    beat = queue.last_beat(name=jobs.TICK)
    assert beat is not None
    assert beat < ahead


@pytest.mark.usefixtures("quick")
def test_broken_chain_is_taken_up_and_a_living_one_left_alone() -> None:
    alive = clock.now() - timedelta(seconds=5)
    queue.beat(name=jobs.TICK, at=alive)
    jobs.keep_ticking()
    assert queue.last_beat(name=jobs.TICK) == alive

    broken = clock.now() - timedelta(seconds=11)
    queue.beat(name=jobs.TICK, at=broken)
    jobs.keep_ticking()
    beat = queue.last_beat(name=jobs.TICK)
    assert beat is not None
    assert beat > broken
