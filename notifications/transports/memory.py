"""A provider that lives in this process: for tests, and for reading what would leave."""

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime

from notifications.transports.base import Parcel, Receipt, TransportError
from notifications.transports.outcomes import Outcome, of_code


@dataclass
class Memory:
    """Takes parcels as Twilio does, and does to the next ones what `script` says.

    A step of the script is a provider's code ("21211"), or one of the words "accept",
    "accept_then_lose" (taken, but nobody hears of it) and "lose" (not taken, and nobody hears).
    `stopped` are the numbers that said STOP; while it is `away`, nobody can ask what it has.
    """

    parallel: int = 1
    is_remote: bool = False
    answers_keywords: bool = True
    sent: list[Parcel] = field(default_factory=list)
    script: deque[str] = field(default_factory=deque)
    stopped: set[str] = field(default_factory=set)
    away: bool = False

    def send(self, parcel: Parcel) -> Receipt:
        """Take the parcel, unless the script or the person's STOP says otherwise."""
        if parcel.to in self.stopped:
            raise TransportError(Outcome.OPTED_OUT, code="21610")
        step = self.script.popleft() if self.script else "accept"
        if step == "lose":
            raise TransportError(Outcome.AMBIGUOUS)
        if step not in ("accept", "accept_then_lose"):
            raise TransportError(of_code(step), code=step)
        self.sent.append(parcel)
        if step == "accept_then_lose":
            raise TransportError(Outcome.AMBIGUOUS)
        return _receipt(parcel)

    def find(self, parcel: Parcel, *, since: datetime) -> list[Receipt]:
        """What was taken for this recipient with this body; nothing here is older than the process."""
        if self.away:
            raise TransportError(Outcome.NOT_PROCESSED)
        return [
            _receipt(taken)
            for taken in self.sent
            if (taken.to, taken.body) == (parcel.to, parcel.body)
        ]

    def clear(self) -> None:
        """Forget everything."""
        self.sent.clear()
        self.script.clear()
        self.stopped.clear()
        self.away = False


def _receipt(parcel: Parcel) -> Receipt:
    return Receipt(provider_id=f"SM{parcel.attempt_uid.hex}", status="queued")


MEMORY = Memory()


def transport() -> Memory:
    """The one of this process."""
    return MEMORY
