"""A graduate answers Today: what was, and the open check-in, with and without a script."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from aftercare.models import Answer, CheckIn, Expectation, Graduate
from notifications import clock
from tests import build
from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.watch import assert_accessible, assert_fits

OpenPage = Callable[..., Page]


def graduate_with_a_day() -> tuple[Graduate, CheckIn]:
    """Somebody whose meeting ended an hour ago, and whose check-in is open."""
    graduate = build.graduate(user=build.user(), first_name="Angela")
    now = clock.now()
    ended = (now - timedelta(hours=2)).replace(second=0, microsecond=0)
    build.commitment(
        graduate=graduate,
        title="Tuesday Lantern",
        weekdays=range(7),
        start_time=ended.time().replace(tzinfo=None),
        time_zone="UTC",
    )
    check_in = build.check_in(
        graduate=graduate, opens_at=now - timedelta(hours=1), questions=["rough", "habit", "sleep"]
    )
    return graduate, check_in


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_graduate_answers_today(script: bool, open_page: OpenPage) -> None:
    graduate, check_in = graduate_with_a_day()
    page = open_page(size=PHONE, user=graduate.user, java_script_enabled=script)

    page.goto("/")
    expect(page.get_by_role("heading", name="Hello, Angela")).to_be_visible()
    page.get_by_role("button", name="I went").last.click()
    expect(page.get_by_text("Thank you for telling us")).to_be_visible()
    page.get_by_role("link", name="Answer now").click()
    page.get_by_label("3", exact=True).check()
    page.get_by_label("No", exact=True).check()
    page.get_by_label("How many hours").fill("7")
    page.get_by_role("button", name="Save my answers").click()

    expect(page.get_by_text("Your answers are saved")).to_be_visible()
    assert Expectation.objects.get(kind="occurrence").outcome == Expectation.Outcome.KEPT
    answers = Answer.objects.filter(check_in=check_in)
    assert {row.question: row.content["value"] for row in answers} == {
        "rough": 3,
        "habit": "no",
        "sleep": 7,
    }


@pytest.mark.parametrize(("size", "scheme"), [(PHONE, "dark"), (DESKTOP, "light")])
def test_pages_of_a_graduate_are_accessible_and_fit(
    size: tuple[int, int], scheme: str, open_page: OpenPage
) -> None:
    graduate, check_in = graduate_with_a_day()
    page = open_page(size=size, user=graduate.user, color_scheme=scheme)

    for path in (
        "/",
        "/plan/",
        "/plan/add/",
        "/checkins/",
        f"/checkins/{check_in.uid}/",
        "/me/",
        "/meetings/",
    ):
        page.goto(path)
        assert_accessible(page)
        assert_fits(page)


def test_today_speaks_spanish(open_page: OpenPage) -> None:
    graduate, _ = graduate_with_a_day()
    page = open_page(size=PHONE, user=graduate.user)

    page.goto("/")
    page.get_by_role("button", name="Español").click()

    expect(page.get_by_role("heading", name="Hola, Angela")).to_be_visible()
    assert page.locator("html").get_attribute("lang") == "es"


def test_a_long_conversation_begins_where_one_writes(open_page: OpenPage) -> None:
    graduate, _ = graduate_with_a_day()
    for days in range(30):
        at = clock.now() - timedelta(days=days + 1)
        build.message(graduate=graduate, body=f"A text of {days} days ago.", at=at)
    page = open_page(size=PHONE, user=graduate.user)

    page.goto("/conversation/")

    expect(page.get_by_role("button", name="Send")).to_be_in_viewport()
    expect(page.get_by_text("A text of 29 days ago.")).not_to_be_in_viewport()
