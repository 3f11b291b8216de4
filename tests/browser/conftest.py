from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page
from pytest_django.live_server_helper import LiveServer

from portal.models import User
from tests.browser.watch import Watch

PHONE = (390, 844)
DESKTOP = (1280, 800)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what lies here, so that the runs without a browser can leave it out."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)


OpenPage = Callable[..., Page]


@pytest.fixture
def open_page(
    browser: Browser, live_server: LiveServer, transactional_db: None
) -> Iterator[OpenPage]:
    """Open a page of a new visitor: `open_page(size=PHONE, user=..., color_scheme="dark")`.

    At the end the test fails if a page asked another origin for anything, reported an error, or
    broke the content security policy.
    """
    opened: list[tuple[BrowserContext, Watch]] = []

    def open_one(
        *, size: tuple[int, int] = PHONE, user: User | None = None, **options: object
    ) -> Page:
        context = browser.new_context(
            base_url=live_server.url,
            viewport={"width": size[0], "height": size[1]},
            **options,  # type: ignore[arg-type]
        )
        context.set_default_timeout(10_000)
        if user is not None:
            log_in(context, live_server.url, user)
        watch = Watch(origin=live_server.url)
        watch.follow(context)
        opened.append((context, watch))
        return context.new_page()

    yield open_one
    for context, _ in opened:
        context.close()
    complaints = [complaint for _, watch in opened for complaint in watch.complaints]
    assert complaints == []


def log_in(context: BrowserContext, url: str, user: User) -> None:
    """Give a browser the session of somebody who has entered."""
    client = Client()
    client.force_login(user)
    name = settings.SESSION_COOKIE_NAME
    context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": url}])


@pytest.fixture
def phone(open_page: OpenPage) -> Page:
    """A page as wide as a small phone, of somebody who is not logged in."""
    return open_page(size=PHONE)


@pytest.fixture
def desktop(open_page: OpenPage) -> Page:
    """A page as wide as a desk's screen, of somebody who is not logged in."""
    return open_page(size=DESKTOP)
