"""Mails to one person: rendered in the person's language, queued with the texts, never sent from a request."""

import uuid
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import translation

from aftercare import mail_links
from notifications import addresses, outbox
from notifications.kinds import Kind
from notifications.models import Address, Message, Program, Sender

# RFC 2606 keeps this domain from ever being anybody's.
NOBODY = "nobody@portal.invalid"

# What log-in and the work of staff need has no link to end it.
NEEDED = (Kind.CODE, Kind.STAFF_PAGE, Kind.DIGEST)


def queue(
    *,
    program: Program,
    to: str,
    subject: str,
    body: str,
    kind: Kind,
    key: str,
    at: datetime,
    about: uuid.UUID | None = None,
    expires_at: datetime | None = None,
) -> Message:
    """Queue one plain mail; the engine reads the first line of a mail's body as its subject.

    `about` is the uid by which it is found again, to be called back.

    Raises outbox.NoSender where the program's mailbox is switched off.
    """
    address = addresses.get_or_make(channel=Sender.Channel.EMAIL, value=to.lower(), at=at)
    foot = "\n" if kind in NEEDED else mail_links.way_out(address=address)
    return outbox.queue(
        sender=mailbox(program),
        address=address,
        body=f"{' '.join(subject.split())}\n\n{body.strip()}{foot}",
        key=key,
        kind=kind,
        not_before=at,
        expires_at=expires_at,
        about=about,
        at=at,
    )


@transaction.atomic
def pretend(*, program: Program, subject: str, body: str, at: datetime) -> None:
    """Do all the work of queueing a mail, and leave none: how long a page takes tells nobody who is here.

    Raises outbox.NoSender as `queue` does.
    """
    nobody = addresses.get_or_make(channel=Sender.Channel.EMAIL, value=NOBODY, at=at)
    before = transaction.savepoint()
    key = f"nobody:{uuid.uuid4()}"
    queue(program=program, to=NOBODY, subject=subject, body=body, kind=Kind.CODE, key=key, at=at)
    transaction.savepoint_rollback(before)
    # What is written goes to the disk either way, which is the slowest part.
    Address.objects.filter(pk=nobody.pk).update(language=nobody.language)


def mailbox(program: Program) -> Sender:
    """What a program writes mail from; raises outbox.NoSender where it is switched off."""
    row(program)
    return outbox.sender_for(program=program, channel=Sender.Channel.EMAIL)


def row(program: Program) -> Sender:
    """The mailbox of a program, switched on or off.

    MAIL_FROM is the installation's, so each program can write; the row only lets it be switched off.
    """
    mailboxes = Sender.objects.filter(program=program, channel=Sender.Channel.EMAIL)
    found = mailboxes.order_by("pk").first()
    return found or Sender.objects.create(program=program, channel=Sender.Channel.EMAIL)


def render(*, name: str, language: str, **facts: object) -> tuple[str, str]:
    """Subject and body of templates/mail/<name>.txt; the first line of the file is the subject."""
    with translation.override(language or settings.LANGUAGE_CODE):
        text = render_to_string(f"mail/{name}.txt", facts).strip()
    subject, _, body = text.partition("\n")
    return subject.strip(), body.strip()
