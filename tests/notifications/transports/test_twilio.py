import socket
import uuid
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import certifi
import pytest
from django.urls import resolve
from pytest_django import Settings

from notifications import clock, delivery, sweep, tracking
from notifications.models import Attempt, Message, Sender
from notifications.transports import current, twilio
from notifications.transports.base import Account, Parcel, Receipt, TransportError, Way
from notifications.transports.outcomes import Outcome
from tests.notifications.person import NOON, Person
from tests.twilio_fake import ACCOUNT, Sent, TwilioFake

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


def test_client_goes_by_the_proxies_and_certificates_of_the_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("HTTPS_PROXY", "https_proxy", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    plain = twilio.HttpClient(api="")
    bundle = tmp_path / "own.pem"
    bundle.touch()
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(bundle))
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example.org:3128")
    monkeypatch.setenv("NO_PROXY", "")
    monkeypatch.setenv("no_proxy", "")

    told = twilio.HttpClient(api="")

    assert (plain.pool.host, plain.pool.proxy) == ("api.twilio.com", None)
    assert (told.pool.host, told.pool.proxy.host) == ("api.twilio.com", "proxy.example.org")
    assert {pool.cert_reqs for pool in (plain.pool, told.pool)} == {"CERT_REQUIRED"}
    assert plain.pool.ca_certs == certifi.where()
    assert told.pool.ca_certs == str(bundle)
    for client in (plain, told):
        client.close()


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


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        ("17", 17),
        ("86400", 3600),
        ("9" * 5000, None),
        ("-1", None),
        ("soon", None),
        ("Fri, 31 Dec 2100 23:59:59 GMT", 3600),
        ("Fri, 31 Dec 1999 23:59:59 GMT", 0),
        ("Fri, 31 Dec 99999999999 23:59:59 GMT", None),
    ],
)
def test_send_honours_retry_after(fake: TwilioFake, written: str, seconds: int | None) -> None:
    fake.script.append("429")
    fake.retry_after = written

    with pytest.raises(TransportError) as raised:
        current().send(PARCEL)

    assert (raised.value.outcome, raised.value.retry_after) == (Outcome.NOT_PROCESSED, seconds)


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


# What the account keeps


def taken(fake: TwilioFake, **changes: str) -> Sent:
    """A message that Twilio took and sent."""
    current().send(replace(PARCEL, attempt_uid=uuid.uuid4(), **changes))  # type: ignore[arg-type]
    fake.sent[-1].status = "delivered"
    return fake.sent[-1]


def test_look_tells_the_last_word_and_what_it_cost(fake: TwilioFake) -> None:
    message = taken(fake)
    message.price, message.segments = "-0.01580", "2"

    assert account().look(message.sid) == Receipt(
        provider_id=message.sid,
        status="delivered",
        segments=2,
        price=Decimal("0.01580"),
        price_unit="USD",
    )


def test_day_lists_every_page_once_and_no_other_day(fake: TwilioFake) -> None:
    twilio_page = twilio.PAGE
    messages = [taken(fake, body=f"Text {number}") for number in range(5)]
    taken(fake).created_at -= timedelta(days=1)
    today = clock.now().date()
    twilio.PAGE = 2
    try:
        pages = [account().day(today)]
        while pages[-1].cursor:
            pages.append(account().day(today, cursor=pages[-1].cursor))
    finally:
        twilio.PAGE = twilio_page

    assert [len(page.messages) for page in pages] == [2, 2, 1]
    listed = [one for page in pages for one in page.messages]
    assert [one.receipt.provider_id for one in listed] == [each.sid for each in reversed(messages)]
    assert {(one.to, one.sender, one.way, one.media) for one in listed} == {
        (PARCEL.to, PARCEL.number, Way.OUT, 0)
    }
    assert listed[0].body == "Text 4"
    assert listed[0].made_at == messages[4].created_at.replace(microsecond=0)


def test_day_of_one_number_shows_what_came_in(fake: TwilioFake) -> None:
    taken(fake)
    came = taken(fake, to="+12155550100", body="Hello")
    came.direction, came.status, came.fields["NumMedia"] = "inbound", "received", "1"

    (listed,) = account().day(clock.now().date(), to="+12155550100").messages

    assert (listed.way, listed.body, listed.media) == (Way.IN, "Hello", 1)


def test_redact_leaves_the_message_and_takes_its_words(fake: TwilioFake) -> None:
    message = taken(fake)

    found = account().redact(message.sid)

    assert found is not None
    assert found.status == "delivered"
    assert message.body == ""


def test_redact_is_refused_while_the_message_is_on_its_way(fake: TwilioFake) -> None:
    message = taken(fake)
    message.status = "sending"

    with pytest.raises(TransportError) as raised:
        account().redact(message.sid)

    assert (raised.value.outcome, raised.value.code) == (Outcome.REFUSED, "20009")
    assert message.body == PARCEL.body


def test_account_of_another_token_is_a_matter_of_settings(
    fake: TwilioFake, settings: Settings
) -> None:
    settings.TWILIO_AUTH_TOKEN = "rotated"

    for ask in (
        lambda: account().look("SM" + "0" * 32),
        lambda: account().day(clock.now().date()),
        lambda: account().redact("SM" + "0" * 32),
    ):
        with pytest.raises(TransportError) as raised:
            ask()
        assert raised.value.outcome is Outcome.ACCOUNT


def account() -> Account:
    found = current().account
    assert found is not None
    return found


@pytest.mark.django_db
def test_a_text_of_yesterday_gets_its_price_and_loses_its_words_at_twilio(fake: TwilioFake) -> None:
    person = Person()
    at = clock.now()
    message = person.queue(at=at)
    delivery.deliver_due(at=at)
    (sent,) = fake.sent
    sent.status, sent.price = "delivered", "-0.00830"  # and no report of it ever came

    tracking.follow(at=at + timedelta(minutes=15))
    message.refresh_from_db()
    assert message.state == Message.State.DELIVERED
    assert sent.body == "At 7 PM today."
    sweep.run(at=at + timedelta(days=2))
    tracking.follow(at=at + timedelta(days=2))

    attempt = Attempt.objects.get()
    assert (attempt.price, attempt.billed_segments) == (Decimal("0.00830"), 1)
    assert attempt.redacted_at == at + timedelta(days=2)
    assert sent.body == ""
    assert Message.objects.get().body == "At 7 PM today."


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
