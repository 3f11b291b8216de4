from datetime import date, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from aftercare import agenda, holidays, occurrences, plan, reminders
from aftercare.models import Commitment, Expectation, Graduate, Holiday, Reminder
from aftercare.occurrences import Why
from aftercare.record import PORTAL
from notifications.kinds import Kind
from notifications.models import Message
from tests import build
from tests.aftercare.tuesdays import AT, ID, NEXT_ID, TUESDAY, added, planned

pytestmark = pytest.mark.django_db

State, Outcome = Reminder.State, Expectation.Outcome
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def dates(commitment: Commitment, days: int = 14) -> list[str]:
    found = occurrences.of(commitment=commitment, start=AT, end=AT + days * DAY)
    return [one.recurrence_id for one in found]


def shown(graduate: Graduate, at: datetime) -> list[tuple[str, str]]:
    week = agenda.week(graduate=graduate, at=at)
    return [(one.recurrence_id, one.off) for one in week.occurrences]


def add_holiday(graduate: Graduate, on: date = date(2026, 3, 10)) -> Holiday:
    return holidays.add(
        program=graduate.program, name="Spring day", first_on=on, last_on=on, actor=PORTAL, at=AT
    )


def test_a_holiday_is_for_what_the_program_runs_and_for_its_own_people() -> None:
    graduate = build.graduate()
    group = added(graduate)
    meeting = added(graduate, kind=Commitment.Kind.SUPPORT_MEETING)
    elsewhere = added()

    add_holiday(graduate)

    group, meeting, elsewhere = (
        Commitment.objects.get(pk=row.pk) for row in (group, meeting, elsewhere)
    )
    assert dates(group) == [NEXT_ID]
    assert dates(meeting) == dates(elsewhere) == [ID, NEXT_ID]
    (off,) = occurrences.off(commitment=group, start=AT, end=AT + 7 * DAY)
    assert (off.why, off.name) == (Why.HOLIDAY, "Spring day")


def test_plans_follow_a_holiday_and_its_removal_with_the_next_tick() -> None:
    commitment = added()
    graduate = commitment.graduate

    holiday = add_holiday(graduate)
    reminders.plan_ahead(at=AT)
    assert [id for id, _ in planned(commitment)] == [NEXT_ID]

    holidays.remove(holiday=holiday, actor=PORTAL, at=AT)
    reminders.plan_ahead(at=AT)
    plan.settle_due(at=AT)
    assert [id for id, _ in planned(commitment)] == [ID, NEXT_ID]
    plan.settle_due(at=TUESDAY + 2 * HOUR)
    assert [row.recurrence_id for row in commitment.expectations.all()] == [ID]


def test_what_a_removed_holiday_kept_out_is_expected_again() -> None:
    graduate = build.graduate()
    holiday = add_holiday(graduate)
    commitment = added(graduate)
    assert commitment.settle_at == TUESDAY + 7 * DAY + HOUR

    holidays.remove(holiday=holiday, actor=PORTAL, at=AT)
    plan.settle_due(at=AT)

    commitment.refresh_from_db()
    assert commitment.settle_at == TUESDAY + HOUR


def test_a_holiday_of_the_last_minute_stops_the_reminder_that_is_due() -> None:
    commitment = added()
    neighbour = added()
    add_holiday(commitment.graduate)

    assert reminders.send_due(at=TUESDAY - 2 * HOUR) == 1

    assert Message.objects.get(kind=Kind.REMINDER).about == neighbour.graduate.uid
    assert commitment.reminders.get(recurrence_id=ID).reason == "changed"


def test_who_went_on_a_holiday_was_there_all_the_same() -> None:
    commitment = added()
    add_holiday(commitment.graduate)
    build.occurrence(
        commitment=commitment, starts_at=TUESDAY, recurrence_id=ID, outcome=Outcome.KEPT
    )

    week = agenda.week(graduate=commitment.graduate, at=TUESDAY + 2 * HOUR)

    assert shown(commitment.graduate, TUESDAY) == [(ID, "")]
    assert (week.kept, week.planned) == (1, 1)


@pytest.mark.parametrize("last_on", [date(2026, 3, 9), date(2026, 4, 11)])
def test_a_holiday_is_the_right_way_round_and_no_season(last_on: date) -> None:
    with pytest.raises(holidays.NotAHoliday):
        holidays.add(
            program=build.program(),
            name="Spring",
            first_on=date(2026, 3, 10),
            last_on=last_on,
            actor=PORTAL,
            at=AT,
        )


def test_holidays_that_are_over_are_not_listed() -> None:
    graduate = build.graduate()
    add_holiday(graduate, date(2026, 3, 4))
    later, today = add_holiday(graduate, date(2026, 3, 9)), add_holiday(graduate, date(2026, 3, 5))

    assert holidays.of(program=graduate.program, at=AT) == (today, later)


def test_no_holiday_ends_before_it_begins() -> None:
    span = {"first_on": date(2026, 3, 9), "last_on": date(2026, 3, 8), "created_at": AT}

    with pytest.raises(IntegrityError), transaction.atomic():
        Holiday.objects.create(program=build.program(), name="Spring day", **span)
