"""Whether the installation can do its work: what a load balancer and a watchdog ask."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from notifications.models import Heartbeat, Message

STALE_TICK = timedelta(seconds=90)
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
    beat = Heartbeat.objects.filter(name="tick").first()
    oldest = Message.objects.filter(state=Message.State.DUE, next_at__lt=at - STALE_QUEUE).exists()
    return [
        Check("migrations", not pending, "Run `python manage.py migrate`."),
        Check(
            "tick",
            beat is not None and at - beat.at <= STALE_TICK,
            "Start the cluster: `python manage.py cluster`.",
        ),
        Check(
            "queue",
            not oldest,
            "Messages wait longer than five minutes; look at the cluster's log.",
        ),
    ]
