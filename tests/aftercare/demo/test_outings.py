from datetime import timedelta

import pytest

from aftercare import saved, visits
from aftercare.demo import outings
from aftercare.demo.people import Manner, graduates
from aftercare.directory import closures, reports
from tests import build
from tests.feeds import AT, imported, rows

pytestmark = pytest.mark.django_db


def test_last_week_leaves_something_to_see_on_each_page_of_meetings() -> None:
    meetings = imported(*rows(6), at=AT - timedelta(days=30))
    steady = next(one for one in graduates() if one.manner is Manner.STEADY)
    graduate = build.graduate(user=build.user())
    role = build.role(program=graduate.program)

    outings.last_week(people={graduate.pk: steady}, staff=role, at=AT)

    kept = saved.shelf(graduate=graduate, at=AT)
    log = visits.log(graduate=graduate, at=AT)
    assert len(kept) == 2
    assert {line.title for line in log} == {one.row.name for one in kept}
    assert [one.kind for one in reports.waiting()] == ["not_there", "time"]
    assert len(closures.coming(meeting=meetings[2], at=AT)) == 1
