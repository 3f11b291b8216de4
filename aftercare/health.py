"""Whether the installation can do its work: what a load balancer and a watchdog ask."""

import shutil
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Q

from notifications import breaker, delivery, pacing, queue, transports
from notifications.kinds import Lane
from notifications.models import Attempt, Sender

TICK = "tick"
STALE_TICK = timedelta(seconds=90)
REMEDY = "Start it with `python manage.py cluster`, or call `python manage.py tick` each minute."
STALE_QUEUE, QUIET = timedelta(minutes=5), timedelta(minutes=10)
# Machines that go by one time service differ by less; what is unclear is looked up 130 s apart.
CLOCKS_DIFFER = timedelta(seconds=30)
LEAST_FREE = 200_000_000  # bytes


@dataclass(frozen=True)
class Check:
    """One question with its answer and, where it is no, the remedy."""

    name: str
    ok: bool
    remedy: str = ""


def checks(*, at: datetime, machine_at: datetime) -> list[Check]:
    """Migrations, the background tick, whether the queue moves, this machine's clock and disk.

    `machine_at` is the same instant by the machine's own clock, which a demo does not move.
    Raises OperationalError without a database.
    """
    executor = MigrationExecutor(connection)
    pending = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [
        Check("migrations", not pending, "Run `python manage.py migrate`."),
        Check(
            "tick",
            not is_stale(beat=queue.last_beat(name=TICK), at=at),
            REMEDY,
        ),
        Check(
            "queue",
            not _is_stuck(at),
            "Messages are long due, and none was tried; look at the cluster's log.",
        ),
        Check(
            "clock",
            _agrees_with_database(machine_at),
            "This machine and the database's show different times; have both follow one time service.",
        ),
        Check(
            "disk",
            _room_at(Path(settings.VAR_DIR)) >= LEAST_FREE,
            f"Less than {LEAST_FREE // 1_000_000} MB are free where VAR_DIR lies; make room.",
        ),
    ]


def _room_at(folder: Path) -> int:
    """Bytes that are free where a folder lies, or will: with PostgreSQL it may not be needed yet."""
    made = next(place for place in (folder, *folder.parents) if place.exists())
    return shutil.disk_usage(made).free


def _agrees_with_database(machine_at: datetime) -> bool:
    """Whether the clock that several hosts share shows the same; SQLite has none of its own."""
    if connection.vendor != "postgresql":
        return True
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        (theirs,) = cursor.fetchone()
    return bool(abs(machine_at - theirs) <= CLOCKS_DIFFER)


def _is_stuck(at: datetime) -> bool:
    """Whether messages that may leave have long been due and nothing at all is tried.

    A long queue that a sender's pace lets out bit by bit is in order, and so is one that waits for
    a sender or a way out at rest: web servers must not be taken away for it. What a sender's day has
    no room for is not due before the next one.
    """
    rests = Q(sender__paused_until__gt=at) & ~Q(lane=Lane.CRISIS)
    late = delivery.due(at=at - STALE_QUEUE).exclude(rests)
    late = late.filter(sender__is_on=True, program__texting_on=True).exclude(_held_back(at))
    if not late.exists():
        return False
    return not Attempt.objects.filter(started_at__gt=at - QUIET).exists()


def _held_back(at: datetime) -> Q:
    """What a failing provider or a sender's pace holds back, or did until just now; never lane 0."""
    just_now = at - QUIET
    resting = {
        row.name
        for row in breaker.failing()
        if row.open_until and just_now < row.open_until <= at + breaker.LONGEST_WISH
    }
    channels = [channel for channel in Sender.Channel if transports.name_of(channel) in resting]
    at_pace = Q(sender__free_at__gt=just_now, sender__free_at__lt=at + pacing.LONGEST_DEBT)
    return (Q(sender__channel__in=channels) | at_pace) & ~Q(lane=Lane.CRISIS)


def is_stale(*, beat: datetime | None, at: datetime) -> bool:
    """Whether the tick that last beat then stands still: nothing leaves, and somebody must know.

    A beat of the future is the last of a clock that was ahead, and nothing has beaten since.
    """
    return beat is None or abs(at - beat) > STALE_TICK
