"""HOOK-01 to HOOK-04: what the texting provider, or whoever pretends to be it, can bring about."""

import random
import statistics
import string
import time
import uuid
from collections.abc import Callable
from urllib.parse import urlencode

import pytest
from django.db import OperationalError, connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from aftercare import replies
from aftercare.models import Commitment, DisengagementSignal, Reply
from notifications import delivery
from notifications.kinds import Kind
from notifications.models import Attempt, Callback, InboundMessage, Message
from tests import build
from tests.notifications.person import NOON, Person
from tests.portal.provider import (
    OLD_TOKEN,
    PUBLIC,
    TOKEN,
    WEBHOOKS,
    a_status,
    a_text,
    at_once,
    post,
    said_back,
    sign,
)

Figure = Callable[[str], None]
Many = Callable[..., int]
FORM = "application/x-www-form-urlencoded"


@pytest.fixture(autouse=True)
def provider(settings: Settings) -> None:
    settings.PUBLIC_URL = PUBLIC
    settings.ALLOWED_HOSTS = ["portal.example.org"]
    settings.TWILIO_AUTH_TOKEN = TOKEN
    settings.TWILIO_AUTH_TOKEN_PREVIOUS = OLD_TOKEN


# HOOK-01


def mutated(chance: random.Random, path: str, fields: dict[str, str]) -> tuple[str, str, str]:
    """A request as it was signed with one thing changed: its address, a field, or the signature."""
    signature, body = sign(path, fields), urlencode(fields)
    name, letter = chance.choice(sorted(fields)), chance.choice(string.ascii_letters)
    place = chance.randrange(len(signature) - 2)
    other = letter if letter != signature[place] else letter.swapcase()
    guesses = ("", "=", signature[:-2], f"{signature}A", "x" * 5000, sign(path, fields, "guessed"))
    without = {key: value for key, value in fields.items() if key != name}
    spot = chance.randrange(len(body))
    byte = chance.choice([one for one in "&=%+A0" if one != body[spot]])
    return chance.choice(
        (
            (chance.choice([one for one in WEBHOOKS if one != path]), body, signature),
            (f"{path}?{letter}={place}", body, signature),
            (path, urlencode(fields | {name: fields[name] + chance.choice("1x é\0")}), signature),
            (path, urlencode(without), signature),
            (path, urlencode(fields | {f"Extra{letter}": "1"}), signature),
            (path, body, signature[:place] + other + signature[place + 1 :]),
            (path, body, chance.choice(guesses)),
            (path, f"{body[:spot]}{byte}{body[spot + 1 :]}", signature),
        )
    )


@pytest.mark.django_db
@pytest.mark.one_database
def test_hook_01_no_mutated_request_is_accepted(figure: Figure, many: Many) -> None:
    chance, client = random.Random(1), Client(headers={"host": "portal.example.org"})
    count = many(short=100, full=10_000)
    person = Person()
    fields = a_text(person, "Hello you") | {"MessageStatus": "delivered", "CallSid": "CA1"}
    answers: dict[int, int] = {}

    for _ in range(count):
        path, body, signature = mutated(chance, chance.choice(WEBHOOKS), fields)
        response = client.post(
            path, body, content_type=FORM, headers={"x-twilio-signature": signature}, secure=True
        )
        answers[response.status_code] = answers.get(response.status_code, 0) + 1

    assert set(answers) <= {400, 403}
    assert (InboundMessage.objects.count(), Reply.objects.count()) == (0, 0)
    # The neighbour: as it was signed, it gets in by each token.
    for number, token in enumerate([TOKEN, OLD_TOKEN]):
        sent = fields | {"MessageSid": f"SM{number}"}
        assert post("/sms/inbound", sent, token=token).status_code == 200
    assert InboundMessage.objects.count() == 2
    figure(f"0 of {count:,} changed requests accepted, 0 errors 5xx")


@pytest.mark.django_db
@pytest.mark.one_database
@pytest.mark.parametrize(
    "headers",
    [
        {"x-forwarded-host": "elsewhere.example.com"},
        {"x-forwarded-proto": "http"},
        {"x-original-url": "/voice/inbound"},
        {"x-http-method-override": "GET"},
    ],
    ids=lambda headers: next(iter(headers)),
)
def test_hook_01_the_signature_is_over_the_configured_address(headers: dict[str, str]) -> None:
    fields = a_text(Person())
    client = Client(headers={"host": "portal.example.org", **headers})

    response = client.post(
        "/sms/inbound",
        urlencode(fields),
        content_type=FORM,
        headers={"x-twilio-signature": sign("/sms/inbound", fields)},
        secure=True,
    )

    assert response.status_code == 200
    assert InboundMessage.objects.count() == 1


# HOOK-02


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("body", ["HELP", "please stop texting me", "I want to kill myself", "Hi"])
def test_hook_02_fifty_copies_at_once_are_one_text_with_one_answer(
    body: str, figure: Figure
) -> None:
    graduate = build.graduate()
    fields = {
        "Body": body,
        "From": build.address_of(graduate).value,
        "To": build.sender_of(graduate).number,
        "MessageSid": "SM" + "1" * 32,
    }

    answers = at_once(50, lambda number: post("/sms/inbound", fields))

    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1
    assert InboundMessage.objects.count() == 1
    replies.read_unread(at=NOON)
    assert Reply.objects.count() == 1
    assert DisengagementSignal.objects.count() == (body == "I want to kill myself")
    # Only what is no word for the engine and no danger is answered by a text of its own.
    assert Message.objects.count() == (body == "Hi")
    figure(f"50 copies of “{body}” at once: 1 text, 1 answer")


@pytest.mark.django_db(transaction=True)
def test_hook_02_reports_in_any_order_end_at_the_furthest(figure: Figure) -> None:
    person = Person()
    person.queue(Kind.REMINDER)
    delivery.deliver_due(at=NOON)
    attempt = Attempt.objects.get()
    words = ["queued", "sending", "sent", "undelivered", "delivered"] * 50
    random.Random(7).shuffle(words)

    answers = at_once(
        len(words),
        lambda number: post(f"/sms/status/{attempt.uid}", a_status(attempt, words[number])),
    )

    assert {answer.status_code for answer in answers} == {200}
    assert Callback.objects.count() == 5
    assert Message.objects.get().state == Message.State.DELIVERED
    assert Attempt.objects.get().status == "delivered"
    # What comes after the end takes nothing back.
    for word in ("queued", "sent", "undelivered"):
        post(f"/sms/status/{attempt.uid}", a_status(attempt, word))
    assert Message.objects.get().state == Message.State.DELIVERED
    figure(f"{len(words)} reports in any order: 5 kept, the furthest holds")


# HOOK-03


def queries_of(path: str, fields: dict[str, str]) -> int:
    with CaptureQueriesContext(connection) as asked:
        response = post(path, fields)
    assert response.status_code == 200
    return len(asked)


@pytest.mark.django_db
def test_hook_03_a_text_is_stored_before_it_is_answered_and_nothing_is_sent_meanwhile(
    figure: Figure, many: Many
) -> None:
    graduate = build.graduate()
    fields = {"From": build.address_of(graduate).value, "To": build.sender_of(graduate).number}
    bodies = {"plain": "Hello", "long": "word " * 300, "help": "HELP", "danger": "I want to die"}
    work: dict[str, int] = {}
    for number, (name, body) in enumerate(bodies.items()):
        work[name] = queries_of(
            "/sms/inbound", {**fields, "Body": body, "MessageSid": f"SM{number}"}
        )

    assert [one.body for one in InboundMessage.objects.order_by("pk")] == list(bodies.values())
    # A reading waits for its job; only danger is met in the request, and the network in none.
    assert (Attempt.objects.count(), Reply.objects.count()) == (0, 1)
    assert work["plain"] == work["long"]
    assert work["plain"] <= 16
    # As much stands in the tables as after a busy month, and the work is the same.
    for number in range(40):
        build.inbound(
            sender=build.sender_of(graduate),
            address=build.address_of(graduate),
            body=f"Text {number}",
            at=build.LONG_AGO,
        )
    again = queries_of("/sms/inbound", {**fields, "Body": "Hello", "MessageSid": "SM99"})
    assert again == work["plain"]
    took = []
    for number in range(many(short=1, full=1_000)):
        started = time.monotonic()
        post("/sms/inbound", {**fields, "Body": "Hello", "MessageSid": f"SX{number}"})
        took.append((time.monotonic() - started) * 1000)
    p99 = statistics.quantiles([*took, *took], n=100)[98]
    figure(f"{work['plain']} queries for a text of any length; p99 of {len(took):,}: {p99:.0f} ms")
    if len(took) > 1:
        assert p99 < 500


@pytest.mark.django_db
@pytest.mark.parametrize("path", WEBHOOKS)
def test_hook_03_every_webhook_answers_503_while_the_database_is_away(
    path: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    fields = a_text(Person()) | {"CallSid": "CA1", "MessageStatus": "sent"}

    def away(*words: object) -> None:
        raise OperationalError("could not connect to server")

    with connection.execute_wrapper(away):
        response = post(path, fields)

    assert (response.status_code, response["Retry-After"]) == (503, "30")


@pytest.mark.django_db
def test_hook_03_the_provider_may_come_again_after_a_database_that_was_away(
    caplog: pytest.LogCaptureFixture, figure: Figure
) -> None:
    fields = a_text(Person())

    def away(*words: object) -> None:
        raise OperationalError("server closed the connection unexpectedly")

    with connection.execute_wrapper(away):
        refused = post("/sms/inbound", fields)

    assert (refused.status_code, InboundMessage.objects.count()) == (503, 0)
    assert post("/sms/inbound", fields).status_code == 200
    assert InboundMessage.objects.count() == 1
    figure("3 of 3 webhooks answer 503 with Retry-After while the database is away")


# HOOK-04

# What somebody might write who holds a phone that is not theirs, or only claims its number.
ASKING = (
    *("Who am I", "What is my name", "whose number is this", "My plan", "what is my plan", "PLAN"),
    *(
        "When is my next meeting",
        "where do I go tonight",
        "my next appointment",
        "schedule",
        "STATUS",
    ),
    *(
        "who is my counselor",
        "counselor name",
        "send me my answers",
        "my check-ins",
        "show messages",
    ),
    *("my address", "my email", "log in", "reset my password", "code", "send code", "link"),
    *("send me the link", "INFO", "MORE", "MENU", "0", "1", "2", "3", "4", "YES", "NO", "ok", "Hi"),
    *("cancel my plan", "delete my account", "change my number to +12155550133", "pause", "RESUME"),
    *("less often", "more often", "later", "not now", "I am Sam", "this is her husband", "HELP"),
    *("I went", "I did not go", "quiero saber mi plan", "cómo me llamo", "mi consejera", "AYUDA"),
    *("'; DROP TABLE graduate; --", "{name} {phone} {me}", "%(name)s", "{{ graduate }}", "$NAME"),
)


@pytest.mark.django_db
@pytest.mark.one_database
def test_hook_04_a_text_from_a_known_number_brings_nothing_back_about_its_person(
    figure: Figure,
) -> None:
    role = build.role(program=build.program(), name="Ottilie Vandermeer")
    person = build.user(email="secret-box@example.org")
    graduate = build.graduate(
        program=role.program, counselor=role, user=person, first_name="Zebulon", last_name="Quill"
    )
    commitment = build.commitment(graduate=graduate, title="Lantern Circle", place="77 Heron Way")
    before = Commitment.objects.values().get(pk=commitment.pk)
    told = ("zebulon", "quill", "lantern", "heron", "secret-box", "vandermeer", "7:00 pm")
    number, home = build.address_of(graduate).value, build.sender_of(graduate).number
    said: list[str] = []

    for place, body in enumerate(ASKING):
        fields = {"Body": body, "From": number, "To": home, "MessageSid": f"SM{place}"}
        said += said_back(post("/sms/inbound", fields))
    replies.read_unread(at=NOON)
    said += list(Message.objects.values_list("body", flat=True))

    assert [words for words in said if any(one in words.lower() for one in told)] == []
    assert InboundMessage.objects.count() == len(ASKING)
    assert Commitment.objects.values().get(pk=commitment.pk) == before
    graduate.refresh_from_db()
    assert (graduate.status, build.address_of(graduate).value) == ("active", number)
    figure(f"0 of {len(said)} answers to {len(ASKING)} questions tell anything of the person")


@pytest.mark.django_db
@pytest.mark.one_database
def test_hook_04_a_known_number_is_answered_in_the_request_as_an_unknown_one(
    figure: Figure,
) -> None:
    """The webhook's answer, which whoever sent the request can read, is the same for both."""
    graduate = build.graduate()
    home = build.sender_of(graduate).number

    def answers(sender: str, mark: str) -> list[HttpResponse]:
        return [
            post(
                "/sms/inbound", {"Body": b, "From": sender, "To": home, "MessageSid": f"{mark}{n}"}
            )
            for n, b in enumerate(["Hello", "HELP", "Who am I", "STOP", "START", "1"])
        ]

    known = answers(build.address_of(graduate).value, "SMa")
    unknown = answers(build.phone(), "SMb")

    assert [one.content for one in known] == [one.content for one in unknown]
    figure("6 of 6 answers are the same for a known and an unknown number")


def test_hook_04_no_webhook_takes_a_uid_for_proof() -> None:
    """An id in the address opens nothing without the signature."""
    fields = {"MessageSid": "SM1", "MessageStatus": "delivered"}
    response = post(f"/sms/status/{uuid.uuid4()}", fields, signature="")
    assert (response.status_code, response.content) == (403, b"")
