"""What is to be sent: queued once by key, cancelled while it waits, told what became of it."""

import uuid
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from notifications import reports, text
from notifications.kinds import RULES, Kind
from notifications.models import Address, Message, Program, Sender

if TYPE_CHECKING:
    from portal.models import User

# The longest text that phone companies take (Twilio: Message resource, `Body`).
LONGEST_TEXT = 1600
# Nothing waits for ever: what nobody gave an end is of no use after this.
LONGEST_USE = timedelta(days=3)


class NoSender(Exception):
    """The program has nothing to send from; the message names the remedy."""


class BodyNotSendable(ValueError):
    """The body is empty or too long for a text."""


def sender_for(*, program: Program, channel: str = Sender.Channel.SMS) -> Sender:
    """What the program sends from on this channel; raises NoSender."""
    senders = Sender.objects.filter(program=program, channel=channel)
    sender = senders.filter(is_on=True).order_by("pk").first()
    if sender is None:
        thing = "number to text" if channel == Sender.Channel.SMS else "mailbox to write"
        raise NoSender(
            f"The program has no {thing} from. Add one with `python manage.py setup`, "
            "or switch one on."
        )
    return sender


def queue(
    *,
    sender: Sender,
    address: Address,
    body: str,
    key: str,
    kind: Kind,
    not_before: datetime,
    expires_at: datetime | None = None,
    about: uuid.UUID | None = None,
    author: "User | None" = None,
    at: datetime | None = None,
) -> Message:
    """Put a message into the outbox; the one with the same key, if there is one, stays as it is.

    Nothing is sent here and no gate is asked: both happen when it is due. `key` names the reason
    for the message once and for all; `about` is an id of the caller's, to find it again by.
    Without `expires_at` it is of use for three days. Raises BodyNotSendable.
    """
    body = _sendable(body, channel=sender.channel)
    message = Message(
        key=key,
        program_id=sender.program_id,
        sender=sender,
        address=address,
        about=about,
        kind=kind,
        lane=RULES[kind].lane,
        body=body,
        segments=_segments(body, channel=sender.channel),
        author=author,
        not_before=not_before,
        next_at=not_before,
        expires_at=expires_at or not_before + LONGEST_USE,
        queued_at=at or not_before,
    )
    Message.objects.bulk_create([message], ignore_conflicts=True)
    stored = Message.objects.filter(key=key).first()
    if stored is None:
        # SQLite ignores every broken rule of a row, not just its key; this one names it.
        message.save(force_insert=True)
    return stored or message


def cancel(
    *,
    at: datetime,
    reason: str,
    about: uuid.UUID | None = None,
    key: str | None = None,
    kinds: Collection[Kind] | None = None,
) -> int:
    """Cancel what still waits, by whom it is about or by key, of some kinds or of all.

    `reason` is a code of notifications.reasons. Returns how many were cancelled.
    Raises ValueError where neither `about` nor `key` is given.
    """
    if about is None and key is None:
        raise ValueError("Say by `about` or `key` what to cancel.")
    waiting = Message.objects.all()
    if about is not None:
        waiting = waiting.filter(about=about)
    if key is not None:
        waiting = waiting.filter(key=key)
    if kinds is not None:
        waiting = waiting.filter(kind__in=kinds)
    return waiting.cancel(reason=reason, at=at)


def is_waiting(*, key: str) -> bool:
    """Whether the message with this key is there and has not left yet."""
    return Message.objects.filter(key=key, state__in=Message.WAITING).exists()


def record_status(
    *,
    attempt_uid: uuid.UUID,
    provider_id: str,
    status: str,
    code: str = "",
    at: datetime,
) -> None:
    """Take in one status report of the provider; each is kept once and states only move forward."""
    reports.take_in(
        attempt_uid=attempt_uid, provider_id=provider_id, status=status, code=code, at=at
    )


def _segments(body: str, *, channel: str) -> int:
    """By how much it counts against a pace and a day; a mail is one piece, however long."""
    return text.segments(body).count if channel == Sender.Channel.SMS else 1


def _sendable(body: str, *, channel: str) -> str:
    """The body in the characters that travel best; a mail keeps its own."""
    if channel == Sender.Channel.SMS:
        body = text.plain(body).strip()
    if not body or (channel == Sender.Channel.SMS and len(body) > LONGEST_TEXT):
        raise BodyNotSendable(f"A text needs 1 to {LONGEST_TEXT:,} characters, not {len(body):,}.")
    return body
