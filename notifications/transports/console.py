"""Prints texts instead of sending them, for looking at what would leave."""

import sys
from datetime import datetime

from notifications.transports.base import Parcel, Receipt


class Console:
    """Writes each parcel to standard output; nothing leaves the machine."""

    parallel = 1
    is_remote = False
    answers_keywords = False
    account = None

    def send(self, parcel: Parcel) -> Receipt:
        """Print it."""
        sys.stdout.write(f"--- text to {parcel.to}\n{parcel.body}\n---\n")
        sys.stdout.flush()
        return Receipt(provider_id=f"console-{parcel.attempt_uid.hex}", status="sent")

    def find(self, parcel: Parcel, *, since: datetime) -> list[Receipt]:
        """A printer remembers nothing."""
        return []


def transport() -> Console:
    """A printer."""
    return Console()
