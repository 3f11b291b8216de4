"""A provider that lives in this process: for tests, and for reading what would leave."""

from collections import deque
from dataclasses import dataclass, field
from datetime import date, datetime

from notifications.transports.base import Listed, Page, Parcel, Receipt, TransportError
from notifications.transports.outcomes import Outcome, of_code


@dataclass
class Memory:
    """Takes parcels as Twilio does, and does to the next ones what `script` says.

    A step of the script is a provider's code ("21211"), or one of the words "accept",
    "accept_then_lose" (taken, but nobody hears of it) and "lose" (not taken, and nobody hears).
    `stopped` are the numbers that said STOP; while it is `away`, nobody can ask what it has.
    `fates` is what became of messages by their id, `listed` what its list of a day shows, in pages
    of `page_size`, and `redacted` whose words it has wiped.
    """

    parallel: int = 1
    is_remote: bool = False
    answers_keywords: bool = True
    sent: list[Parcel] = field(default_factory=list)
    script: deque[str] = field(default_factory=deque)
    stopped: set[str] = field(default_factory=set)
    away: bool = False
    fates: dict[str, Receipt] = field(default_factory=dict)
    listed: list[Listed] = field(default_factory=list)
    page_size: int = 50
    redacted: list[str] = field(default_factory=list)

    @property
    def account(self) -> "Memory":
        """It keeps what it took."""
        return self

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
        self._answer()
        return [
            _receipt(taken)
            for taken in self.sent
            if (taken.to, taken.body) == (parcel.to, parcel.body)
        ]

    def look(self, provider_id: str) -> Receipt | None:
        """What became of one message, as far as it was told."""
        self._answer()
        taken = {f"SM{parcel.attempt_uid.hex}": parcel for parcel in self.sent}
        if provider_id in self.fates:
            return self.fates[provider_id]
        return _receipt(taken[provider_id]) if provider_id in taken else None

    def day(self, on: date, *, to: str = "", cursor: str = "") -> Page:
        """What it lists of a day, a page at a time."""
        self._answer()
        found = [
            listed
            for listed in self.listed
            if listed.made_at.date() == on and to in ("", listed.to)
        ]
        start = int(cursor or 0)
        end = start + self.page_size
        return Page(messages=tuple(found[start:end]), cursor=str(end) if end < len(found) else "")

    def redact(self, provider_id: str) -> Receipt | None:
        """Wipe the words of one message."""
        receipt = self.look(provider_id)
        self.redacted.append(provider_id)
        return receipt

    def _answer(self) -> None:
        if self.away:
            raise TransportError(Outcome.NOT_PROCESSED)

    def clear(self) -> None:
        """Forget everything."""
        self.sent.clear()
        self.script.clear()
        self.stopped.clear()
        self.away = False
        self.fates.clear()
        self.listed.clear()
        self.page_size = 50
        self.redacted.clear()


def _receipt(parcel: Parcel) -> Receipt:
    return Receipt(provider_id=f"SM{parcel.attempt_uid.hex}", status="queued")


MEMORY = Memory()


def transport() -> Memory:
    """The one of this process."""
    return MEMORY
