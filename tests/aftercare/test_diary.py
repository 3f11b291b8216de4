from datetime import UTC, date, datetime, timedelta

import pytest

from aftercare import diary, openings, rounds
from aftercare.models import AuditEntry, CheckIn, Expectation
from aftercare.record import PORTAL
from tests import build

pytestmark = pytest.mark.django_db

# A Tuesday, ten in the morning in New York.
AT = datetime(2026, 3, 10, 14, 0, tzinfo=UTC)
State = CheckIn.State


def planned() -> CheckIn:
    graduate = build.graduate()
    rounds.plan_ahead(at=AT)
    return CheckIn.objects.get(graduate=graduate)


def test_move_opens_a_check_in_on_another_day_just_once() -> None:
    row = planned()

    diary.move(check_in=row, on=date(2026, 3, 24), actor=PORTAL, at=AT)

    row.refresh_from_db()
    assert row.planned_on == date(2026, 3, 24)
    assert openings.today_of(graduate=row.graduate, at=row.opens_at) == row.planned_on
    assert (row.nudge_at, row.closes_at) == (
        row.opens_at + timedelta(days=1),
        row.opens_at + timedelta(days=3),
    )
    assert AuditEntry.objects.get().verb == AuditEntry.Verb.CHANGED


def test_move_to_a_weekend_opens_on_the_next_good_day() -> None:
    row = planned()

    diary.move(check_in=row, on=date(2026, 3, 21), actor=PORTAL, at=AT)

    assert row.planned_on == date(2026, 3, 23)


def test_move_is_refused_for_today_too_far_and_a_day_with_another() -> None:
    row = planned()
    taken = datetime(2026, 3, 26, 14, 0, tzinfo=UTC)
    build.check_in(graduate=row.graduate, opens_at=taken, state=State.CANCELLED)

    for on in (date(2026, 3, 10), date(2026, 4, 8), taken.date()):
        with pytest.raises(diary.NotThen):
            diary.move(check_in=row, on=on, actor=PORTAL, at=AT)
    before = row.planned_on
    row.refresh_from_db()
    assert row.planned_on == before


def test_what_has_opened_is_not_moved() -> None:
    row = build.check_in(graduate=build.graduate(), opens_at=AT)

    with pytest.raises(diary.NotThen):
        diary.move(check_in=row, on=date(2026, 3, 12), actor=PORTAL, at=AT)


def test_leaving_one_out_plans_the_one_after_it_and_counts_for_nothing() -> None:
    row = planned()

    following = diary.leave_out(check_in=row, actor=PORTAL, at=AT)

    row.refresh_from_db()
    assert (row.state, Expectation.objects.count()) == (State.CANCELLED, 0)
    assert following is not None
    assert (following.planned_on - row.planned_on).days == 14
