"""Enough of it: by whatever door somebody says so, all that is sent to them ends at once.

By text it is the engine that obeys (`notifications.inbound`); here are a page, a mail's link, and staff.
Rules: 47 CFR 64.1200(a)(10), any reasonable means; 15 U.S.C. 7704(a)(3) and RFC 8058 for mail.
"""

from datetime import datetime

from django.db import transaction

from aftercare import mail_links, phones, record, wording
from aftercare.models import AuditEntry, Contact, Graduate
from aftercare.record import Actor
from notifications import consent
from notifications.keywords import Keyword, keyword
from notifications.models import ConsentEvent

_SAYS_STOP = (Keyword.STOP, Keyword.OPT_OUT)


def is_said(*, text: str) -> bool:
    """Whether somebody says, in a carrier's word or in their own, that nothing is to be sent."""
    return keyword(text) in _SAYS_STOP


@transaction.atomic
def stop(
    *,
    graduate: Graduate,
    words: str,
    source: ConsentEvent.Source,
    actor: Actor,
    at: datetime,
) -> int:
    """End everything that is sent to every phone and mailbox of a graduate; returns what was called back.

    `words` are what the person said. Answers to danger still come.
    """
    cancelled = 0
    contacts = Contact.objects.filter(graduate=graduate, until__isnull=True)
    for contact in contacts.select_related("address").order_by("pk"):
        if contact.address.opted_out_at is None:
            cancelled += consent.revoke(
                address=contact.address, source=source, words=words, at=at, actor=actor.user
            )
            record.write(
                actor=actor, verb=AuditEntry.Verb.CONSENTED, thing=contact, graduate=graduate, at=at
            )
    Graduate.objects.filter(pk=graduate.pk).update(assess_at=at)
    return cancelled


def goodbye(*, graduate: Graduate) -> str:
    """What is said back, on the page where it was asked."""
    return wording.text(name="goodbye", language=graduate.language, phone=graduate.program.phone)


def has_stopped(*, graduate: Graduate) -> bool:
    """Whether nothing is sent to the phone of a graduate any more."""
    contact = phones.contact_of(graduate=graduate)
    return contact is not None and contact.address.opted_out_at is not None


@transaction.atomic
def stop_mail(*, token: str, at: datetime) -> None:
    """No more mails to this mailbox, but for those that log-in needs; raises mail_links.UnknownToken."""
    address = mail_links.read(token=token)
    if address is None or address.opted_out_at is not None:
        # An erased mailbox gets no mail either; nothing tells the two apart.
        return
    consent.revoke(address=address, source=ConsentEvent.Source.MAIL, words="unsubscribe", at=at)
    for contact in Contact.objects.filter(address=address, until__isnull=True).select_related(
        "graduate"
    ):
        record.write(
            actor=record.PORTAL,
            verb=AuditEntry.Verb.CONSENTED,
            thing=contact,
            graduate=contact.graduate,
            at=at,
        )
