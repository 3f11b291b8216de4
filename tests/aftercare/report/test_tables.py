"""The report of a program: who is in it, and what its groups are."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from aftercare.instruments.structure import structures
from aftercare.models import CheckIn, Expectation, Graduate, Track
from aftercare.report import tables
from aftercare.report.figures import Change, Share
from aftercare.report.tables import Report
from notifications.models import Program
from tests import build

AT = datetime(2026, 3, 8, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)
FALL = date(2025, 11, 20)

pytestmark = pytest.mark.django_db


@pytest.fixture
def program() -> Program:
    return build.program()


def read(program: Program, **facts: object) -> Report:
    return tables.read(program=program, at=AT, **({"days": 30} | facts))  # type: ignore[arg-type]


def asked(graduate: Graduate, *, days_ago: int, is_answered: bool) -> None:
    opens_at = AT - (days_ago + 3) * DAY
    build.check_in(
        graduate=graduate,
        opens_at=opens_at,
        state=CheckIn.State.ANSWERED if is_answered else CheckIn.State.MISSED,
        answered_at=opens_at + timedelta(hours=1) if is_answered else None,
    )


def test_report_is_of_everybody_and_of_each_track_and_cohort(program: Program) -> None:
    both = build.graduate(program=program, tracks=[Track.MOOD, Track.TRAUMA], graduated_on=FALL)
    mood = build.graduate(program=program, tracks=[Track.MOOD])
    asked(both, days_ago=1, is_answered=True)
    asked(mood, days_ago=1, is_answered=False)

    found = read(program)

    groups = [(str(one.title), one.people, one.shares["replies"]) for one in found.groups]
    assert groups == [
        ("mental health", 2, Share(part=1, whole=2)),
        ("trauma", 1, Share(part=1, whole=1)),
        ("Quarter 1 of 2026", 1, Share(part=0, whole=1)),
        ("Quarter 4 of 2025", 1, Share(part=1, whole=1)),
    ]
    assert (found.chosen.people, found.chosen.shares["replies"]) == (2, Share(part=1, whole=2))


def test_report_of_a_track_and_a_cohort_has_those_who_are_of_both(program: Program) -> None:
    build.graduate(program=program, tracks=[Track.MOOD], graduated_on=FALL)
    build.graduate(program=program, tracks=[Track.MOOD])
    build.graduate(program=program, tracks=[Track.EATING], graduated_on=FALL)

    def people(track: str, cohort: str) -> tuple[int, str, str]:
        found = read(program, track=track, cohort=cohort)
        return found.chosen.people, found.track, found.cohort

    assert people("mood", "2025-Q4") == (1, "mood", "2025-Q4")
    assert people("mood", "") == (2, "mood", "")
    assert people("", "2025-Q4") == (2, "", "2025-Q4")
    # Nobody is of these, so they are as good as none.
    assert people("trauma", "1999-Q1") == (3, "", "")


def test_weeks_tell_the_reply_rate_of_each(program: Program) -> None:
    graduate = build.graduate(program=program)
    for days_ago, is_answered in [(1, True), (3, False), (9, True)]:
        asked(graduate, days_ago=days_ago, is_answered=is_answered)

    found = read(program)

    rates = {first_on.isoformat(): rate for first_on, rate in found.weeks}
    assert rates == {"2026-02-08": None, "2026-02-15": None, "2026-02-22": 100, "2026-03-01": 50}
    assert (found.first_on, found.last_on) == (date(2026, 2, 6), date(2026, 3, 8))


def test_tallies_name_every_kind_and_count_what_there_is(program: Program) -> None:
    for status in ("active", "active", "paused", "left", "invited"):
        build.graduate(program=program, status=Graduate.Status(status))

    (standing,) = [
        found for code, found in read(program).chosen.tallies.items() if code == "standing"
    ]

    assert [(tally.code, tally.count, tally.whole) for tally in standing] == [
        ("invited", 1, 5),
        ("active", 2, 5),
        ("paused", 1, 5),
        ("left", 1, 5),
        ("deceased", 0, 5),
    ]


def test_courses_tell_who_got_better_by_the_published_step(program: Program) -> None:
    for first, newest in [(15, 10), (15, 11), (4, 9), (10, 10)]:
        graduate = build.graduate(program=program)
        for days, total in [(40, first), (3, newest)]:
            build.screening(graduate=graduate, at=AT - days * DAY, scores={"total": total})

    (course,) = read(program).chosen.courses

    # -5, -4, +5, 0: five points matter.
    assert (course.code, course.change) == (
        "phq_9_total",
        Change(people=4, mean=-1.0, improved=1, worsened=1),
    )


@pytest.mark.parametrize(
    ("instrument", "first", "newest", "moved"),
    [
        ("phq_9", 10, 5, 1),
        ("phq_9", 10, 6, 0),
        ("phq_9", 9, 10, 0),
        ("gad_7", 8, 12, -1),
        ("gad_7", 8, 11, 0),
        ("who_5", 40, 50, 1),
        ("who_5", 50, 40, -1),
        # No step is published: the ranges of the score decide.
        ("barc_10", 46, 47, 1),
        ("barc_10", 60, 48, 0),
        ("barc_10", 47, 46, -1),
        ("phq_8", 10, 9, 1),
        ("phq_8", 10, 14, 0),
    ],
)
def test_move_goes_by_the_step_or_by_the_ranges(
    instrument: str, first: int, newest: int, moved: int
) -> None:
    scale = structures()[instrument].scales[0]

    assert tables.move(scale=scale, first=first, newest=newest) == moved


def test_aim_for_reading_is_met_by_95_of_100_and_where_there_is_nothing(program: Program) -> None:
    graduate = build.graduate(program=program)
    assert read(program).chosen.is_read_in_time
    # Tuesday, and answered on Wednesday; the one below is read a day too late.
    for number in range(20):
        came_at = datetime(2026, 2, 10, 16, 0, tzinfo=UTC) + number * timedelta(minutes=1)
        row = build.reply(graduate=graduate, at=came_at)
        row.read_at = came_at + (timedelta(hours=1) if number else timedelta(days=3))
        row.save()

    found = read(program)

    assert (found.chosen.shares["read"], found.chosen.is_read_in_time) == (
        Share(part=19, whole=20),
        True,
    )
    row.read_at = None
    row.save()
    assert not read(program).chosen.is_read_in_time


def test_report_of_nobody_and_of_one_who_opted_out(program: Program) -> None:
    empty = read(program)

    assert (empty.chosen.people, empty.groups, empty.chosen.courses) == (0, (), ())
    assert {share.percent for share in empty.chosen.shares.values()} == {None}
    assert {wait.middle for wait in empty.chosen.waits.values()} == {None}
    assert (empty.chosen.retention.steps, empty.chosen.retention.seen) == ((), ())
    graduate = build.graduate(program=program)
    address = build.address_of(graduate)
    address.opted_out_at = AT - DAY
    address.save()
    alone = read(program).chosen
    assert (alone.people, alone.shares["opted_out"]) == (1, Share(part=1, whole=1))


def test_report_asks_the_same_number_of_questions_of_one_and_of_many(program: Program) -> None:
    def count() -> int:
        with CaptureQueriesContext(connection) as asked_of_it:
            read(program, with_all=True)
        return len(asked_of_it)

    def add() -> None:
        graduate = build.graduate(program=program)
        asked(graduate, days_ago=1, is_answered=True)
        build.signal(graduate=graduate, opened_at=AT - DAY)
        build.reply(graduate=graduate, at=AT - DAY, crisis=True)
        for days in (40, 3):
            build.screening(graduate=graduate, at=AT - days * DAY, scores={"total": days})

    add()
    one = count()
    add()
    add()

    assert (count(), Expectation.objects.count()) == (one, 3)
