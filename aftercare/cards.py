"""The contact card: how to reach somebody, who else sees the phone, and when to ask anew."""

from datetime import datetime, timedelta

from django.db import transaction

from aftercare import phones, record
from aftercare.models import AuditEntry, Graduate
from aftercare.record import Actor

ASK_EVERY = timedelta(days=90)
# Shown above the call button of the counselor.
KEYS = ("best_times", "voicemail", "who_may_answer", "call_ourselves", "safe_contacts")


@transaction.atomic
def fill_in(
    *,
    graduate: Graduate,
    shared: bool,
    card: dict[str, str],
    language: str = "",
    actor: Actor,
    at: datetime,
) -> None:
    """Say whether others see or answer the phone, and how to call: the keys of KEYS.

    `language` ("en", "es") is left as it is where none is given.
    """
    contact = phones.contact_of(graduate=graduate)
    if contact is not None:
        contact.shared = shared
        # Whoever forgot the PIN has this taken back, and chooses another one.
        contact.pin = contact.pin if shared else ""
        contact.save(update_fields=["shared", "pin"])
    graduate.contact_card = {
        **graduate.contact_card,
        **{key: card.get(key, "") for key in KEYS},
    }
    graduate.card_asked_at = at
    if language:
        graduate.language = language
        phones.open_addresses(graduate=graduate).update(language=language)
    graduate.save(update_fields=["contact_card", "card_asked_at", "language"])
    record.write(actor=actor, verb=AuditEntry.Verb.CHANGED, thing=graduate, at=at)


def is_due(*, graduate: Graduate, at: datetime) -> bool:
    """Whether it is time to ask how to call: never asked, or ninety days ago."""
    asked_at = graduate.card_asked_at
    return asked_at is None or at - asked_at >= ASK_EVERY
