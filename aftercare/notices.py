"""Discreet notices that a way into an account has changed, for the owner who did not change it."""

import uuid
from contextlib import suppress
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from aftercare import mail, wording
from aftercare.models import Contact, Graduate
from notifications import outbox
from notifications.kinds import Kind
from notifications.models import Sender

if TYPE_CHECKING:
    from portal.models import User

# News of yesterday's change alarms more than it helps.
LIFE = timedelta(days=1)


def sign_in_changed(*, user: "User", at: datetime) -> None:
    """Text each confirmed phone of a log-in that its sign-in was changed; mails are the log-in's own."""
    contacts = Contact.objects.filter(
        graduate__user=user,
        until__isnull=True,
        confirmed_at__isnull=False,
        address__channel=Sender.Channel.SMS,
    ).exclude(graduate__status__in=(Graduate.Status.LEFT, Graduate.Status.DECEASED))
    for contact in contacts.select_related("graduate__program", "address").order_by("pk"):
        _text(contact=contact, name="sign_in_changed", at=at)


def number_changed(*, old: Contact, by_text: bool, at: datetime) -> None:
    """Tell the mailbox of the log-in, and the number until now, that another number took its place.

    Without `by_text`, the number may be somebody else's by now and hears nothing.
    """
    graduate = old.graduate
    others = Contact.objects.filter(address=old.address_id, until__isnull=True)
    if by_text and old.confirmed_at and not others.exists():
        _text(contact=old, name="number_changed", at=at)
    mailbox = graduate.user.email if graduate.user else ""
    if not mailbox:
        return
    subject, body = mail.render(name="number_changed", language=graduate.language)
    with suppress(outbox.NoSender):
        mail.queue(
            program=graduate.program,
            to=mailbox,
            subject=subject,
            body=body,
            kind=Kind.CODE,
            key=f"notice:{uuid.uuid4()}",
            at=at,
        )


def _text(*, contact: Contact, name: str, at: datetime) -> None:
    graduate = contact.graduate
    with suppress(outbox.NoSender):
        outbox.queue(
            sender=outbox.sender_for(program=graduate.program),
            address=contact.address,
            body=wording.text(
                name=name,
                language=graduate.language,
                alias=graduate.program.alias,
                phone=graduate.program.phone,
            ),
            key=f"notice:{uuid.uuid4()}",
            kind=Kind.CODE,
            not_before=at,
            expires_at=at + LIFE,
            about=graduate.uid,
            at=at,
        )
