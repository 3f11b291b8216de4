"""What the made-up counselors do by themselves."""

from datetime import UTC, date, datetime, timedelta

import pytest

from aftercare.demo import office
from aftercare.models import Outreach
from aftercare.record import Actor
from tests import build

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]

AT = datetime(2026, 3, 10, 14, 40, tzinfo=UTC)


def test_who_was_to_be_called_again_today_is_called() -> None:
    graduate = build.graduate()
    due, later = (
        Outreach.objects.create(
            graduate=graduate,
            way=Outreach.Way.CALL,
            outcome=Outreach.Outcome.PLANNED,
            at=AT - timedelta(days=3),
            next_step="Call again",
            next_on=day,
        )
        for day in (date(2026, 3, 10), date(2026, 3, 11))
    )

    office.working_day(
        people={},
        actors={graduate.pk: Actor(user=build.user(), role="counselor")},
        counselors=[],
        at=AT,
        end=AT + timedelta(weeks=3),
    )

    assert list(Outreach.objects.filter(next_done_at=AT)) == [due]
    assert list(Outreach.objects.filter(next_done_at=None)) == [later]
