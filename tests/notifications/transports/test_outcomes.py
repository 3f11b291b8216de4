"""The table of outcomes, written down once more from the agreement on what is done about each code."""

from datetime import timedelta

import pytest

from notifications import delivery, reports
from notifications.models import Attempt, ConsentEvent, Message, Sender
from notifications.transports.memory import Memory
from notifications.transports.outcomes import CODES, Effect, Outcome, of_code
from tests.notifications.person import NOON, Person

State = Message.State

AGREED = {
    Outcome.NOT_PROCESSED: "20429",
    Outcome.AMBIGUOUS: "20500 20503",
    Outcome.OPTED_OUT: "21610",
    Outcome.NUMBER: "21211 21217 21614 21635 21408 21612",
    Outcome.NUMBER_TWICE: "30005 30006",
    Outcome.PASSING: "30001 30003 30008 30017 30022",
    Outcome.FILTERED: "30004 30007",
    Outcome.ACCOUNT: "30002 30024 30032 30034 20003 20005 21606 21703 21704 20404 21609",
    Outcome.CAP: "63038 30023 30027",
    Outcome.LOOP: "14107",
    Outcome.EXPIRED: "30036",
    Outcome.OUR_BUG: "21602 21617 21656",
}
PAIRS = [(code, outcome) for outcome, codes in AGREED.items() for code in codes.split()]
ENDS = {
    Effect.BACK_OFF: State.DEFERRED,
    Effect.HOLD: State.DEFERRED,
    Effect.LATER: State.DEFERRED,
    Effect.ASK: State.UNKNOWN,
    Effect.STOP: State.SUPPRESSED,
    Effect.MARK: State.FAILED,
    Effect.FAIL: State.FAILED,
    Effect.EXPIRE: State.FAILED,
}

pytestmark = pytest.mark.one_database


def test_the_table_is_as_agreed() -> None:
    assert dict(PAIRS) == CODES


def test_a_code_of_no_table_is_a_plain_refusal() -> None:
    assert of_code("12345") is Outcome.REFUSED


@pytest.mark.django_db
@pytest.mark.parametrize(("code", "outcome"), PAIRS)
def test_each_code_refused_at_once_ends_as_agreed(
    provider: Memory, code: str, outcome: Outcome
) -> None:
    person = Person()
    message, planned = person.queue(), person.queue(at=NOON + timedelta(days=1))
    provider.script.append(code)

    delivery.deliver(message_id=message.pk, at=NOON)

    message.refresh_from_db()
    planned.refresh_from_db()
    person.address.refresh_from_db()
    sender = Sender.objects.get(pk=person.sender.pk)
    assert (message.state, message.reason) == (ENDS[outcome.effect], outcome.reason)
    assert Attempt.objects.get().code == code
    # What the code says beyond this one text, and that it says nothing more.
    assert (person.address.opted_out_at is not None) is (outcome is Outcome.OPTED_OUT)
    assert (planned.state == State.CANCELLED) is (outcome is Outcome.OPTED_OUT)
    assert (person.address.unreachable_at is not None) is (outcome is Outcome.NUMBER)
    assert (sender.paused_until is not None) is (outcome.effect is Effect.HOLD)
    # Nothing goes out again at once, whatever it was.
    delivery.deliver_due(at=NOON)
    assert provider.sent == []


@pytest.mark.django_db
@pytest.mark.parametrize(("code", "outcome"), PAIRS)
def test_each_code_reported_later_ends_as_agreed(
    provider: Memory, code: str, outcome: Outcome
) -> None:
    person = Person()
    message = person.queue()
    delivery.deliver(message_id=message.pk, at=NOON)
    attempt = Attempt.objects.get()

    reports.take_in(
        attempt_uid=attempt.uid,
        provider_id=attempt.provider_id,
        status="undelivered",
        code=code,
        at=NOON,
    )

    message.refresh_from_db()
    waits = outcome.effect in (Effect.BACK_OFF, Effect.HOLD, Effect.LATER)
    ended = State.EXPIRED if outcome is Outcome.EXPIRED else State.UNDELIVERED
    assert message.state == (State.DEFERRED if waits else ended)
    assert message.reason == outcome.reason
    assert (message.next_at is not None) is waits


@pytest.mark.django_db
def test_a_stop_known_to_the_provider_alone_is_recorded_with_its_source(provider: Memory) -> None:
    person = Person()
    provider.stopped.add(person.address.value)
    message = person.queue()

    delivery.deliver(message_id=message.pk, at=NOON)

    event = ConsentEvent.objects.get(granted=False)
    assert (event.source, event.program, event.words, event.at) == (
        ConsentEvent.Source.PROVIDER,
        None,
        "21610",
        NOON,
    )
