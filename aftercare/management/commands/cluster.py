"""`manage.py cluster`: the background work, begun with a tick so that nothing waits for the first schedule."""

import os
import tempfile
from pathlib import Path
from types import FrameType
from typing import Any

from django.core.management.base import BaseCommand
from django_q.cluster import Cluster

from aftercare import jobs, timetable
from notifications import clock, queue

# Long enough for a signal to the whole group to reach everybody.
SECONDS_TO_SEE = 0.5


class _Cluster(Cluster):  # type: ignore[misc]
    """Asks the ticking chain to end before it waits for its workers to finish."""

    def sig_handler(self, signum: int, frame: FrameType | None) -> None:
        Path(os.environ[jobs.STOP_FILE]).touch()
        # Where the guard of the workers was told to stop as well, it has ended already, perhaps
        # with the lock in hand on which stopping would wait for ever.
        self.sentinel.join(timeout=SECONDS_TO_SEE)
        if self.sentinel.is_alive():
            super().sig_handler(signum, frame)


class Command(BaseCommand):
    """Runs until it is told to stop (Ctrl-C or SIGTERM); killing it hard loses nothing either."""

    help = "Run the background work: sends texts, reads what comes in, keeps the plans."

    def handle(self, *args: Any, **options: Any) -> None:
        timetable.sync(at=clock.now())
        with tempfile.TemporaryDirectory(prefix="cluster-") as folder:
            # Workers are forked and inherit the name; a file is all that reaches every one of them.
            os.environ[jobs.STOP_FILE] = str(Path(folder) / "stop")
            queue.enqueue("aftercare.jobs.poll")
            cluster = _Cluster()
            cluster.start()
            cluster.sentinel.join()
