"""One meeting: its page and its calendar file."""

from datetime import UTC, datetime, time
from typing import Any

import pytest
import recurring_ical_events
from django.test import Client
from icalendar import Calendar

from aftercare.models import Commitment, Meeting
from tests import build
from tests.feeds import imported, row
from tests.portal.test_meetings import LINK, page_of, plain, read

pytestmark = pytest.mark.django_db


def test_meeting_says_when_where_and_what_to_expect(client: Client) -> None:
    shown = page_of(client, types=["C", "X"], notes="Ring the bell.", group="Harbor Group")

    assert "Alcoholics Anonymous · Harbor Group" in shown
    assert "Every Monday, in New York time." in shown
    assert "Alderbrook Hall 1418 Alderbrook Street" in shown
    assert "Wheelchair access" in shown
    assert "Ring the bell." in shown
    assert "You do not have to speak." in shown
    assert "It is a closed meeting" in shown
    assert "The group last changed this entry in January 2026." in shown
    assert "not affiliated with or endorsed by any fellowship" in shown


def test_meeting_leads_the_way_only_when_asked(client: Client) -> None:
    (found,) = imported(row())

    shown = read(client, f"/meetings/{found.slug}/")

    assert (
        'href="https://www.openstreetmap.org/directions?to=39.95970%2C-75.20240" '
        'rel="noreferrer external"'
    ) in shown


def test_meeting_online_joins_by_one_tap_and_hides_the_passcode_behind_one(client: Client) -> None:
    (found,) = imported(row(**LINK))

    response = client.get(f"/meetings/{found.slug}/")
    shown = response.content.decode()

    assert 'href="https://meet.example.org/j/1" rel="noreferrer external nofollow"' in shown
    assert 'href="tel:+12155550142,,77%23"' in shown
    assert "kettle" in shown[shown.index("<details") :]
    assert "kettle" not in shown[: shown.index("<details")]
    assert response["X-Robots-Tag"] == "noindex"


@pytest.mark.parametrize(
    ("changes", "robots"),
    [
        ({"conference_url": "https://meet.example.org/j/1?pwd=kettle"}, "noindex"),
        ({"conference_phone": "+12155550142,,1#,,#,,208439#"}, "noindex"),
        ({"conference_url": "https://meet.example.org/j/1"}, None),
    ],
)
def test_page_with_a_passcode_within_a_link_is_kept_by_no_search_engine(
    client: Client, changes: dict[str, Any], robots: str | None
) -> None:
    (found,) = imported(row(**changes))

    response = client.get(f"/meetings/{found.slug}/")
    shown = response.content.decode()

    assert response.headers.get("X-Robots-Tag") == robots
    if "conference_phone" in changes:
        before = shown[: shown.index("Passcode and how to join")]
        assert "+12155550142,,1#</p>" in before
        assert "208439#" not in before
        assert "+12155550142,,1#,,#,,208439#</p>" in shown


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"types": ["TC"]}, "This meeting is temporarily closed"),
        ({"formatted_address": "Philadelphia, PA, USA"}, "gives no exact address"),
    ],
)
def test_meeting_that_is_inactive_says_why(
    client: Client, changes: dict[str, Any], why: str
) -> None:
    shown = page_of(client, **changes)

    assert "Please do not go there now" in shown
    assert why in shown
    assert "Directions" not in shown
    assert "Add to a calendar" not in shown


def test_meeting_that_is_retired_says_so(client: Client) -> None:
    (found,) = imported(row())
    Meeting.objects.update(
        active=False, attendance="inactive", inactive_reason="no longer listed",
        retired_at=datetime(2026, 3, 1, tzinfo=UTC),
    )  # fmt: skip

    assert "no longer on the list" in plain(read(client, f"/meetings/{found.slug}/"))


def test_meeting_without_a_time_says_whom_to_ask(client: Client) -> None:
    shown = page_of(client, day=None, time=None)

    assert "By appointment" in shown
    assert "Add to a calendar" not in shown


def test_meeting_tells_of_certain_weeks_and_of_an_end_nobody_named(client: Client) -> None:
    shown = page_of(client, notes="Speaker on the 2nd Saturday.", end_time="")

    assert "The notes speak of “2nd Saturday”." in shown
    assert "we count one hour" in shown


def test_meeting_can_be_shared_reported_and_printed(client: Client) -> None:
    (found,) = imported(row())

    shown = read(client, f"/meetings/{found.slug}/")

    address = f"http://testserver/meetings/{found.slug}/"
    assert f'data-share="{address}"' in shown
    assert f'href="sms:?&amp;body=http%3A//testserver/meetings/{found.slug}/"' in shown
    assert "data-print" in shown
    assert f'action="/meetings/{found.slug}/wrong/"' in shown
    assert "csrfmiddlewaretoken" not in shown


@pytest.mark.parametrize("logged_in", [True, False])
def test_meeting_can_be_added_to_the_plan_by_those_who_have_one(
    client: Client, logged_in: bool
) -> None:
    (found,) = imported(row())
    if logged_in:
        user = build.user()
        build.graduate(user=user)
        client.force_login(user)

    shown = read(client, f"/meetings/{found.slug}/")

    assert (f"/plan/add/?meeting={found.slug}" in shown) is logged_in


def test_meeting_stands_in_the_plan_once_however_often_it_is_added(client: Client) -> None:
    (found,) = imported(row())
    user = build.user()
    build.graduate(user=user)
    client.force_login(user)
    add = f"/plan/add/?meeting={found.slug}"
    form = {"starts_on": "2026-01-01", "remind_minutes": "120"}

    said = [plain(client.post(add, form, follow=True).content.decode()) for _ in range(2)]

    assert ["Added to the plan." in page for page in said] == [True, False]
    assert "It is in the plan already." in said[1]
    assert Commitment.objects.get().meeting == found
    shown = read(client, f"/meetings/{found.slug}/")
    assert (add in shown, "In my plan" in shown) == (False, True)
    # At another hour it is another thing to go to, as long as the old one is not taken out.
    Meeting.objects.update(start_time=time(20))
    client.post(add, form)
    assert [one.start_time for one in Commitment.objects.order_by("pk")] == [time(19), time(20)]


@pytest.mark.parametrize("address", ["/meetings/nobody/", "/meetings/nobody.ics"])
def test_unknown_meeting_is_not_found(client: Client, address: str) -> None:
    read(client, address, status=404)


# The calendar file


def test_meeting_ics_repeats_at_the_same_wall_time(client: Client) -> None:
    (found,) = imported(row(day=6, time="23:30", end_time="00:30"))

    response = client.get(f"/meetings/{found.slug}.ics")
    calendar = Calendar.from_ical(response.content)
    event: Any = calendar.walk("VEVENT")[0]
    begins = event["DTSTART"].dt
    dates = recurring_ical_events.of(calendar).between(begins, begins.replace(year=begins.year + 1))

    assert response["Content-Type"] == "text/calendar; charset=utf-8"
    assert response["Content-Disposition"] == f'attachment; filename="{found.slug}.ics"'
    assert {f"{one['DTSTART'].dt:%a %H:%M}" for one in dates} == {"Sat 23:30"}
    assert len(dates) >= 52
    assert event["UID"] == f"{found.uid}@testserver"
    assert event["URL"] == f"http://testserver/meetings/{found.slug}/"


def test_meeting_ics_of_a_meeting_by_appointment_is_not_found(client: Client) -> None:
    (found,) = imported(row(day=None, time=None))

    read(client, f"/meetings/{found.slug}.ics", status=404)
