"""What became of an attempt: the provider's answers and status reports, turned into states.

Reports come out of order, more than once and without a time of their own, so each is ranked and
only a higher rank than before changes anything (https://www.twilio.com/docs/messaging/guides).
"""

import logging
import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import connection, transaction

from notifications import addresses, consent
from notifications.models import Attempt, Callback, ConsentEvent, Message, Sender
from notifications.transports.base import Receipt, TransportError
from notifications.transports.outcomes import CODES, Effect, Outcome, of_code

log = logging.getLogger(__name__)

State = Message.State

RANKS = {"sent": 1, "undelivered": 2, "failed": 2, "canceled": 2, "delivered": 3, "read": 4}
# From here on nothing more is to be heard.
LAST_WORD = 2
ARRIVED = frozenset({"delivered", "read"})
LOST = frozenset({"undelivered", "failed", "canceled"})

# Waits of 1, 2, 4 ... 60 seconds while the provider takes nothing.
LONGEST_BACK_OFF = 60
# Trouble in the phone network passes, or it does not.
MOST_TRIES = 3
BETWEEN_TRIES = timedelta(minutes=15)
# How long after an unclear answer the provider is first asked.
SETTLE_WAIT = timedelta(seconds=60)
# How long a text without a last word goes before the provider is asked about it.
FIRST_ASK = timedelta(minutes=15)
# So many failures of one number say that it is dead.
NUMBER_FAILURES = 2


def rank(status: str) -> int:
    """How far a provider's word lies from "queued"."""
    return RANKS.get(status, 0)


def is_last_word(status: str) -> bool:
    """Whether nothing more is to be heard after it."""
    return rank(status) >= LAST_WORD


@transaction.atomic
def take_in(
    *, attempt_uid: uuid.UUID, provider_id: str, status: str, code: str, at: datetime
) -> None:
    """One status report: kept once, and acted upon if it says more than those before it."""
    attempt = Attempt.objects.filter(uid=attempt_uid).first()
    _, is_new = Callback.objects.get_or_create(
        provider_id=provider_id,
        status=status,
        code=code,
        defaults={"attempt": attempt, "received_at": at},
    )
    if attempt is not None and is_new:
        receipt = Receipt(provider_id=provider_id, status=status, code=code)
        accepted(attempt_id=attempt.pk, receipt=receipt, at=at)


@transaction.atomic
def accepted(*, attempt_id: int, receipt: Receipt, at: datetime) -> None:
    """The provider has the message, and this is its word on it."""
    attempt = Attempt.objects.select_for_update().get(pk=attempt_id)
    message = Message.objects.select_for_update().get(pk=attempt.message_id)
    is_known = attempt.state == Attempt.State.SUBMITTED
    if is_known and rank(receipt.status) <= rank(attempt.status):
        return
    attempt.state = Attempt.State.SUBMITTED
    attempt.provider_id = receipt.provider_id
    attempt.status = receipt.status
    attempt.code = receipt.code
    attempt.next_look_at = None
    attempt.ended_at = attempt.ended_at or at
    attempt.next_ask_at = _next_ask(attempt, at=at)
    attempt.save(
        update_fields=[
            "state",
            "provider_id",
            "status",
            "code",
            "next_look_at",
            "ended_at",
            "next_ask_at",
        ]
    )
    _move(message, attempt=attempt, at=at)


def _next_ask(attempt: Attempt, *, at: datetime) -> datetime | None:
    """After the last word there is nothing to ask, but a copy of the words to wipe once it was listed."""
    if is_last_word(attempt.status):
        return at if attempt.listed_at else None
    return attempt.next_ask_at or at + FIRST_ASK


@transaction.atomic
def accepted_many(taken: Sequence[tuple[Attempt, Receipt]], *, at: datetime) -> None:
    """The provider has these messages and none of them is lost: the same as `accepted`, at once."""
    # A status report may have been quicker than the answer, and then knows better.
    ours = Attempt.objects.filter(pk__in=[attempt.pk for attempt, _ in taken])
    still = ours.filter(state=Attempt.State.SUBMITTING).select_for_update()
    open_ones = set(still.values_list("pk", flat=True))
    known = [(attempt, receipt) for attempt, receipt in taken if attempt.pk in open_ones]
    if not known:
        return
    heard = {attempt.pk for attempt, receipt in known if is_last_word(receipt.status)}
    for tries, ask_at in ((heard, None), (open_ones - heard, at + FIRST_ASK)):
        if tries:
            ours.filter(pk__in=tries).update(
                state=Attempt.State.SUBMITTED, next_look_at=None, ended_at=at, next_ask_at=ask_at
            )
    # A bulk update's CASE a column and row, or an upsert, takes many times as long.
    with connection.cursor() as cursor:
        cursor.executemany(
            "UPDATE notifications_attempt SET provider_id = %s, status = %s WHERE id = %s",
            [(receipt.provider_id, receipt.status, attempt.pk) for attempt, receipt in known],
        )
    arrived = [attempt.message_id for attempt, receipt in known if receipt.status in ARRIVED]
    under_way = Message.objects.filter(state=State.SENDING)
    if arrived:
        under_way.filter(pk__in=arrived).update(
            state=State.DELIVERED, sent_at=at, delivered_at=at, ended_at=at
        )
    rest_of_them = {attempt.message_id for attempt, _ in known}.difference(arrived)
    if rest_of_them:
        under_way.filter(pk__in=rest_of_them).update(state=State.SENT, sent_at=at)


def _move(message: Message, *, attempt: Attempt, at: datetime) -> None:
    if attempt.status in ARRIVED:
        message.sent_at = message.sent_at or at
        message.delivered_at = message.delivered_at or at
        _end(message, state=State.DELIVERED, reason="", at=at)
    elif Attempt.objects.filter(message=message, pk__gt=attempt.pk).exists():
        return  # a later try speaks for the message now
    elif attempt.status in LOST:
        _lose(message, status=attempt.status, code=attempt.code, at=at)
    elif message.state in (State.SENDING, State.UNKNOWN, *Message.WAITING):
        # Waiting again, although it had left after all: the wait is over.
        message.sent_at = at
        _end(message, state=State.SENT, reason="", at=None)


def _lose(message: Message, *, status: str, code: str, at: datetime) -> None:
    """The provider took it and could not deliver it."""
    if message.state not in (State.SENDING, State.SENT, State.UNKNOWN, *Message.WAITING):
        return
    message.sent_at = message.sent_at or at
    outcome = of_code(code)
    reason = "not_delivered" if outcome is Outcome.REFUSED else outcome.reason
    _consequences(message, outcome=outcome, code=code, at=at)
    again_at = _again_at(message, outcome=outcome, at=at)
    if again_at is not None:
        _wait(message, until=again_at, reason=reason)
    elif outcome.effect is Effect.EXPIRE:
        _end(message, state=State.EXPIRED, reason=reason, at=at)
    else:
        lost = State.UNDELIVERED if status == "undelivered" else State.FAILED
        _end(message, state=lost, reason=reason, at=at)


@transaction.atomic
def refused(*, attempt_id: int, error: TransportError, at: datetime) -> State:
    """The provider did not take the message, or nobody knows; returns the message's new state."""
    attempt = Attempt.objects.select_for_update().get(pk=attempt_id)
    message = Message.objects.select_for_update().get(pk=attempt.message_id)
    if attempt.state != Attempt.State.SUBMITTING:
        return State(message.state)  # a status report was quicker and knows better
    outcome = error.outcome
    attempt.code = error.code
    if outcome.effect is Effect.ASK:
        attempt.state = Attempt.State.UNKNOWN
        attempt.next_look_at = at + SETTLE_WAIT
        attempt.save(update_fields=["state", "code", "next_look_at"])
        _end(message, state=State.UNKNOWN, reason=outcome.reason, at=None)
        return State.UNKNOWN
    final = outcome.effect.is_final
    attempt.state = Attempt.State.REJECTED if final else Attempt.State.NOT_SENT
    attempt.next_look_at = None
    attempt.ended_at = at
    attempt.save(update_fields=["state", "code", "next_look_at", "ended_at"])
    _consequences(message, outcome=outcome, code=error.code, at=at)
    again_at = _again_at(message, outcome=outcome, at=at, retry_after=error.retry_after)
    if again_at is not None:
        _wait(message, until=again_at, reason=outcome.reason)
    else:
        ended = State.SUPPRESSED if outcome is Outcome.OPTED_OUT else State.FAILED
        _end(message, state=ended, reason=outcome.reason, at=at)
    return State(message.state)


def _again_at(
    message: Message, *, outcome: Outcome, at: datetime, retry_after: int | None = None
) -> datetime | None:
    """When the message is tried again; None where it is not. The gates end it when it is late."""
    spread = fraction(message)
    if outcome.effect is Effect.BACK_OFF:
        longest = min(2 ** max(message.tries - 1, 0), LONGEST_BACK_OFF)
        wait = max(longest * (0.5 + spread / 2), retry_after or 0)
        return at + timedelta(seconds=wait)
    if outcome.effect is Effect.HOLD:
        return at + outcome.rest
    if outcome.effect is Effect.LATER and message.tries < MOST_TRIES:
        return at + BETWEEN_TRIES * message.tries * (1 + spread)
    return None


def fraction(message: Message) -> float:
    """A number from 0 to 1 of the message's own: jitter that is the same when asked again."""
    return (message.uid.int & 0xFFFF) / 0x10000


def _consequences(message: Message, *, outcome: Outcome, code: str, at: datetime) -> None:
    """What the answer says about the address or the sender, beyond this one message."""
    address = message.address
    if outcome.effect is Effect.STOP:
        if address.opted_out_at is None:
            source = ConsentEvent.Source.PROVIDER
            consent.revoke(address=address, source=source, words=code, at=at)
    elif outcome.effect is Effect.MARK or (
        outcome is Outcome.NUMBER_TWICE and _failures(message) >= NUMBER_FAILURES
    ):
        addresses.mark_unreachable(address=address, reason=outcome.reason, at=at)
    elif outcome.effect is Effect.HOLD:
        rest(sender=message.sender, outcome=outcome, code=code, at=at)
    elif outcome is Outcome.OUR_BUG:
        log.error("Message #%s cannot be sent as it is: provider code %s.", message.pk, code)


def _failures(message: Message) -> int:
    """How many messages to this address ended so, this one included."""
    codes = [code for code, outcome in CODES.items() if outcome is Outcome.NUMBER_TWICE]
    failed = Attempt.objects.filter(address_id=message.address_id, code__in=codes)
    return failed.values("message").distinct().count()


def rest(*, sender: Sender, outcome: Outcome, code: str, at: datetime) -> None:
    """Let a sender rest: what it should send waits, and the operator reads why in the log."""
    Sender.objects.filter(pk=sender.pk).update(
        paused_until=at + outcome.rest, paused_reason=f"{outcome.reason} {code}".strip()
    )
    log.error(
        "Sender #%s rests until %s: %s (provider code %s). Its messages wait.",
        sender.pk,
        at + outcome.rest,
        outcome.reason,
        code or "none",
    )


def _wait(message: Message, *, until: datetime, reason: str) -> None:
    message.state = State.DEFERRED
    message.reason = reason
    message.next_at = until
    message.save(update_fields=["state", "reason", "next_at", "sent_at"])


def _end(message: Message, *, state: State, reason: str, at: datetime | None) -> None:
    message.state = state
    message.reason = reason
    message.next_at = None
    message.ended_at = at
    message.save(
        update_fields=["state", "reason", "next_at", "ended_at", "sent_at", "delivered_at"]
    )
