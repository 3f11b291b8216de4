"""The figures of a program, held against examples counted by hand."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from aftercare import program_report
from aftercare.models import CheckIn, DisengagementSignal, Expectation, Graduate, Outreach
from aftercare.program_report import Share, Tally
from notifications.models import Address, Program
from tests import build

AT = datetime(2026, 3, 8, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)
Outcome = Expectation.Outcome

pytestmark = pytest.mark.django_db


@pytest.fixture
def program() -> Program:
    return build.program()


def report(program: Program, days: int = 30) -> program_report.Report:
    return program_report.read(program=program, at=AT, days=days)


def asked(
    graduate: Graduate, *, days_ago: int, outcome: Outcome, hours: int | None = None
) -> CheckIn:
    """A check-in that ended so many days ago, answered after so many hours."""
    opens_at = AT - (days_ago + 3) * DAY
    return build.check_in(
        graduate=graduate,
        opens_at=opens_at,
        state=CheckIn.State.MISSED if hours is None else CheckIn.State.ANSWERED,
        outcome=outcome,
        answered_at=None if hours is None else opens_at + timedelta(hours=hours),
    )


def test_report_counts_people_by_what_they_are_today(program: Program) -> None:
    for status in ("active", "active", "paused", "left", "invited"):
        build.graduate(program=program, status=Graduate.Status(status))
    build.graduate(program=build.program(name="Elsewhere"))

    found = report(program)

    assert (found.active, found.paused) == (2, 1)


def test_reply_rate_counts_answered_of_answered_and_missed(program: Program) -> None:
    graduate = build.graduate(program=program)
    asked(graduate, days_ago=2, outcome=Outcome.KEPT, hours=1)
    asked(graduate, days_ago=4, outcome=Outcome.LATE, hours=90)
    asked(graduate, days_ago=6, outcome=Outcome.MISSED)
    asked(graduate, days_ago=8, outcome=Outcome.EXCUSED)
    asked(graduate, days_ago=10, outcome=Outcome.UNDELIVERABLE)
    asked(graduate, days_ago=31, outcome=Outcome.MISSED)
    other = build.graduate(program=build.program(name="Elsewhere"))
    asked(other, days_ago=2, outcome=Outcome.MISSED)

    assert report(program).replies == Share(part=2, whole=3)
    assert report(program).replies.percent == 67
    assert report(program, days=90).replies == Share(part=2, whole=4)


def test_answer_time_is_the_middle_one(program: Program) -> None:
    graduate = build.graduate(program=program)
    for days_ago, hours in [(2, 1), (4, 3), (6, 70)]:
        asked(graduate, days_ago=days_ago, outcome=Outcome.KEPT, hours=hours)

    assert report(program).answer_time == "3 hours"


def answered(graduate: Graduate, *, came_at: datetime, read_at: datetime | None) -> None:
    row = build.check_in(
        graduate=graduate,
        opens_at=came_at - timedelta(hours=1),
        state=CheckIn.State.ANSWERED,
        answered_at=came_at,
    )
    CheckIn.objects.filter(pk=row.pk).update(read_at=read_at)


def test_read_counts_answers_that_a_person_read_within_one_working_day(program: Program) -> None:
    tuesday = datetime(2026, 3, 3, 16, 0, tzinfo=UTC)
    # Friday evening counts from Monday at nine, and so until Tuesday at nine.
    friday_evening = datetime(2026, 2, 21, 1, 0, tzinfo=UTC)
    until = datetime(2026, 2, 24, 14, 0, tzinfo=UTC)
    minute = timedelta(minutes=1)
    rows = [
        (tuesday, tuesday + DAY),
        (tuesday, tuesday + DAY + minute),
        (friday_evening, until),
        (friday_evening, until + minute),
        (tuesday, None),
    ]
    for came_at, read_at in rows:
        answered(build.graduate(program=program), came_at=came_at, read_at=read_at)
    # Nobody is late yet with what came on Friday afternoon.
    friday = datetime(2026, 3, 6, 20, 0, tzinfo=UTC)
    answered(build.graduate(program=program), came_at=friday, read_at=None)

    found = report(program)

    assert (found.read, found.is_read_in_time) == (Share(part=2, whole=5), False)


def test_aim_for_reading_is_met_by_95_of_100_and_where_there_is_nothing(program: Program) -> None:
    empty = report(program)

    assert [
        replace(empty, read=Share(part=part, whole=whole)).is_read_in_time
        for part, whole in ((0, 0), (95, 100), (94, 100))
    ] == [True, True, False]


def test_phones_that_cannot_be_written_to_are_counted(program: Program) -> None:
    stopped, dead = build.graduate(program=program), build.graduate(program=program)
    gone = build.graduate(program=program, status=Graduate.Status.LEFT)
    Address.objects.filter(contacts__graduate__in=[stopped, gone]).update(opted_out_at=AT)
    Address.objects.filter(contacts__graduate=dead).update(unreachable_at=AT)

    assert (report(program).opted_out, report(program).unreachable) == (1, 1)


def test_open_signals_are_tallied_the_most_frequent_first(program: Program) -> None:
    kinds = DisengagementSignal.Kind
    for kind in (kinds.PLAN_EMPTY, kinds.SILENT, kinds.SILENT):
        build.signal(graduate=build.graduate(program=program), kind=kind)
    build.signal(graduate=build.graduate(program=program), state=DisengagementSignal.State.CLOSED)

    assert report(program).signals == (
        Tally(title="silent", count=2),
        Tally(title="nothing in the plan", count=1),
    )


def test_contacts_are_tallied_by_outcome(program: Program) -> None:
    graduate = build.graduate(program=program)
    for outcome, days in [("reached", 1), ("reached", 29), ("no_answer", 5), ("reached", 31)]:
        Outreach.objects.create(graduate=graduate, way="call", outcome=outcome, at=AT - days * DAY)

    assert report(program).outreach == (
        Tally(title="reached", count=2),
        Tally(title="no answer", count=1),
    )


def test_weeks_tell_the_reply_rate_of_each(program: Program) -> None:
    graduate = build.graduate(program=program)
    asked(graduate, days_ago=1, outcome=Outcome.KEPT, hours=1)
    asked(graduate, days_ago=3, outcome=Outcome.MISSED)
    asked(graduate, days_ago=9, outcome=Outcome.KEPT, hours=1)

    found = report(program)

    rates = {first_on.isoformat(): rate for first_on, rate in found.weeks}
    assert rates == {"2026-02-08": None, "2026-02-15": None, "2026-02-22": 100, "2026-03-01": 50}
    assert (found.first_on, found.last_on) == (date(2026, 2, 6), date(2026, 3, 8))


def test_report_of_nothing_says_so(program: Program) -> None:
    found = report(program)

    assert (found.replies.percent, found.answer_time, found.signals) == (None, "", ())
