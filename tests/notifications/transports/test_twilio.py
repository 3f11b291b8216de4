import socket
import uuid
from dataclasses import replace
from datetime import timedelta

import pytest
from django.urls import resolve
from pytest_django import Settings

from notifications import clock, delivery
from notifications.models import Attempt, Message, Sender
from notifications.transports import current, twilio
from notifications.transports.base import Parcel, TransportError
from notifications.transports.outcomes import Outcome
from tests.notifications.person import NOON, Person
from tests.twilio_fake import ACCOUNT, TwilioFake

SERVICE = "MG" + "b2" * 16
PARCEL = Parcel(
    to="+12155550142",
    body="At 7 PM today.",
    number="+12155550100",
    messaging_service="",
    attempt_uid=uuid.UUID("8c0d1d2e-6f0c-4a9e-9d0a-3c1b2a4f5e6d"),
)


def outcome(parcel: Parcel = PARCEL) -> tuple[Outcome, str]:
    with pytest.raises(TransportError) as raised:
        current().send(parcel)
    return raised.value.outcome, raised.value.code


def test_send_from_a_number_carries_the_attempt_in_the_callback(fake: TwilioFake) -> None:
    current().send(replace(PARCEL, valid_for=600))

    assert fake.sent[0].fields == {
        "To": "+12155550142",
        "From": "+12155550100",
        "Body": "At 7 PM today.",
        "StatusCallback": f"https://portal.example.org/sms/status/{PARCEL.attempt_uid}",
        "ValidityPeriod": "600",
    }


def test_send_from_a_messaging_service_names_no_number(fake: TwilioFake) -> None:
    current().send(replace(PARCEL, messaging_service=SERVICE))

    assert fake.sent[0].fields["MessagingServiceSid"] == SERVICE
    assert "From" not in fake.sent[0].fields


def test_callback_address_leads_to_the_webhook(fake: TwilioFake) -> None:
    match = resolve(f"/sms/status/{PARCEL.attempt_uid}")

    assert match.kwargs == {"attempt_uid": PARCEL.attempt_uid}


def test_client_waits_five_seconds_to_connect_and_thirty_to_read(fake: TwilioFake) -> None:
    made = twilio.transport()

    assert made.client is not None
    assert made.client.http_client.timeout == (5, 30)


def test_client_asks_twilio_itself_unless_told_otherwise(settings: Settings) -> None:
    settings.TWILIO_ACCOUNT_SID, settings.TWILIO_AUTH_TOKEN = ACCOUNT, "token"
    settings.TWILIO_API_URL = ""

    made = twilio.transport()

    assert made.client is not None
    assert made.client.http_client.api == "https://api.twilio.com"
    twilio.hang_up()


def test_client_is_made_once_and_anew_for_another_token(
    fake: TwilioFake, settings: Settings
) -> None:
    first = twilio.transport()
    assert twilio.transport() is first

    settings.TWILIO_AUTH_TOKEN = "rotated"

    assert twilio.transport() is not first
    assert outcome() == (Outcome.ACCOUNT, "20003")


@pytest.mark.parametrize("name", ["TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN"])
def test_missing_setting_is_a_matter_of_the_account(
    fake: TwilioFake, settings: Settings, name: str
) -> None:
    setattr(settings, name, "")

    with pytest.raises(TransportError, match=f"set {name}") as raised:
        current().send(PARCEL)

    assert raised.value.outcome is Outcome.ACCOUNT
    assert not raised.value.permanent


@pytest.mark.parametrize(
    "step", ["500", "503", "500_after", "drop", "drop_after", "html_after", "empty_after"]
)
def test_send_does_not_know_what_a_broken_answer_means(fake: TwilioFake, step: str) -> None:
    fake.script.append(step)

    assert outcome()[0] is Outcome.AMBIGUOUS
    assert len(fake.sent) == step.endswith("_after")


def test_send_does_not_know_what_became_of_it_after_a_read_timeout(
    fake: TwilioFake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(twilio, "TIMEOUTS", (1, 0.1))
    twilio.hang_up()
    fake.hangs_for = 0.4
    fake.script.append("hang_after")

    assert outcome()[0] is Outcome.AMBIGUOUS
    assert len(fake.sent) == 1


def test_send_that_found_no_server_was_not_processed(fake: TwilioFake, settings: Settings) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        settings.TWILIO_API_URL = f"http://127.0.0.1:{nobody.getsockname()[1]}"

        assert outcome()[0] is Outcome.NOT_PROCESSED


def test_send_honours_retry_after(fake: TwilioFake) -> None:
    fake.script.append("429")
    fake.retry_after = "17"

    with pytest.raises(TransportError) as raised:
        current().send(PARCEL)

    assert (raised.value.outcome, raised.value.retry_after) == (Outcome.NOT_PROCESSED, 17)


def test_send_takes_an_answer_of_something_else_for_a_matter_of_settings(
    fake: TwilioFake,
) -> None:
    fake.script.append("404")

    assert outcome() == (Outcome.ACCOUNT, "404")


def test_find_passes_over_what_is_older_or_another_sender_s(fake: TwilioFake) -> None:
    current().send(PARCEL)
    since = clock.now()

    assert len(current().find(PARCEL, since=since)) == 1
    assert current().find(PARCEL, since=since + timedelta(minutes=1)) == []
    assert current().find(replace(PARCEL, number="+12155550199"), since=since) == []
    assert current().find(replace(PARCEL, messaging_service=SERVICE), since=since) == []


def test_find_tells_what_became_of_it(fake: TwilioFake) -> None:
    current().send(PARCEL)
    fake.sent[0].status, fake.sent[0].error_code = "undelivered", 30003

    (found,) = current().find(PARCEL, since=clock.now())

    assert (found.provider_id, found.status, found.code) == (
        fake.sent[0].sid,
        "undelivered",
        "30003",
    )


@pytest.mark.django_db
def test_deliver_due_sends_many_at_once_and_each_once(fake: TwilioFake) -> None:
    people = [Person() for _ in range(12)]
    messages = [person.queue(body=f"Text {number}") for number, person in enumerate(people)]

    result = delivery.deliver_due(at=NOON)

    assert result == delivery.Delivered(sent=12)
    assert sorted(fake.bodies()) == sorted(f"Text {number}" for number in range(12))
    ids = dict(Attempt.objects.values_list("message_id", "provider_id"))
    taken = {sent.body: sent.sid for sent in fake.sent}
    assert ids == {message.pk: taken[message.body] for message in messages}


@pytest.mark.django_db
def test_deliver_due_holds_the_queue_while_settings_are_missing(
    fake: TwilioFake, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    person = Person()
    message = person.queue()
    settings.TWILIO_AUTH_TOKEN = ""

    delivery.deliver_due(at=NOON)

    message.refresh_from_db()
    assert (message.state, message.reason) == (Message.State.DEFERRED, "sender_refused")
    assert Sender.objects.get().paused_until == NOON + timedelta(minutes=5)
    assert "settings" in caplog.text
    settings.TWILIO_AUTH_TOKEN = "made-up-token"
    delivery.deliver_due(at=NOON + timedelta(minutes=5))
    assert fake.bodies() == ["At 7 PM today."]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "step", ["429", "500", "500_after", "drop", "drop_after", "html", "html_after"]
)
def test_every_fault_alone_ends_in_one_text(fake: TwilioFake, step: str) -> None:
    person = Person()
    person.queue()
    fake.script.append(step)
    at = clock.now()
    Message.objects.update(not_before=at, next_at=at, expires_at=at + timedelta(hours=1))

    for seconds in range(0, 600, 5):
        now = at + timedelta(seconds=seconds)
        delivery.deliver_due(at=now)
        delivery.reconcile(at=now)

    assert fake.bodies() == ["At 7 PM today."]
    assert Message.objects.get().state == Message.State.SENT
