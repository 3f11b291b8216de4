import pytest
from pytest_django import Settings

from notifications import delivery, settling
from notifications.models import Message
from notifications.transports import UnknownTransport, current, simulator
from tests.notifications.person import NOON, Person

pytestmark = pytest.mark.django_db

State = Message.State


def test_simulator_delivers_at_once_except_on_dead_lines(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.SMS_TRANSPORT = "simulator"
    person, gone = Person(), Person()
    monkeypatch.setattr(simulator, "OUT_OF_SERVICE", {gone.address.value})
    arrives, lost = person.queue(), gone.queue()

    result = delivery.deliver_due(at=NOON)

    arrives.refresh_from_db()
    lost.refresh_from_db()
    assert result == delivery.Delivered(sent=1, failed=1)
    assert (arrives.state, arrives.sent_at, arrives.delivered_at) == (State.DELIVERED, NOON, NOON)
    assert (lost.state, lost.reason) == (State.UNDELIVERED, "number_not_reached")


def test_console_prints_a_text(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    settings.SMS_TRANSPORT = "console"
    person = Person()
    message = person.queue()

    delivery.deliver_due(at=NOON)

    message.refresh_from_db()
    assert message.state == State.SENT
    assert capsys.readouterr().out == f"--- text to {person.address.value}\nAt 7 PM today.\n---\n"


@pytest.mark.parametrize("name", ["simulator", "console"])
def test_what_was_interrupted_there_was_not_sent(settings: Settings, name: str) -> None:
    settings.SMS_TRANSPORT = name
    message = Person().queue()
    delivery.deliver_due(at=NOON)
    attempt = message.attempts.get()

    assert current().find(settling.parcel_of(attempt), since=NOON) == []


def test_current_names_the_transports_there_are(settings: Settings) -> None:
    settings.SMS_TRANSPORT = "pigeon"

    with pytest.raises(UnknownTransport, match="twilio, console, simulator, memory"):
        current()
