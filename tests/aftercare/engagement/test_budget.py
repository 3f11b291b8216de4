"""The weekly budget of a counselor, read for a whole caseload at once."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from aftercare.engagement import budget
from aftercare.engagement.alerts import Place
from aftercare.engagement.budget import Share
from aftercare.models import DisengagementSignal, Graduate, Outreach, Role, SignalSettings
from tests import build

Band, Kind, State = DisengagementSignal.Band, DisengagementSignal.Kind, DisengagementSignal.State

# A Wednesday noon in New York; its week began on Monday, 9 March, at four in UTC.
AT = datetime(2026, 3, 11, 16, 0, tzinfo=UTC)
MONDAY = datetime(2026, 3, 9, 4, 0, tzinfo=UTC)
LAST_YEAR = date(2025, 6, 1)

pytestmark = pytest.mark.django_db


@pytest.fixture
def counselor() -> Role:
    return build.role(program=build.program())


def somebody(counselor: Role, **about: Any) -> Graduate:
    return build.graduate(
        program=counselor.program,
        counselor=counselor,
        with_phone=False,
        **{"graduated_on": LAST_YEAR, **about},
    )


def answer(graduate: Graduate, *, at: datetime, outcome: str = "reached") -> None:
    """A contact that ends the one open signal, or lets it rest."""
    signal = graduate.signals.get(state=State.OPEN)
    made = Outreach.objects.create(graduate=graduate, way="call", outcome=outcome, at=at)
    made.signals.set([signal])
    is_end = outcome in Outreach.CLOSING
    signal.state = State.CLOSED if is_end else State.SNOOZED
    signal.outcome, signal.closed_at = (outcome, at) if is_end else ("", None)
    signal.save()


def place(graduate: Graduate) -> tuple[Place, int] | None:
    found = budget.of_week(graduates=[graduate.pk], at=AT).places.get(graduate.pk)
    return (found.place, found.rank) if found else None


def test_of_week_places_everybody_with_an_alert(counselor: Role) -> None:
    SignalSettings.objects.create(program=counselor.program, per_fifty=10)
    lost, high, low, early, urgent, watched, set_aside, _ = (somebody(counselor) for _ in range(8))
    build.signal(graduate=lost, band=Band.LOST_CONTACT, points=1)
    build.signal(graduate=high, points=7)
    build.signal(graduate=low, points=3)
    build.signal(graduate=early, kind=Kind.MISSED_CHECK_INS, opened_at=AT)
    Graduate.objects.filter(pk=early.pk).update(graduated_on=AT.date() - timedelta(days=89))
    build.signal(graduate=urgent, kind=Kind.NEED_SUPPORT, band=Band.URGENT)
    build.signal(graduate=watched, band=Band.WATCH)
    build.signal(graduate=set_aside, state=State.SNOOZED)

    week = budget.of_week(graduates=[low.pk], at=AT)

    assert {pk: (one.place, one.rank) for pk, one in week.places.items()} == {
        lost.pk: (Place.INSIDE, 1),
        high.pk: (Place.INSIDE, 2),
        low.pk: (Place.OVERFLOW, 3),
        early.pk: (Place.NEVER_BUDGETED, 2),
        urgent.pk: (Place.NEVER_BUDGETED, 1),
    }
    assert week.shares == (
        Share(
            counselor=counselor.pk,
            program=counselor.program_id,
            people=8,
            allowance=2,
            spent=0,
            inside=2,
            overflow=1,
            resting=0,
            never_budgeted=2,
        ),
    )


def test_the_91st_day_is_budgeted_again(counselor: Role) -> None:
    graduate = somebody(counselor, graduated_on=AT.date() - timedelta(days=90))
    build.signal(graduate=graduate, kind=Kind.MISSED_CHECK_INS, opened_at=AT)

    assert place(graduate) == (Place.INSIDE, 1)


def test_what_was_answered_this_week_is_spent_and_comes_back_next_week(counselor: Role) -> None:
    done, waiting = somebody(counselor), somebody(counselor)
    for graduate in (done, waiting):
        build.signal(graduate=graduate)
    answer(done, at=MONDAY)
    spent = budget.of_week(graduates=[waiting.pk], at=AT)
    Outreach.objects.update(at=MONDAY - timedelta(seconds=1))
    free = budget.of_week(graduates=[waiting.pk], at=AT)

    assert (spent.shares[0].allowance, spent.shares[0].spent) == (1, 1)
    assert spent.places[waiting.pk].place == Place.OVERFLOW
    assert free.shares[0].spent == 0
    assert free.places[waiting.pk].place == Place.INSIDE


def test_a_try_that_found_nobody_is_not_counted_twice(counselor: Role) -> None:
    graduate = somebody(counselor)
    signal = build.signal(graduate=graduate)
    answer(graduate, at=MONDAY, outcome="no_answer")
    resting = budget.of_week(graduates=[graduate.pk], at=AT)
    DisengagementSignal.objects.filter(pk=signal.pk).update(state=State.OPEN)
    again = budget.of_week(graduates=[graduate.pk], at=AT)

    assert (resting.places, resting.shares[0].spent) == ({}, 1)
    assert (again.places[graduate.pk].place, again.shares[0].spent) == (Place.INSIDE, 0)


def test_who_was_reached_rests_whatever_comes_up_unless_the_band_rises(counselor: Role) -> None:
    graduate = somebody(counselor)
    build.signal(graduate=graduate)
    answer(graduate, at=MONDAY)
    again = build.signal(graduate=graduate, kind=Kind.WORSE_WEEK, opened_at=AT)
    resting = place(graduate)
    DisengagementSignal.objects.filter(pk=again.pk).update(band=Band.LOST_CONTACT)

    assert resting == (Place.RESTING, 1)
    assert place(graduate) == (Place.INSIDE, 1)


def test_an_alert_that_eased_by_itself_lets_nobody_rest(counselor: Role) -> None:
    graduate = somebody(counselor)
    build.signal(graduate=graduate)
    graduate.signals.update(state=State.CLOSED, outcome="eased", closed_at=MONDAY)
    build.signal(graduate=graduate, kind=Kind.RETURN_TO_USE, opened_at=AT)

    assert place(graduate) == (Place.INSIDE, 1)


def test_each_counselor_has_a_week_of_their_own_and_nobody_s_people_too(counselor: Role) -> None:
    other = build.role(program=counselor.program, name="Lee Park")
    mine, theirs = somebody(counselor), somebody(other)
    alone = build.graduate(program=counselor.program, graduated_on=LAST_YEAR, with_phone=False)
    left = somebody(counselor, status=Graduate.Status.LEFT)
    for graduate in (mine, theirs, alone, left):
        build.signal(graduate=graduate)

    week = budget.of_week(graduates=[mine.pk, theirs.pk, alone.pk], at=AT)

    assert {(one.counselor, one.people, one.inside) for one in week.shares} == {
        (counselor.pk, 1, 1),
        (other.pk, 1, 1),
        (None, 1, 1),
    }
    assert set(week.places) == {mine.pk, theirs.pk, alone.pk}


def test_of_week_asks_as_often_for_many(counselor: Role) -> None:
    people = [somebody(counselor) for _ in range(3)]
    for graduate in people:
        build.signal(graduate=graduate)
    keys = [graduate.pk for graduate in people]

    one = count_queries(lambda: budget.of_week(graduates=keys[:1], at=AT))
    many = count_queries(lambda: budget.of_week(graduates=keys, at=AT))

    assert (one, many) == (6, 6)


def count_queries(run: Callable[[], Any]) -> int:
    with CaptureQueriesContext(connection) as captured:
        run()
    return len(captured)


def test_a_program_has_one_setting(counselor: Role) -> None:
    SignalSettings.objects.create(program=counselor.program)

    with pytest.raises(IntegrityError), transaction.atomic():
        SignalSettings.objects.create(program=counselor.program)
