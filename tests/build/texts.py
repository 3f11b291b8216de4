"""What goes out and what comes in."""

import uuid
from datetime import datetime

from aftercare.models import (
    CheckIn,
    Graduate,
    Reply,
)
from notifications.kinds import RULES, Kind
from notifications.models import (
    Address,
    Attempt,
    InboundMessage,
    Message,
    Sender,
)
from tests.build.people import (
    LONG_AGO,
    address,
    address_of,
    sender_of,
)


def message(
    *,
    graduate: Graduate,
    kind: Kind = Kind.PERSONAL,
    body: str = "Thinking of you this week.",
    state: Message.State = Message.State.SENT,
    at: datetime = LONG_AGO,
    key: str | None = None,
    reason: str = "",
) -> Message:
    """One text to a graduate, in the state given."""
    return Message.objects.create(
        key=key or f"test:{uuid.uuid4()}",
        program=graduate.program,
        sender=sender_of(graduate),
        address=address_of(graduate),
        about=graduate.uid,
        kind=kind,
        lane=RULES[kind].lane,
        body=body,
        state=state,
        reason=reason,
        not_before=at,
        next_at=at if state in Message.WAITING else None,
        queued_at=at,
        sent_at=at if state in (Message.State.SENT, Message.State.DELIVERED) else None,
    )


def attempt(
    *,
    message: Message,
    provider_id: str,
    status: str = "sent",
    at: datetime = LONG_AGO,
    next_ask_at: datetime | None = None,
) -> Attempt:
    """One try that the provider took."""
    return Attempt.objects.create(
        message=message,
        address=message.address,
        owner="worker",
        state=Attempt.State.SUBMITTED,
        provider_id=provider_id,
        status=status,
        started_at=at,
        ended_at=at,
        next_ask_at=next_ask_at,
    )


def inbound(
    *,
    sender: Sender,
    address: Address,
    body: str,
    at: datetime,
    read_at: datetime | None = None,
) -> InboundMessage:
    """One text that came in."""
    return InboundMessage.objects.create(
        program=sender.program,
        sender=sender,
        address=address,
        provider_id=f"SM{uuid.uuid4().hex}",
        body=body,
        received_at=at,
        read_at=read_at,
    )


def reply(
    *,
    graduate: Graduate,
    body: str = "Can we talk?",
    kind: Reply.Kind = Reply.Kind.NOTE,
    at: datetime = LONG_AGO,
    needs_person: bool = True,
    check_in: CheckIn | None = None,
    crisis: bool = False,
    tier: str = "",
) -> Reply:
    """One text of a graduate as it was read, waiting for a person."""
    received = inbound(
        sender=sender_of(graduate), address=address_of(graduate), body=body, at=at, read_at=at
    )
    return Reply.objects.create(
        inbound=received,
        graduate=graduate,
        check_in=check_in,
        kind=kind,
        crisis=crisis,
        tier=tier,
        note=body,
        at=at,
        needs_person=needs_person,
    )


def stranger(*, graduate: Graduate, body: str = "New phone!", at: datetime = LONG_AGO) -> Reply:
    """A text to the graduate's program from a number that nobody knows."""
    sent = address(confirmed_at=None)
    received = inbound(sender=sender_of(graduate), address=sent, body=body, at=at, read_at=at)
    return Reply.objects.create(
        inbound=received, kind=Reply.Kind.UNKNOWN_NUMBER, note=body, at=at, needs_person=True
    )
