"""Texts of one graduate to the number of their program, read as the job reads them."""

from datetime import UTC, datetime, timedelta

from aftercare import replies
from aftercare.models import (
    Answer,
    CheckIn,
    DisengagementSignal,
    Graduate,
    Reply,
)
from notifications.kinds import Kind
from notifications.models import Message
from tests import build

Kinds = Reply.Kind
# A Tuesday, ten in the morning in New York.
AT = datetime(2026, 3, 10, 14, 0, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
QUESTIONS = ("rough", "sure", "kept")


def asked(graduate: Graduate, questions: tuple[str, ...] = QUESTIONS) -> CheckIn:
    return build.check_in(graduate=graduate, opens_at=AT, questions=questions)


def text(graduate: Graduate, body: str, at: datetime = AT + HOUR, media: int = 0) -> str | None:
    """The graduate texts the program's number; returns what was said back in the same breath."""
    return receive(graduate, body, at=at, media=media).answer


ids = iter(range(10**6))


def receive(
    graduate: Graduate,
    body: str,
    at: datetime = AT + HOUR,
    media: int = 0,
    provider_id: str | None = None,
) -> replies.Received:
    return replies.receive(
        to=build.sender_of(graduate).number,
        sender=build.address_of(graduate).value,
        body=body,
        provider_id=provider_id or f"SM{next(ids)}",
        media=media,
        at=at,
    )


def say(graduate: Graduate, body: str, at: datetime = AT + HOUR, media: int = 0) -> Reply:
    """The same, the job reads it, and what it says to it leaves."""
    received = receive(graduate, body, at=at, media=media)
    replies.read_unread(at=at)
    Message.objects.filter(kind=Kind.REPLY, state=Message.State.DUE).update(
        state=Message.State.SENT, sent_at=at
    )
    return Reply.objects.get(inbound=received.inbound)


def said(graduate: Graduate) -> list[str]:
    """What the portal answered."""
    found = Message.objects.filter(about=graduate.uid, kind=Kind.REPLY).order_by("pk")
    return [message.body for message in found]


def kept(graduate: Graduate) -> dict[str, object]:
    found = Answer.objects.filter(check_in__graduate=graduate)
    return {answer.question: answer.content["value"] for answer in found}


def urgent(graduate: Graduate) -> list[tuple[str, str]]:
    found = DisengagementSignal.objects.filter(graduate=graduate).order_by("pk")
    return [(signal.kind, signal.reasons[0]["code"]) for signal in found]


def stranger(body: str, at: datetime = AT) -> replies.Received:
    program = build.program()
    received = replies.receive(
        to=program.senders.get().number,
        sender=build.phone(),
        body=body,
        provider_id=f"SM{next(ids)}",
        at=at,
    )
    replies.read_unread(at=at)
    return received
