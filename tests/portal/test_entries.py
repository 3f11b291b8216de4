"""Entries by the hand of staff, and what visitors report, through the browser's door."""

import re
from typing import Any

import pytest
from django.test import Client

from aftercare.directory import moments
from aftercare.models import Commitment, Meeting, MeetingEdit, MeetingReport, Role
from notifications import clock
from tests import build
from tests.feeds import imported, row

pytestmark = pytest.mark.django_db
FORM = {
    "name": "Lantern Walk",
    "fellowship": "recovery",
    "timezone": "America/New_York",
    "weekday": "6",
    "start_time": "19:00",
    "minutes": "60",
    "address": "3 River Street, Philadelphia, PA 19104",
    "tags": ["newcomer"],
}


def staff_of(client: Client, kind: Role.Kind = Role.Kind.COORDINATOR) -> Role:
    role = build.role(program=build.program(), kind=kind)
    build.second_step(user=role.user)
    client.force_login(role.user)
    return role


def plain(client: Client, address: str) -> str:
    shown = client.get(address).content.decode()
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", shown))


def test_visitor_reports_and_staff_settle_it(client: Client) -> None:
    (meeting,) = imported(row())
    visitor = Client(enforce_csrf_checks=True)
    page = f"/meetings/{meeting.slug}/"

    response = visitor.post(f"{page}wrong/", {"kind": "not_there", "words": "The door was locked."})

    assert "Staff will look into “Quiet Harbor”." in response.content.decode()
    assert not response.cookies
    staff_of(client)
    shown = plain(client, "/meetings/reports/")
    assert "Nobody was there" in shown
    assert "The door was locked." in shown
    report = MeetingReport.objects.get()
    client.post(f"/meetings/reports/{report.uid}/done/")
    assert "Nobody reports anything" in plain(client, "/meetings/reports/")
    assert client.post(f"/meetings/reports/{report.uid}/done/").status_code == 404


@pytest.mark.parametrize(
    "form", [{}, {"kind": "nonsense"}, {"kind": "time", "website": "https://spam.example.org"}]
)
def test_report_of_nothing_or_by_a_machine_is_not_kept(
    client: Client, form: dict[str, str]
) -> None:
    (meeting,) = imported(row())

    assert client.post(f"/meetings/{meeting.slug}/wrong/", form).status_code == 422
    assert not MeetingReport.objects.exists()
    assert client.post("/meetings/nobody/wrong/", {"kind": "time"}).status_code == 404


def test_staff_add_a_meeting_that_visitors_find(client: Client) -> None:
    staff_of(client)

    assert 'value="America/New_York" selected' in client.get("/meetings/add/").content.decode()
    made = client.post("/meetings/add/", FORM)

    meeting = Meeting.objects.get()
    assert made["Location"] == f"/meetings/{meeting.slug}/"
    shown = plain(Client(), "/meetings/?near=19104&tag=newcomer&day=6")
    assert "1 meeting" in shown
    assert "Lantern Walk" in shown
    assert "Added by staff of this portal." in plain(Client(), made["Location"])


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"start_time": ""}, "Give both a day and a time, or neither."),
        ({"conference_phone": "call us"}, "Use only digits and + , * #."),
        ({"name": ""}, "This field is required."),
        ({"conference_url": "javascript:alert(1)"}, "Enter a valid URL."),
    ],
)
def test_what_cannot_be_is_said_beside_the_field(
    client: Client, changes: dict[str, Any], said: str
) -> None:
    staff_of(client)

    response = client.post("/meetings/add/", FORM | changes)

    assert response.status_code == 422
    assert said in response.content.decode()
    assert not Meeting.objects.exists()


def test_staff_correct_an_entry_and_hide_the_way_in(client: Client) -> None:
    (meeting,) = imported(
        row(
            types=["O", "ST"],
            conference_url="https://meet.example.org/j/1",
            conference_url_notes="Passcode: kettle",
        )
    )
    staff_of(client)
    page = f"/meetings/{meeting.slug}/"
    shown = client.get(f"{page}edit/").context["form"].initial
    kept = {name: value for name, value in shown.items() if value not in (None, "", False)}

    client.post(
        f"{page}edit/", kept | {"start_time": "20:30", "join_needs_login": "on", "minutes": "60"}
    )

    assert MeetingEdit.objects.get().values == {"start_time": "20:30"}
    visitor = Client().get(page).content.decode()
    assert "8:30 PM" in visitor
    assert "kettle" not in visitor
    assert "meet.example.org" not in visitor
    assert f"/accounts/login/?next={page}" in visitor
    assert "kettle" in client.get(page).content.decode()
    assert client.get("/meetings/nobody/edit/").status_code == 404


def test_weeks_that_notes_speak_of_are_confirmed_by_staff(client: Client) -> None:
    hinted = [
        row(name=name, slug=name.lower(), notes="Meets on the 2nd Saturday.", day=6)
        for name in ("Porch", "Ferry")
    ]
    ferry, porch = sorted(imported(*hinted, row(name="Plain")), key=lambda one: one.name)[:2]
    porch = Meeting.objects.get(name="Porch")
    staff_of(client)
    waiting = plain(client, "/meetings/reports/")
    assert "The notes of 2 meetings speak of certain weeks of the month." in waiting

    client.post(f"/meetings/{ferry.slug}/every-week/")
    shown = client.get(f"/meetings/{porch.slug}/edit/").context["form"].initial
    kept = {name: value for name, value in shown.items() if value not in (None, "", False)}
    wrong = client.post(f"/meetings/{porch.slug}/edit/", kept | {"weeks": ["9"]})
    client.post(f"/meetings/{porch.slug}/edit/", kept | {"weeks": ["2", "4"]})

    assert wrong.status_code == 422
    assert MeetingEdit.objects.get(meeting=ferry).values == {"weeks": None}
    assert MeetingEdit.objects.get(meeting=porch).values == {"weeks": 10}
    assert "speak of certain weeks" not in plain(client, "/meetings/reports/")
    page = plain(client, f"/meetings/{porch.slug}/")
    assert "The second and fourth Saturday of the month, in New York time." in page
    assert "The notes speak of" not in page
    assert "Every Saturday, in New York time." in plain(client, f"/meetings/{ferry.slug}/")
    calendar = client.get(f"/meetings/{porch.slug}.ics").content
    assert b"RRULE:FREQ=MONTHLY;BYDAY=2SA,4SA" in calendar


def test_meeting_of_some_weeks_comes_into_a_plan_by_its_weeks(client: Client) -> None:
    (meeting,) = imported(row(day=6))
    Meeting.objects.filter(pk=meeting.pk).update(weeks=moments.weeks_of(positions=(1, 3)))
    graduate = build.graduate(user=build.user())
    assert graduate.user is not None
    client.force_login(graduate.user)

    client.post(
        f"/plan/add/?meeting={meeting.slug}", {"starts_on": "2026-01-01", "remind_minutes": "120"}
    )

    made = Commitment.objects.filter(graduate=graduate, meeting=meeting).order_by("position")
    assert [(one.repeats, one.position, one.weekdays) for one in made] == [
        ("monthly_position", 1, [5]),
        ("monthly_position", 3, [5]),
    ]


def test_reports_ask_no_more_of_the_database_for_more_rows(
    client: Client, django_assert_max_num_queries: Any
) -> None:
    staff_of(client)
    found = imported(*(row(name=f"G{day}", slug=f"g{day}", day=day) for day in range(3)))
    MeetingReport.objects.create(meeting=found[0], kind="time", at=clock.now())
    client.get("/meetings/reports/")
    with django_assert_max_num_queries(20) as one:
        client.get("/meetings/reports/")
    for meeting in found[1:]:
        MeetingReport.objects.create(meeting=meeting, kind="time", at=clock.now())
    with django_assert_max_num_queries(len(one)):
        client.get("/meetings/reports/")
