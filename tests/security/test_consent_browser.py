"""CONS-11 and WEB-01 in Chromium: every page of the product opened by each kind of reader."""

from collections.abc import Callable

import pytest
from django.conf import settings
from playwright.sync_api import Browser, Page
from pytest_django.live_server_helper import LiveServer

from tests.browser.watch import Watch
from tests.house.routes import LOG_IN, Person
from tests.house.test_routes import TABLE, make_world
from tests.security.payloads import RUN, payloads, store
from tests.security.walk import READERS, readers_of

Figure = Callable[[str], None]
pytestmark = pytest.mark.browser
# What a browser saves or hands on and does not show.
NO_PAGES = {
    *("meeting_ics", "meetings_pdf", "calendar", "mfa_download_recovery_codes", "metrics"),
    *("me_data_file", "release_letter"),
}


def page_of(browser: Browser, watch: Watch, session: str) -> Page:
    """A window of somebody with this session, in which a payload that runs would be noticed."""
    context = browser.new_context(base_url=watch.origin)
    context.set_default_timeout(15_000)
    if session:
        name = settings.SESSION_COOKIE_NAME
        context.add_cookies([{"name": name, "value": session, "url": watch.origin}])
    context.add_init_script(f"window.{RUN[:-2]} = () => console.error('a payload ran')")
    watch.follow(context)
    return context.new_page()


def is_expected(complaint: str) -> bool:
    """Chromium calls each 4xx or 5xx an error; those of the walk are meant (a page that is not there)."""
    return "the server responded with a status of" in complaint


@pytest.mark.django_db(transaction=True)
def test_cons_11_no_page_asks_anybody_else_and_web_01_none_breaks_the_policy(
    browser: Browser, live_server: LiveServer, figure: Figure, many: Callable[..., int]
) -> None:
    """With hostile words in every free field in the full form (WEB-05); nothing waits for sleep."""
    world = make_world()
    everybody = bool(many(short=0, full=1))
    if everybody:
        store(iter(list(payloads()) * 500))
    complaints, opened = [], 0
    for person in READERS:
        watch = Watch(origin=live_server.url)
        page = page_of(browser, watch, world.session(person))
        for name, route in TABLE.items():
            if "GET" not in route.methods or name in NO_PAGES:
                continue
            if person in people(name, everybody=everybody):
                page.goto(world.address(name), wait_until="load")
                opened += 1
        page.context.close()
        complaints += [(person.name, one) for one in watch.complaints if not is_expected(one)]
    assert complaints == []
    assert opened > 80
    figure(f"0 requests to other origins and 0 refusals by the policy over {opened} pages")


def people(name: str, *, everybody: bool) -> list[Person]:
    """Who opens an address: of the readers who may, all of them, or the one who sees most of it."""
    found = readers_of(name) if set(READERS) & TABLE[name].opens_to else []
    return found if everybody else found[:1] if name in LOG_IN else found[-1:]
