"""Questions made once: they answer like the query they were made of, with any keys at any instant."""

from datetime import UTC, datetime, timedelta

import pytest

from notifications.models import InboundMessage
from notifications.prepared import Prepared
from tests import build

AT = datetime(2026, 3, 8, 9, 0, 0, 123456, tzinfo=UTC)

pytestmark = pytest.mark.django_db


def question() -> Prepared:
    return Prepared(
        lambda *, keys, at: (
            InboundMessage.objects.filter(
                address__in=keys, received_at__gt=at - timedelta(days=1), received_at__lte=at
            )
            .order_by("pk")
            .values_list("address_id", "uid", "received_at", "is_call", "read_at")
        )
    )


def test_ask_answers_like_the_query_for_other_keys_and_instants() -> None:
    graduate, other = build.graduate(), build.graduate()
    rows = [
        build.inbound(sender=build.sender_of(one), address=build.address_of(one), body="hi", at=at)
        for one, at in [(graduate, AT), (other, AT), (graduate, AT - timedelta(days=1))]
    ]
    first, second, old = [(row.address_id, row.uid, row.received_at, False, None) for row in rows]
    asked = question()

    assert asked.ask(keys=[first[0]], at=AT) == [first]
    assert asked.ask(keys={first[0], second[0]}, at=AT) == [first, second]
    assert asked.ask(keys=[first[0]], at=AT - timedelta(hours=1)) == [old]
    assert asked.ask(keys=[], at=AT) == []


def test_ask_of_all_rows_needs_no_keys() -> None:
    graduate = build.graduate()
    row = build.inbound(
        sender=build.sender_of(graduate), address=build.address_of(graduate), body="hi", at=AT
    )
    asked = Prepared(
        lambda at: InboundMessage.objects.filter(received_at__lt=at).values_list("pk"), keyed=False
    )

    assert asked.ask(at=AT) == []
    assert asked.ask(at=AT + timedelta(seconds=1)) == [(row.pk,)]


def test_a_question_without_keys_or_with_two_lists_of_one_is_refused() -> None:
    for rows in (
        lambda *, keys, at: InboundMessage.objects.filter(received_at__lte=at),
        lambda *, keys, at: InboundMessage.objects.filter(address__in=keys, media__in=[1]),
    ):
        with pytest.raises(ValueError, match="prepared question"):
            Prepared(rows).ask(keys=[1], at=AT)
