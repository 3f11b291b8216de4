"""The made-up phones of the demo: every text arrives at once, except on lines out of service.

What a phone got is the messages themselves; the simulator's page shows them.
"""

from datetime import datetime

from notifications.transports.base import Parcel, Receipt

# Numbers (E.164) whose texts come back with 30005; whoever plays the demo's past fills it.
OUT_OF_SERVICE: set[str] = set()


class Simulator:
    """Delivers into thin air; there is no phone company that would answer STOP."""

    parallel = 1
    is_remote = False
    answers_keywords = False
    account = None

    def send(self, parcel: Parcel) -> Receipt:
        """Deliver it, or report the line dead."""
        provider_id = f"simulated-{parcel.attempt_uid.hex}"
        if parcel.to in OUT_OF_SERVICE:
            return Receipt(provider_id=provider_id, status="undelivered", code="30005")
        return Receipt(provider_id=provider_id, status="delivered")

    def find(self, parcel: Parcel, *, since: datetime) -> list[Receipt]:
        """Nothing is kept here, so nothing that was interrupted was sent."""
        return []


def transport() -> Simulator:
    """The simulated phone company."""
    return Simulator()
