"""Sending what is due: gates, claim, hand over, outcome; and settling what stayed unclear.

A text may be sent twice or lost wherever a process dies between the provider and our database.
So a claim is committed before the first byte leaves, it names a worker whose lock the system frees
at its death, and what a dead worker claimed is looked up at the provider, never sent again blindly.
"""

import logging
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import NamedTuple

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from notifications import facts, queue, reports, transports
from notifications.crypto import WrongKey
from notifications.gates import LOOK_AGAIN, Verdict, Way, last_moment, verdict
from notifications.kinds import Lane
from notifications.models import Attempt, Message
from notifications.settling import parcel_of, reconcile
from notifications.transports.base import Parcel, Receipt, Transport, TransportError
from notifications.transports.outcomes import Effect, Outcome

__all__ = ["Delivered", "deliver", "deliver_due", "reconcile"]

log = logging.getLogger(__name__)

State = Message.State

# How many messages one claim takes. A dead worker leaves no more than these to settle.
BATCH = 100
# What Twilio takes as ValidityPeriod, in seconds.
LONGEST_VALIDITY = 36_000
_ENDS = {Way.STOP: State.SUPPRESSED, Way.EXPIRE: State.EXPIRED, Way.WAIT: State.DEFERRED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """How many messages of one run went which way."""

    sent: int = 0
    suppressed: int = 0
    expired: int = 0
    deferred: int = 0
    failed: int = 0
    unknown: int = 0


class _Addressed(NamedTuple):
    """A parcel on its way: for which attempt, by which channel."""

    attempt: Attempt
    parcel: Parcel
    channel: str


class _Answered(NamedTuple):
    """What the provider said to an attempt."""

    attempt: Attempt
    answer: Receipt | TransportError


@dataclass
class _Claim:
    """One batch: what may be handed over, and how many the gates turned away."""

    parcels: list[_Addressed] = field(default_factory=list)
    turned_away: Counter[State] = field(default_factory=Counter)


def deliver_due(*, at: datetime, limit: int | None = None) -> Delivered:
    """Send everything due at this instant, or so many; any number of processes may do so at once.

    Ends when nothing is due any more, or when the provider takes nothing for now.
    Raises transports.UnknownTransport.
    """
    return _drain(Message.objects.all(), at=at, limit=limit)


def deliver(*, message_id: int, at: datetime) -> Delivered:
    """Send one message, if it is due and no gate is closed."""
    return _drain(Message.objects.filter(pk=message_id), at=at, limit=1)


def _drain(messages: "QuerySet[Message]", *, at: datetime, limit: int | None) -> Delivered:
    tally: Counter[State] = Counter()
    due, left = _due(messages, at), limit
    if not due.exists():
        return Delivered()
    with queue.worker() as owner:
        while left is None or left > 0:
            claim = _claim(due, owner=owner, at=at, room=min(BATCH, left or BATCH))
            answers = _hand_over(claim.parcels)
            tally.update(claim.turned_away)
            tally.update(_settle(answers, at=at))
            taken = len(claim.parcels) + claim.turned_away.total()
            if not taken or _is_busy(answers) or not due.exists():
                break
            left = None if left is None else left - taken
    return Delivered(
        sent=tally[State.SENT] + tally[State.DELIVERED],
        suppressed=tally[State.SUPPRESSED],
        expired=tally[State.EXPIRED],
        deferred=tally[State.DEFERRED],
        failed=tally[State.FAILED] + tally[State.UNDELIVERED],
        unknown=tally[State.UNKNOWN],
    )


def due(*, at: datetime) -> "QuerySet[Message]":
    """What is due at this instant."""
    return _due(Message.objects.all(), at)


def _due(messages: "QuerySet[Message]", at: datetime) -> "QuerySet[Message]":
    """What is due, without those whose recipient has a try that is not settled yet.

    Every lane is named because the index leads with it: one seek a lane, however many rows wait
    for a later time.
    """
    unsettled = Attempt.objects.filter(
        address=OuterRef("address"), next_look_at__isnull=False, is_urgent=False
    )
    return messages.filter(
        Q(lane=Lane.CRISIS) | ~Exists(unsettled),
        lane__in=list(Lane),
        next_at__lte=at,
        state__in=Message.WAITING,
    )


@transaction.atomic
def _claim(due: "QuerySet[Message]", *, owner: str, at: datetime, room: int) -> _Claim:
    """Take up to `room` messages, ask the gates, and commit what may leave as being sent.

    Locking the addresses, too, keeps a STOP out until the claim is committed, and another worker
    from taking a second message for the same person.
    """
    locked = (
        due.select_related("address", "sender", "program")
        .order_by("lane", "next_at", "pk")
        .select_for_update(skip_locked=True, of=("self", "address"))
    )
    claim = _Claim()
    going: list[Message] = []
    turned: list[Message] = []
    for message, answer in _judge(_one_each(locked[:room]), at=at):
        if answer.way is Way.GO:
            going.append(message)
            claim.parcels.append(_prepare(message, owner=owner, valid_until=answer.until, at=at))
        else:
            turned.append(_turn_away(message, answer, at=at))
            claim.turned_away[State(message.state)] += 1
    if turned:
        Message.objects.bulk_update(turned, ["state", "reason", "next_at", "ended_at"])
    if going:
        Message.objects.filter(pk__in=[message.pk for message in going]).update(
            state=State.SENDING, reason="", next_at=None, claimed_at=at, tries=F("tries") + 1
        )
        Attempt.objects.bulk_create([parcel.attempt for parcel in claim.parcels])
    return claim


def _one_each(messages: Iterable[Message]) -> list[Message]:
    """At most one message a recipient, and none for one with an open try; lane 0 waits for nobody.

    The tries are read after the rows were locked: another worker may have committed one meanwhile.
    """
    found = list(messages)
    open_tries = Attempt.objects.filter(
        address__in={message.address_id for message in found},
        next_look_at__isnull=False,
        is_urgent=False,
    )
    taken = set(open_tries.values_list("address_id", flat=True))
    chosen = []
    for message in found:
        if message.lane == Lane.CRISIS:
            chosen.append(message)
        elif message.address_id not in taken:
            taken.add(message.address_id)
            chosen.append(message)
    return chosen


def _judge(messages: list[Message], *, at: datetime) -> Iterator[tuple[Message, Verdict]]:
    """Ask the gates; a row that cannot be read waits by itself and stops nobody else.

    The verdict of one that may go says in `until` how long it may be under way.
    """
    reader = facts.Reader(messages, at=at)
    for message in messages:
        try:
            known = reader.of(message)
            answer = verdict(known, at=at)
            if answer.way is Way.GO:
                _ = message.body, message.address.value
                answer = Verdict(Way.GO, until=last_moment(known, at=at))
        except (LookupError, TypeError, ValueError, WrongKey):
            log.exception("Message #%s cannot be read.", message.pk)
            answer = Verdict(Way.WAIT, "internal", at + LOOK_AGAIN)
        yield message, answer


def _turn_away(message: Message, answer: Verdict, *, at: datetime) -> Message:
    message.state = _ENDS[answer.way]
    message.reason = answer.reason
    message.next_at = answer.until
    message.ended_at = None if answer.way is Way.WAIT else at
    return message


def _prepare(
    message: Message, *, owner: str, valid_until: datetime | None, at: datetime
) -> _Addressed:
    attempt = Attempt(
        message=message,
        address=message.address,
        owner=owner,
        is_urgent=message.lane == Lane.CRISIS,
        next_look_at=at + reports.SETTLE_WAIT,
        started_at=at,
    )
    valid_for = None
    if valid_until is not None:
        seconds = int((valid_until - at).total_seconds())
        valid_for = max(1, min(seconds, LONGEST_VALIDITY))
    return _Addressed(attempt, parcel_of(attempt, valid_for=valid_for), message.sender.channel)


def _hand_over(parcels: list[_Addressed]) -> list[_Answered]:
    """Hand the parcels over, several at once where the transport can; no transaction is open."""
    answers: list[_Answered] = []
    for channel in sorted({addressed.channel for addressed in parcels}):
        transport = transports.of_channel(channel)
        batch = [addressed for addressed in parcels if addressed.channel == channel]
        hands = min(transport.parallel, len(batch))
        if hands == 1:
            answers += [_hand_over_one(transport, addressed) for addressed in batch]
        else:
            with ThreadPoolExecutor(max_workers=hands) as pool:
                answers += pool.map(partial(_hand_over_one, transport), batch)
    return answers


def _hand_over_one(transport: Transport, addressed: _Addressed) -> _Answered:
    """Runs in a thread of its own, so it never touches the database."""
    try:
        return _Answered(addressed.attempt, transport.send(addressed.parcel))
    except TransportError as error:
        return _Answered(addressed.attempt, error)
    except Exception as error:
        # Whatever a library throws, the message may have left.
        log.exception("Attempt %s: the transport broke.", addressed.attempt.uid)
        return _Answered(
            addressed.attempt, TransportError(Outcome.AMBIGUOUS, detail=type(error).__name__)
        )


def _is_busy(answers: list[_Answered]) -> bool:
    """Whether the provider took nothing of all this for now."""
    return bool(answers) and all(
        isinstance(answered.answer, TransportError)
        and answered.answer.outcome.effect is Effect.BACK_OFF
        for answered in answers
    )


def _settle(answers: list[_Answered], *, at: datetime) -> Counter[State]:
    """Write down how it went: what was taken in one go, what was not one by one."""
    tally: Counter[State] = Counter()
    taken: list[tuple[Attempt, Receipt]] = []
    for attempt, answer in answers:
        if isinstance(answer, TransportError):
            tally[reports.refused(attempt_id=attempt.pk, error=answer, at=at)] += 1
        elif answer.status in reports.LOST:
            reports.accepted(attempt_id=attempt.pk, receipt=answer, at=at)
            tally[State.FAILED] += 1
        else:
            taken.append((attempt, answer))
            tally[State.SENT] += 1
    if taken:
        reports.accepted_many(taken, at=at)
    return tally
