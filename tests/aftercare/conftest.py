from pathlib import Path

import pytest

# What screens read, and verbs of one row at a time: neither locks, nor raw SQL, nor a unique key that
# two at once may meet. `python -m tests.checks everything` runs them on the second database, too.
PLAIN = frozenset(
    [
        "cards",
        "coping",
        "coverage",
        "diary",
        "digest",
        "handling",
        "handover",
        "hard_moments",
        "holidays",
        "inbox",
        "inspections",
        "morning",
        "news",
        "own_signals",
        "profile",
        "questionnaires",
        "releases",
        "results",
        "roster",
        "screenings",
        "setbacks",
        "strangers",
        "supporters",
        "timeline",
        "touches",
        "trends",
        "upcoming",
        "visits",
        "wishes",
        "wishing",
        "worries",
        "writing",
    ]
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """They are shown on one database in every run."""
    here = Path(__file__).parent
    for item in items:
        if item.path.parent == here and item.path.stem.removeprefix("test_") in PLAIN:
            item.add_marker(pytest.mark.one_database)
