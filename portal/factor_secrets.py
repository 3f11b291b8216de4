"""The secrets of second steps, which a table of the log-in library keeps, under the key that seals now."""

from typing import Any

from allauth.mfa.models import Authenticator
from django.db import transaction

from notifications.crypto import keyring
from portal.accounts import TOTP_PLACE

# What the library has sealed: the secret of an app, and what recovery codes are made from.
_SEALED = ("secret", "seed")


def reseal() -> int:
    """Seal anew what an older key has sealed; returns how many. Raises crypto.WrongKey."""
    return sum(_reseal(key) for key, data in _all() if _older(data))


def left() -> int:
    """How many second steps hold a secret under another key than the one that seals."""
    return sum(bool(_older(data)) for _key, data in _all())


def _all() -> list[tuple[int, dict[str, Any]]]:
    return list(Authenticator.objects.order_by("pk").values_list("pk", "data"))


def _older(data: dict[str, Any]) -> list[str]:
    ring = keyring()
    return [
        name
        for name in _SEALED
        if data.get(name) and data[name].partition(".")[0] in ring.ciphers
        if not ring.is_current(data[name])
    ]


@transaction.atomic
def _reseal(key: int) -> int:
    row = Authenticator.objects.select_for_update().filter(pk=key).first()
    if row is None:
        return 0
    ring, older = keyring(), _older(row.data)
    for name in older:
        plain = ring.open(sealed=row.data[name], place=TOTP_PLACE)
        row.data[name] = ring.seal(plain=plain, place=TOTP_PLACE)
    row.save(update_fields=["data"])
    return bool(older)
