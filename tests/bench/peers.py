"""How others do it, with the same client and tables: a job a text, a schedule a text, a bare loop.

The jobs write less than the portal does (one update a text, and no claim before the post) and read
nothing but the row, which favours them. The bare loop is the limit: the same writes and the same
posts by the same client, with nothing to decide and everything at hand.
`python -m tests.bench.peers PART PARTS` is one process of that loop.
"""

import sys
from concurrent.futures import ThreadPoolExecutor

import django

# How many texts the bare loop writes down at once.
CHUNK = 400


def send_one(message_id: int) -> None:
    """The job of one text: read it, post it, write down that it was sent."""
    from notifications import clock
    from notifications.models import Attempt, Message
    from notifications.settling import parcel_of
    from notifications.transports import twilio

    message = Message.objects.select_related("address", "sender").get(pk=message_id)
    twilio.transport().send(parcel_of(Attempt(message=message)))
    Message.objects.filter(pk=message_id).update(
        state=Message.State.SENT, sent_at=clock.now(), next_at=None
    )


def bare_loop(part: int, parts: int) -> None:
    """Post every so-many-th text: all are read first, then written and posted chunk by chunk."""
    from notifications.models import Message
    from notifications.transports import twilio

    transport = twilio.transport()
    waiting = Message.objects.filter(state=Message.State.DUE).select_related("address", "sender")
    mine = [message for message in waiting.order_by("pk") if message.pk % parts == part]
    for message in mine:
        _ = message.body, message.address.value  # opened beforehand: opening is no part of it
    with ThreadPoolExecutor(transport.parallel) as pool:
        for begin in range(0, len(mine), CHUNK):
            _send_chunk(mine[begin : begin + CHUNK], pool)


def _send_chunk(chunk: list, pool: ThreadPoolExecutor) -> None:  # type: ignore[type-arg]
    from django.db import transaction

    from notifications import clock
    from notifications.models import Attempt, Message
    from notifications.settling import parcel_of
    from notifications.transports import twilio

    at = clock.now()
    attempts = [
        Attempt(
            message=message,
            address=message.address,
            owner="bare",
            started_at=at,
            next_look_at=at,
        )
        for message in chunk
    ]
    rows = Message.objects.filter(pk__in=[message.pk for message in chunk])
    with transaction.atomic():
        Attempt.objects.bulk_create(attempts)
        rows.update(state=Message.State.SENDING, claimed_at=at, next_at=None, tries=1)
    receipts = pool.map(twilio.transport().send, [parcel_of(attempt) for attempt in attempts])
    for attempt, receipt in zip(attempts, receipts, strict=True):
        attempt.state = Attempt.State.SUBMITTED
        attempt.provider_id, attempt.status = receipt.provider_id, receipt.status
        attempt.next_look_at, attempt.ended_at = None, at
    with transaction.atomic():
        Attempt.objects.bulk_update(
            attempts, ["state", "provider_id", "status", "next_look_at", "ended_at"]
        )
        rows.update(state=Message.State.SENT, sent_at=at)


if __name__ == "__main__":
    django.setup()
    bare_loop(int(sys.argv[1]), int(sys.argv[2]))
