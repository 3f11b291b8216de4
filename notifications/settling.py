"""Settling what stayed unclear: the provider is asked, twice and far enough apart, before anything.

At most one unsettled try stands for a recipient, so what the provider lists for that number and
body has one meaning. What it does not list either was never sent, and is sent once more only
where the person asked for it; everything else is left to a person to decide.
"""

import logging
from collections import defaultdict
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from notifications import queue, reports, transports
from notifications.kinds import Kind, Lane
from notifications.models import Attempt, Message
from notifications.transports.base import Parcel, Receipt, TransportError, at_once

log = logging.getLogger(__name__)

# Looks at the provider, so far apart that by then it has listed whatever it has.
LOOKS = 2
SETTLE_GAP = timedelta(seconds=130)
AT_ONCE = 50
# A machine's clock may leap ahead and back by days, and the provider goes by its own. What else was
# sent to this recipient in that time is known by its id and taken for nothing else.
CLOCKS_DIFFER = timedelta(days=3)
# Stands where a worker's name would: of a try that a database put back may have forgotten.
FORGOTTEN = "restored"
AT_A_TIME = 500


def ripe(*, at: datetime) -> "QuerySet[Attempt]":
    """Unsettled tries that it is time to look up."""
    return Attempt.objects.filter(next_look_at__lte=at)


@transaction.atomic
def doubt_due(*, since: datetime, at: datetime) -> int:
    """Have the provider asked about all that is due before any of it is sent; returns how many.

    For a database put back from a backup made at `since`: what it shows as due may have left.
    """
    waiting = Message.objects.filter(state__in=Message.WAITING, next_at__lte=at)
    found = list(waiting.select_for_update().values_list("pk", "address_id"))
    Attempt.objects.bulk_create(
        [
            Attempt(
                message_id=message,
                address_id=address,
                owner=FORGOTTEN,
                # Several to one person may be in doubt; each is known by its words.
                is_urgent=True,
                state=Attempt.State.UNKNOWN,
                next_look_at=at,
                started_at=since,
            )
            for message, address in found
        ],
        batch_size=AT_A_TIME,
    )
    waiting.update(
        state=Message.State.UNKNOWN, reason="asking_provider", next_at=None, claimed_at=at
    )
    return len(found)


def reconcile(*, at: datetime) -> int:
    """Look up every unsettled try that is ripe; returns how many were settled.

    Ripe is what was unclear a minute ago, or was being sent a minute ago by a worker whose lock is
    free. Safe in several processes at once.
    """
    found = (
        ripe(at=at)
        .order_by("next_look_at", "pk")
        .select_related("message__address", "message__sender")[:AT_ONCE]
    )
    in_doubt: defaultdict[str, list[Attempt]] = defaultdict(list)
    for attempt in found:
        if attempt.state == Attempt.State.SUBMITTING and queue.is_held(name=attempt.owner):
            _look_again(attempt, at=at + reports.SETTLE_WAIT)
        else:
            in_doubt[attempt.message.sender.channel].append(attempt)
    return sum(
        _settle(attempt, listed, at=at)
        for channel, attempts in in_doubt.items()
        for attempt, listed in zip(attempts, _look_up(channel, attempts), strict=True)
    )


def _look_up(channel: str, attempts: list[Attempt]) -> list[list[Receipt] | TransportError]:
    way = transports.of_channel(channel)
    return at_once(
        way=way,
        ask=lambda attempt: way.find(parcel_of(attempt), since=attempt.started_at - CLOCKS_DIFFER),
        things=attempts,
    )


def _settle(attempt: Attempt, listed: list[Receipt] | TransportError, *, at: datetime) -> bool:
    if isinstance(listed, TransportError):
        log.warning("Attempt %s: the provider cannot be asked (%s).", attempt.uid, listed)
        _look_again(attempt, at=at + reports.SETTLE_WAIT)
        return False
    receipt = _not_known(listed)
    if receipt is not None:
        reports.accepted(attempt_id=attempt.pk, receipt=receipt, at=at)
        return True
    return _not_found(attempt_id=attempt.pk, looks=attempt.looks, at=at)


def _look_again(attempt: Attempt, *, at: datetime) -> None:
    Attempt.objects.filter(pk=attempt.pk, state=attempt.state).update(next_look_at=at)


def _not_known(listed: list[Receipt]) -> Receipt | None:
    """What the provider has of a try: the oldest that no other try of ours is known as."""
    ids = [receipt.provider_id for receipt in listed]
    known = set(Attempt.objects.filter(provider_id__in=ids).values_list("provider_id", flat=True))
    return next((receipt for receipt in listed if receipt.provider_id not in known), None)


def parcel_of(attempt: Attempt, *, valid_for: int | None = None) -> Parcel:
    """What an attempt hands over; `valid_for` is how long the provider may hold it, in seconds."""
    message = attempt.message
    return Parcel(
        to=message.address.value,
        body=message.body,
        number=message.sender.number,
        messaging_service=message.sender.messaging_service,
        attempt_uid=attempt.uid,
        valid_for=valid_for,
    )


@transaction.atomic
def _not_found(*, attempt_id: int, looks: int, at: datetime) -> bool:
    """Count a look in vain; after the last, the policy decides. Whether it is settled now.

    `looks` is how many there were before it: two processes that look at the same moment have
    looked once, because the second look is worth something only after the gap.
    """
    attempt = Attempt.objects.select_for_update().get(pk=attempt_id)
    message = Message.objects.select_for_update().get(pk=attempt.message_id)
    if attempt.state not in Attempt.OPEN or attempt.looks != looks:
        return False  # somebody else settled it or looked meanwhile
    attempt.looks += 1
    message.state = Message.State.UNKNOWN
    message.reason = "asking_provider"
    if attempt.looks < LOOKS:
        attempt.state = Attempt.State.UNKNOWN
        attempt.next_look_at = at + SETTLE_GAP
    else:
        attempt.next_look_at = None
        attempt.ended_at = at
        if attempt.owner == FORGOTTEN:
            # Nothing of before the backup was put back is still on its way to the provider.
            attempt.state = Attempt.State.NOT_SENT
            _send_again(message, at=at)
        else:
            attempt.state = Attempt.State.UNSETTLED
            _apply_policy(message, at=at)
    attempt.save(update_fields=["state", "looks", "next_look_at", "ended_at"])
    message.save(update_fields=["state", "reason", "next_at", "unsettled_at"])
    return attempt.next_look_at is None


def _apply_policy(message: Message, *, at: datetime) -> None:
    """What a person asked for is sent once more; pages to staff until they arrive; nothing else."""
    earlier = Attempt.objects.filter(message=message, state=Attempt.State.UNSETTLED).exists()
    if message.kind == Kind.STAFF_PAGE or (message.lane == Lane.ASKED and not earlier):
        _send_again(message, at=at)
    else:
        message.reason = "unsettled"
        message.unsettled_at = at
        log.error("Message #%s: nobody knows whether it was sent. A person decides.", message.pk)


def _send_again(message: Message, *, at: datetime) -> None:
    message.state, message.reason, message.next_at = Message.State.DUE, "", at
