import multiprocessing
import os
import signal
from datetime import timedelta
from multiprocessing.connection import Connection
from pathlib import Path

import pytest
from django.db import connection, connections, transaction
from django_q.models import OrmQ
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from notifications import clock, queue
from notifications.models import Heartbeat
from tests.notifications.person import NOON


def test_beat_keeps_the_last_time(db: None) -> None:
    assert queue.last_beat(name="tick") is None

    queue.beat(name="tick", at=NOON)
    queue.beat(name="tick", at=NOON + timedelta(seconds=1))

    assert queue.last_beat(name="tick") == NOON + timedelta(seconds=1)
    assert Heartbeat.objects.count() == 1


def test_enqueue_waits_for_the_commit_and_carries_ids(
    db: None, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with django_capture_on_commit_callbacks() as callbacks:
        queue.enqueue("notifications.jobs.deliver", message=7)
    assert OrmQ.objects.count() == 0

    callbacks[0]()

    task = OrmQ.objects.get().task
    assert task["func"] == "notifications.jobs.deliver"
    assert task["kwargs"] == {"message": 7}


def test_call_a_hand_calls_one_at_a_time(transactional_db: None) -> None:
    for _ in range(3):
        queue.call_a_hand("notifications.jobs.deliver_due")

    assert [row.task["func"] for row in OrmQ.objects.all()] == ["notifications.jobs.deliver_due"]
    # Somebody is at work on it, so the next may be called.
    OrmQ.objects.update(lock=clock.now() + timedelta(minutes=5))
    queue.call_a_hand("notifications.jobs.deliver_due")
    assert OrmQ.objects.count() == 2


def test_enqueue_survives_a_broker_that_is_away(
    transactional_db: None, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def away(*args: object, **options: object) -> None:
        raise ConnectionError("no broker")

    monkeypatch.setattr(queue, "async_task", away)

    with transaction.atomic():
        queue.beat(name="kept", at=NOON)
        queue.enqueue("notifications.jobs.deliver_due")

    assert queue.last_beat(name="kept") == NOON
    assert "no broker" in caplog.text


def test_alone_lets_one_in_at_a_time(db: None) -> None:
    tick, other = queue.alone(name="tick"), queue.alone(name="other")
    with tick as first, queue.alone(name="tick") as second, other as third:
        assert (first, second, third) == (True, False, True)
    with queue.alone(name="tick") as again:
        assert again


def test_worker_is_alive_for_as_long_as_it_works(db: None) -> None:
    with queue.worker() as name, queue.worker() as other:
        assert name != other
        assert queue.is_held(name=name)
        assert queue.is_held(name=other)
    assert not queue.is_held(name=name)
    assert not queue.is_held(name="worker-that-never-was")


def test_worker_frees_its_lock_when_it_fails(db: None) -> None:
    with pytest.raises(RuntimeError), queue.worker() as name:
        raise RuntimeError

    assert not queue.is_held(name=name)


def test_locks_leave_no_files_behind(db: None, tmp_path: Path) -> None:
    with queue.worker(), queue.alone(name="tick"):
        pass

    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def _work(channel: Connection, folder: str) -> None:
    """In a process of its own: hold a lock until killed."""
    connections.close_all()
    with queue.worker() as name:
        channel.send(name)
        signal.pause()


def test_a_killed_worker_is_dead_at_once(
    transactional_db: None, settings: Settings, tmp_path: Path
) -> None:
    connections.close_all()
    here, there = multiprocessing.Pipe()
    process = multiprocessing.get_context("fork").Process(target=_work, args=(there, ""))
    process.start()
    try:
        name = here.recv()
        assert queue.is_held(name=name)
    finally:
        os.kill(process.pid or 0, signal.SIGKILL)
        process.join()

    for _ in range(100):
        if not queue.is_held(name=name):
            break
        signal.sigtimedwait([], 0.05)
    assert not queue.is_held(name=name)


def test_a_forked_child_does_not_keep_the_lock_of_its_dead_parent(db: None) -> None:
    if connection.vendor == "postgresql":
        pytest.skip("a lock of a database session is not inherited in a way that matters here")
    go_on, told = os.pipe()
    with queue.worker() as name:
        child = os.fork()
        if child == 0:
            os.read(go_on, 1)
            os._exit(0)
    try:
        assert not queue.is_held(name=name)
    finally:
        os.write(told, b"x")
        os.waitpid(child, 0)
