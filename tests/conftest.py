import gc
import os
from typing import TYPE_CHECKING

import pytest
from django.db import connection
from django.test import TransactionTestCase
from hypothesis import HealthCheck, settings
from pytest_django import DjangoDbBlocker

from tests import migrated, network

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

network.install()

# A slow machine is no failure, and a run that passed passes again.
settings.register_profile(
    "house", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("house")

_OF_DATABASES = frozenset({"db", "transactional_db", "live_server"})


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--database-only` leaves out what no database could make pass or fail."""
    parser.addoption("--database-only", action="store_true", help="tests that use the database")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """For a second database, which pure tests need not see again."""
    if config.getoption("--database-only"):
        others = [item for item in items if not _depends_on_database(item)]
        config.hook.pytest_deselected(items=others)
        items[:] = [item for item in items if _depends_on_database(item)]


def pytest_collection_finish() -> None:
    """Thousands of tests are there to the end, and need not be looked through for what is to be freed."""
    gc.freeze()


@pytest.fixture(scope="session")
def django_db_keepdb() -> bool:
    """What is found is brought up to date, not made anew; each process finds a folder of its own."""
    return connection.vendor == "sqlite"


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """Now that this process knows its database by name, it takes what is kept."""
    migrated.take()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    """The database is there; the next process need not make it."""
    with django_db_blocker.unblock():
        migrated.keep()


def _depends_on_database(item: pytest.Item) -> bool:
    if item.get_closest_marker("one_database") is not None:
        return False
    fixtures = set(getattr(item, "fixturenames", ()))
    of_class = getattr(item, "cls", None)
    return (
        item.get_closest_marker("django_db") is not None
        or bool(fixtures & _OF_DATABASES)
        or (of_class is not None and issubclass(of_class, TransactionTestCase))
    )


@pytest.fixture(scope="session")
def browser() -> "Iterator[Browser]":
    """One Chromium for the run."""
    from playwright.sync_api import sync_playwright

    from tests import chromium

    # Playwright keeps an event loop in this thread, and Django would take each query for a mistake.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with sync_playwright() as playwright:
        program = chromium.find_or_install(playwright)
        started = playwright.chromium.launch(executable_path=program, args=chromium.flags())
        yield started
        started.close()
