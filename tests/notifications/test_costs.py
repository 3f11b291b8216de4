from datetime import date, timedelta
from decimal import Decimal

import pytest
from pytest_django import DjangoAssertNumQueries, Settings

from notifications import costs, delivery
from notifications.costs import Cost
from notifications.models import Attempt
from notifications.transports.memory import Memory
from tests import build
from tests.notifications.person import NOON, Person

pytestmark = pytest.mark.django_db

TWO_SEGMENTS = "a" * 161


@pytest.fixture(autouse=True)
def price(settings: Settings) -> None:
    settings.SEGMENT_PRICE, settings.SEGMENT_CURRENCY = Decimal("0.0100"), "EUR"


def send(person: Person, **terms: str) -> Attempt:
    message = person.queue(**terms)  # type: ignore[arg-type]
    delivery.deliver(message_id=message.pk, at=NOON)
    return Attempt.objects.get(message=message)


def test_per_month_takes_what_was_charged_and_estimates_the_rest(provider: Memory) -> None:
    program = build.program()
    charged = send(Person(program=program))
    Attempt.objects.filter(pk=charged.pk).update(
        price=Decimal("0.0237"), price_unit="USD", billed_segments=3
    )
    send(Person(program=program), body=TWO_SEGMENTS)

    assert costs.per_month(since=NOON) == [
        Cost(
            program=program.name,
            month=date(2026, 3, 1),
            texts=2,
            segments=5,
            open_segments=2,
            charged=Decimal("0.0237"),
            estimated=Decimal("0.0200"),
            currency="USD",
        )
    ]
    assert costs.per_month(since=NOON)[0].total == Decimal("0.0437")


def test_per_month_keeps_programs_and_months_apart(
    provider: Memory, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    one, other = Person(), Person(program=build.program(name="Elsewhere"))
    send(one)
    earlier = send(other)
    Attempt.objects.filter(pk=earlier.pk).update(started_at=NOON - timedelta(days=28))

    with django_assert_num_queries(1):
        found = costs.per_month(since=NOON - timedelta(days=60))

    assert [(cost.program, cost.month, cost.estimated, cost.currency) for cost in found] == [
        (one.program.name, date(2026, 3, 1), Decimal("0.0100"), "EUR"),
        (other.program.name, date(2026, 2, 1), Decimal("0.0100"), "EUR"),
    ]


def test_per_month_counts_what_the_provider_took_and_nothing_else(provider: Memory) -> None:
    provider.script.append("21211")
    send(Person())
    provider.script.append("lose")
    send(Person())

    assert costs.per_month(since=NOON) == []
