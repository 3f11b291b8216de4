"""Discreet notices: to an owner, that a way into the account has changed; to leads, that something waits.

None says what or of whom.
"""

import uuid
from contextlib import suppress
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from django.conf import settings
from django.db.models import Q
from django.urls import reverse

from aftercare import mail, wording
from aftercare.models import Contact, Graduate, Role
from notifications import outbox
from notifications.kinds import Kind
from notifications.models import Program, Sender

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


def tell_leads(*, program: Program, key: str, at: datetime) -> int:
    """Queue one nameless mail to each lead, once by key; returns to how many.

    Without a mailbox to write from the list on the page has to do.
    """
    roles = Role.objects.filter(
        Q(until__isnull=True) | Q(until__gt=at), program=program, kind=Role.Kind.LEAD, since__lte=at
    )
    leads = {role.user_id: role.user for role in roles.select_related("user").order_by("pk")}
    told = 0
    for user in leads.values():
        subject, body = mail.render(
            name="oversight",
            language=user.language,
            link=urljoin(f"{settings.PUBLIC_URL}/", reverse("oversight")),
        )
        with suppress(outbox.NoSender):
            if user.email:
                mail.queue(
                    program=program,
                    to=user.email,
                    subject=subject,
                    body=body,
                    kind=Kind.CODE,
                    key=f"oversight:{key}:{user.pk}",
                    at=at,
                )
                told += 1
    return told
