from pathlib import Path

import pytest

# What is asked at once from many sides, and what speaks of the database itself.
BY_DATABASE = (
    "test_webhooks.py",
    "test_webhooks_reports.py",
    "test_health.py",
    "test_operations.py",
    "test_meetings.py",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Pages ask no database themselves; the verbs and reads below them are tested on each."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents and item.path.name not in BY_DATABASE:
            item.add_marker(pytest.mark.one_database)
