import pytest
from playwright.sync_api import Browser
from pytest_django.live_server_helper import LiveServer

from tests.browser.watch import Watch, assert_accessible, assert_fits

MISDEEDS = {
    "const script = document.createElement('script');"
    "script.textContent = 'document.title = 1';"
    "document.body.append(script);": "Content Security Policy",
    "new Image().src = 'https://example.org/pixel.png';": "asked another origin: https://example.org",
    "console.error('a mistake');": "console: a mistake",
    "setTimeout(() => { throw new Error('nobody caught this'); });": "nobody caught this",
}


@pytest.mark.parametrize(("misdeed", "complaint"), MISDEEDS.items())
def test_watch_notes_what_a_page_must_not_do(
    browser: Browser, live_server: LiveServer, misdeed: str, complaint: str
) -> None:
    watch = Watch(origin=live_server.url)
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(f"{live_server.url}/healthz")
        watch.follow(context)
        page.evaluate(f"() => {{ {misdeed} }}")
        for _ in range(50):
            if complaint not in str(watch.complaints):
                page.wait_for_timeout(100)
    assert complaint in str(watch.complaints)


def test_accessibility_rules_run_under_the_policy(
    browser: Browser, live_server: LiveServer
) -> None:
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(f"{live_server.url}/healthz")
        with pytest.raises(AssertionError, match="html-has-lang"):
            assert_accessible(page)


def test_fit_notices_a_page_that_is_too_wide(browser: Browser) -> None:
    with browser.new_context(viewport={"width": 390, "height": 844}) as context:
        page = context.new_page()
        page.set_content("<p>narrow</p>")
        assert_fits(page)
        page.set_content("<img width='500' height='5' alt=''>")
        with pytest.raises(AssertionError, match="the page is 5"):
            assert_fits(page)
