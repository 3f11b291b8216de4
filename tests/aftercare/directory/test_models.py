from datetime import time
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from aftercare.models import Feed, ImportRun, Meeting
from tests.feeds import AT, feed, imported, row

pytestmark = pytest.mark.django_db


def make(**changes: Any) -> Meeting:
    return Meeting.objects.create(
        **{
            "slug": "quiet-harbor-abcde",
            "name": "Quiet Harbor",
            "fellowship": "aa",
            "timezone": "UTC",
            "attendance": "online",
            "created_at": AT,
            "changed_at": AT,
        }
        | changes
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"weekday": 7},
        {"start_minute": 60},
        {"start_minute": 7 * 1440, "weekday": 6, "start_time": time(23, 59)},
        {"latitude": 39.9},
        {"longitude": -75.1},
        {"latitude": 95.0, "longitude": 0.0},
        {"latitude": 0.0, "longitude": 181.0},
        {"retired_at": AT, "active": True},
    ],
)
def test_meeting_refuses_a_row_that_contradicts_itself(changes: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        make(**changes)


def test_meeting_slug_is_unique() -> None:
    make()

    with pytest.raises(IntegrityError), transaction.atomic():
        make()


def test_feed_name_is_unique() -> None:
    feed()

    with pytest.raises(IntegrityError), transaction.atomic():
        feed()


@pytest.mark.parametrize(
    ("weekday", "name"), [(0, "Sunday"), (6, "Saturday"), (None, "by appointment")]
)
def test_meeting_names_its_day(weekday: int | None, name: str) -> None:
    assert make(weekday=weekday).get_weekday_name() == name


def test_str_tells_nothing_but_a_number() -> None:
    (found,) = imported(row())
    run = ImportRun.objects.get()

    assert str(found) == f"Meeting #{found.pk}"
    assert str(found.feed) == f"Feed #{Feed.objects.get().pk}"
    assert str(run) == f"Import run #{run.pk}"
