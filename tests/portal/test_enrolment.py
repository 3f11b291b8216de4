"""Staff bring people in: a new graduate, a new link, consent at a desk, a roster."""

import uuid
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from aftercare import consent_words, invitations, phones
from aftercare.models import Assignment, Attestation, Commitment, Graduate, Invitation, Role
from notifications import clock
from notifications.kinds import Scope
from notifications.models import Message
from tests import build

pytestmark = pytest.mark.django_db

EMPTY_PLAN = {"plan-TOTAL_FORMS": "3", "plan-INITIAL_FORMS": "0"}


@pytest.fixture
def counselor(client: Client) -> Role:
    role = build.role(program=build.program())
    client.force_login(role.user)
    return role


def form(counselor: Role, **changes: Any) -> dict[str, Any]:
    return {
        "first_name": "Sam",
        "last_name": "Rivers",
        "phone": "(215) 555-0142",
        "email": "sam@example.org",
        "tracks": ["substance_use"],
        "graduated_on": "2026-03-20",
        "language": "en",
        "time_zone": build.NEW_YORK,
        "counselor": str(counselor.uid),
        "way": "text",
        "asked": "on",
        **EMPTY_PLAN,
        **changes,
    }


def test_new_asks_for_the_state_and_may_go_without(client: Client, counselor: Role) -> None:
    client.post(reverse("graduate_new"), form(counselor, state="TX"))
    other = {"first_name": "Zoë", "phone": "215 555 0143", "email": "zoe@example.org"}
    client.post(reverse("graduate_new"), form(counselor, **other))

    states = {one.first_name: phones.state_of(graduate=one) for one in Graduate.objects.all()}
    assert states == {"Sam": "TX", "Zoë": ""}


def test_new_adds_a_graduate_with_a_first_plan_and_texts_the_link(
    client: Client, counselor: Role
) -> None:
    plan = {
        "plan-0-title": "Tuesday Lantern",
        "plan-0-kind": "support_meeting",
        "plan-0-weekday": "1",
        "plan-0-start_time": "19:00",
        "plan-0-interval": "2",
    }

    page = client.post(reverse("graduate_new"), form(counselor, **plan))

    graduate = Graduate.objects.get()
    commitment = Commitment.objects.get()
    assert page.status_code == 200
    assert "on its way" in page.content.decode()
    assert "/join/" not in page.content.decode()
    assert Assignment.objects.get().counselor == counselor
    assert (commitment.title, commitment.weekdays, commitment.interval) == (
        "Tuesday Lantern",
        [1],
        2,
    )
    assert Message.objects.get().about == graduate.uid
    assert Attestation.objects.get().staff == counselor.user


def test_new_shows_a_link_to_hand_over_once(client: Client, counselor: Role) -> None:
    posted = form(counselor, way="by_hand", asked="", _once=str(uuid.uuid4()))

    page = client.post(reverse("graduate_new"), posted)
    again = client.post(reverse("graduate_new"), posted)

    token = page.content.decode().partition("/join/")[2].partition("/")[0]
    assert invitations.find(token=token, at=clock.now()).graduate == Graduate.objects.get()
    assert again.status_code == 204
    assert Message.objects.count() == 0


def test_new_face_to_face_leads_to_the_words_to_read(client: Client, counselor: Role) -> None:
    answer = client.post(
        reverse("graduate_new"), form(counselor, way="face_to_face", email="", asked="")
    )

    graduate = Graduate.objects.get()
    assert answer["Location"] == reverse("graduate_consent", args=[graduate.uid])
    assert Invitation.objects.count() == 0


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"phone": ""}, "A text needs a mobile phone."),
        ({"asked": ""}, "We text only who asked for it."),
        ({"way": "email", "email": ""}, "A mail needs an e-mail address."),
        ({"phone": "555"}, "This does not look like a phone number."),
        ({"phone": "(800) 555-0199"}, "This number cannot get texts."),
        ({"time_zone": "Mars/Olympus"}, "There is no time zone “Mars/Olympus”."),
        ({"graduated_on": "someday"}, "Enter a valid date."),
        ({"plan-0-title": "Group"}, "Write the time it starts"),
        ({"plan-0-start_time": "19:00"}, "Write what it is"),
    ],
)
def test_new_says_what_to_mend_and_keeps_what_was_typed(
    client: Client, counselor: Role, changes: dict[str, str], words: str
) -> None:
    page = client.post(reverse("graduate_new"), form(counselor, **changes))

    html = page.content.decode()
    assert page.status_code == 422
    assert words in html
    assert 'value="Rivers"' in html
    assert Graduate.objects.count() == 0


def test_new_asks_before_two_share_a_phone(client: Client, counselor: Role) -> None:
    build.graduate(program=counselor.program, phone="+12155550142")

    refused = client.post(reverse("graduate_new"), form(counselor))
    taken = client.post(reverse("graduate_new"), form(counselor, share="on"))

    assert refused.status_code == 422
    assert 'type="checkbox" name="share"' in refused.content.decode()
    assert taken.status_code == 200
    assert Graduate.objects.count() == 2


def test_new_says_that_there_is_no_number_to_text_from(client: Client) -> None:
    role = build.role(program=build.program(with_sender=False))
    client.force_login(role.user)

    page = client.post(reverse("graduate_new"), form(role))

    assert page.status_code == 422
    assert "no number to text from" in page.content.decode()
    assert Graduate.objects.count() == 0


def test_new_offers_only_counselors_of_own_programs(client: Client, counselor: Role) -> None:
    stranger = build.role(program=build.program(name="Lakeside"))

    page = client.post(reverse("graduate_new"), form(stranger))

    assert page.status_code == 422
    assert Graduate.objects.count() == 0


def test_new_is_for_staff(client: Client) -> None:
    graduate = build.graduate(user=build.user())
    assert graduate.user is not None
    client.force_login(graduate.user)

    assert client.get(reverse("graduate_new")).status_code == 404


def test_a_lead_without_counselors_can_add_people_too(client: Client) -> None:
    lead = build.role(program=build.program(), kind=Role.Kind.LEAD)
    client.force_login(lead.user)

    client.post(
        reverse("graduate_new"),
        form(lead, way="by_hand") | {"counselor": f"none-{lead.program.uid}"},
    )

    assert Graduate.objects.get().program == lead.program
    assert Assignment.objects.count() == 0


# A new link


def test_link_makes_a_new_one_for_own_people(client: Client, counselor: Role) -> None:
    graduate = build.graduate(program=counselor.program, counselor=counselor)

    page = client.post(reverse("graduate_link", args=[graduate.uid]), {"way": "by_hand"})

    token = page.content.decode().partition("/join/")[2].partition("/")[0]
    assert invitations.find(token=token, at=clock.now()).graduate == graduate


def test_link_of_somebody_elses_people_does_not_exist(client: Client, counselor: Role) -> None:
    other = build.role(program=counselor.program)
    graduate = build.graduate(program=counselor.program, counselor=other)

    page = client.post(reverse("graduate_link", args=[graduate.uid]), {"way": "by_hand"})

    assert page.status_code == 404
    assert Invitation.objects.count() == 0


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        ({"way": "text"}, "We text only who asked for it."),
        ({"way": "email"}, "There is no such number or mailbox on file."),
    ],
)
def test_link_says_what_is_missing(
    client: Client, counselor: Role, answers: dict[str, str], words: str
) -> None:
    graduate = build.graduate(program=counselor.program, counselor=counselor)

    page = client.post(reverse("graduate_link", args=[graduate.uid]), answers)

    assert page.status_code == 422
    assert words in page.content.decode()


# Consent at a desk


def test_consent_keeps_who_read_which_words_and_sends_one_text(
    client: Client, counselor: Role
) -> None:
    graduate = build.graduate(program=counselor.program, counselor=counselor, scopes=())

    answer = client.post(
        reverse("graduate_consent", args=[graduate.uid]), {"program": "on", "read_aloud": "on"}
    )

    row = Attestation.objects.get()
    assert answer.headers["Location"] == reverse("graduate_card", args=[graduate.uid])
    assert (row.staff, row.scopes) == (counselor.user, ["program"])
    assert row.words == consent_words.words(scopes=Scope, alias="Harbor", language="en")
    assert Message.objects.get().body.startswith("Harbor: reply 1")
    assert build.address_of(graduate).consent_events.count() == 0


def test_consent_shows_the_words_in_the_language_of_the_graduate(
    client: Client, counselor: Role
) -> None:
    graduate = build.graduate(program=counselor.program, counselor=counselor, language="es")

    page = client.get(reverse("graduate_consent", args=[graduate.uid]))

    assert '<div lang="es">' in page.content.decode()


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        ({"program": "on"}, "Read the words aloud first"),
        ({"read_aloud": "on"}, "Tick what they agreed to."),
    ],
)
def test_consent_needs_words_read_and_something_agreed(
    client: Client, counselor: Role, answers: dict[str, str], words: str
) -> None:
    graduate = build.graduate(program=counselor.program, counselor=counselor)

    page = client.post(reverse("graduate_consent", args=[graduate.uid]), answers)

    assert page.status_code == 422
    assert words in page.content.decode()
    assert Attestation.objects.count() == 0


# A roster

LIST = "first_name,graduated_on,email\nSam,2026-03-01,sam@example.org\n"


def upload(text: str) -> SimpleUploadedFile:
    return SimpleUploadedFile("roster.csv", text.encode(), "text/csv")


def test_import_checks_first_and_takes_in_by_a_second_press(
    client: Client, counselor: Role
) -> None:
    program = str(counselor.program.uid)

    checked = client.post(reverse("roster_import"), {"program": program, "file": upload(LIST)})
    before = Graduate.objects.count()
    taken = client.post(
        reverse("roster_import"), {"program": program, "checked": LIST, "take_in": "1"}
    )

    assert "1 person can be added." in checked.content.decode()
    assert LIST.strip() in checked.content.decode()
    assert before == 0
    assert "1 person was added." in taken.content.decode()
    assert Graduate.objects.get().first_name == "Sam"


def test_import_shows_errors_by_row_and_adds_nobody(client: Client, counselor: Role) -> None:
    bad = LIST + "Pat,never,\n"

    page = client.post(
        reverse("roster_import"), {"program": str(counselor.program.uid), "file": upload(bad)}
    )

    html = page.content.decode()
    assert page.status_code == 422
    assert '<th scope="row">Row 3</th>' in html
    assert "Write the date like 2026-03-31 or 3/31/2026." in html
    assert 'name="take_in"' not in html


@pytest.mark.parametrize(
    ("file", "words"),
    [
        (None, "Choose a CSV file."),
        (SimpleUploadedFile("x.xlsx", b"PK\x03\x04\0\0\0"), "This is no text file."),
    ],
)
def test_import_says_what_is_wrong_with_the_file(
    client: Client, counselor: Role, file: SimpleUploadedFile | None, words: str
) -> None:
    data: dict[str, Any] = {"program": str(counselor.program.uid)}
    page = client.post(reverse("roster_import"), data | ({"file": file} if file else {}))

    assert page.status_code == 422
    assert words in page.content.decode()


def test_import_into_a_strangers_program_is_refused(client: Client, counselor: Role) -> None:
    stranger = build.program(name="Lakeside")

    page = client.post(
        reverse("roster_import"), {"program": str(stranger.uid), "checked": LIST, "take_in": "1"}
    )

    assert page.status_code == 422
    assert Graduate.objects.count() == 0
