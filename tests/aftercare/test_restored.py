"""`manage.py restored`: a backup is put back that knows nothing of what was sent after it was made."""

from collections.abc import Iterator
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from aftercare import jobs
from aftercare.models import CheckIn
from notifications import clock, delivery, queue, settling
from notifications.kinds import Kind
from notifications.models import Attempt, InboundMessage, Message
from notifications.transports.base import Listed, Parcel, Receipt, Way
from notifications.transports.memory import MEMORY, Memory
from tests import build
from tests.notifications.person import NOON, TUESDAY, Person

pytestmark = pytest.mark.django_db

State = Message.State
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def own_locks(settings: Settings, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path


@pytest.fixture(autouse=True)
def provider() -> Iterator[Memory]:
    MEMORY.clear()
    yield MEMORY
    MEMORY.clear()


def left_after_the_backup(provider: Memory, message: Message) -> None:
    """The provider took it in a try of which no row is left."""
    provider.send(settling.parcel_of(Attempt(message=message)))


def settle() -> None:
    for look in range(settling.LOOKS):
        settling.reconcile(at=NOON + look * settling.SETTLE_GAP)


def words(sent: list[Parcel]) -> list[str]:
    return [parcel.body for parcel in sent]


def test_what_left_after_the_backup_is_found_and_the_rest_leaves_once(provider: Memory) -> None:
    person = Person()
    taken, lost = person.queue(body="Taken."), person.queue(body="Lost.")
    # Of a kind that is never sent again where it stays unclear; here nothing is on its way any more.
    other = Person().queue(Kind.PERSONAL, body="Lost, too.")
    later = person.queue(at=NOON + HOUR, body="Later.")
    left_after_the_backup(provider, taken)

    assert jobs.catch_up(since=NOON - HOUR, at=NOON) == (0, 3)
    assert delivery.deliver_due(at=NOON) == delivery.Delivered()
    settle()

    fates = dict(Message.objects.values_list("pk", "state"))
    assert fates == {
        taken.pk: State.SENT,
        lost.pk: State.DUE,
        other.pk: State.DUE,
        later.pk: State.DUE,
    }
    while delivery.deliver_due(at=NOON + settling.SETTLE_GAP).sent:
        pass
    assert sorted(words(provider.sent)) == ["Lost, too.", "Lost.", "Taken."]


def test_what_is_planned_once_more_is_asked_about_before_it_leaves(provider: Memory) -> None:
    build.check_in(
        graduate=build.graduate(), opens_at=TUESDAY, state=CheckIn.State.PLANNED, questions=()
    )

    _, doubted = jobs.catch_up(since=TUESDAY - HOUR, at=TUESDAY)

    assert doubted == Message.objects.count() > 0
    assert set(Message.objects.values_list("state", "reason")) == {
        (State.UNKNOWN, "asking_provider")
    }
    assert provider.sent == []


def test_stop_that_came_after_the_backup_is_obeyed_first(provider: Memory) -> None:
    person, other = Person(), Person()
    held_back, goes = person.queue(), other.queue()
    provider.listed.append(
        Listed(
            receipt=Receipt(provider_id="SM8", status="received"),
            way=Way.IN,
            sender=person.address.value,
            to=person.sender.number,
            body="please stop texting me",
            media=0,
            made_at=NOON - 2 * timedelta(days=1),
        )
    )

    taken_in, _ = jobs.catch_up(since=NOON - timedelta(days=3), at=NOON)
    settle()

    assert taken_in == InboundMessage.objects.count() == 1
    held_back.refresh_from_db()
    goes.refresh_from_db()
    assert (held_back.state, held_back.reason) == (State.CANCELLED, "opted_out")
    assert goes.state == State.DUE


def test_command_tells_what_it_did() -> None:
    now = clock.now()
    Person().queue(at=now - HOUR, expires_at=now + HOUR)
    out = StringIO()

    call_command("restored", since=(now - HOUR).isoformat(), stdout=out)

    assert "asked about 1 messages" in out.getvalue()
    assert Message.objects.get().state == State.UNKNOWN


def test_command_refuses_while_the_background_work_runs() -> None:
    now = clock.now()
    message = Person().queue(at=now - HOUR, expires_at=now + HOUR)

    with queue.alone(name=jobs.TICK), pytest.raises(CommandError, match="Stop every cluster"):
        call_command("restored", since=(now - HOUR).isoformat())

    message.refresh_from_db()
    assert message.state == State.DUE


def test_command_says_so_where_the_provider_cannot_be_asked(provider: Memory) -> None:
    now = clock.now()
    Person().queue(at=now - HOUR, expires_at=now + HOUR)
    provider.away = True

    with pytest.raises(CommandError, match="Nothing was sent"):
        call_command("restored", since=(now - HOUR).isoformat())


@pytest.mark.parametrize(
    ("since", "word"), [("yesterday", "no instant"), ("2999-01-01", "to come")]
)
def test_command_refuses_an_instant_that_cannot_be(since: str, word: str) -> None:
    with pytest.raises(CommandError, match=word):
        call_command("restored", since=since)
