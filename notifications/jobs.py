"""Background jobs of the engine: each reads the clock and calls one verb."""

from notifications import clock, delivery


def deliver(*, message: int) -> None:
    """Send one message now rather than with the next sweep."""
    delivery.deliver(message_id=message, at=clock.now())


def deliver_due() -> None:
    """Send whatever is due."""
    delivery.deliver_due(at=clock.now())


def reconcile() -> None:
    """Settle what stayed unclear."""
    delivery.reconcile(at=clock.now())
