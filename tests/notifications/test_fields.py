"""Encrypted columns: sealed at rest, opened on access, bound to their row."""

from datetime import UTC, datetime

import pytest
from django.db import connection

from notifications.crypto import WrongKey
from notifications.fields import blind_index
from notifications.models import Address, InboundMessage
from tests import build

AT = datetime(2026, 3, 8, 9, 0, tzinfo=UTC)

pytestmark = pytest.mark.django_db


def stored(table: str, column: str, pk: int) -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM {table} WHERE id = %s", [pk])  # noqa: S608
        return str(cursor.fetchone()[0])


def test_value_is_sealed_at_rest_and_opened_on_access() -> None:
    address = build.address(value="+12155550142")

    assert "5550142" not in stored("notifications_address", "value", address.pk)
    assert Address.objects.get(pk=address.pk).value == "+12155550142"


def test_value_copied_to_another_row_does_not_open() -> None:
    one, other = build.address(), build.address()
    sealed = stored("notifications_address", "value", one.pk)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE notifications_address SET value = %s WHERE id = %s", [sealed, other.pk]
        )

    with pytest.raises(WrongKey):
        Address.objects.get(pk=other.pk).value  # noqa: B018


def test_saving_an_unread_value_keeps_it() -> None:
    address = build.address(value="+12155550142")
    before = stored("notifications_address", "value", address.pk)

    loaded = Address.objects.get(pk=address.pk)
    loaded.language = "es"
    loaded.save()

    assert stored("notifications_address", "value", address.pk) == before


def test_changed_value_is_sealed_anew() -> None:
    address = build.address(value="+12155550142")
    loaded = Address.objects.get(pk=address.pk)
    loaded.value = "+12155550143"
    loaded.save()

    assert Address.objects.get(pk=address.pk).value == "+12155550143"


def test_deferred_value_opens_when_read() -> None:
    address = build.address(value="+12155550142")

    assert Address.objects.defer("value").get(pk=address.pk).value == "+12155550142"


def test_bulk_created_rows_are_sealed() -> None:
    Address.objects.bulk_create([Address(value="+12155550177", index="i", created_at=AT)])

    made = Address.objects.get(index="i")

    assert "5550177" not in stored("notifications_address", "value", made.pk)
    assert made.value == "+12155550177"


def test_values_show_only_sealed_text() -> None:
    build.address(value="+12155550142")

    assert all("555" not in value for value in Address.objects.values_list("value", flat=True))


@pytest.mark.parametrize("act", ["filter", "update"])
def test_plain_values_are_refused_in_queries(act: str) -> None:
    with pytest.raises(TypeError, match="blind index"):
        getattr(Address.objects.all(), act)(value="+12155550142")


def test_json_comes_back_as_it_was() -> None:
    graduate = build.graduate()
    graduate.contact_card = {"voicemail": False, "names": ["Inés"]}
    graduate.save()

    assert type(graduate).objects.get(pk=graduate.pk).contact_card == {
        "voicemail": False,
        "names": ["Inés"],
    }


def test_empty_json_stays_null() -> None:
    assert InboundMessage._meta.get_field("answer").null


def test_blind_index_differs_by_purpose_and_value() -> None:
    assert blind_index(value="a", purpose="sms") == blind_index(value="a", purpose="sms")
    assert (
        len(
            {
                blind_index(value="a", purpose="sms"),
                blind_index(value="a", purpose="email"),
                blind_index(value="b", purpose="sms"),
            }
        )
        == 3
    )
