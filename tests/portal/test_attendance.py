"""What graduates keep and say of meetings in the browser, and staff who sign it."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.html import escape

from aftercare import visits
from aftercare.directory import search
from aftercare.models import AuditEntry, Graduate, Meeting, SavedMeeting, Visit
from notifications import clock
from tests import build
from tests.feeds import imported, row

pytestmark = pytest.mark.django_db
# It began so long ago, on the clock of the tests' machine.
AGO = timedelta(minutes=30)


def graduate_of(client: Client, **fields: Any) -> Graduate:
    graduate = build.graduate(user=build.user(), **fields)
    assert graduate.user is not None
    client.force_login(graduate.user)
    return graduate


def under_way() -> Meeting:
    """A meeting that began half an hour ago, in UTC."""
    began = (clock.now() - AGO).replace(second=0, microsecond=0)
    (meeting,) = imported(
        row(day=began.isoweekday() % 7, time=f"{began:%H:%M}", end_time=None, timezone="UTC")
    )
    return meeting


def plain(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200, response.status_code
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def test_a_meeting_is_kept_at_hand_and_let_go(client: Client) -> None:
    graduate, meeting = graduate_of(client), under_way()
    page = f"/meetings/{meeting.slug}/"

    assert "Nothing is saved yet" in plain(client, "/meetings/saved/")
    assert client.post(f"{page}keep/", {"keep": "1"})["Location"] == page
    assert SavedMeeting.objects.get().graduate == graduate
    assert "Quiet Harbor" in plain(client, "/meetings/saved/")
    assert "Saved. Take it out" in plain(client, page)
    moved = "Its day, time or place changed since you saved it."
    assert moved not in plain(client, "/meetings/saved/")
    Meeting.objects.filter(pk=meeting.pk).update(moved_at=clock.now())
    assert moved in plain(client, "/meetings/saved/")
    client.post(f"{page}keep/", {"keep": "0"})

    assert not SavedMeeting.objects.exists()


def test_i_went_by_tap_and_then_by_code(client: Client) -> None:
    graduate, meeting = graduate_of(client), under_way()
    page = f"/meetings/{meeting.slug}/"
    detail = search.detail(slug=meeting.slug, at=clock.now())
    assert detail is not None
    date = visits.last_date(detail=detail, at=clock.now())
    assert date is not None

    assert "I went" in plain(client, page)
    client.post(f"{page}went/")
    assert "You were there:" in plain(client, page)
    assert "Self-reported" in plain(client, "/attendance/")
    client.post(f"{page}went/", {"code": "NOTIT1"})
    assert "This is not the code of this date" in plain(client, page)
    client.post(f"{page}went/", {"code": visits.code_of(meeting=meeting, date=date)})

    assert Visit.objects.get(graduate=graduate).proof == "code"
    assert "By code from the meeting" in plain(client, "/attendance/")


def test_what_one_said_oneself_is_taken_back(client: Client) -> None:
    graduate, meeting = graduate_of(client), under_way()
    client.post(f"/meetings/{meeting.slug}/went/")
    visit = Visit.objects.get(graduate=graduate)

    client.post(f"/attendance/{visit.uid}/undo/")

    assert not Visit.objects.exists()
    assert "Nothing here yet" in plain(client, "/attendance/")
    assert client.post(f"/attendance/{visit.uid}/undo/").status_code == 404


def test_proof_says_only_what_the_graduate_chose(client: Client) -> None:
    graduate = graduate_of(client, first_name="Angela", last_name="Ruiz")
    meeting = under_way()
    now = clock.now()
    older, newer, left = (
        build.visit(graduate=graduate, meeting=meeting, starts_at=now - timedelta(days=days))
        for days in (14, 7, 1)
    )
    Visit.objects.filter(pk=left.pk).update(proof="code")
    lines = f"line=visit:{newer.uid}&line=visit:{older.uid}"

    all_of_it = plain(
        client, f"/attendance/proof/?{lines}&show=name&show=title&show=place&show=time"
    )
    bare = plain(client, f"/attendance/proof/?{lines}")

    for words in ("Angela Ruiz", "Quiet Harbor", "1418 Alderbrook Street"):
        assert words in all_of_it
        assert words not in bare
    assert "Angela" not in bare.partition("Attendance")[2]
    assert (bare.count("Self-reported"), bare.count("By code from")) == (3, 0)
    assert "2 dates" in bare
    days = [f"{one.starts_at.astimezone():%Y}" for one in (older, newer)]
    assert all(day in bare for day in days)
    first = plain(client, f"/attendance/proof/?{lines}&show=first_name")
    assert "Angela" in first
    assert "Ruiz" not in first
    assert "No date is chosen." in plain(client, "/attendance/proof/?line=visit:nothing")


def test_staff_sign_a_line_with_their_name(client: Client) -> None:
    graduate = build.graduate(user=build.user())
    role = build.role(program=graduate.program)
    build.second_step(user=role.user)
    build.assignment(graduate=graduate, counselor=role)
    visit = build.visit(graduate=graduate, meeting=under_way(), starts_at=clock.now() - AGO)
    client.force_login(role.user)
    page = f"/graduates/{graduate.uid}/attendance/"

    assert "Self-reported" in plain(client, page)
    assert client.post(f"{page}sign/", {"line": f"visit:{visit.uid}"})["Location"] == page

    assert f"Signed by {escape(role.user.name)}" in plain(client, page)
    visit.refresh_from_db()
    assert (visit.proof, visit.signed_by) == ("signed", role.user)
    assert AuditEntry.objects.filter(thing="visit", graduate_uid=graduate.uid).count() == 1
    assert client.post(f"{page}sign/", {"line": "visit:nothing"}).status_code == 404


def test_log_asks_no_more_of_the_database_for_more_lines(client: Client) -> None:
    graduate, meeting = graduate_of(client), under_way()

    def queries(days: int) -> int:
        at = clock.now() - timedelta(days=days)
        build.visit(graduate=graduate, meeting=meeting, starts_at=at)
        with CaptureQueriesContext(connection) as captured:
            plain(client, "/attendance/")
        return len(captured)

    # The first look is the session's own.
    _first, two, *_, five = (queries(days) for days in range(1, 6))
    assert two == five
