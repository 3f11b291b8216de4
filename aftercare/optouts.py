"""Enough of it: by whatever door somebody says so, all that is sent to them ends at once.

By text it is the engine that obeys (`notifications.inbound`); here are a page, a mail's link, and staff.
Rules: 47 CFR 64.1200(a)(10), any reasonable means; 15 U.S.C. 7704(a)(3) and RFC 8058 for mail.
"""

from datetime import datetime
from urllib.parse import urljoin

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext

from aftercare import phones, record, wording
from aftercare.models import AuditEntry, Contact, Graduate
from aftercare.record import Actor
from notifications import consent
from notifications.keywords import Keyword, keyword
from notifications.models import Address, ConsentEvent

_SALT = "mail-opt-out"
_SAYS_STOP = (Keyword.STOP, Keyword.OPT_OUT)


class UnknownToken(Exception):
    """The link of a mail was cut or made up."""


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


# The link in a mail


def link_of(*, address: Address) -> str:
    """The address that ends all mails to a mailbox, and can do nothing else."""
    return urljoin(f"{settings.PUBLIC_URL}/", reverse("unsubscribe", args=[token_of(address)]))


def way_out(*, address: Address) -> str:
    """The last lines of a mail that is none about log-in: how to end them, in the reader's language."""
    with translation.override(address.language or settings.LANGUAGE_CODE):
        words = gettext("To get no more mails like this, open:")
    return f"\n\n--\n{words} {link_of(address=address)}\n"


def token_of(address: Address) -> str:
    """A signed id; it shows neither the mailbox nor whose it is."""
    return signing.Signer(salt=_SALT).sign(address.uid.hex)


@transaction.atomic
def stop_mail(*, token: str, at: datetime) -> None:
    """No more mails to this mailbox, but for those that log-in needs; raises UnknownToken."""
    try:
        uid = signing.Signer(salt=_SALT).unsign(token)
    except signing.BadSignature as error:
        raise UnknownToken from error
    address = Address.objects.filter(uid=uid).first()
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
