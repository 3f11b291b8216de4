"""Check-ins in the browser."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from aftercare import checkins
from aftercare.models import Answer, CheckIn, Graduate, Setback
from notifications import clock
from tests import build

pytestmark = pytest.mark.django_db


@pytest.fixture
def graduate(client: Client) -> Graduate:
    made = build.graduate(user=build.user())
    assert made.user is not None
    client.force_login(made.user)
    return made


def open_check_in(graduate: Graduate) -> CheckIn:
    return build.check_in(
        graduate=graduate,
        opens_at=clock.now() - timedelta(hours=2),
        questions=["rough", "habit", "sleep"],
    )


def values(check_in: CheckIn) -> dict[str, object]:
    rows = Answer.objects.filter(check_in=check_in)
    return {row.question: row.content["value"] for row in rows}


def test_answers_are_saved_and_thanked(client: Client, graduate: Graduate) -> None:
    check_in = open_check_in(graduate)

    answer = client.post(
        reverse("checkin", args=[check_in.uid]), {"rough": "0", "habit": "no", "sleep": "7"}
    )

    assert answer.headers["Location"] == reverse("home")
    assert values(check_in) == {"rough": 0, "habit": "no", "sleep": 7}
    check_in.refresh_from_db()
    assert check_in.state == CheckIn.State.ANSWERED


def test_half_of_it_is_kept_and_shown_again(client: Client, graduate: Graduate) -> None:
    check_in = open_check_in(graduate)

    client.post(reverse("checkin", args=[check_in.uid]), {"rough": "6"})

    page = client.get(reverse("checkin", args=[check_in.uid]))
    assert values(check_in) == {"rough": 6}
    assert page.context["form"]["rough"].value() == 6


def test_what_a_page_shows_and_sends_back_is_not_said_anew(
    client: Client, graduate: Graduate
) -> None:
    check_in = open_check_in(graduate)
    at = check_in.opens_at + timedelta(minutes=5)
    for code, value in (("habit", "yes"), ("sleep", 6.5)):
        checkins.answer(check_in=check_in, question=code, value=value, door="text", at=at)

    page = client.get(reverse("checkin", args=[check_in.uid])).context["form"]
    shown = {name: page[name].value() for name in ("habit", "sleep")}
    client.post(reverse("checkin", args=[check_in.uid]), shown | {"rough": "3"})

    rows = Answer.objects.order_by("pk")
    assert shown == {"habit": "yes", "sleep": 6.5}
    assert [(row.content["value"], row.door) for row in rows] == [
        ("yes", "text"),
        (6.5, "text"),
        (3, "web"),
    ]
    assert Setback.objects.count() == 1


@pytest.mark.parametrize(
    ("field", "value"), [("rough", "11"), ("habit", "maybe"), ("sleep", "25"), ("sleep", "x")]
)
def test_value_that_cannot_be_is_said_beside_the_field(
    field: str, value: str, client: Client, graduate: Graduate
) -> None:
    check_in = open_check_in(graduate)

    page = client.post(reverse("checkin", args=[check_in.uid]), {field: value})

    assert page.status_code == 422
    assert list(page.context["form"].errors) == [field]
    assert values(check_in) == {}


def test_check_in_of_somebody_else_is_not_found(client: Client, graduate: Graduate) -> None:
    check_in = open_check_in(build.graduate())

    assert client.get(reverse("checkin", args=[check_in.uid])).status_code == 404


def test_index_shows_the_open_one_and_what_was_said(client: Client, graduate: Graduate) -> None:
    now = clock.now()
    for weeks in (3, 2, 1):
        past = build.check_in(
            graduate=graduate,
            opens_at=now - timedelta(weeks=weeks),
            questions=["rough"],
            state=CheckIn.State.ANSWERED,
            answered_at=now - timedelta(weeks=weeks),
        )
        build.answer(check_in=past, question="rough", value=weeks, at=past.opens_at)
    check_in = open_check_in(graduate)

    page = client.get(reverse("checkins"))

    assert reverse("checkin", args=[check_in.uid]) in page.content.decode()
    assert [value for _, value in page.context["trends"][0].points] == [3, 2, 1]


def test_index_without_any_says_what_comes(client: Client, graduate: Graduate) -> None:
    assert "No check-ins yet" in client.get(reverse("checkins")).content.decode()
