import base64
import hashlib
import hmac
import uuid
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlencode
from xml.etree import ElementTree

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from aftercare.models import DisengagementSignal, Reply
from notifications import clock, delivery
from notifications.kinds import Kind
from notifications.models import Attempt, Callback, InboundMessage, Message
from portal.views import webhooks
from tests import build
from tests.notifications.person import NIGHT, NOON, TUESDAY, Person

TOKEN, OLD_TOKEN = "made-up-token", "made-up-older-token"
PUBLIC = "https://portal.example.org"
WEBHOOKS = ["/sms/inbound", f"/sms/status/{uuid.UUID(int=1)}", "/voice/inbound"]


@pytest.fixture(autouse=True)
def twilio(settings: Settings) -> None:
    settings.PUBLIC_URL = PUBLIC
    settings.ALLOWED_HOSTS = ["portal.example.org"]
    settings.TWILIO_AUTH_TOKEN = TOKEN
    settings.TWILIO_AUTH_TOKEN_PREVIOUS = OLD_TOKEN


def sign(path: str, fields: Mapping[str, str], token: str = TOKEN) -> str:
    """The documented scheme, written down once more: address, then each name and value, sorted."""
    said = PUBLIC + path + "".join(name + fields[name] for name in sorted(fields))
    digest = hmac.new(token.encode(), said.encode(), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()


def post(
    path: str, fields: Mapping[str, str], *, token: str = TOKEN, signature: str | None = None
) -> HttpResponse:
    client = Client(enforce_csrf_checks=True, headers={"host": "portal.example.org"})
    given_signature = sign(path, fields, token) if signature is None else signature
    return client.post(  # type: ignore[return-value]
        path,
        urlencode(fields),
        content_type="application/x-www-form-urlencoded",
        headers={"x-twilio-signature": given_signature},
        secure=True,
    )


def a_text(person: Person, body: str = "Hello", **changes: str) -> dict[str, str]:
    return {
        "AccountSid": "AC" + "0" * 32,
        "Body": body,
        "From": person.address.value,
        "MessageSid": "SM" + "1" * 32,
        "NumMedia": "0",
        "To": person.sender.number,
    } | changes


def said_back(response: HttpResponse) -> list[str]:
    assert response["Content-Type"] == "text/xml; charset=utf-8"
    return [element.text or "" for element in ElementTree.fromstring(response.content)]  # noqa: S314


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


# Status reports


@pytest.fixture
def sent(db: None) -> Attempt:
    person = Person()
    person.queue(Kind.REMINDER)
    delivery.deliver_due(at=NOON)
    return Attempt.objects.get()


def a_status(attempt: Attempt, status: str, **more: str) -> dict[str, str]:
    return {"MessageSid": attempt.provider_id, "MessageStatus": status} | more


def test_status_moves_the_message(sent: Attempt) -> None:
    response = post(f"/sms/status/{sent.uid}", a_status(sent, "delivered"))

    assert (response.status_code, said_back(response)) == (200, [])
    assert Message.objects.get().state == Message.State.DELIVERED


def test_status_carries_the_error_code(sent: Attempt) -> None:
    post(f"/sms/status/{sent.uid}", a_status(sent, "undelivered", ErrorCode="30007"))

    message = Message.objects.get()
    assert (message.state, message.reason) == (Message.State.UNDELIVERED, "filtered_by_carrier")
    assert Callback.objects.get().code == "30007"


@pytest.mark.parametrize("missing", ["MessageSid", "MessageStatus"])
def test_status_that_says_nothing_changes_nothing(sent: Attempt, missing: str) -> None:
    fields = a_status(sent, "delivered")
    del fields[missing]

    assert post(f"/sms/status/{sent.uid}", fields).status_code == 200

    assert Message.objects.get().state == Message.State.SENT
    assert Callback.objects.count() == 0


@pytest.mark.parametrize("field", ["MessageSid", "MessageStatus", "ErrorCode"])
@pytest.mark.parametrize("value", ["\0", "a\0b", "x" * 60_000, "ñ👍"])
def test_status_of_any_content_is_no_fault(sent: Attempt, field: str, value: str) -> None:
    fields = a_status(sent, "delivered") | {field: value}

    assert post(f"/sms/status/{sent.uid}", fields).status_code == 200


@pytest.mark.django_db
def test_status_of_an_attempt_that_never_was_is_taken_quietly() -> None:
    fields = {"MessageSid": "SM" + "1" * 32, "MessageStatus": "delivered"}

    assert post(f"/sms/status/{uuid.uuid4()}", fields).status_code == 200


# Calls


def a_call(person: Person) -> dict[str, str]:
    return {"To": person.sender.number, "From": person.address.value, "CallSid": "CA" + "1" * 32}


@pytest.mark.django_db
def test_a_call_at_night_hears_where_to_reach_us_and_988_in_both_languages(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(clock, "now", lambda: NIGHT)

    response = post("/voice/inbound", a_call(Person()))

    spoken = list(ElementTree.fromstring(response.content))  # noqa: S314
    assert [(element.tag, element.get("language")) for element in spoken] == [
        ("Say", "en-US"),
        ("Say", "es-US"),
    ]
    assert all("9 8 8" in (element.text or "") for element in spoken)
    assert "2 1 5, 5 5 5, 0 1 4 2" in (spoken[0].text or "")
    assert Reply.objects.get().kind == Reply.Kind.CALL


@pytest.mark.django_db
def test_a_call_in_staffed_hours_is_put_through_and_988_said_where_nobody_takes_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(clock, "now", lambda: TUESDAY)

    response = post("/voice/inbound", a_call(Person()))

    spoken = list(ElementTree.fromstring(response.content))  # noqa: S314
    assert [element.tag for element in spoken] == ["Say", "Say", "Dial", "Say", "Say"]
    assert (spoken[2].text, spoken[2].get("timeout")) == ("+12155550142", "25")
    assert "Nobody could take your call." in (spoken[3].text or "")


@pytest.mark.django_db
@pytest.mark.parametrize("field", ["To", "From", "CallSid"])
@pytest.mark.parametrize("value", [None, "", "\0", "x" * 60_000, "ñ👍", "anonymous"])
def test_a_call_of_any_content_is_answered(field: str, value: str | None) -> None:
    fields = a_call(Person())
    del fields[field]
    if value is not None:
        fields[field] = value

    response = post("/voice/inbound", fields)

    assert response.status_code == 200
    assert b"9 8 8" in response.content


@pytest.mark.django_db
def test_webhooks_read_no_session() -> None:
    person = Person()

    with CaptureQueriesContext(connection) as asked:
        post("/voice/inbound", a_call(person))
        post("/sms/inbound", a_text(person))
        post(f"/sms/status/{uuid.uuid4()}", {"MessageSid": "SM1", "MessageStatus": "sent"})

    assert len(asked) > 3
    assert [query for query in asked.captured_queries if "session" in query["sql"]] == []


# Many at once


def at_once(count: int, do: Callable[[int], HttpResponse]) -> list[HttpResponse]:
    """What so many requests are answered, each in a thread with a connection of its own."""

    def one(number: int) -> HttpResponse:
        try:
            return do(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=8) as pool:
        return list(pool.map(one, range(count)))
