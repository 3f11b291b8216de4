from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from aftercare import openings
from aftercare.cadence import USUAL, Template
from aftercare.models import Graduate
from notifications.models import Address
from tests import build

pytestmark = pytest.mark.django_db

# A Tuesday, ten in the morning in New York.
AT = datetime(2026, 3, 10, 14, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def opens(graduate: Graduate, on: date) -> datetime | None:
    return openings.opening(graduate=graduate, template=USUAL, on=on, after=AT - DAY)


def test_a_cadence_counts_from_graduating_or_from_joining_where_that_came_later() -> None:
    late = build.graduate(joined_at=AT, graduated_on=date(2026, 1, 2))
    early = build.graduate(joined_at=AT, graduated_on=date(2026, 4, 1))
    invited = build.graduate(joined_at=None, graduated_on=date(2025, 4, 1))

    assert [openings.start_of(graduate=one) for one in (late, early, invited)] == [
        date(2026, 3, 10),
        date(2026, 4, 1),
        build.LONG_AGO.date(),
    ]


def test_opening_goes_by_the_office_the_person_s_hour_quiet_hours_and_state() -> None:
    graduate = build.graduate(preferred_hour=9)
    Address.objects.update(quiet_windows=[["08:00", "12:00"]], state="TX")

    found = opens(graduate, date(2026, 3, 10))

    assert found == datetime(2026, 3, 10, 16, 0, tzinfo=UTC)  # noon in New York


def test_free_day_goes_on_to_the_first_day_that_has_nothing_else() -> None:
    graduate = build.graduate()
    find = openings.finder(graduate=graduate, template=USUAL)
    friday, monday = date(2026, 3, 13), date(2026, 3, 16)

    found = openings.free_day(graduate=graduate, find=find, on=friday, taken={friday}, after=AT)

    assert found is not None
    assert openings.today_of(graduate=graduate, at=found) == monday


def test_nothing_waits_into_a_weekend_unless_somebody_is_on_call() -> None:
    graduate, thursday = build.graduate(), AT + 2 * DAY
    on_call = replace(USUAL, has_on_call=True)

    def expiry(template: Template, latest: datetime) -> datetime:
        return openings.expiry(graduate=graduate, template=template, at=thursday, latest=latest)

    friday_evening = datetime(2026, 3, 13, 21, 0, tzinfo=UTC)
    assert expiry(USUAL, thursday + DAY) == thursday + DAY
    assert expiry(USUAL, thursday + 2 * DAY) == friday_evening
    assert expiry(on_call, thursday + 2 * DAY) == thursday + 2 * DAY
