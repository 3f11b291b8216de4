"""My plan in the browser: add, change, take out, bring back, answer."""

import uuid
from datetime import date, time, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from aftercare.models import AuditEntry, Commitment, Expectation, Graduate
from notifications import clock
from tests import build

pytestmark = pytest.mark.django_db

FORM: dict[str, Any] = {
    "kind": "therapy",
    "title": "Session with Dr. Amari",
    "pattern": "weekly",
    "weekdays": ["1"],
    "start_time": "15:00",
    "minutes": "50",
    "time_zone": "America/New_York",
    "starts_on": "2026-03-03",
    "reminders_on": "on",
    "remind_minutes": "120",
}


def graduate_of(client: Client, **fields: Any) -> Graduate:
    graduate = build.graduate(user=build.user(), **fields)
    assert graduate.user is not None
    client.force_login(graduate.user)
    return graduate


def test_plan_shows_the_week_and_what_is_in_it(client: Client) -> None:
    graduate = graduate_of(client)
    build.commitment(graduate=graduate, title="Tuesday Lantern", weekdays=range(7))

    page = client.get(reverse("plan"))

    assert page.status_code == 200
    assert page.content.decode().count("Tuesday Lantern") == 8


def test_list_names_the_zone_of_what_goes_by_another_clock(client: Client) -> None:
    graduate = graduate_of(client, time_zone="America/Los_Angeles")
    build.commitment(
        graduate=graduate,
        title="Choir",
        time_zone="America/Los_Angeles",
        start_time=time(20, 0),
    )
    build.commitment(graduate=graduate, title="Far away", time_zone="Asia/Tokyo")

    html = " ".join(client.get(reverse("plan")).content.decode().split())

    assert "Every Tuesday at 7:00 PM (JST)</span>" in html
    assert "Every Tuesday at 8:00 PM</span>" in html


def test_empty_plan_says_where_to_begin(client: Client) -> None:
    graduate_of(client)

    assert reverse("meetings") in client.get(reverse("plan")).content.decode()


def test_add_puts_a_commitment_into_the_plan(client: Client) -> None:
    graduate = graduate_of(client)

    answer = client.post(reverse("plan_add"), FORM)

    assert answer.headers["Location"] == reverse("plan")
    row = Commitment.objects.get()
    assert (row.graduate, row.title, row.weekdays, row.start_time, row.minutes) == (
        graduate,
        "Session with Dr. Amari",
        [1],
        time(15, 0),
        50,
    )


@pytest.mark.parametrize(
    ("change", "stored"),
    [
        ({"pattern": "biweekly"}, ("weekly", 2)),
        ({"pattern": "monthly_position", "position": "1"}, ("monthly_position", 1)),
        ({"pattern": "monthly_date", "month_day": "15"}, ("monthly_date", 1)),
    ],
)
def test_add_keeps_how_often(
    change: dict[str, str], stored: tuple[str, int], client: Client
) -> None:
    graduate_of(client)

    client.post(reverse("plan_add"), {**FORM, **change})

    row = Commitment.objects.get()
    assert (row.repeats, row.interval) == stored


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"title": ""}, "title"),
        ({"weekdays": []}, "weekdays"),
        ({"pattern": "monthly_position"}, "position"),
        ({"pattern": "monthly_date"}, "month_day"),
        ({"time_zone": "Mars/Olympus"}, "time_zone"),
        ({"until_on": "2026-03-01"}, "until_on"),
        ({"start_time": "25:00"}, "start_time"),
        ({"join_link": "javascript:alert(1)"}, "join_link"),
        ({"minutes": "0"}, "minutes"),
    ],
)
def test_add_says_beside_the_field_what_is_wrong(
    change: dict[str, Any], field: str, client: Client
) -> None:
    graduate_of(client)

    page = client.post(reverse("plan_add"), {**FORM, **change})

    assert page.status_code == 422
    assert list(page.context["form"].errors) == [field]
    assert not Commitment.objects.exists()


def test_second_click_adds_nothing(client: Client) -> None:
    graduate_of(client)
    form = {**FORM, "_once": str(uuid.uuid4())}

    first, second = (client.post(reverse("plan_add"), form) for _ in range(2))

    assert [first.headers["Location"], second.headers["Location"]] == [reverse("plan")] * 2
    assert Commitment.objects.count() == 1


def test_counselor_adds_for_a_graduate_of_the_caseload(client: Client) -> None:
    role = build.role(program=build.program())
    graduate = build.graduate(program=role.program, counselor=role)
    client.force_login(role.user)

    client.post(reverse("graduate_plan_add", args=[graduate.uid]), FORM)

    row = Commitment.objects.get()
    assert (row.graduate, row.added_by) == (graduate, role.user)
    assert AuditEntry.objects.filter(graduate_uid=graduate.uid, role="counselor").exists()


def test_counselor_cannot_add_for_somebody_else(client: Client) -> None:
    role = build.role(program=build.program())
    client.force_login(role.user)

    stranger = build.graduate()
    answer = client.post(reverse("graduate_plan_add", args=[stranger.uid]), FORM)

    assert answer.status_code == 404
    assert not Commitment.objects.exists()


def test_change_counts_from_now_on(client: Client) -> None:
    commitment = build.commitment(graduate=graduate_of(client))

    client.post(reverse("plan_change", args=[commitment.uid]), {**FORM, "title": "Moved"})

    commitment.refresh_from_db()
    assert (commitment.title, commitment.start_time) == ("Moved", time(15, 0))


def test_change_shows_what_is_stored(client: Client) -> None:
    commitment = build.commitment(graduate=graduate_of(client), interval=2, title="Lantern")

    form = client.get(reverse("plan_change", args=[commitment.uid])).context["form"]

    assert (form["pattern"].value(), form["title"].value()) == ("biweekly", "Lantern")


def test_plan_of_somebody_else_is_not_found(client: Client) -> None:
    graduate_of(client)
    commitment = build.commitment(graduate=build.graduate())

    for name in ("plan_change", "plan_end", "plan_restore", "plan_answer"):
        assert client.post(reverse(name, args=[commitment.uid]), FORM).status_code == 404
    commitment.refresh_from_db()
    assert commitment.ended_at is None


def test_what_is_taken_out_can_be_brought_back(client: Client) -> None:
    commitment = build.commitment(graduate=graduate_of(client))

    answer = client.post(reverse("plan_end", args=[commitment.uid]))
    page = client.get(answer.headers["Location"]).content.decode()
    commitment.refresh_from_db()
    was_ended = commitment.ended_at is not None
    client.post(reverse("plan_restore", args=[commitment.uid]))

    commitment.refresh_from_db()
    assert was_ended
    assert reverse("plan_restore", args=[commitment.uid]) in page
    assert commitment.ended_at is None


def occurrence(graduate: Graduate, *, begins_in: timedelta) -> tuple[Commitment, str]:
    local = (clock.now() + begins_in).replace(second=0, microsecond=0, tzinfo=None)
    commitment = build.commitment(
        graduate=graduate,
        weekdays=range(7),
        start_time=local.time(),
        time_zone="UTC",
        starts_on=date(2026, 1, 5),
    )
    return commitment, local.strftime("%Y-%m-%dT%H:%M")


@pytest.mark.parametrize("outcome", ["kept", "missed"])
def test_what_has_been_can_be_answered(outcome: str, client: Client) -> None:
    commitment, name = occurrence(graduate_of(client), begins_in=-timedelta(hours=2))

    client.post(
        reverse("plan_answer", args=[commitment.uid]),
        {"recurrence_id": name, "outcome": outcome, "next": "/plan/"},
    )

    assert Expectation.objects.get().outcome == outcome


def test_what_comes_can_be_excused_with_a_reason(client: Client) -> None:
    commitment, name = occurrence(graduate_of(client), begins_in=timedelta(hours=5))

    client.post(
        reverse("plan_answer", args=[commitment.uid]),
        {"recurrence_id": name, "outcome": "excused", "reason": "work"},
    )

    row = Expectation.objects.get()
    assert (row.outcome, row.reason) == ("excused", "work")


def test_what_comes_cannot_be_kept_yet(client: Client) -> None:
    commitment, name = occurrence(graduate_of(client), begins_in=timedelta(hours=5))

    client.post(
        reverse("plan_answer", args=[commitment.uid]), {"recurrence_id": name, "outcome": "kept"}
    )

    assert not Expectation.objects.filter(outcome="kept").exists()


@pytest.mark.parametrize("name", ["2026-03-09T19:00", "never", ""])
def test_date_that_is_none_is_not_found(name: str, client: Client) -> None:
    commitment = build.commitment(graduate=graduate_of(client))

    answer = client.post(
        reverse("plan_answer", args=[commitment.uid]), {"recurrence_id": name, "outcome": "kept"}
    )

    assert answer.status_code == 404


def test_form_does_not_lead_to_another_host(client: Client) -> None:
    commitment = build.commitment(graduate=graduate_of(client))

    answer = client.post(
        reverse("plan_restore", args=[commitment.uid]), {"next": "https://example.com/"}
    )

    assert answer.headers["Location"] == reverse("plan")
