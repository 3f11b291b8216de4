"""The simulator: only in a demo, only for this machine."""

import json
from collections.abc import Iterator
from datetime import timedelta
from importlib import reload

import pytest
from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.test import Client
from django.urls import clear_url_caches
from pytest_django.fixtures import Settings

from aftercare.models import Graduate, Role
from notifications import clock
from notifications.models import ClockOffset, InboundMessage, Message
from portal import urls
from tests import build

pytestmark = pytest.mark.django_db

PHONE = "+12155550142"


@pytest.fixture
def demo(settings: Settings) -> Iterator[Graduate]:
    """A demo with one graduate and one counselor."""
    settings.DEMO = True
    settings.SMS_TRANSPORT = "simulator"
    reload(urls)
    clear_url_caches()
    program = build.program()
    program.is_demo = True
    program.save()
    counselor = build.role(program=program)
    yield build.graduate(
        program=program, counselor=counselor, user=build.user(), phone=PHONE, first_name="Angela"
    )
    settings.DEMO = False
    reload(urls)
    clear_url_caches()


@pytest.mark.parametrize("path", ["", "messages.json", "reply", "forward", "enter/lead"])
def test_nothing_of_it_exists_outside_a_demo(path: str, client: Client) -> None:
    assert client.get(f"/simulator/{path}").status_code == 404


@pytest.mark.usefixtures("demo")
@pytest.mark.parametrize("path", ["", "messages.json", "enter/counselor"])
def test_nobody_but_this_machine_sees_it(path: str, client: Client) -> None:
    answer = client.get(f"/simulator/{path}", {"phone": PHONE}, REMOTE_ADDR="203.0.113.9")

    assert answer.status_code == 404
    assert client.get(f"/simulator/{path}", {"phone": PHONE}).status_code in (200, 302)


def test_messages_are_what_the_phone_got_and_said(client: Client, demo: Graduate) -> None:
    build.message(graduate=demo, body="Hello.", state=Message.State.DELIVERED, at=clock.now())
    client.post("/simulator/reply", {"phone": PHONE, "body": "hi there"})
    client.post("/simulator/reply", {"phone": PHONE, "body": "i want to die"})

    found = client.get("/simulator/messages.json", {"phone": PHONE}).json()

    assert [(row["body"], row["direction"]) for row in found["messages"]] == [
        ("Hello.", "out"),
        ("hi there", "in"),
        ("i want to die", "in"),
        (demo.program.crisis_texts["en"], "out"),
    ]


def test_reply_takes_json_and_gives_the_answer_that_rides_back(
    client: Client, demo: Graduate
) -> None:
    answer = client.post(
        "/simulator/reply",
        json.dumps({"phone": PHONE, "body": "i want to die"}),
        content_type="application/json",
    )

    assert answer.json() == {"answer": demo.program.crisis_texts["en"]}


def test_reply_takes_whatever_is_posted_for_words_or_for_nothing(
    client: Client, demo: Graduate
) -> None:
    number = build.address_of(demo).value
    half = f'{{"phone": "{number}", "body": "\\ud83d hi"}}'
    deep = '{"phone":' + "[" * 100_000

    answers = [
        client.post("/simulator/reply", posted, content_type="application/json").status_code
        for posted in (half, deep)
    ]

    assert answers == [200, 404]
    assert [text.body for text in InboundMessage.objects.all()] == ["? hi"]


@pytest.mark.usefixtures("demo")
def test_unknown_phone_is_said_so(client: Client) -> None:
    answer = client.post("/simulator/reply", {"phone": "+12155550199", "body": "hi"})

    assert answer.status_code == 404
    assert list(answer.json()["errors"]) == ["phone"]


@pytest.mark.usefixtures("demo")
@pytest.mark.parametrize("minutes", ["", "soon", "0", "-5", "9999999"])
def test_time_does_not_move_by_nonsense(minutes: str, client: Client) -> None:
    answer = client.post("/simulator/forward", {"minutes": minutes})

    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == ["minutes"]
    assert not ClockOffset.objects.exists()


@pytest.mark.usefixtures("demo")
def test_time_moves_and_the_jobs_run(client: Client) -> None:
    before = clock.now()

    answer = client.post("/simulator/forward", {"minutes": "150"}).json()

    assert ClockOffset.objects.get().offset_seconds == 150 * 60
    assert clock.now() - before >= timedelta(minutes=150)
    assert answer["planned"] >= 1


@pytest.mark.usefixtures("demo")
def test_enter_logs_in_as_the_role(client: Client) -> None:
    answer = client.get("/simulator/enter/counselor")

    role = Role.objects.get()
    assert answer.headers["Location"] == "/"
    assert client.session["_auth_user_id"] == str(role.user.pk)
    client.get("/simulator/enter/counselor")
    devices = UserSession.objects.filter(user=role.user, session_key=client.session.session_key)
    assert devices.count() == 1
    mailboxes = EmailAddress.objects.values_list("user", "email", "verified", "primary")
    assert list(mailboxes) == [(role.user.pk, role.user.email, True, True)]


def test_graduate_who_is_entered_is_of_the_first_program(client: Client, demo: Graduate) -> None:
    assert demo.user is not None
    second = build.program(name="Lakeview House")
    second.is_demo = True
    second.save()
    Graduate.objects.filter(pk=demo.pk).update(user=None)
    build.graduate(program=second, user=build.user())
    newest = build.graduate(program=demo.program, user=demo.user)

    client.get("/simulator/enter/graduate")

    assert client.session["_auth_user_id"] == str(newest.user_id)


def test_enter_logs_in_as_the_person_named(client: Client, demo: Graduate) -> None:
    assert demo.user is not None
    other = build.graduate(program=demo.program, user=build.user())
    assert other.user is not None

    client.get(f"/simulator/enter/graduate?uid={other.user.uid}")

    assert client.session["_auth_user_id"] == str(other.user.pk)


@pytest.mark.usefixtures("demo")
@pytest.mark.parametrize("path", ["enter/king", "enter/counselor?uid=nobody"])
def test_nobody_enters_as_who_is_not_there(path: str, client: Client) -> None:
    assert client.get(f"/simulator/{path}").status_code == 404
    assert "_auth_user_id" not in client.session


def test_board_shows_the_phones_and_finds_one_by_name(client: Client, demo: Graduate) -> None:
    build.graduate(program=demo.program, first_name="Marcus", phone="+12155550143")

    everybody = client.get("/simulator/").context["phones"]
    found = client.get("/simulator/", {"q": "marc"}).context["phones"]

    assert {phone.name.split()[0] for phone in everybody} == {"Angela", "Marcus"}
    assert [phone.number for phone in found] == ["+12155550143"]
