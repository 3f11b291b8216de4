from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from notifications import addresses
from notifications.models import Address
from tests import build
from tests.notifications.person import NOON

pytestmark = pytest.mark.django_db


def test_get_or_make_makes_one_row_a_number() -> None:
    number = build.phone()

    first = addresses.get_or_make(
        channel="sms", value=number, at=NOON, time_zone=build.NEW_YORK, language="es"
    )
    second = addresses.get_or_make(channel="sms", value=f" {number} ", at=NOON + timedelta(days=1))

    assert first == second
    assert (first.value, first.time_zone, first.language, first.created_at) == (
        number,
        build.NEW_YORK,
        "es",
        NOON,
    )
    assert (first.confirmed_at, first.opted_out_at, first.unreachable_at) == (None, None, None)


def test_find_reads_a_mailbox_in_any_case_and_keeps_channels_apart() -> None:
    made = addresses.get_or_make(channel="email", value="Sam@Example.org", at=NOON)

    assert addresses.find(channel="email", value="sam@example.ORG") == made
    assert addresses.find(channel="sms", value="Sam@Example.org") is None


def test_find_knows_what_the_builders_make() -> None:
    assert addresses.find(channel="sms", value=build.address().value) is not None


def test_mark_unreachable_lasts_until_something_arrives() -> None:
    address = build.address()

    addresses.mark_unreachable(address=address, reason="number_does_not_work", at=NOON)
    stored = Address.objects.get(pk=address.pk)
    assert (stored.unreachable_at, stored.unreachable_reason) == (NOON, "number_does_not_work")

    addresses.mark_reachable(address=address)
    stored.refresh_from_db()
    assert (stored.unreachable_at, stored.unreachable_reason) == (None, "")


def test_confirm_shows_that_the_number_works() -> None:
    address = build.address(confirmed_at=None)
    addresses.mark_unreachable(address=address, reason="number_not_reached", at=NOON)

    addresses.confirm(address=address, at=NOON)

    stored = Address.objects.get(pk=address.pk)
    assert (stored.confirmed_at, stored.unreachable_at) == (NOON, None)


def test_address_is_stored_once() -> None:
    address = build.address()

    with pytest.raises(IntegrityError), transaction.atomic():
        Address.objects.create(value="again", index=address.index, created_at=NOON)
