"""Background jobs of the engine: each reads the clock and calls one verb."""

import time

from notifications import clock, delivery

# How long a hand that was called stays at most; other jobs wait for it meanwhile.
STAY_SECONDS = 5.0


def deliver(*, message: int) -> None:
    """Send one message now rather than with the next sweep."""
    delivery.deliver(message_id=message, at=clock.now())


def deliver_due() -> None:
    """Send what is due, shift by shift, while there is more than one shift can send."""
    ends_at = time.monotonic() + STAY_SECONDS
    while delivery.deliver_shift(at=clock.now()).more and time.monotonic() < ends_at:
        pass


def reconcile() -> None:
    """Settle what stayed unclear."""
    delivery.reconcile(at=clock.now())
