"""The link in a mail that ends all mails to its mailbox, and can do nothing else."""

from urllib.parse import urljoin

from django.conf import settings
from django.core import signing
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext

from notifications.models import Address

_SALT = "mail-opt-out"


class UnknownToken(Exception):
    """The link of a mail was cut or made up."""


def link_of(*, address: Address) -> str:
    """The address that ends all mails to a mailbox."""
    return urljoin(f"{settings.PUBLIC_URL}/", reverse("unsubscribe", args=[token_of(address)]))


def way_out(*, address: Address) -> str:
    """The last lines of a mail that is none about log-in: how to end them, in the reader's language."""
    with translation.override(address.language or settings.LANGUAGE_CODE):
        words = gettext("To get no more mails like this, open:")
    return f"\n\n--\n{words} {link_of(address=address)}\n"


def token_of(address: Address) -> str:
    """A signed id; it shows neither the mailbox nor whose it is."""
    return signing.Signer(salt=_SALT).sign(address.uid.hex)


def read(*, token: str) -> Address | None:
    """Whose link it is; None for a mailbox that is known no more. Raises UnknownToken."""
    try:
        uid = signing.Signer(salt=_SALT).unsign(token)
    except signing.BadSignature as error:
        raise UnknownToken from error
    return Address.objects.filter(uid=uid).first()
