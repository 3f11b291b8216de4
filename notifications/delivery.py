"""Sending what is due: claim, hand over, outcome; and settling what stayed unclear.

A text may be sent twice or lost wherever a process dies between the provider and our database.
So a claim is committed before the first byte leaves, it names a worker whose lock the system frees
at its death, and what a dead worker claimed is looked up at the provider, never sent again blindly.
"""

import itertools
import logging
import math
import time
from collections import Counter, defaultdict, deque
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from django.db import DatabaseError
from django.db.models import QuerySet

from notifications import breaker, claims, queue, reports, transports
from notifications.claims import Addressed, Claim, Taker
from notifications.models import Attempt, Message, Sender
from notifications.settling import reconcile
from notifications.transports.base import Parcel, Receipt, Transport, TransportError
from notifications.transports.outcomes import Outcome

__all__ = ["Delivered", "deliver", "deliver_due", "deliver_part", "deliver_shift", "reconcile"]

log = logging.getLogger(__name__)

State = Message.State
Answer = Receipt | TransportError

# What a way out takes at once is claimed in so many parts: while some are under way, the next is
# claimed and the last is written down.
PARTS = 2
# How many messages one claim takes where nothing leaves this machine.
BATCH = 100
# How many messages one shift takes, and for how many seconds it claims: the gates go by the instant at
# which it began.
SHIFT, SHIFT_SECONDS = 200, 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """How many messages of one run went which way; `more` says that it ended at its limit."""

    sent: int = 0
    suppressed: int = 0
    expired: int = 0
    deferred: int = 0
    failed: int = 0
    unknown: int = 0
    more: bool = False


def deliver_due(*, at: datetime, limit: int | None = None, keep_pace: bool = False) -> Delivered:
    """Send everything due at this instant, or so many; any number of processes may do so at once.

    Ends when nothing is due any more, or when the provider takes nothing for now. With `keep_pace`
    no sender sends more than its pace allows at this instant, and the rest stays due.
    Raises transports.UnknownTransport.
    """
    return _drain(Message.objects.all(), at=at, limit=limit, keep_pace=keep_pace)


def deliver_part(*, at: datetime) -> Delivered:
    """As much of what is due as is claimed within the time of a shift, whatever the pace.

    What time leaves over is `more`: it is asked for again by the instant that it is by then.
    """
    everything = Message.objects.all()
    return _drain(everything, at=at, limit=None, keep_pace=False, lasts=SHIFT_SECONDS)


def deliver_shift(*, at: datetime) -> Delivered:
    """What one hand of the running cluster sends at a time, at the pace of the senders.

    It is short, so that time goes on, crisis answers are looked for again and what came in is read.
    Where more is due, one more hand is called.
    """
    done = _drain(Message.objects.all(), at=at, limit=SHIFT, keep_pace=True, lasts=SHIFT_SECONDS)
    if done.more:
        queue.call_a_hand("notifications.jobs.deliver_due")
    return done


def deliver(*, message_id: int, at: datetime) -> Delivered:
    """Send one message, if it is due and no gate is closed."""
    return _drain(Message.objects.filter(pk=message_id), at=at, limit=1, keep_pace=False)


def due(*, at: datetime) -> "QuerySet[Message]":
    """What is due at this instant."""
    return claims.due(Message.objects.all(), at=at)


def _drain(
    messages: "QuerySet[Message]",
    *,
    at: datetime,
    limit: int | None,
    keep_pace: bool,
    lasts: float = math.inf,
) -> Delivered:
    first = claims.some_due(messages, at=at)
    if not first:
        return Delivered()
    with ExitStack() as stack:
        owner = stack.enter_context(queue.worker())
        hands = stack.enter_context(_Hands())
        taker = Taker(
            messages, first=first, owner=owner, hands=hands.rooms, at=at, keep_pace=keep_pace
        )
        most = math.inf if limit is None else limit
        tally, more = _stream(taker, hands, at=at, limit=most, ends_at=time.monotonic() + lasts)
    return Delivered(
        sent=tally[State.SENT] + tally[State.DELIVERED],
        suppressed=tally[State.SUPPRESSED],
        expired=tally[State.EXPIRED],
        deferred=tally[State.DEFERRED],
        failed=tally[State.FAILED] + tally[State.UNDELIVERED],
        unknown=tally[State.UNKNOWN],
        more=more,
    )


class _Flight(NamedTuple):
    """The parcels of one claim, under way."""

    claim: Claim
    answers: list["Future[Answer]"]

    @property
    def has_landed(self) -> bool:
        """Whether everything was answered."""
        return all(answer.done() for answer in self.answers)


def _stream(
    taker: Taker, hands: "_Hands", *, at: datetime, limit: float, ends_at: float
) -> tuple[Counter[State], bool]:
    """Claim, hand over and settle, with a few claims under way at once, until nothing moves.

    Nothing more is claimed beyond the limit, or after `ends_at` of the monotonic clock; the second
    value tells whether that was so.
    """
    tally: Counter[State] = Counter()
    flights: deque[_Flight] = deque()
    for number in itertools.count():
        if number and time.monotonic() >= ends_at:
            limit = 0
        claim = taker.take(most=int(min(limit, BATCH)))
        limit -= claim.size
        tally.update(claim.turned_away_by_state)
        if claim.parcels:
            flights.append(_Flight(claim, hands.hand_over(claim.parcels)))
        landed = 0
        while flights and _must_land(flights, claim):
            tally.update(_settle(flights.popleft(), at=at))
            landed += 1
        if claim.is_last or not (claim.size or landed):
            break
    return tally, limit <= 0


def _must_land(flights: "deque[_Flight]", newest: Claim) -> bool:
    """Whether the oldest flight is waited for, or there already, before anything more is claimed."""
    is_awaited = newest.is_last or not newest.parcels or newest.is_cautious
    return is_awaited or len(flights) >= PARTS or flights[0].has_landed


class _Hands:
    """Hands parcels over: in threads where a way out takes several at once, else here, in order."""

    def __init__(self) -> None:
        self._ways = {channel: transports.of_channel(channel) for channel in Sender.Channel.values}
        self._threads: dict[str, ThreadPoolExecutor] = {}
        # How many parcels one claim may hold, by the name of the way out.
        self.rooms = {
            transports.name_of(channel): math.ceil(way.parallel / PARTS) if way.is_remote else BATCH
            for channel, way in self._ways.items()
        }

    def __enter__(self) -> "_Hands":
        return self

    def __exit__(self, *fault: object) -> None:
        for threads in self._threads.values():
            threads.shutdown()

    def hand_over(self, parcels: list[Addressed]) -> list["Future[Answer]"]:
        """Begin to hand over; no transaction is open, and no thread touches the database.

        What goes in threads begins first, so that no text waits for a slow mail server.
        """
        begun = {
            each.parcel.attempt_uid: self._begin(self._ways[each.channel], each)
            for each in sorted(parcels, key=lambda each: self._ways[each.channel].parallel == 1)
        }
        return [begun[each.parcel.attempt_uid] for each in parcels]

    def _begin(self, way: Transport, each: Addressed) -> "Future[Answer]":
        if way.parallel > 1:
            if each.channel not in self._threads:
                self._threads[each.channel] = ThreadPoolExecutor(max_workers=way.parallel)
            return self._threads[each.channel].submit(_hand_over, way, each.parcel)
        answer: Future[Answer] = Future()
        answer.set_result(_hand_over(way, each.parcel))
        return answer


def _hand_over(way: Transport, parcel: Parcel) -> Answer:
    try:
        return way.send(parcel)
    except TransportError as error:
        return error
    except Exception as error:
        # Whatever a library throws, the message may have left.
        log.exception("Attempt %s: the transport broke.", parcel.attempt_uid)
        return TransportError(Outcome.AMBIGUOUS, detail=type(error).__name__)


def _settle(flight: _Flight, *, at: datetime) -> Counter[State]:
    """Write down how it went: what was taken in one go, what was not one by one."""
    tally: Counter[State] = Counter()
    taken: list[tuple[Attempt, Receipt]] = []
    answered: defaultdict[str, list[Answer]] = defaultdict(list)
    for each, future in zip(flight.claim.parcels, flight.answers, strict=True):
        answer = future.result()
        answered[transports.name_of(each.channel)].append(answer)
        if isinstance(answer, TransportError) or answer.status in reports.LOST:
            tally[_record(each.attempt, answer, at=at)] += 1
        else:
            taken.append((each.attempt, answer))
            tally[State.SENT] += 1
    if taken:
        reports.accepted_many(taken, at=at)
    for name, answers in answered.items():
        breaker.note(way=flight.claim.ways[name], answers=answers, at=at)
    return tally


def _record(attempt: Attempt, answer: Answer, *, at: datetime) -> State:
    """Write down one answer; where that fails, the try stays open and is looked up later."""
    try:
        if isinstance(answer, TransportError):
            return reports.refused(attempt_id=attempt.pk, error=answer, at=at)
        reports.accepted(attempt_id=attempt.pk, receipt=answer, at=at)
        return State.FAILED
    except DatabaseError:
        raise
    except Exception:
        log.exception("Attempt %s: the answer cannot be taken in.", attempt.uid)
        return State.UNKNOWN
