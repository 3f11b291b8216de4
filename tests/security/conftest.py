import os
from collections.abc import Callable
from pathlib import Path

import pytest

FULL = "SECURITY_FULL"
# What depends on locks, triggers, raw rows or unique keys; the rest asks what any database answers.
BY_DATABASE = ("audit", "crypto", "hooks", "auth_limits", "consent_leaving", "consent_own_data")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Rules of pages and words are shown on one database."""
    here = Path(__file__).parent
    for item in items:
        name = item.path.stem.removeprefix("test_")
        if here in item.path.parents and not name.startswith(BY_DATABASE):
            item.add_marker(pytest.mark.one_database)


@pytest.fixture
def figure(record_property: Callable[[str, object], None]) -> Callable[[str], None]:
    """Say what was measured, in words with units; `tests.security.report` prints it."""
    return lambda words: record_property("figure", words)


@pytest.fixture
def many() -> Callable[..., int]:
    """How many trials: few in every run, all of them for the report's full figures."""
    is_full = os.environ.get(FULL) == "1"
    return lambda *, short, full: full if is_full else short
