"""Status reports of texts, and calls to the texting number."""

import uuid
from xml.etree import ElementTree

import pytest
from pytest_django import Settings

from aftercare.models import Reply
from notifications import clock, delivery
from notifications.kinds import Kind
from notifications.models import Attempt, Callback, Message
from tests.notifications.person import NIGHT, NOON, TUESDAY, Person
from tests.portal.provider import (
    a_call,
    a_status,
    post,
    said_back,
    trust,
)


@pytest.fixture(autouse=True)
def twilio(settings: Settings) -> None:
    trust(settings)


# Status reports


@pytest.fixture
def sent(db: None) -> Attempt:
    person = Person()
    person.queue(Kind.REMINDER)
    delivery.deliver_due(at=NOON)
    return Attempt.objects.get()


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
