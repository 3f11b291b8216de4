"""The report in the browser, for leads alone."""

from http import HTTPStatus

import pytest
from allauth.account.internal.flows.login import (
    AUTHENTICATION_METHODS_SESSION_KEY,
    record_authentication,
)
from django.http import HttpRequest
from django.test import Client
from django.urls import reverse

from aftercare.models import ReportExport, Role, Track
from portal.models import User
from tests import build

pytestmark = pytest.mark.django_db
REASON = "For the board, the yearly report"


def lead_of(client: Client, *programs: str) -> list[Role]:
    user = build.user()
    roles = [
        build.role(program=build.program(name=name), kind=Role.Kind.LEAD, user=user)
        for name in programs
    ]
    client.force_login(user)
    return roles


def prove(client: Client, user: User, *, seconds_ago: float = 1) -> None:
    """The reader has shown who they are so long ago."""
    request = HttpRequest()
    request.session, request.user = client.session, user
    record_authentication(request, user, method="mfa", reauthenticated=True)
    record = request.session[AUTHENTICATION_METHODS_SESSION_KEY][-1]
    record["at"] -= seconds_ago
    request.session["began_at"] = record["at"]
    request.session.save()


def test_report_shows_the_figures_of_the_program(client: Client) -> None:
    (role,) = lead_of(client, "Harbor House")
    for _ in range(3):
        build.graduate(program=role.program)

    html = client.get(reverse("report")).content.decode()

    assert "Harbor House" in html
    assert '<td class="figure" data-label="People">3</td>' in html
    assert "0 % (0 of 3)" in html
    assert "nothing to count yet" in html
    # What a figure counts stands behind one press.
    assert html.count("<summary>What it counts</summary>") == 25
    assert "Check-ins that ended in this time and were answered or missed." in html


def test_report_of_a_new_program_says_that_nobody_is_here(client: Client) -> None:
    lead_of(client, "Harbor House")

    html = client.get(reverse("report")).content.decode()

    assert "Nobody is here yet" in html
    assert "<svg viewBox" not in html


def test_report_is_of_the_program_and_time_asked_for(client: Client) -> None:
    _, second = lead_of(client, "Alder House", "Birch House")

    html = client.get(
        reverse("report"), {"program": str(second.program.uid), "days": "90"}
    ).content.decode()

    assert "<h1>Birch House</h1>" in html
    assert 'aria-current="page">Last 90 days' in html


def test_report_is_of_the_track_and_quarter_asked_for(client: Client) -> None:
    (role,) = lead_of(client, "Alder House")
    for track in (Track.MOOD, Track.MOOD, Track.TRAUMA):
        build.graduate(program=role.program, tracks=[track])

    html = client.get(reverse("report"), {"track": "mood", "cohort": "2026-Q1"}).content.decode()

    assert '<option value="mood" selected>' in html
    assert '<option value="2026-Q1" selected>' in html
    assert "0 % (0 of 2)" in html
    # The small lists of links keep what was chosen.
    assert "track=mood&amp;cohort=2026-Q1" in html


def test_report_with_nonsense_in_its_address_is_the_usual_one(client: Client) -> None:
    lead_of(client, "Alder House")
    elsewhere = build.program(name="Elsewhere")

    html = client.get(
        reverse("report"),
        {"program": str(elsewhere.uid), "days": "7", "track": "none", "cohort": "?"},
    ).content.decode()

    assert "<h1>Alder House</h1>" in html
    assert 'aria-current="page">Last 30 days' in html


def test_report_is_for_leads(client: Client) -> None:
    role = build.role(program=build.program())
    client.force_login(role.user)

    assert client.get(reverse("report")).status_code == 404


def test_taking_out_asks_who_it_is_and_why(client: Client) -> None:
    (role,) = lead_of(client, "Alder House")
    address = reverse("report_export")

    prove(client, role.user, seconds_ago=301)
    stale = client.post(address, {"form": "csv", "reason": REASON})
    assert stale.headers["Location"].startswith("/accounts/")
    prove(client, role.user)
    unsaid = client.post(address, {"form": "csv", "reason": "why not"})

    assert unsaid.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert ReportExport.objects.count() == 0


@pytest.mark.parametrize(
    ("form", "kind", "begins"),
    [("csv", "text/csv; charset=utf-8", "\ufeff".encode()), ("pdf", "application/pdf", b"%PDF-")],
)
def test_taking_out_gives_the_file_asked_for(
    client: Client, form: str, kind: str, begins: bytes
) -> None:
    _, second = lead_of(client, "Alder House", "Birch House")
    prove(client, second.user)

    response = client.post(
        f"{reverse('report_export')}?days=90&program={second.program.uid}",
        {"form": form, "reason": REASON},
    )

    assert response.headers["Content-Type"] == kind
    assert response.headers["Content-Disposition"].startswith('attachment; filename="report-')
    assert response.getvalue().startswith(begins)
    row = ReportExport.objects.get()
    assert (row.program, row.days, row.form, row.reason) == (second.program, 90, form, REASON)
