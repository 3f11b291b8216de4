"""The finder on a phone: the place it remembers by itself, and a map that keys can use."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests import build
from tests.browser.conftest import PHONE
from tests.browser.watch import assert_accessible, assert_fits
from tests.feeds import imported, row

OpenPage = Callable[..., Page]
HERE = {"latitude": 39.959712, "longitude": -75.202388}


def test_phone_remembers_its_place_and_tells_only_about_where_that_is(open_page: OpenPage) -> None:
    imported(*(row(day=day, slug=f"d{day}") for day in range(7)))
    page = open_page(size=PHONE, geolocation=HERE, permissions=["geolocation"])

    page.goto("/meetings/")
    page.get_by_role("button", name="Use my place").click()
    page.wait_for_url("**near=39.96%2C-75.20**")
    expect(page.get_by_text("7 meetings")).to_be_visible()
    page.goto("/meetings/")
    page.wait_for_url("**near=39.96%2C-75.20**")
    assert page.context.cookies() == []
    page.get_by_role("button", name="Forget my place").click()
    page.goto("/meetings/")
    expect(page.get_by_label("Near")).to_have_value("")


def test_map_is_walked_by_keys_and_says_what_the_list_says(open_page: OpenPage) -> None:
    imported(
        row(slug="a", day=1),
        row(slug="b", day=2),
        row(name="Afar", slug="c", day=3, latitude=39.99, longitude=-75.15),
    )
    user = build.user()
    build.graduate(user=user)
    page = open_page(size=PHONE, user=user)

    page.goto("/meetings/?near=19104")
    page.get_by_text("More choices").click()
    page.get_by_label("Words").press_sequentially("afa")
    expect(page.get_by_role("heading", name="1 meeting", exact=True)).to_be_visible()
    page.wait_for_url("**near=19104&**q=afa&**")
    page.get_by_label("Words").fill("")
    expect(page.get_by_role("heading", name="3 meetings")).to_be_visible()
    page.get_by_role("link", name="Map", exact=True).click()
    marks = page.locator(".map-mark")
    expect(marks).to_have_count(2)
    assert_accessible(page)
    assert_fits(page)
    both = page.get_by_role("button", name="Quiet Harbor, ")
    expect(both).to_have_text("2")
    both.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".map-list a")).to_have_count(2)
    expect(page.locator(".map-list a").first).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator(".map-list")).to_have_count(0)
    expect(both).to_be_focused()
    page.keyboard.press("Enter")
    page.locator(".map-list a").first.click()

    expect(page.get_by_role("heading", name="Quiet Harbor")).to_be_visible()
    page.get_by_role("button", name="Save it").click()
    expect(page.get_by_role("button", name="Saved. Take it out")).to_be_visible()
    assert_accessible(page)
