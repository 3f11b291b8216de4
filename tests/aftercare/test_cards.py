"""The contact card: what to know before calling, asked again every three months."""

from datetime import UTC, datetime, timedelta

import pytest

from aftercare import cards, phones
from aftercare.models import Contact, Graduate
from aftercare.record import PORTAL
from tests import build

pytestmark = pytest.mark.django_db

AT = datetime(2026, 3, 10, 14, 0, tzinfo=UTC)


def save(graduate: Graduate, *, shared: bool = False, language: str = "", **card: str) -> None:
    cards.fill_in(
        graduate=graduate, shared=shared, card=card, language=language, actor=PORTAL, at=AT
    )


def test_card_is_asked_at_first_and_every_ninety_days() -> None:
    graduate = build.graduate()
    assert cards.is_due(graduate=graduate, at=AT)

    save(graduate, best_times="after 5")

    graduate.refresh_from_db()
    assert graduate.contact_card["best_times"] == "after 5"
    assert not cards.is_due(graduate=graduate, at=AT + timedelta(days=89))
    assert cards.is_due(graduate=graduate, at=AT + timedelta(days=90))


def test_language_of_the_card_is_that_of_texts_and_stays_where_it_is_not_given() -> None:
    graduate = build.graduate()

    save(graduate, language="es")
    save(graduate)

    graduate.refresh_from_db()
    assert (graduate.language, build.address_of(graduate).language) == ("es", "es")


def test_pin_is_kept_as_a_hash_and_goes_with_the_sharing() -> None:
    graduate = build.graduate(shared=True)
    contact = Contact.objects.get()
    phones.set_pin(contact=contact, pin="4711", actor=PORTAL, at=AT)

    assert "4711" not in contact.pin
    assert [phones.is_pin(contact=contact, pin=pin) for pin in ("4711", "4712")] == [True, False]
    save(graduate, shared=True)
    assert Contact.objects.get().pin == contact.pin
    save(graduate, shared=False)
    assert Contact.objects.get().pin == ""
    assert phones.shared_contact(graduate=graduate) is None
    assert not phones.is_pin(contact=Contact.objects.get(), pin="")
