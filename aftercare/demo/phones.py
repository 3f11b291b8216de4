"""The simulated phones: what each got, and what its owner texts back."""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Max

from aftercare import jobs, replies
from aftercare.models import Contact
from notifications.fields import blind_index
from notifications.inbound import answer_of
from notifications.models import Address, ClockOffset, InboundMessage, Message, Sender

SHOWN = (Message.State.SENT, Message.State.DELIVERED)
LONGEST_STEP = timedelta(hours=1)


class NoSuchPhone(Exception):
    """No demo graduate has this number."""


@dataclass(frozen=True)
class Bubble:
    """One text on a phone; `mine` is what the phone's owner wrote."""

    body: str
    at: datetime
    mine: bool
    state: str


@dataclass(frozen=True)
class Phone:
    """One simulated phone with its newest texts, the newest first."""

    number: str
    name: str
    zone: str
    texts: tuple[Bubble, ...]


def phones(*, words: str = "", most: int = 12) -> list[Phone]:
    """The phones with the newest texts first; `words` narrows them by owner's name or number."""
    contacts = (
        Contact.objects.filter(until__isnull=True, address__channel=Sender.Channel.SMS)
        .filter(graduate__program__is_demo=True)
        .select_related("graduate", "address")
        .annotate(last=Max("address__messages__sent_at"))
        .order_by("-last", "pk")
    )
    found = []
    for contact in contacts:
        name, number = contact.graduate.name, contact.address.value
        if words.casefold() not in f"{name} {number}".casefold():
            continue
        texts = tuple(reversed(_texts(contact.address, most=8)))
        found.append(Phone(number, name, contact.graduate.time_zone, texts))
        if len(found) == most:
            break
    return found


def texts(*, number: str) -> list[Bubble]:
    """Every text of one phone, oldest first; raises NoSuchPhone."""
    return _texts(_address(number))


def _address(number: str) -> Address:
    address = Address.objects.filter(
        index=blind_index(value=number, purpose=Sender.Channel.SMS)
    ).first()
    if address is None:
        raise NoSuchPhone(number)
    return address


def _texts(address: Address, most: int | None = None) -> list[Bubble]:
    sent = address.messages.filter(state__in=SHOWN, sent_at__isnull=False).order_by("-sent_at")
    came = address.inbound.order_by("-received_at")
    bubbles = [Bubble(m.body, m.sent_at or m.queued_at, False, m.state) for m in sent[:most]]
    for inbound in came[:most]:
        bubbles.append(Bubble(inbound.body, inbound.received_at, True, "received"))
        if answer := answer_of(inbound):
            bubbles.append(Bubble(answer, inbound.received_at, False, "delivered"))
    # What answers a text on the spot stands after it.
    bubbles.sort(key=lambda bubble: (bubble.at, not bubble.mine))
    return bubbles[-most:] if most else bubbles


def reply(*, number: str, body: str, at: datetime) -> str | None:
    """Text from a phone to its program's number; the answer that rides back at once, if any.

    Raises NoSuchPhone.
    """
    address = _address(number)
    sender = _sender_of(address)
    received = replies.receive(
        to=sender.number, sender=number, body=body, provider_id=f"SM{uuid.uuid4().hex}", at=at
    )
    return received.answer


def _sender_of(address: Address) -> Sender:
    last: Message | InboundMessage | None = address.messages.order_by("-queued_at").first()
    last = last or address.inbound.order_by("-received_at").first()
    if last is not None:
        return last.sender
    contact = address.contacts.filter(until__isnull=True).select_related("graduate").first()
    if contact is None:
        raise NoSuchPhone(str(address))
    return Sender.objects.get(program=contact.graduate.program, channel=Sender.Channel.SMS)


def forward(*, at: datetime, minutes: int) -> dict[str, int]:
    """Move the demo's clock forward by steps of an hour at most, running the same jobs at each stop.

    Returns the summed counts of the ticks.
    """
    done: dict[str, int] = {}
    now, end = at, at + timedelta(minutes=minutes)
    while now < end:
        step = min(LONGEST_STEP, end - now)
        now += step
        row, _ = ClockOffset.objects.get_or_create(pk=1)
        row.offset_seconds += int(step.total_seconds())
        row.save(update_fields=["offset_seconds"])
        for name, count in jobs.tick(at=now).items():
            if isinstance(count, int):
                done[name] = done.get(name, 0) + count
    return done
