"""Phone numbers and mailboxes: found by their blind index, made once, confirmed, marked dead."""

from datetime import datetime

from notifications import consent
from notifications.fields import blind_index
from notifications.models import Address


def find(*, channel: str, value: str) -> Address | None:
    """The address of this value (an E.164 number or a mailbox), if it is known."""
    return Address.objects.filter(index=_index(channel, value)).first()


def get_or_make(
    *, channel: str, value: str, at: datetime, time_zone: str = "", language: str = "en"
) -> Address:
    """The address of this value; a new one starts unconfirmed and without consent.

    A no to everything that was said before an earlier row of it was erased still holds.
    """
    address, is_new = Address.objects.get_or_create(
        index=_index(channel, value),
        defaults={
            "channel": channel,
            "value": value.strip(),
            "time_zone": time_zone,
            "language": language,
            "created_at": at,
        },
    )
    if is_new:
        consent.recall(address=address, at=at)
    return address


def confirm(*, address: Address, at: datetime) -> None:
    """Its owner has shown that it is theirs, which also shows that it works."""
    address.confirmed_at = at
    address.save(update_fields=["confirmed_at"])
    mark_reachable(address=address)


def mark_unreachable(*, address: Address, reason: str, at: datetime) -> None:
    """Nothing arrives there; `reason` is a code of notifications.reasons."""
    address.unreachable_at = at
    address.unreachable_reason = reason
    address.save(update_fields=["unreachable_at", "unreachable_reason"])


def mark_reachable(*, address: Address) -> None:
    """Something came from there, or arrived."""
    if address.unreachable_at is None:
        return
    address.unreachable_at = None
    address.unreachable_reason = ""
    address.save(update_fields=["unreachable_at", "unreachable_reason"])


def _index(channel: str, value: str) -> str:
    return blind_index(value=value.strip().casefold(), purpose=channel)
