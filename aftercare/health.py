"""Whether the installation can do its work: what a load balancer and a watchdog ask."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from notifications import delivery, queue
from notifications.models import Attempt

TICK = "tick"
STALE_TICK = timedelta(seconds=90)
REMEDY = "Start it with `python manage.py cluster`, or call `python manage.py tick` each minute."
STALE_QUEUE, QUIET = timedelta(minutes=5), timedelta(minutes=10)


@dataclass(frozen=True)
class Check:
    """One question with its answer and, where it is no, the remedy."""

    name: str
    ok: bool
    remedy: str = ""


def checks(*, at: datetime) -> list[Check]:
    """Migrations, the background tick, and whether the queue moves.

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
    ]


def _is_stuck(at: datetime) -> bool:
    """Whether messages that may leave have long been due and nothing at all is tried.

    A long queue that a sender's pace lets out bit by bit is in order, and so is one that waits for
    a sender at rest: web servers must not be taken away for it.
    """
    late = delivery.due(at=at - STALE_QUEUE).exclude(sender__paused_until__gt=at)
    if not late.filter(sender__is_on=True, program__texting_on=True).exists():
        return False
    return not Attempt.objects.filter(started_at__gt=at - QUIET).exists()


def is_stale(*, beat: datetime | None, at: datetime) -> bool:
    """Whether the tick that last beat then stands still: nothing leaves, and somebody must know."""
    return beat is None or at - beat > STALE_TICK
