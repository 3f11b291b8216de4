"""What a transport is: it hands one parcel over, says how that went, and can be asked afterwards."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from notifications.transports.outcomes import Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """One message as it is handed over; `attempt_uid` rides in the callback address.

    `valid_for` is how long the provider may hold it back, in seconds.
    """

    to: str
    body: str
    number: str
    messaging_service: str
    attempt_uid: uuid.UUID
    valid_for: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """The provider took the parcel: its own id, and its first word on what becomes of it."""

    provider_id: str
    status: str = "queued"
    code: str = ""


class TransportError(Exception):
    """The provider did not take the parcel, or nobody knows; `outcome` says which.

    `code` is the provider's; `retry_after` its wish, in seconds.
    """

    def __init__(
        self, outcome: Outcome, *, code: str = "", retry_after: int | None = None, detail: str = ""
    ) -> None:
        super().__init__(f"{outcome} {code} {detail}".strip())
        self.outcome = outcome
        self.code = code
        self.retry_after = retry_after

    @property
    def permanent(self) -> bool:
        """Whether the same parcel would fare no better later."""
        return self.outcome.effect.is_final


class Transport(Protocol):
    """One way out.

    `parallel` is how many parcels may be on their way at once, and `answers_keywords` says whether
    the provider itself answers STOP, START and their kin. One that `is_remote` hands parcels to
    somebody else: that takes time, its senders have a pace, and an answer may be lost.
    """

    parallel: int
    is_remote: bool
    answers_keywords: bool

    def send(self, parcel: Parcel) -> Receipt:
        """Hand a parcel over; raises TransportError."""
        ...

    def find(self, parcel: Parcel, *, since: datetime) -> list[Receipt]:
        """What the provider has of this parcel, oldest first, made at `since` or later.

        Raises TransportError where it cannot be asked.
        """
        ...
