"""Single dates of a plan in the browser: leave out, move, pause, undo; reminders that come back."""

from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from aftercare import occurrences, plan
from aftercare.models import Commitment, DateChange, Graduate, PlanPause
from notifications import clock
from tests import build

pytestmark = pytest.mark.django_db


@pytest.fixture
def graduate(client: Client) -> Graduate:
    made = build.graduate(user=build.user())
    assert made.user is not None
    client.force_login(made.user)
    return made


@pytest.fixture
def commitment(graduate: Graduate) -> Commitment:
    return build.commitment(graduate=graduate, weekdays=range(7))


def coming(commitment: Commitment) -> plan.PlannedOccurrence:
    return plan.coming(commitment=Commitment.objects.get(pk=commitment.pk), at=clock.now())[1]


def post(client: Client, name: str, commitment: Commitment, **form: Any) -> HttpResponse:
    answer = client.post(reverse(name, args=[commitment.uid]), form, follow=True)
    assert isinstance(answer, HttpResponse)
    return answer


def test_a_date_is_left_out_and_put_back(client: Client, commitment: Commitment) -> None:
    one = coming(commitment)

    page = post(client, "plan_skip", commitment, recurrence_id=one.recurrence_id)
    assert "This date is left out." in page.content.decode()
    assert DateChange.objects.get().kind == DateChange.Kind.SKIPPED

    page = post(client, "plan_put_back", commitment, recurrence_id=one.recurrence_id)
    assert "This date is as usual again." in page.content.decode()
    assert not DateChange.objects.exists()


def test_what_cannot_be_changed_any_more_is_told(client: Client, commitment: Commitment) -> None:
    page = post(client, "plan_skip", commitment, recurrence_id="2026-01-06T19:00")

    assert "This date cannot be changed any more." in page.content.decode()
    assert not DateChange.objects.exists()


def test_a_date_is_moved_just_once(client: Client, commitment: Commitment) -> None:
    one = coming(commitment)
    address = reverse("plan_date", args=[commitment.uid, one.recurrence_id])
    day = (one.starts_at + timedelta(days=30)).date()
    assert client.get(address).context["form"].initial["start_time"] == time(19, 0)

    answer = client.post(address, {"on": day.isoformat(), "start_time": "12:30"})

    assert answer.headers["Location"] == reverse("plan")
    found = occurrences.one(commitment=commitment, recurrence_id=one.recurrence_id)
    assert found is not None
    zone = plan.zone_of(commitment=commitment)
    assert found.starts_at == datetime.combine(day, time(12, 30), zone)


def test_a_move_into_the_past_is_told_beside_the_day(
    client: Client, commitment: Commitment
) -> None:
    address = reverse("plan_date", args=[commitment.uid, coming(commitment).recurrence_id])

    page = client.post(address, {"on": "2026-01-06", "start_time": "12:30"})

    assert page.status_code == 422
    assert page.context["form"].errors == {"on": ["This time has passed. Choose a later one."]}


def test_next_dates_stand_where_a_commitment_is_changed(
    client: Client, commitment: Commitment
) -> None:
    one = coming(commitment)
    post(client, "plan_skip", commitment, recurrence_id=one.recurrence_id)

    page = client.get(reverse("plan_change", args=[commitment.uid])).content.decode()

    assert "Left out this time" in page
    assert reverse("plan_date", args=[commitment.uid, one.recurrence_id]) not in page
    assert page.count("Leave out or move") == 3


@pytest.mark.parametrize("is_one", [True, False])
def test_plan_or_one_thing_of_it_is_paused_and_goes_on(
    is_one: bool, client: Client, commitment: Commitment
) -> None:
    first = clock.now().date() + timedelta(days=10)
    form = {
        "what": str(commitment.uid) if is_one else "",
        "first_on": first.isoformat(),
        "last_on": (first + timedelta(days=5)).isoformat(),
    }

    page = client.post(reverse("plan_pause"), form, follow=True)

    row = PlanPause.objects.get()
    assert (row.commitment, row.first_on) == (commitment if is_one else None, first)
    what = "Tuesday Lantern: paused" if is_one else "Everything in the plan: paused"
    assert what in page.content.decode()
    client.post(reverse("plan_end_pause", args=[row.uid]))
    assert not PlanPause.objects.exists()


def test_a_pause_that_cannot_be_is_told_beside_the_day_that_is_wrong(
    client: Client, commitment: Commitment
) -> None:
    first = clock.now().date() + timedelta(days=10)
    gone = {"what": "", "first_on": "2026-01-06", "last_on": "2026-01-07"}
    turned = {"what": "", "first_on": first.isoformat(), "last_on": str(first - timedelta(days=1))}

    pages = [client.post(reverse("plan_pause"), form) for form in (gone, turned)]

    assert [page.status_code for page in pages] == [422, 422]
    assert [list(page.context["form"].errors) for page in pages] == [["first_on"], ["last_on"]]


def test_nobody_pauses_a_commitment_of_somebody_else(
    client: Client, commitment: Commitment
) -> None:
    other = build.commitment(graduate=build.graduate(program=commitment.graduate.program))
    first = (clock.now().date() + timedelta(days=10)).isoformat()

    page = client.post(
        reverse("plan_pause"), {"what": str(other.uid), "first_on": first, "last_on": first}
    )

    assert list(page.context["form"].errors) == ["what"]
    assert not PlanPause.objects.exists()


def test_a_counselor_pauses_the_plan_of_a_graduate(client: Client) -> None:
    role = build.role(program=build.program())
    build.second_step(user=role.user)
    graduate = build.graduate(program=role.program, counselor=role)
    client.force_login(role.user)
    first = (clock.now().date() + timedelta(days=10)).isoformat()

    answer = client.post(
        reverse("graduate_plan_pause", args=[graduate.uid]),
        {"what": "", "first_on": first, "last_on": first},
    )

    assert answer.headers["Location"] == reverse("graduate", args=[graduate.uid])
    row = PlanPause.objects.get()
    assert (row.graduate, row.added_by) == (graduate, role.user)


def test_reminders_that_rest_are_said_to_and_come_back(
    client: Client, commitment: Commitment
) -> None:
    Commitment.objects.update(rested_at=clock.now())
    assert "You have kept this for a year" in client.get(reverse("plan")).content.decode()

    page = post(client, "plan_remind_again", commitment)

    assert "Reminders are on again." in page.content.decode()
    assert "You have kept this for a year" not in page.content.decode()
    row = Commitment.objects.get()
    assert (row.rested_at, row.may_rest) == (None, False)


FORM: dict[str, Any] = {
    "kind": "group",
    "title": "Evening group",
    "pattern": "weekly",
    "weekdays": ["1"],
    "start_time": "19:00",
    "minutes": "60",
    "time_zone": "America/New_York",
    "starts_on": "2026-03-03",
    "reminders_on": "on",
    "remind_minutes": "120",
}


@pytest.mark.parametrize(
    ("form", "stored"),
    [
        ({"pattern": "every_few", "interval": "3"}, {"repeats": "weekly", "interval": 3}),
        ({"pattern": "last_day"}, {"repeats": "monthly_date", "month_day": -1}),
        (
            {"pattern": "monthly_date", "month_day": "31"},
            {"repeats": "monthly_date", "month_day": 31},
        ),
        (
            {"more_leads": ["1440 18:00", "30"], "travel_minutes": "25"},
            {"more_leads": [[1440, "18:00"], [30, ""]], "travel_minutes": 25},
        ),
    ],
)
def test_a_form_keeps_how_often_and_shows_it_again(
    form: dict[str, Any], stored: dict[str, Any], client: Client, graduate: Graduate
) -> None:
    client.post(reverse("plan_add"), {**FORM, **form})

    row = Commitment.objects.get()
    assert {name: getattr(row, name) for name in stored} == stored
    shown = client.get(reverse("plan_change", args=[row.uid])).context["form"].initial
    assert shown["pattern"] == form.get("pattern", "weekly")
    assert shown["more_leads"] == form.get("more_leads", [])
    assert shown["starts_on"] == date(2026, 3, 3)


def test_every_few_weeks_needs_a_number(client: Client, graduate: Graduate) -> None:
    page = client.post(reverse("plan_add"), {**FORM, "pattern": "every_few"})

    assert list(page.context["form"].errors) == ["interval"]
