"""A fresh proof of who somebody is, before what matters most."""

from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from notifications import clock
from notifications.models import Message
from portal.models import User
from tests import build

pytestmark = pytest.mark.django_db

SET_PASSWORD = "account_set_password"


@pytest.fixture(autouse=True)
def _fresh_limits() -> None:
    cache.clear()


def graduate(client: Client, *, minutes_ago: int) -> User:
    """Somebody without a password, who logged in so long ago."""
    user = build.user(email="sam@example.org")
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    build.graduate(user=user)
    client.force_login(user)
    client.get(reverse("me"))
    session = client.session
    session["began_at"] = (clock.real() - timedelta(minutes=minutes_ago)).timestamp()
    session.save()
    return user


def mailed_code() -> str:
    message = Message.objects.order_by("pk").last()
    assert message is not None
    return str(message.body).partition("Your code:")[2].split()[0]


def test_a_log_in_of_the_last_five_minutes_is_proof_enough(client: Client) -> None:
    graduate(client, minutes_ago=4)

    assert client.get(reverse(SET_PASSWORD)).status_code == 200


def test_a_code_by_mail_opens_what_needs_a_fresh_proof_and_leads_back(client: Client) -> None:
    graduate(client, minutes_ago=6)
    wanted = reverse(SET_PASSWORD)

    asked = client.get(wanted)
    client.post(asked["Location"], {"send": "1", "next": wanted})
    answer = client.post(asked["Location"], {"code": mailed_code(), "next": wanted})

    assert asked["Location"] == f"{reverse('fresh_code')}?next=%2Faccounts%2Fpassword%2Fset%2F"
    assert answer["Location"] == wanted
    assert client.get(wanted).status_code == 200


def test_what_was_posted_without_a_fresh_proof_is_kept_nowhere(client: Client) -> None:
    user = graduate(client, minutes_ago=6)
    words = {"password1": "a whole other sentence", "password2": "a whole other sentence"}

    answer = client.post(reverse(SET_PASSWORD), words, headers={"referer": "http://testserver/me/"})

    user.refresh_from_db()
    assert answer["Location"] == f"{reverse('fresh_code')}?next=%2Fme%2F"
    assert user.has_usable_password() is False
    assert "a whole other sentence" not in str(dict(client.session))


def test_a_code_works_once_three_times_tried_and_where_it_was_asked_for(client: Client) -> None:
    user = graduate(client, minutes_ago=6)
    address, wanted = reverse("fresh_code"), reverse(SET_PASSWORD)
    elsewhere = Client()
    elsewhere.force_login(user)
    client.post(address, {"send": "1"})
    code = mailed_code()

    assert elsewhere.post(address, {"code": code}).status_code == 422
    for _ in range(3):
        assert client.post(address, {"code": "BBBB-BBBB"}).status_code == 422
    assert client.post(address, {"code": code}).status_code == 422
    assert client.get(wanted).status_code == 302


def test_people_with_a_second_step_are_not_offered_a_mail(client: Client) -> None:
    user = graduate(client, minutes_ago=6)
    build.second_step(user=user)

    asked = client.get(reverse(SET_PASSWORD))

    assert asked["Location"].startswith(reverse("mfa_reauthenticate"))


def test_a_part_of_a_page_leads_the_whole_page_to_the_proof(client: Client) -> None:
    graduate(client, minutes_ago=6)

    answer = client.post(reverse(SET_PASSWORD), headers={"hx-request": "true"})

    assert (answer.status_code, answer["HX-Redirect"]) == (
        204,
        f"{reverse('fresh_code')}?next=%2F",
    )
