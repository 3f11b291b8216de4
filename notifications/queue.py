"""The alarm clock and the pool of hands: enqueueing, locks that die with their holder, heartbeats.

Rows are the truth and the queue is a nudge: whatever is enqueued here is also found by a sweep,
so a lost queue loses nothing and a job that runs twice does nothing the second time.
"""

import fcntl
import hashlib
import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import connection, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django_q.brokers import get_broker
from django_q.tasks import async_task

from notifications.models import Heartbeat

_IS_HELD_SQL = """
    SELECT 1 FROM pg_locks
    WHERE locktype = 'advisory' AND granted AND objsubid = 1
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
      AND (classid::bigint << 32 | objid::bigint) = %s
"""


def enqueue(job: str, **ids: int) -> None:
    """Have a job ("package.jobs.name") run soon with these row ids, once the transaction commits.

    A broker that is away is logged and forgotten: the job's rows wait for the next sweep.
    """
    transaction.on_commit(lambda: async_task(job, **ids), robust=True)


def call_a_hand(job: str) -> None:
    """Have one more worker run a job without ids, unless a job waits for a free worker already.

    So hands come in one by one for as long as there are free ones, on however many hosts.
    """

    def call() -> None:
        broker = get_broker()
        if not broker.queue_size():
            async_task(job, broker=broker)

    transaction.on_commit(call, robust=True)


def beat(*, name: str, at: datetime) -> None:
    """Say that the job of this name is alive."""
    if not Heartbeat.objects.filter(name=name).update(at=at):
        Heartbeat.objects.update_or_create(name=name, defaults={"at": at})


def last_beat(*, name: str) -> datetime | None:
    """When the job of this name last said it is alive."""
    return Heartbeat.objects.filter(name=name).values_list("at", flat=True).first()


@contextmanager
def alone(*, name: str) -> Iterator[bool]:
    """Hold the named lock for the block if nobody else does; False where somebody does.

    The system frees it at the holder's death: a file's lock beside SQLite (one host), a lock of
    its own PostgreSQL session elsewhere (many hosts).
    """
    if connection.vendor == "postgresql":
        # Its own session: enqueueing may renew the default one in mid-job.
        session = connections.create_connection("default")
        try:
            yield _take(session, name)
        finally:
            session.close()
    else:
        with _file_lock(name) as held:
            yield held


@contextmanager
def worker() -> Iterator[str]:
    """A fresh name for one run of sending, and the lock that tells others that it is alive.

    On PostgreSQL the lock belongs to the very session that commits the claims, so a run that has
    lost its lock has also lost the means to claim.
    """
    name = f"worker-{uuid.uuid4().hex}"
    if connection.vendor == "postgresql":
        _take(connection, name)
        try:
            yield name
        finally:
            if connection.connection is not None and connection.is_usable():
                with connection.cursor() as cursor:
                    cursor.execute("SELECT pg_advisory_unlock(%s)", [_key(name)])
    else:
        with _file_lock(name):
            yield name


def is_held(*, name: str) -> bool:
    """Whether somebody alive holds the named lock."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(_IS_HELD_SQL, [_key(name)])
            return cursor.fetchone() is not None
    if not _path(name).exists():
        return False
    with _file_lock(name) as free:
        return not free


def _take(session: BaseDatabaseWrapper, name: str) -> bool:
    with session.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [_key(name)])
        return bool(cursor.fetchone()[0])


def _key(name: str) -> int:
    """The name as the signed 64-bit number PostgreSQL locks by."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True)


def _path(name: str) -> Path:
    """The lock's file: the database's name is part of it, so that two databases share no lock."""
    database = hashlib.sha256(str(connection.settings_dict["NAME"]).encode()).hexdigest()[:12]
    return Path(settings.VAR_DIR) / "locks" / f"{database}-{name}"


@contextmanager
def _file_lock(name: str) -> Iterator[bool]:
    path = _path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    # A forked child shares the lock through its copy of the descriptor and would keep it alive.
    _open_descriptors.add(descriptor)
    try:
        held = _try_flock(descriptor) and _is_still(path, descriptor)
        yield held
        if held:
            path.unlink(missing_ok=True)
    finally:
        _open_descriptors.discard(descriptor)
        os.close(descriptor)


def _try_flock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is_still(path: Path, descriptor: int) -> bool:
    """Whether the locked file is the one others would open; its last holder may have removed it."""
    try:
        return path.stat().st_ino == os.fstat(descriptor).st_ino
    except FileNotFoundError:
        return False


_open_descriptors: set[int] = set()


def _close_inherited() -> None:
    for descriptor in _open_descriptors:
        os.close(descriptor)
    _open_descriptors.clear()


os.register_at_fork(after_in_child=_close_inherited)
