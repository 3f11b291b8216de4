"""The calendar of a plan: its page, and the address that calendars ask."""

import uuid

import pytest
from django.test import Client
from django.urls import reverse

from aftercare.models import CalendarLink, Graduate
from tests import build

pytestmark = pytest.mark.django_db


@pytest.fixture
def graduate(client: Client) -> Graduate:
    made = build.graduate(user=build.user())
    build.commitment(graduate=made)
    assert made.user is not None
    client.force_login(made.user)
    return made


def made(client: Client, **form: str) -> str:
    """The path of a new address."""
    address = client.post(reverse("plan_calendar"), form).context["address"]
    assert isinstance(address, str)
    return "/" + address.split("/", 3)[3]


def test_calendar_is_off_until_it_is_turned_on(client: Client, graduate: Graduate) -> None:
    page = client.get(reverse("plan_calendar"))

    assert (page.context["link"], page.context["address"]) == (None, "")
    assert not CalendarLink.objects.exists()


def test_the_address_is_shown_once(client: Client, graduate: Graduate) -> None:
    path = made(client)
    token = path.rsplit("/", 1)[-1].removesuffix(".ics")

    assert token not in client.get(reverse("plan_calendar")).content.decode()


def test_second_click_makes_no_second_address(client: Client, graduate: Graduate) -> None:
    form = {"_once": str(uuid.uuid4())}
    client.post(reverse("plan_calendar"), form)
    before = CalendarLink.objects.get().token_hash

    client.post(reverse("plan_calendar"), form)

    assert CalendarLink.objects.get().token_hash == before


def test_calendars_read_without_a_log_in_and_keep_no_copy(
    client: Client, graduate: Graduate
) -> None:
    path = made(client, full_titles="on")

    answer = Client().get(path)

    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert answer.headers["X-Robots-Tag"] == "noindex"
    assert b"SUMMARY:Tuesday Lantern" in answer.content
    assert not answer.cookies


@pytest.mark.parametrize("header", ["ETag", "Last-Modified"])
def test_an_unchanged_file_is_not_sent_again(
    header: str, client: Client, graduate: Graduate
) -> None:
    path = made(client)
    first = Client().get(path)
    ask = {"ETag": "HTTP_IF_NONE_MATCH", "Last-Modified": "HTTP_IF_MODIFIED_SINCE"}[header]

    again = Client().get(path, **{ask: first.headers[header]})  # type: ignore[arg-type]

    assert (again.status_code, again.content) == (304, b"")


def test_a_closed_address_is_not_found(client: Client, graduate: Graduate) -> None:
    path = made(client)

    page = client.post(reverse("plan_calendar_off"), follow=True)

    assert "The address is closed." in page.content.decode()
    assert Client().get(path).status_code == 404
    assert Client().get(reverse("calendar", args=["guess"])).status_code == 404
