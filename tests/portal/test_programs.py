"""What a lead sets, and who works there."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from aftercare.models import Invitation, Role
from notifications.models import Message
from tests import build

pytestmark = pytest.mark.django_db


@pytest.fixture
def lead(client: Client) -> Role:
    role = build.role(program=build.program(), kind=Role.Kind.LEAD)
    client.force_login(role.user)
    return role


def form(**changes: Any) -> dict[str, Any]:
    return {
        "name": "Harbor House",
        "alias": "Harbor",
        "phone": "(215) 555-0142",
        "time_zone": "America/Chicago",
        "texting_on": "on",
        "hours_0": "9-17",
        "hours_5": "10:00-12:00",
        "crisis_en": "Call 988.",
        "crisis_es": "Llame al 988.",
        **changes,
    }


def test_settings_are_saved(client: Client, lead: Role) -> None:
    address = reverse("program", args=[lead.program.uid])

    answer = client.post(address, form())

    program = lead.program
    program.refresh_from_db()
    assert answer["Location"] == address
    assert program.time_zone == "America/Chicago"
    assert program.staffed_hours == [
        [["09:00", "17:00"]],
        [],
        [],
        [],
        [],
        [["10:00", "12:00"]],
        [],
    ]
    assert program.crisis_texts == {"en": "Call 988.", "es": "Llame al 988."}


def test_settings_show_what_is_set_and_how_long_crisis_texts_are(
    client: Client, lead: Role
) -> None:
    html = client.get(reverse("program", args=[lead.program.uid])).content.decode()

    assert 'value="09:00-17:00"' in html
    assert html.count("1 text, room for") == 2


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"name": ""}, "This field is required."),
        ({"alias": "Sober House"}, "“sober” would tell a stranger too much"),
        ({"phone": "555"}, "This does not look like a phone number."),
        ({"time_zone": "Mars/Olympus"}, "There is no time zone “Mars/Olympus”."),
        ({"hours_0": "nine to five"}, "Write hours like 9:00-17:00"),
        ({"hours_0": "17-9"}, "These hours end before they begin."),
        ({"crisis_en": "x" * 470}, "This is 4 texts long. Keep it within 3."),
    ],
)
def test_settings_that_cannot_be_are_told_beside_their_field(
    client: Client, lead: Role, changes: dict[str, str], words: str
) -> None:
    page = client.post(reverse("program", args=[lead.program.uid]), form(**changes))

    assert page.status_code == 422
    assert words in page.content.decode()
    lead.program.refresh_from_db()
    assert lead.program.time_zone == build.NEW_YORK


def test_a_taken_name_is_told(client: Client, lead: Role) -> None:
    build.program(name="Lakeside")

    page = client.post(reverse("program", args=[lead.program.uid]), form(name="lakeside"))

    assert page.status_code == 422
    assert "Another program here has this name." in page.content.decode()


def test_segments_counts_while_one_writes(client: Client, lead: Role) -> None:
    page = client.post(reverse("program_segments"), {"crisis_es": "á" * 71})

    assert "2 texts, room for 63 more characters." in page.content.decode()
    assert "An accent or picture" in page.content.decode()


def test_a_lead_of_one_program_is_led_to_it(client: Client, lead: Role) -> None:
    answer = client.get(reverse("programs"))

    assert answer["Location"] == reverse("program", args=[lead.program.uid])


def test_a_lead_of_two_chooses(client: Client, lead: Role) -> None:
    other = build.program(name="Lakeside")
    build.role(program=other, kind=Role.Kind.LEAD, user=lead.user)

    html = client.get(reverse("programs")).content.decode()

    assert html.index("Harbor House") < html.index("Lakeside")


@pytest.mark.parametrize("name", ["program", "program_staff"])
def test_another_program_does_not_exist(client: Client, lead: Role, name: str) -> None:
    other = build.program(name="Lakeside")

    assert client.get(reverse(name, args=[lead.program.uid])).status_code == 200
    assert client.get(reverse(name, args=[other.uid])).status_code == 404


def test_a_counselor_sets_nothing(client: Client) -> None:
    counselor = build.role(program=build.program())
    client.force_login(counselor.user)

    assert client.get(reverse("program", args=[counselor.program.uid])).status_code == 404


def test_a_colleague_is_invited_by_mail(client: Client, lead: Role) -> None:
    answer = client.post(
        reverse("program_staff", args=[lead.program.uid]),
        {"email": "pat@example.org", "kind": "counselor"},
        follow=True,
    )

    invitation = Invitation.objects.get()
    assert (invitation.role_kind, invitation.invited_by) == ("counselor", lead.user)
    assert Message.objects.get().address.value == "pat@example.org"
    assert "pat@example.org" in answer.content.decode()
    assert "/join/" not in answer.content.decode()


def test_a_link_for_a_colleague_can_be_handed_over(client: Client, lead: Role) -> None:
    page = client.post(
        reverse("program_staff", args=[lead.program.uid]),
        {"email": "pat@example.org", "kind": "counselor", "by_hand": "on"},
    )

    assert "/join/" in page.content.decode()
    assert Message.objects.count() == 0


def test_access_of_a_colleague_ends_at_once(client: Client, lead: Role) -> None:
    counselor = build.role(program=lead.program)
    theirs = Client()
    theirs.force_login(counselor.user)
    before = theirs.get(reverse("graduate_new")).status_code

    client.post(reverse("program_end_role", args=[lead.program.uid, counselor.uid]))

    assert (before, theirs.get(reverse("graduate_new")).status_code) == (200, 302)


def test_the_last_lead_cannot_leave(client: Client, lead: Role) -> None:
    answer = client.post(
        reverse("program_end_role", args=[lead.program.uid, lead.uid]), follow=True
    )

    lead.refresh_from_db()
    assert lead.until is None
    assert "at least one lead" in answer.content.decode()


def test_a_role_of_another_program_does_not_exist(client: Client, lead: Role) -> None:
    stranger = build.role(program=build.program(name="Lakeside"))

    answer = client.post(reverse("program_end_role", args=[lead.program.uid, stranger.uid]))

    stranger.refresh_from_db()
    assert answer.status_code == 404
    assert stranger.until is None
