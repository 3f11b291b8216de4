"""Whether the installation can do its work: what a load balancer and a watchdog ask."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from notifications import queue
from notifications.models import Message

TICK = "tick"
STALE_TICK = timedelta(seconds=90)
REMEDY = "Start it with `python manage.py cluster`, or call `python manage.py tick` each minute."
STALE_QUEUE = timedelta(minutes=5)


@dataclass(frozen=True)
class Check:
    """One question with its answer and, where it is no, the remedy."""

    name: str
    ok: bool
    remedy: str = ""


def checks(*, at: datetime) -> list[Check]:
    """Migrations, the background tick, and the age of the oldest waiting message.

    Raises OperationalError without a database.
    """
    executor = MigrationExecutor(connection)
    pending = executor.migration_plan(executor.loader.graph.leaf_nodes())
    oldest = Message.objects.filter(state=Message.State.DUE, next_at__lt=at - STALE_QUEUE).exists()
    return [
        Check("migrations", not pending, "Run `python manage.py migrate`."),
        Check(
            "tick",
            not is_stale(beat=queue.last_beat(name=TICK), at=at),
            REMEDY,
        ),
        Check(
            "queue",
            not oldest,
            "Messages wait longer than five minutes; look at the cluster's log.",
        ),
    ]


def is_stale(*, beat: datetime | None, at: datetime) -> bool:
    """Whether the tick that last beat then stands still: nothing leaves, and somebody must know."""
    return beat is None or at - beat > STALE_TICK
