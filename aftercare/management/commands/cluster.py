"""`manage.py cluster`: the background work, begun with a tick so that nothing waits for the first schedule."""

import os
import tempfile
from pathlib import Path
from threading import Thread
from types import FrameType
from typing import Any

from django.core.management.base import BaseCommand
from django_q.cluster import Cluster

from aftercare import jobs, replies, timetable
from notifications import clock, proof, queue


class _Cluster(Cluster):  # type: ignore[misc]
    """Asks the ticking chain to end, and tells its workers to stop without waiting to be heard."""

    def sig_handler(self, signum: int, frame: FrameType | None) -> None:
        Path(os.environ[jobs.STOP_FILE]).touch()
        # An event waits until everybody who waited for it has woken up: for ever, where a signal to
        # the whole group has ended one of them already.
        Thread(target=self.stop_event.set, daemon=True).start()
        # By this the start knows that an early end was wanted.
        self.start_event = None


class Command(BaseCommand):
    """Runs until it is told to stop (Ctrl-C or SIGTERM); killing it hard loses nothing either."""

    help = "Run the background work: sends texts, reads what comes in, keeps the plans."

    def handle(self, *args: Any, **options: Any) -> None:
        proof.hold()
        # Before the workers are forked, who inherit it.
        replies.make_ready()
        timetable.sync(at=clock.now())
        with tempfile.TemporaryDirectory(prefix="cluster-") as folder:
            # Workers are forked and inherit the name; a file is all that reaches every one of them.
            os.environ[jobs.STOP_FILE] = str(Path(folder) / "stop")
            queue.enqueue("aftercare.jobs.poll")
            cluster = _Cluster()
            cluster.start()
            cluster.sentinel.join()
