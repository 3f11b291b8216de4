"""A process that sends until nothing waits: `python -m tests.faults.sender SETTLING_SECONDS`.

`python -m tests.faults.sender nursery` starts as many as it is told to: each line it reads is one
more, forked from a process that has loaded everything, and it says "started PID" and "ended PID
CODE". So a hundred of them can be killed in the time that loading takes a few.
"""

import os
import select
import sys
import time
from datetime import timedelta

import django

from tests.faults.hurried import hurry

LOOKS_EVERY = 0.02


def main(settling_seconds: float) -> None:
    """Send and settle, with looks at the provider closer together than in earnest."""
    django.setup()
    from notifications import reports, settling

    reports.SETTLE_WAIT = settling.SETTLE_GAP = timedelta(seconds=settling_seconds)
    send()


def send() -> None:
    """Send and settle until nothing waits."""
    from notifications import clock, delivery
    from notifications.models import Attempt, Message

    while (
        Message.objects.filter(state__in=Message.WAITING).exists()
        or Attempt.objects.filter(next_look_at__isnull=False).exists()
    ):
        at = clock.now()
        delivery.deliver_due(at=at)
        delivery.reconcile(at=at)
        time.sleep(0.05)


def nursery() -> None:
    """Fork a sender for each line that is read, until there are no more lines."""
    django.setup()
    hurry()
    living: set[int] = set()
    while True:
        ready, _, _ = select.select([sys.stdin], [], [], LOOKS_EVERY)
        if ready:
            if not os.read(0, 1):
                return
            living.add(_fork())
        for pid in list(living):
            ended, status = os.waitpid(pid, os.WNOHANG)
            if ended:
                living.discard(pid)
                _say(f"ended {pid} {os.waitstatus_to_exitcode(status)}")


def _fork() -> int:
    pid = os.fork()
    if pid:
        _say(f"started {pid}")
        return pid
    code = 1
    try:
        send()
        code = 0
    except Exception:  # noqa: BLE001
        sys.excepthook(*sys.exc_info())
    finally:
        os._exit(code)


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    if sys.argv[1] == "nursery":
        nursery()
    else:
        main(float(sys.argv[1]))
