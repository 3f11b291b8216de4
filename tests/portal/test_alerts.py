"""The page on which a lead sees how alerts ended and moves the line."""

import pytest
from django.test import Client
from django.urls import reverse

from aftercare.models import Calibration, DisengagementSignal, Outreach, Role, SignalSettings
from notifications import clock
from tests import build

pytestmark = pytest.mark.django_db


@pytest.fixture
def lead(client: Client) -> Role:
    role = build.role(program=build.program(), kind=Role.Kind.LEAD)
    client.force_login(role.user)
    return role


def test_the_budget_of_a_week_is_saved(client: Client, lead: Role) -> None:
    address = reverse("program_alerts", args=[lead.program.uid])
    before = client.get(address).content.decode()
    client.post(address, {"per_fifty": "6"})
    refused = client.post(address, {"per_fifty": "0"})

    assert 'value="4"' in before
    assert refused.status_code == 422
    assert SignalSettings.objects.get().per_fifty == 6


def test_the_line_is_moved_where_the_outcomes_have_it(client: Client, lead: Role) -> None:
    graduate = build.graduate(program=lead.program, with_phone=False)
    for number in range(30):
        signal = build.signal(graduate=graduate, state=DisengagementSignal.State.CLOSED)
        made = Outreach.objects.create(
            graduate=graduate,
            way="call",
            outcome="false_alarm" if number < 12 else "reached",
            at=clock.now(),
        )
        made.signals.set([signal])
    address = reverse("program_alerts", args=[lead.program.uid])

    seen = client.get(address).content.decode()
    for _ in range(2):
        client.post(reverse("program_move_line", args=[lead.program.uid]))
    after = client.get(address).content.decode()

    assert "In the last half year 30 alerts had an outcome, and 12 were false alarms." in seen
    assert "The last 20 alerts: " in seen
    assert "Move the line" in seen
    assert "The line is 1 points higher than shipped" in after
    assert "12 of 30 alerts were false alarms" in after
    assert [row.offset for row in Calibration.objects.all()] == [1.0]
