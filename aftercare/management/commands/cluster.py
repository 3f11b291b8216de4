"""`manage.py cluster`: the background work, begun with a tick so that nothing waits for the first schedule."""

import os
import signal
import sys
import tempfile
from pathlib import Path
from threading import Thread
from types import FrameType
from typing import Any

from django.core.management.base import BaseCommand
from django.db import connections
from django_q.cluster import Cluster, get_mp_context

from aftercare import jobs, replies, timetable
from notifications import clock, proof


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
        with tempfile.TemporaryDirectory(prefix="cluster-") as folder:
            # Whoever is forked inherits the name; a file is all that reaches every one of them.
            stop = Path(folder) / "stop"
            os.environ[jobs.STOP_FILE] = str(stop)
            # Until the cluster takes the signals itself.
            signal.signal(signal.SIGTERM, lambda *_: sys.exit())
            first = _begin_the_chain()
            try:
                # Takes a second; before the workers are forked, who inherit it.
                replies.know_words()
                timetable.sync(at=clock.now())
                cluster = _Cluster()
                cluster.start()
                cluster.sentinel.join()
            finally:
                stop.touch()
                first.join()


def _begin_the_chain() -> Any:
    """The first link ticks in a process of its own, while words are read in and workers start."""
    connections.close_all()  # no connection is shared with it
    first = get_mp_context().Process(target=_tick_undisturbed)
    first.start()
    return first


def _tick_undisturbed() -> None:
    """Like a worker, it is told to end by the file alone, whatever signal the whole group is sent."""
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, signal.SIG_IGN)
    jobs.poll()
