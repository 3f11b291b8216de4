"""What a transport is: it hands one parcel over, says how that went, and can be asked afterwards."""

import logging
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Protocol, TypeVar

from notifications.transports.outcomes import Outcome

log = logging.getLogger(__name__)

Thing = TypeVar("Thing")
Answer = TypeVar("Answer")
# Nobody is left alone for longer than this many seconds at the word of one answer.
LONGEST_WISH = 3600


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
    """The provider took the parcel: its own id, and its word on what becomes of it.

    `segments` and `price` (in `price_unit`, an ISO 4217 code; what we pay is positive) are there
    once it has been charged.
    """

    provider_id: str
    status: str = "queued"
    code: str = ""
    segments: int | None = None
    price: Decimal | None = None
    price_unit: str = ""


class Way(Enum):
    """Which way a listed message went."""

    OUT = "out"
    ANSWER = "answer"  # said in the answer to a request of the provider's, so we hold no id of it
    IN = "in"


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One message as the provider's own list has it."""

    receipt: Receipt
    way: Way
    sender: str
    to: str
    body: str
    media: int
    made_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page of the list; `cursor` leads to the next one, and is "" on the last."""

    messages: tuple[Listed, ...]
    cursor: str = ""


class TransportError(Exception):
    """The provider did not take the parcel, or nobody knows; `outcome` says which.

    `code` is the provider's; `retry_after` its wish, in seconds, of which LONGEST_WISH is heeded.
    """

    def __init__(
        self, outcome: Outcome, *, code: str = "", retry_after: int | None = None, detail: str = ""
    ) -> None:
        super().__init__(f"{outcome} {code} {detail}".strip())
        self.outcome = outcome
        self.code = code
        self.retry_after = None if retry_after is None else min(retry_after, LONGEST_WISH)

    @property
    def permanent(self) -> bool:
        """Whether the same parcel would fare no better later."""
        return self.outcome.effect.is_final


def at_once(
    *, way: "Transport", ask: Callable[[Thing], Answer], things: Sequence[Thing]
) -> list[Answer | TransportError]:
    """Ask a way out about several things, as many at once as it takes; `ask` never touches the database.

    So a provider that lets everybody wait holds nobody up for longer than one question would. What
    cannot even be asked about is no answer either, and keeps no other from its own.
    """

    def one(thing: Thing) -> Answer | TransportError:
        try:
            return ask(thing)
        except TransportError as error:
            return error
        except Exception as error:
            log.exception("The provider cannot be asked about %s.", thing)
            return TransportError(Outcome.AMBIGUOUS, detail=type(error).__name__)

    if way.parallel == 1 or len(things) == 1:
        return [one(thing) for thing in things]
    with ThreadPoolExecutor(max_workers=way.parallel) as pool:
        return list(pool.map(one, things))


class Account(Protocol):
    """What a provider keeps of what it took, and can be asked about; all raise TransportError."""

    def look(self, provider_id: str) -> Receipt | None:
        """What became of one message; None where the provider does not know it."""
        ...

    def day(self, on: date, *, to: str = "", cursor: str = "") -> Page:
        """One page of what went either way on a day (UTC), to everybody or to one number."""
        ...

    def redact(self, provider_id: str) -> Receipt | None:
        """Wipe the words of one message from the account; None where it does not know it."""
        ...


class Transport(Protocol):
    """One way out.

    `parallel` is how many parcels may be on their way at once, `answers_keywords` says whether
    the provider itself answers STOP, START and their kin, and `account` is what it keeps, if it
    keeps anything. One that `is_remote` hands parcels to somebody else: that takes time, its
    senders have a pace, and an answer may be lost.
    """

    parallel: int
    is_remote: bool
    answers_keywords: bool

    @property
    def account(self) -> Account | None:
        """What the provider keeps and can be asked about."""
        ...

    def send(self, parcel: Parcel) -> Receipt:
        """Hand a parcel over; raises TransportError."""
        ...

    def find(self, parcel: Parcel, *, since: datetime) -> list[Receipt]:
        """What the provider has of this parcel, oldest first, made at `since` or later.

        Raises TransportError where it cannot be asked.
        """
        ...
