"""Phone numbers and mailboxes: found by their blind index, made once, confirmed, marked dead."""

from datetime import datetime

from django.db import models, transaction

from notifications.fields import blind_index
from notifications.models import Address


def find(*, channel: str, value: str) -> Address | None:
    """The address of this value (an E.164 number or a mailbox), if it is known."""
    return Address.objects.filter(index=_index(channel, value)).first()


def get_or_make(
    *, channel: str, value: str, at: datetime, time_zone: str = "", language: str = "en"
) -> Address:
    """The address of this value; a new one starts unconfirmed and without consent.

    So does one whose owner had left, but not without a stop they had said.
    """
    address, _ = Address.objects.get_or_create(
        index=_index(channel, value),
        defaults={
            "channel": channel,
            "value": value.strip(),
            "time_zone": time_zone,
            "language": language,
            "created_at": at,
        },
    )
    if not address.value:
        address.value = value.strip()
        address.save(update_fields=["value"])
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
    address.has_news = True
    address.save(update_fields=["unreachable_at", "unreachable_reason", "has_news"])


def mark_reachable(*, address: Address) -> None:
    """Something came from there, or arrived."""
    if address.unreachable_at is None:
        return
    address.unreachable_at = None
    address.unreachable_reason = ""
    address.has_news = True
    address.save(update_fields=["unreachable_at", "unreachable_reason", "has_news"])


def with_news(*, at: datetime) -> models.QuerySet[Address]:
    """Those that stopped, started again, died or came alive since somebody last took note."""
    return Address.objects.filter(has_news=True)


@transaction.atomic
def take_news(*, at: datetime) -> list[int]:
    """The same by primary key, told once; what happens meanwhile is told the next time."""
    keys = list(with_news(at=at).select_for_update(skip_locked=True).values_list("pk", flat=True))
    Address.objects.filter(pk__in=keys).update(has_news=False)
    return keys


def _index(channel: str, value: str) -> str:
    return blind_index(value=value.strip().casefold(), purpose=channel)
