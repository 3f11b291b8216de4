"""The one question of the tick: it finds what each step's own rows would find, at any instant."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db.models import QuerySet
from pytest_django import DjangoAssertNumQueries

from notifications.agenda import Agenda
from notifications.models import Attempt, Message
from tests import build

AT = datetime(2026, 3, 8, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)

pytestmark = pytest.mark.django_db


def waiting(*, at: datetime) -> QuerySet[Message]:
    return Message.objects.filter(next_at__lte=at).order_by("pk")


def old(*, at: datetime) -> QuerySet[Message]:
    return Message.objects.filter(queued_at__lt=at - 48 * HOUR)


def by_day(*, at: datetime) -> QuerySet[Message]:
    return Message.objects.filter(queued_at__date__lt=at.date() + timedelta(days=1))


def in_doubt(*, at: datetime) -> QuerySet[Attempt]:
    return Attempt.objects.filter(next_look_at__lte=at)


@pytest.fixture
def agenda() -> Agenda:
    return Agenda({"waiting": waiting, "old": old, "by day": by_day, "in doubt": in_doubt})


def test_nothing_is_due_where_there_is_nothing(agenda: Agenda) -> None:
    assert agenda.due(at=AT) == frozenset()


def test_what_is_due_follows_the_instant(agenda: Agenda) -> None:
    made = build.message(graduate=build.graduate(), state=Message.State.DUE, at=AT)
    Message.objects.filter(pk=made.pk).update(next_at=AT, queued_at=AT)

    found = [
        agenda.due(at=AT + step)
        for step in (-25 * HOUR, -HOUR, timedelta(), 48 * HOUR, 48.01 * HOUR)
    ]

    assert found == [
        frozenset(),
        {"by day"},
        {"waiting", "by day"},
        {"waiting", "by day"},
        {"waiting", "by day", "old"},
    ]


def test_everything_is_asked_in_one_query(
    agenda: Agenda, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    agenda.due(at=AT)

    with django_assert_num_queries(1):
        agenda.due(at=AT + HOUR)
