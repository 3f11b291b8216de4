"""What only a browser can show: leaving, help without a connection, two clicks, every part."""

from collections.abc import Callable

import pytest
from django.conf import settings
from playwright.sync_api import BrowserContext, Page, Route, expect

from aftercare.models import Role
from portal.models import User
from tests import build
from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.watch import assert_accessible, assert_fits

OpenPage = Callable[..., Page]

PUBLIC = (
    "/help-now/",
    "/crisis/",
    "/what-is-aftercare/",
    "/family/",
    "/texting/",
    "/privacy/",
    "/measures/",
    "/accounts/login/",
    "/accounts/login/code/",
    "/accounts/password/reset/",
)
PARTS = (
    "/style/",
    "/style/today/",
    "/style/checkin/",
    "/style/caseload/",
    "/style/conversation/",
    "/style/graduate/",
    "/style/empty/",
)
# The colours of both schemes are measured pair by pair elsewhere, so two looks show the rest.
LOOKS = ((PHONE, "dark"), (DESKTOP, "light"))


def graduate_user() -> User:
    user = build.user()
    build.graduate(user=user)
    return user


def cookies(context: BrowserContext) -> set[str]:
    return {cookie.get("name", "") for cookie in context.cookies()}


# Leaving


def test_exit_takes_the_page_out_of_the_history(open_page: OpenPage) -> None:
    page = open_page(user=graduate_user())
    page.goto("/help-now/")
    page.goto("/privacy/")

    page.get_by_role("button", name="Exit").click()
    page.wait_for_url("**/measures/")
    expect(page).to_have_title("Kitchen measures")
    page.go_back()

    assert page.url.endswith("/help-now/")
    assert "session" not in cookies(page.context)


def test_places_beyond_a_thumb_are_behind_more(open_page: OpenPage) -> None:
    lead = build.role(program=build.program(), kind=Role.Kind.LEAD)
    narrow = open_page(user=lead.user, java_script_enabled=False)
    wide = open_page(user=lead.user, size=DESKTOP)
    for page in (narrow, wide):
        page.goto("/caseload/")

    expect(wide.get_by_role("navigation").get_by_role("link", name="Report")).to_be_visible()
    report = narrow.get_by_role("navigation").get_by_role("link", name="Report")
    expect(report).to_have_count(0)
    narrow.get_by_text("More", exact=True).click()
    report.click()
    assert narrow.url.endswith("/report/")


def test_passkeys_are_offered_only_where_a_script_can_ask_for_one(open_page: OpenPage) -> None:
    with_script, without = open_page(), open_page(java_script_enabled=False)
    for page in (with_script, without):
        page.goto("/accounts/login/")

    expect(with_script.get_by_role("button", name="passkey")).to_be_visible()
    expect(without.get_by_role("button", name="passkey")).to_have_count(0)


def test_exit_needs_no_script(open_page: OpenPage) -> None:
    page = open_page(user=graduate_user(), java_script_enabled=False)
    page.goto("/privacy/")

    page.get_by_role("button", name="Exit").click()

    assert page.url.endswith("/measures/")
    assert "session" not in cookies(page.context)


def test_escape_three_times_leaves(open_page: OpenPage) -> None:
    page = open_page(user=graduate_user())
    page.goto("/privacy/")

    for _ in range(3):
        page.keyboard.press("Escape")

    page.wait_for_url("**/measures/")


def test_escape_twice_stays(open_page: OpenPage) -> None:
    page = open_page()
    page.goto("/privacy/")

    for key in ("Escape", "Escape", "a", "Escape"):
        page.keyboard.press(key)
    page.wait_for_timeout(200)

    assert page.url.endswith("/privacy/")


# Without a connection


def test_help_opens_without_a_connection(open_page: OpenPage) -> None:
    page = open_page()
    page.goto("/help-now/")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")

    page.context.set_offline(True)
    page.goto("/crisis/?lang=es")

    expect(page.get_by_role("link", name="988").first).to_be_visible()
    assert page.evaluate("getComputedStyle(document.querySelector('.line')).display") == "grid"


# Two clicks


def test_second_of_two_clicks_sends_nothing(open_page: OpenPage) -> None:
    page = open_page()
    page.goto("/privacy/")
    page.evaluate(
        """() => {
            window.sent = 0;
            addEventListener("submit", (event) => { window.sent += 1; event.preventDefault(); });
        }"""
    )

    page.get_by_role("button", name="Español").dblclick()

    assert page.evaluate("window.sent") == 1


# Everything is readable


@pytest.mark.parametrize(("size", "scheme"), LOOKS)
def test_public_pages_are_accessible_and_fit(
    open_page: OpenPage, size: tuple[int, int], scheme: str
) -> None:
    page = open_page(size=size, color_scheme=scheme)
    for address in PUBLIC:
        page.goto(address)
        assert_accessible(page)
        assert_fits(page)


@pytest.mark.parametrize(("size", "scheme"), LOOKS)
def test_parts_are_accessible_and_fit(
    open_page: OpenPage, size: tuple[int, int], scheme: str
) -> None:
    role = build.role(program=build.program())
    page = open_page(size=size, color_scheme=scheme, user=role.user)
    for address in PARTS:
        page.goto(address)
        assert_accessible(page)
        assert_fits(page)


@pytest.mark.parametrize("address", ["/help-now/", "/privacy/", "/accounts/login/"])
def test_buttons_and_links_of_the_frame_are_as_large_as_a_thumb(
    open_page: OpenPage, address: str
) -> None:
    page = open_page()
    page.goto(address)

    small = page.evaluate(
        """() => [...document.querySelectorAll("header a, header button, footer a, footer button, .button")]
            .filter((one) => one.checkVisibility() && !one.classList.contains("skip-link"))
            .filter((one) => one.getBoundingClientRect().height < 44)
            .map((one) => one.textContent.trim())"""
    )

    assert small == []


def _obey_no_layers(route: Route) -> None:
    """Answer as an old browser reads: what is in a layer is lost, and the fallback holds."""
    is_fallback = route.request.url.endswith("plain.css")
    css = (settings.BASE_DIR / "portal/static/css/plain.css").read_text(encoding="utf-8")
    condition = "not (color: revert-layer)"
    assert condition in css
    body = css.replace(condition, "(color: red)") if is_fallback else ""
    route.fulfill(content_type="text/css", body=body)


def test_page_is_readable_where_layers_are_unknown(open_page: OpenPage) -> None:
    page = open_page()
    page.route("**/*.css", _obey_no_layers)
    page.goto("/help-now/")

    assert_fits(page)
    icon = page.locator(".button .icon").first.bounding_box()
    assert icon is not None
    assert icon["width"] < 30
    expect(page.get_by_role("link", name="Call 988")).to_be_visible()
