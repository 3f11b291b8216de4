"""The report in the browser, for leads alone."""

import pytest
from django.test import Client
from django.urls import reverse

from aftercare.models import Role
from tests import build

pytestmark = pytest.mark.django_db


def lead_of(client: Client, *programs: str) -> list[Role]:
    user = build.user()
    roles = [
        build.role(program=build.program(name=name), kind=Role.Kind.LEAD, user=user)
        for name in programs
    ]
    client.force_login(user)
    return roles


def test_report_shows_the_figures_of_the_program(client: Client) -> None:
    (role,) = lead_of(client, "Harbor House")
    for _ in range(3):
        build.graduate(program=role.program)

    html = client.get(reverse("report")).content.decode()

    assert "Harbor House" in html
    assert ">3</td>" in html
    assert "nothing to count yet" in html


def test_report_is_of_the_program_and_time_asked_for(client: Client) -> None:
    _, second = lead_of(client, "Alder House", "Birch House")

    html = client.get(
        reverse("report"), {"program": str(second.program.uid), "days": "90"}
    ).content.decode()

    assert "<h1>Birch House</h1>" in html
    assert 'aria-current="page">Last 90 days' in html


def test_report_with_nonsense_in_its_address_is_the_usual_one(client: Client) -> None:
    lead_of(client, "Alder House")
    elsewhere = build.program(name="Elsewhere")

    html = client.get(
        reverse("report"), {"program": str(elsewhere.uid), "days": "7"}
    ).content.decode()

    assert "<h1>Alder House</h1>" in html
    assert 'aria-current="page">Last 30 days' in html


def test_report_is_for_leads(client: Client) -> None:
    role = build.role(program=build.program())
    client.force_login(role.user)

    assert client.get(reverse("report")).status_code == 404
