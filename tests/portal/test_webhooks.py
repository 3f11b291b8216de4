import base64
import hashlib
import hmac
import uuid
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from aftercare.models import DisengagementSignal
from notifications.models import InboundMessage
from portal.views import webhooks
from tests import build
from tests.notifications.person import Person
from tests.portal.provider import (
    OLD_TOKEN,
    PUBLIC,
    TOKEN,
    WEBHOOKS,
    a_call,
    a_text,
    post,
    said_back,
    sign,
    trust,
)


@pytest.fixture(autouse=True)
def twilio(settings: Settings) -> None:
    trust(settings)


@pytest.mark.django_db
def test_inbound_stores_a_text_and_says_nothing() -> None:
    person = Person()

    response = post("/sms/inbound", a_text(person, "Running late & ok"))

    stored = InboundMessage.objects.get()
    assert (response.status_code, said_back(response)) == (200, [])
    assert (stored.body, stored.address, stored.sender) == (
        "Running late & ok",
        person.address,
        person.sender,
    )


@pytest.mark.django_db
def test_inbound_answers_danger_in_the_same_breath() -> None:
    graduate = build.graduate()
    address, sender = build.address_of(graduate), build.sender_of(graduate)
    fields = {
        "Body": "I want to kill myself",
        "From": address.value,
        "To": sender.number,
        "MessageSid": "SM" + "1" * 32,
    }

    response = post("/sms/inbound", fields)

    (said,) = said_back(response)
    assert "988" in said
    signal = DisengagementSignal.objects.get(graduate=graduate)
    assert signal.kind == DisengagementSignal.Kind.SAFETY


@pytest.mark.django_db
def test_inbound_answers_help() -> None:
    response = post("/sms/inbound", a_text(Person(), "HELP"))

    (said,) = said_back(response)
    assert said.startswith("Harbor: call (215) 555-0142.")


@pytest.mark.django_db
def test_inbound_takes_copies_once_and_answers_each_the_same() -> None:
    fields = a_text(Person(), "HELP")

    answers = [said_back(post("/sms/inbound", fields)) for _ in range(3)]

    assert InboundMessage.objects.count() == 1
    assert answers[0] == answers[1] == answers[2] != []


@pytest.mark.django_db
@pytest.mark.parametrize("token", [TOKEN, OLD_TOKEN])
def test_signature_of_either_token_is_good(token: str) -> None:
    assert post("/sms/inbound", a_text(Person()), token=token).status_code == 200
    assert InboundMessage.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    "signature", ["", "x", "ñ", "AAAAAAAAAAAAAAAAAAAAAAAAAAA=", sign("/sms/inbound", {})]
)
def test_signature_that_is_wrong_is_turned_away(signature: str) -> None:
    response = post("/sms/inbound", a_text(Person()), signature=signature)

    assert response.status_code == 403
    assert InboundMessage.objects.count() == 0


@pytest.mark.django_db
def test_signature_covers_every_field_and_the_address() -> None:
    person = Person()
    fields = a_text(person)
    good = sign("/sms/inbound", fields)

    changed = [fields | {name: fields[name] + "1"} for name in fields] + [fields | {"Extra": "1"}]
    codes = {post("/sms/inbound", each, signature=good).status_code for each in changed}
    codes.add(post("/sms/inbound?x=1", fields, signature=good).status_code)
    codes.add(post(f"/sms/status/{uuid.uuid4()}", fields, signature=good).status_code)

    assert codes == {403}
    assert InboundMessage.objects.count() == 0
    assert post("/sms/inbound?x=1", fields).status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize("path", WEBHOOKS)
def test_without_a_token_nothing_is_ever_signed(settings: Settings, path: str) -> None:
    settings.TWILIO_AUTH_TOKEN = settings.TWILIO_AUTH_TOKEN_PREVIOUS = ""
    fields = a_text(Person())

    assert post(path, fields, token="").status_code == 403
    assert post(path, fields, token=TOKEN).status_code == 403


@pytest.mark.parametrize("path", WEBHOOKS)
def test_webhooks_are_posted_to(path: str) -> None:
    client = Client(headers={"host": "portal.example.org"})

    assert client.get(path, secure=True).status_code == 405


def test_a_body_past_64_kb_is_not_read() -> None:
    fields = {"Body": "a" * webhooks.MOST_BYTES}

    assert post("/sms/inbound", fields).status_code == 413


@pytest.mark.django_db
def test_a_text_to_a_number_on_no_list_is_told_where_help_is(
    caplog: pytest.LogCaptureFixture,
) -> None:
    response = post("/sms/inbound", a_text(Person(), To="+12155550199"))

    (said,) = said_back(response)
    assert response.status_code == 200
    assert "988" in said
    assert "ending in 0199" in caplog.text
    assert "+12155550199" not in caplog.text


@pytest.mark.django_db
@pytest.mark.parametrize("field", ["From", "Body", "NumMedia", "AccountSid", "MessageSid"])
@pytest.mark.parametrize("value", [None, "", "\0", "a\0b", "x" * 60_000, "\ud83d", "-1", "ñ👍"])
def test_a_field_of_any_content_loses_no_text(field: str, value: str | None) -> None:
    person = Person()
    fields = a_text(person)
    del fields[field]
    raw = {name: text.encode() for name, text in fields.items()}
    if value is not None:
        raw[field] = value.encode("utf-8", "surrogatepass")
    # What is no UTF-8 reaches us, and the signature, with marks in place of it.
    seen = {name: text.decode("utf-8", "replace") for name, text in raw.items()}
    signature = sign("/sms/inbound", seen)
    client = Client(headers={"host": "portal.example.org", "x-twilio-signature": signature})

    response = client.post(
        "/sms/inbound",
        urlencode(raw),
        content_type="application/x-www-form-urlencoded",
        secure=True,
    )

    assert response.status_code == 200
    assert InboundMessage.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"", "application/x-www-form-urlencoded"),
        (b"%%%=&&&", "application/x-www-form-urlencoded"),
        (b"Body=%ff%fe", "application/x-www-form-urlencoded"),
        (b"Body=a", "application/x-www-form-urlencoded; charset=utf-16"),
        (b"{", "application/json"),
        (b"--x", "multipart/form-data; boundary=x"),
        (b"nonsense", "multipart/form-data"),
        (
            b"&".join(b"f%d=1" % number for number in range(300)),
            "application/x-www-form-urlencoded",
        ),
    ],
)
def test_a_strange_request_is_turned_away(body: bytes, kind: str) -> None:
    client = Client(headers={"host": "portal.example.org", "x-twilio-signature": "x"})

    response = client.post("/sms/inbound", body, content_type=kind, secure=True)

    assert response.status_code in (400, 403)


@pytest.mark.django_db
@pytest.mark.parametrize("field", ["To", "From", "Body", "NumMedia", "MessageSid", "OptOutType"])
@pytest.mark.parametrize("first", ["", "x" * 20_000, "ñ👍"])
def test_a_doubled_field_loses_no_text(field: str, first: str) -> None:
    person = Person()
    fields = a_text(person) | {"OptOutType": ""}
    both = [(field, first), *fields.items()]
    said = PUBLIC + "/sms/inbound"
    for name in sorted(fields):
        # Twilio's own client joins the different values of a name, sorted.
        said += "".join(name + text for text in sorted({text for key, text in both if key == name}))
    digest = hmac.new(TOKEN.encode(), said.encode(), hashlib.sha1).digest()

    response = Client(headers={"host": "portal.example.org"}).post(
        "/sms/inbound",
        urlencode(both),
        content_type="application/x-www-form-urlencoded",
        headers={"x-twilio-signature": base64.b64encode(digest).decode()},
        secure=True,
    )

    assert response.status_code == 200
    stored = InboundMessage.objects.get()
    assert (stored.body, stored.provider_id) == ("Hello", "SM" + "1" * 32)


@pytest.mark.django_db
def test_a_text_without_the_number_it_came_to_is_told_where_help_is() -> None:
    fields = a_text(Person())
    del fields["To"]

    (said,) = said_back(post("/sms/inbound", fields))

    assert "988" in said


@pytest.mark.django_db
def test_a_long_text_is_kept_whole() -> None:
    post("/sms/inbound", a_text(Person(), "a" * 1601))

    assert InboundMessage.objects.get().body == "a" * 1601


@pytest.mark.django_db
def test_the_provider_s_word_for_help_reaches_the_engine() -> None:
    response = post("/sms/inbound", a_text(Person(), "HELP", OptOutType="HELP"))

    assert said_back(response) == []
    assert InboundMessage.objects.get().keyword == "help"


@pytest.mark.django_db
def test_a_doubled_field_counts_with_its_last_value() -> None:
    person = Person()
    fields = a_text(person)
    doubled = urlencode({name: text for name, text in fields.items() if name != "Body"})
    both = f"{doubled}&Body=One&Body=Two"
    said = (
        PUBLIC
        + "/sms/inbound"
        + "".join(
            name + ("OneBodyTwo" if name == "Body" else fields[name]) for name in sorted(fields)
        )
    )
    digest = hmac.new(TOKEN.encode(), said.encode(), hashlib.sha1).digest()
    signature = base64.b64encode(digest).decode()
    client = Client(headers={"host": "portal.example.org", "x-twilio-signature": signature})

    response = client.post(
        "/sms/inbound", both, content_type="application/x-www-form-urlencoded", secure=True
    )

    assert response.status_code == 200
    assert InboundMessage.objects.get().body == "Two"


@pytest.mark.django_db
def test_webhooks_read_no_session() -> None:
    person = Person()

    with CaptureQueriesContext(connection) as asked:
        post("/voice/inbound", a_call(person))
        post("/sms/inbound", a_text(person))
        post(f"/sms/status/{uuid.uuid4()}", {"MessageSid": "SM1", "MessageStatus": "sent"})

    assert len(asked) > 3
    assert [query for query in asked.captured_queries if "session" in query["sql"]] == []
