"""What every transport keeps to: the double in memory and the real client, by the same tests."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from pytest_django import Settings

from notifications import clock
from notifications.transports import current
from notifications.transports.base import Account, Parcel, Transport, TransportError
from notifications.transports.memory import MEMORY, Memory
from notifications.transports.outcomes import Outcome
from tests import build
from tests.twilio_fake import TwilioFake


@dataclass(frozen=True)
class Line:
    """One transport with its provider: how to script the provider, and what it has taken."""

    transport: Transport
    script: Callable[[str], None]
    stop: Callable[[str], None]
    taken: Callable[[], list[tuple[str, str]]]


@pytest.fixture(params=["memory", "twilio"])
def line(request: pytest.FixtureRequest, settings: Settings) -> Line:
    settings.SMS_TRANSPORT = request.param
    if request.param == "memory":
        return in_memory()
    return at_twilio(request.getfixturevalue("fake"))


def in_memory() -> Line:
    MEMORY.clear()
    transport = current()
    assert isinstance(transport, Memory)
    return Line(
        transport=transport,
        script=transport.script.append,
        stop=transport.stopped.add,
        taken=lambda: [(parcel.to, parcel.body) for parcel in transport.sent],
    )


def at_twilio(fake: TwilioFake) -> Line:
    steps = {"20429": "429", "lose": "drop", "accept_then_lose": "drop_after"}
    return Line(
        transport=current(),
        script=lambda step: fake.script.append(steps.get(step, step)),
        stop=fake.stopped.add,
        taken=lambda: [(message.to, message.body) for message in fake.sent],
    )


def parcel(**changes: str) -> Parcel:
    made = Parcel(
        to=build.phone(),
        body="At 7 PM today.",
        number=build.phone(),
        messaging_service="",
        attempt_uid=uuid.uuid4(),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def test_send_hands_over_once_and_names_it(line: Line) -> None:
    one, two = parcel(body="One."), parcel(body="Dos ñ 👍")

    receipts = [line.transport.send(one), line.transport.send(two)]

    assert line.taken() == [(one.to, "One."), (two.to, "Dos ñ 👍")]
    assert {receipt.status for receipt in receipts} == {"queued"}
    assert len({receipt.provider_id for receipt in receipts}) == 2
    assert all(receipt.provider_id.startswith("SM") for receipt in receipts)


@pytest.mark.parametrize(
    ("step", "outcome", "code"),
    [
        ("20429", Outcome.NOT_PROCESSED, "20429"),
        ("21211", Outcome.NUMBER, "21211"),
        ("21610", Outcome.OPTED_OUT, "21610"),
        ("30007", Outcome.FILTERED, "30007"),
        ("21606", Outcome.ACCOUNT, "21606"),
        ("63038", Outcome.CAP, "63038"),
        ("99999", Outcome.REFUSED, "99999"),
    ],
)
def test_send_tells_why_it_was_refused(line: Line, step: str, outcome: Outcome, code: str) -> None:
    line.script(step)

    with pytest.raises(TransportError) as raised:
        line.transport.send(parcel())

    assert (raised.value.outcome, raised.value.code) == (outcome, code)
    assert line.taken() == []


@pytest.mark.parametrize(("step", "taken"), [("lose", 0), ("accept_then_lose", 1)])
def test_send_does_not_claim_to_know_what_it_does_not(line: Line, step: str, taken: int) -> None:
    line.script(step)

    with pytest.raises(TransportError) as raised:
        line.transport.send(parcel())

    assert raised.value.outcome is Outcome.AMBIGUOUS
    assert not raised.value.permanent
    assert len(line.taken()) == taken


def test_send_is_refused_after_the_person_said_stop(line: Line) -> None:
    stopped = parcel()
    line.stop(stopped.to)

    with pytest.raises(TransportError) as raised:
        line.transport.send(stopped)

    assert raised.value.outcome is Outcome.OPTED_OUT
    assert raised.value.permanent


def test_find_knows_what_was_taken_though_the_answer_was_lost(line: Line) -> None:
    lost, never = parcel(), parcel()
    line.script("accept_then_lose")
    line.script("lose")
    for each in (lost, never):
        with pytest.raises(TransportError):
            line.transport.send(each)

    since = clock.now() - timedelta(minutes=1)
    assert len(line.transport.find(lost, since=since)) == 1
    assert line.transport.find(never, since=since) == []


def test_find_matches_recipient_and_body(line: Line) -> None:
    first = parcel(body="One.")
    receipt = line.transport.send(first)
    line.transport.send(parcel(to=first.to, body="Two.", number=first.number))
    line.transport.send(parcel(body="One.", number=first.number))

    found = line.transport.find(first, since=clock.now() - timedelta(minutes=1))

    assert [each.provider_id for each in found] == [receipt.provider_id]


def test_find_lists_copies_oldest_first(line: Line) -> None:
    one = parcel()
    first = line.transport.send(one)
    second = line.transport.send(replace(one, attempt_uid=uuid.uuid4()))

    found = line.transport.find(one, since=clock.now() - timedelta(minutes=1))

    assert [each.provider_id for each in found] == [first.provider_id, second.provider_id]


def account_of(line: Line) -> Account:
    account = line.transport.account
    assert account is not None
    return account


def test_look_knows_what_was_taken_and_nothing_else(line: Line) -> None:
    receipt = line.transport.send(parcel())

    found = account_of(line).look(receipt.provider_id)

    assert found is not None
    assert (found.provider_id, found.status) == (receipt.provider_id, "queued")
    assert account_of(line).look("SM" + "0" * 32) is None


def test_redact_of_what_nobody_knows_finds_nothing(line: Line) -> None:
    assert account_of(line).redact("SM" + "0" * 32) is None
