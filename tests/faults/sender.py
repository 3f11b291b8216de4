"""A process that sends until nothing waits: `python -m tests.faults.sender SETTLING_SECONDS`."""

import sys
import time
from datetime import timedelta

import django


def main(settling_seconds: float) -> None:
    """Send and settle, with looks at the provider closer together than in earnest."""
    django.setup()
    from notifications import clock, delivery, reports, settling
    from notifications.models import Attempt, Message

    reports.SETTLE_WAIT = settling.SETTLE_GAP = timedelta(seconds=settling_seconds)
    while (
        Message.objects.filter(state__in=Message.WAITING).exists()
        or Attempt.objects.filter(next_look_at__isnull=False).exists()
    ):
        at = clock.now()
        delivery.deliver_due(at=at)
        delivery.reconcile(at=at)
        time.sleep(0.05)


if __name__ == "__main__":
    main(float(sys.argv[1]))
