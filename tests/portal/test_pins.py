"""The PIN before each page, where somebody else sees the phone."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from aftercare.models import Contact, Graduate
from portal import sessions
from tests import build

pytestmark = pytest.mark.django_db

TODAY, PIN = "/today/", "/pin/"


@pytest.fixture
def sam(client: Client) -> Graduate:
    """A graduate on a phone that others see, who is logged in and has chosen a PIN."""
    found = build.graduate(user=build.user(), shared=True)
    assert found.user is not None
    client.force_login(found.user)
    chosen = client.post(PIN, {"pin": "4711", "again": "4711", "next": TODAY})
    assert chosen.headers["Location"] == TODAY
    return found


def let_time_pass(client: Client, past: timedelta) -> None:
    session = client.session
    session["pin_at"] -= past.total_seconds()
    session.save()


def test_a_pin_is_chosen_before_the_first_page(client: Client) -> None:
    graduate = build.graduate(user=build.user(), shared=True)
    assert graduate.user is not None
    client.force_login(graduate.user)

    assert client.get(TODAY).headers["Location"] == "/pin/?next=/today/"
    assert "Choose a PIN" in client.get(PIN).content.decode()
    for pin, again in (("12", "12"), ("4711", "4712"), ("abcd", "abcd")):
        assert client.post(PIN, {"pin": pin, "again": again}).status_code == 422
    assert Contact.objects.get().pin == ""


def test_each_page_asks_again_after_two_minutes(client: Client, sam: Graduate) -> None:
    assert client.get(TODAY).status_code == 200
    let_time_pass(client, sessions.PIN_HOLDS + timedelta(seconds=1))

    assert client.get(reverse("plan")).headers["Location"] == "/pin/?next=/plan/"
    assert client.post(PIN, {"pin": "1111"}).status_code == 422
    assert client.post(PIN, {"pin": "4711"}).status_code == 302
    assert client.get(TODAY).status_code == 200


def test_what_was_written_meanwhile_is_taken_in(client: Client, sam: Graduate) -> None:
    let_time_pass(client, sessions.PIN_HOLDS * 2)

    assert client.post(reverse("conversation"), {"body": "hello"}).status_code == 302
    assert sam.replies.count() == 1


def test_five_wrong_pins_end_the_log_in(client: Client, sam: Graduate) -> None:
    let_time_pass(client, sessions.PIN_HOLDS * 2)
    answers = [client.post(PIN, {"pin": "0000"}).status_code for _ in range(5)]

    assert answers == [422, 422, 422, 422, 302]
    assert "_auth_user_id" not in client.session


def test_no_log_in_is_long_there(client: Client, sam: Graduate) -> None:
    assert sessions.limits_of(client.session, is_staff=False) == sessions.SHARED
    client.post(reverse("me_device"), {"own_device": "on"})
    assert not client.session[sessions.OWN_DEVICE]


def test_a_phone_that_is_ones_own_again_asks_no_more_and_forgets_the_pin(
    client: Client, sam: Graduate
) -> None:
    client.post(reverse("me_calls"), {"best_times": "after 5"})
    let_time_pass(client, sessions.PIN_HOLDS * 2)

    assert client.get(TODAY).status_code == 200
    assert Contact.objects.get(address__channel="sms").pin == ""
    assert client.get(PIN).headers["Location"] == "/"
