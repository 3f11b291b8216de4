"""What really reaches a phone after STOP, START, HELP and words like them, with Twilio in between."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.test import Client
from pytest_django import Settings

from aftercare import jobs
from aftercare.models import DisengagementSignal, Graduate
from notifications import clock, consent
from notifications.kinds import Kind, Scope
from notifications.models import InboundMessage, Message
from notifications.transports import twilio
from tests import build, twilio_fake
from tests.twilio_fake import TwilioFake, sign
from tests.twilio_phones import GOODBYE, HELPING, WELCOME, Phones

pytestmark = pytest.mark.django_db

PUBLIC = "https://portal.example.org"
OUR_GOODBYE = (
    "No more texts from us, and we cannot text you back. Call us at (215) 555-0142. "
    "Any time, call or text 988. Reply START to turn texts on."
)
OUR_HELP = (
    "Harbor: call (215) 555-0142. Text CALL, LATER, LESS, MORE, PAUSE 2 WEEKS, or STOP. "
    "Msg & data rates may apply. In danger call or text 988."
)
CRISIS = build.CRISIS_TEXTS["en"]


@pytest.fixture
def fake(settings: Settings, tmp_path: object) -> Iterator[TwilioFake]:
    settings.VAR_DIR = tmp_path
    with twilio_fake.running() as running:
        settings.SMS_TRANSPORT = "twilio"
        settings.TWILIO_ACCOUNT_SID = twilio_fake.ACCOUNT
        settings.TWILIO_AUTH_TOKEN = twilio_fake.TOKEN
        settings.TWILIO_API_URL = running.url
        settings.PUBLIC_URL, settings.ALLOWED_HOSTS = PUBLIC, ["portal.example.org"]
        yield running
        twilio.hang_up()
    assert running.complaints == []


@pytest.fixture
def phones(fake: TwilioFake) -> Phones:
    return Phones(fake, post)


def post(fields: dict[str, str]) -> bytes:
    client = Client(headers={"host": "portal.example.org"})
    signature = sign(f"{PUBLIC}/sms/inbound", fields)
    response = client.post(
        "/sms/inbound", fields, headers={"x-twilio-signature": signature}, secure=True
    )
    assert response.status_code == 200
    return response.content


@pytest.fixture
def graduate() -> Graduate:
    program = build.program()
    return build.graduate(program=program, counselor=build.role(program=program))


def number(graduate: Graduate) -> str:
    return str(build.address_of(graduate).value)


def say(phones: Phones, graduate: Graduate, body: str) -> list[str]:
    """Text it, let the background work do what it does, and return all that then reached the phone."""
    phones.text(sender=number(graduate), to=build.sender_of(graduate).number, body=body)
    jobs.tick(at=clock.now())
    return phones.received(number(graduate))


def test_stop_is_answered_once_and_by_twilio(phones: Phones, graduate: Graduate) -> None:
    waiting = build.message(graduate=graduate, kind=Kind.CHECK_IN, state=Message.State.DUE)

    assert say(phones, graduate, "STOP") == [GOODBYE]

    waiting.refresh_from_db()
    assert (waiting.state, waiting.reason) == (Message.State.CANCELLED, "opted_out")
    assert phones.swallowed == []
    assert say(phones, graduate, "stop") == [GOODBYE, GOODBYE]


def test_nothing_reaches_a_phone_after_stop_not_even_our_answers(
    phones: Phones, graduate: Graduate
) -> None:
    say(phones, graduate, "STOP")

    assert say(phones, graduate, "HELP") == [GOODBYE]
    assert say(phones, graduate, "I want to kill myself") == [GOODBYE]

    # They were said, and Twilio did not pass them on: staff are told, for nobody else was.
    assert phones.swallowed == [OUR_HELP, CRISIS]
    signal = DisengagementSignal.objects.get(kind=DisengagementSignal.Kind.SAFETY)
    assert [reason["code"] for reason in signal.reasons] == ["crisis_words", "texts_off"]


def test_start_is_answered_once_and_texts_come_again(phones: Phones, graduate: Graduate) -> None:
    say(phones, graduate, "STOP")

    assert say(phones, graduate, "START") == [GOODBYE, WELCOME]

    held = consent.scopes(address=build.address_of(graduate), program=graduate.program)
    assert held == frozenset(Scope)
    assert say(phones, graduate, "HELP") == [GOODBYE, WELCOME, OUR_HELP]


def test_help_is_answered_by_us_where_twilio_does_not(phones: Phones, graduate: Graduate) -> None:
    assert say(phones, graduate, "HELP") == [OUR_HELP]


def test_help_is_answered_once_where_twilio_says_it_did(phones: Phones, graduate: Graduate) -> None:
    phones.advanced = True

    assert say(phones, graduate, "HELP") == [HELPING]
    assert say(phones, graduate, "STOP") == [HELPING, GOODBYE]
    assert say(phones, graduate, "START") == [HELPING, GOODBYE, WELCOME]
    words = InboundMessage.objects.order_by("pk").values_list("keyword", flat=True)
    assert list(words) == ["help", "stop", "start"]


def test_a_wish_in_own_words_is_obeyed_by_us_alone_and_said_so(
    phones: Phones, graduate: Graduate
) -> None:
    assert say(phones, graduate, "please stop texting me") == [OUR_GOODBYE]

    assert build.address_of(graduate).opted_out_at is not None
    assert say(phones, graduate, "Thank you") == [OUR_GOODBYE]


def test_danger_and_a_stop_in_own_words_get_both_answers(
    phones: Phones, graduate: Graduate
) -> None:
    said = say(phones, graduate, "stop texting me. i want to kill myself")

    assert said == [f"{CRISIS} {OUR_GOODBYE}"]


def test_silence_after_are_you_safe_and_stop_reaches_staff_when_it_reaches_nobody_else(
    phones: Phones, graduate: Graduate
) -> None:
    asked = say(phones, graduate, "i can't go on")
    say(phones, graduate, "STOP")

    jobs.tick(at=clock.now() + timedelta(minutes=16))

    # The crisis text is tried all the same, and the refusal is on record.
    crisis = Message.objects.get(kind=Kind.CRISIS)
    assert (crisis.state, crisis.reason) == (Message.State.SUPPRESSED, "opted_out_at_provider")
    assert phones.received(number(graduate)) == [*asked, GOODBYE]
    signal = DisengagementSignal.objects.get(kind=DisengagementSignal.Kind.SAFETY)
    assert "no_answer" in [reason["code"] for reason in signal.reasons]
