"""The pages for a hard moment in the browser."""

import pytest
from django.test import Client
from django.urls import reverse

from aftercare import coping
from aftercare.coping import Person
from aftercare.models import DisengagementSignal, Graduate, Setback
from tests import build

pytestmark = pytest.mark.django_db


@pytest.fixture
def graduate(client: Client) -> Graduate:
    """A graduate who is logged in."""
    made = build.graduate(user=build.user())
    assert made.user is not None
    client.force_login(made.user)
    return made


def html(client: Client, name: str) -> str:
    return client.get(reverse(name)).content.decode()


def test_own_steps_are_written_kept_and_shown_on_the_page_of_a_hard_moment(
    client: Client, graduate: Graduate
) -> None:
    client.post(
        reverse("coping_steps"),
        {"steps": "- Walk\nCold <water>", "people": "Rosa 215-555-0123", "notes": "discreet"},
    )

    kept = coping.read(graduate=graduate)
    assert (kept.steps, kept.people) == (
        ("Walk", "Cold <water>"),
        (Person("Rosa", "215-555-0123"),),
    )
    graduate.refresh_from_db()
    assert graduate.safety_notes == "discreet"
    page = html(client, "hard_moment")
    assert "Cold &lt;water&gt;" in page
    assert 'href="tel:2155550123"' in page
    assert 'href="tel:988"' in page
    assert "Rosa 215-555-0123" in html(client, "coping_steps")


def test_a_hard_moment_is_one_tap_from_a_page_of_ones_own(
    client: Client, graduate: Graduate
) -> None:
    assert f'href="{reverse("hard_moment")}"' in html(client, "plan")
    assert f'href="{reverse("help_now")}"' in html(client, "plan")


def test_staff_who_follow_the_help_page_find_help_for_others(client: Client) -> None:
    client.force_login(build.role(program=build.program()).user)
    assert reverse("hard_moment") in html(client, "help_now")

    assert client.get(reverse("hard_moment"))["Location"] == reverse("crisis")


def test_please_call_me_is_the_same_wish_as_by_text(client: Client, graduate: Graduate) -> None:
    client.post(reverse("call_me"))

    signal = DisengagementSignal.objects.get(graduate=graduate)
    assert (signal.kind, graduate.alarms.get().next_at) == ("need_support", signal.answer_by)


def test_a_setback_is_kept_to_oneself_until_one_says_yes(
    client: Client, graduate: Graduate
) -> None:
    assert "It happened" in html(client, "setback")
    client.post(reverse("setback"))

    assert "Nobody has been told." in html(client, "setback")
    client.post(reverse("setback_tell"), {"may_be_told": "no"})
    assert Setback.objects.get().may_be_told is False
    assert not DisengagementSignal.objects.exists()
    client.post(reverse("setback_tell"), {"may_be_told": "yes"})
    assert "Your counselor knows." in html(client, "setback")
    assert DisengagementSignal.objects.get().kind == "need_support"


def test_safety_note_stands_without_log_in_in_both_languages(client: Client) -> None:
    assert "The old amount can kill." in html(client, "safety_note")
    spanish = client.get(reverse("safety_note"), {"lang": "es"}).content.decode()
    assert "La cantidad de antes puede matar." in spanish
