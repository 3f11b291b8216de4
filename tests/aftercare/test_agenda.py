from datetime import UTC, date, datetime, time, timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from aftercare import agenda
from aftercare.models import CheckIn, Commitment, Expectation, Graduate
from tests import build

pytestmark = pytest.mark.django_db

Outcome = Expectation.Outcome
# A Tuesday at noon in New York, two days after the clocks changed.
AT = datetime(2026, 3, 10, 16, 0, tzinfo=UTC)
EVENING = datetime(2026, 3, 10, 23, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def daily(graduate: Graduate, **facts: object) -> Commitment:
    """Every evening at seven."""
    return build.commitment(
        graduate=graduate,
        title="Evening walk",
        weekdays=range(7),
        **facts,  # type: ignore[arg-type]
    )


def ids(found: tuple[agenda.PlannedOccurrence, ...]) -> list[str]:
    return [one.recurrence_id for one in found]


def test_week_runs_from_monday_to_sunday_by_the_persons_clock() -> None:
    graduate = build.graduate()
    daily(graduate)

    week = agenda.week(graduate=graduate, at=AT)

    assert [day.on for day in week.days] == [date(2026, 3, 9) + number * DAY for number in range(7)]
    assert [day.is_today for day in week.days] == [False, True, *[False] * 5]
    assert [len(day.occurrences) for day in week.days] == [1] * 7
    assert ids(week.occurrences)[0] == "2026-03-09T19:00"


def test_monday_at_midnight_belongs_to_the_persons_week() -> None:
    graduate = build.graduate(time_zone="America/Los_Angeles")
    daily(graduate)

    # Sunday evening in Los Angeles is Monday already in UTC.
    week = agenda.week(graduate=graduate, at=datetime(2026, 3, 16, 5, 0, tzinfo=UTC))

    assert week.days[0].on == date(2026, 3, 9)


def test_occurrence_carries_what_a_screen_needs() -> None:
    graduate = build.graduate()
    commitment = build.commitment(graduate=graduate, kind=Commitment.Kind.THERAPY)

    (one,) = agenda.week(graduate=graduate, at=EVENING).occurrences

    assert (one.commitment_uid, one.recurrence_id) == (commitment.uid, "2026-03-10T19:00")
    assert (one.starts_at, one.ends_at) == (EVENING, EVENING + HOUR)
    assert (one.title, one.place, one.kind) == ("Tuesday Lantern", "12 Elm Street", "therapy")
    assert (one.outcome, one.reason, one.is_answered) == (Outcome.PENDING, "", False)
    assert (one.is_now, one.has_begun, one.has_ended) == (True, True, False)


def test_ring_counts_what_was_kept_of_what_was_planned() -> None:
    graduate = build.graduate()
    commitment = daily(graduate)
    for day, outcome in ((9, Outcome.KEPT), (10, Outcome.EXCUSED), (11, Outcome.MISSED)):
        build.occurrence(
            commitment=commitment,
            starts_at=datetime(2026, 3, day, 23, 0, tzinfo=UTC),
            recurrence_id=f"2026-03-{day:02d}T19:00",
            outcome=outcome,
        )

    week = agenda.week(graduate=graduate, at=AT + 3 * DAY)

    assert (week.kept, week.planned) == (1, 6)
    assert [one.outcome for one in week.occurrences][:3] == [
        Outcome.KEPT,
        Outcome.EXCUSED,
        Outcome.MISSED,
    ]


def test_what_has_been_stays_in_the_week_after_its_commitment_ended() -> None:
    graduate = build.graduate()
    ended = build.commitment(graduate=graduate, ended_at=AT)
    build.occurrence(
        commitment=ended,
        starts_at=AT - DAY,
        recurrence_id="2026-03-09T12:00",
        outcome=Outcome.KEPT,
    )
    build.occurrence(
        commitment=ended,
        starts_at=AT + DAY,
        recurrence_id="2026-03-11T12:00",
        outcome=Outcome.EXCUSED,
    )

    week = agenda.week(graduate=graduate, at=AT)

    assert ids(week.occurrences) == ["2026-03-09T12:00"]
    assert (week.kept, week.planned) == (1, 1)


def test_dates_before_a_commitment_was_added_are_nobodys_business() -> None:
    graduate = build.graduate()
    daily(graduate, created_at=AT)

    week = agenda.week(graduate=graduate, at=AT)

    assert ids(week.occurrences)[0] == "2026-03-10T19:00"


def test_today_shows_what_is_next_and_what_follows_today() -> None:
    graduate = build.graduate()
    daily(graduate)
    build.commitment(graduate=graduate, weekdays=(1,), start_time=time(20, 30))
    build.commitment(graduate=graduate, weekdays=(1,), start_time=time(8, 0))

    found = agenda.today(graduate=graduate, at=AT)

    assert found.next is not None
    assert found.next.recurrence_id == "2026-03-10T19:00"
    assert ids(found.later) == ["2026-03-10T20:30"]


def test_next_looks_over_the_end_of_the_week() -> None:
    graduate = build.graduate()
    build.commitment(graduate=graduate, weekdays=(0,))

    found = agenda.today(graduate=graduate, at=AT)

    assert found.next is not None
    assert found.next.recurrence_id == "2026-03-16T19:00"
    assert "2026-03-16T19:00" not in ids(found.week.occurrences)


def test_what_runs_now_is_next_until_it_ends_or_is_answered() -> None:
    graduate = build.graduate()
    commitment = build.commitment(graduate=graduate)

    running = agenda.today(graduate=graduate, at=EVENING + HOUR / 2)
    build.occurrence(
        commitment=commitment,
        starts_at=EVENING,
        recurrence_id="2026-03-10T19:00",
        outcome=Outcome.KEPT,
    )
    answered = agenda.today(graduate=graduate, at=EVENING + HOUR / 2)

    assert (running.next and running.next.is_now) is True
    assert answered.next is not None
    assert answered.next.recurrence_id == "2026-03-17T19:00"


def test_what_ended_lately_without_a_word_asks_for_an_answer() -> None:
    graduate = build.graduate()
    commitment = daily(graduate)
    build.occurrence(
        commitment=commitment,
        starts_at=EVENING - DAY,
        recurrence_id="2026-03-09T19:00",
        outcome=Outcome.MISSED,
    )

    found = agenda.today(graduate=graduate, at=AT)

    # Monday's was answered, Saturday's is longer ago than two days.
    assert ids(found.unanswered_recent) == ["2026-03-08T19:00"]


def test_today_shows_the_open_check_in() -> None:
    graduate = build.graduate()
    build.check_in(graduate=graduate, opens_at=AT - 7 * DAY, state=CheckIn.State.MISSED)
    row = build.check_in(graduate=graduate, opens_at=AT - HOUR)

    assert agenda.today(graduate=graduate, at=AT).check_in == row
    assert agenda.today(graduate=graduate, at=AT + 3 * DAY).check_in is None


def test_commitments_are_listed_by_their_next_date() -> None:
    graduate = build.graduate()
    build.commitment(graduate=graduate, title="Later", weekdays=(4,))
    build.commitment(graduate=graduate, title="Over", until_on=date(2026, 3, 1))
    build.commitment(graduate=graduate, title="Sooner", weekdays=(2,))
    build.commitment(graduate=graduate, title="Ended", ended_at=AT)

    rows = agenda.commitments(graduate=graduate, at=AT)

    assert [(row.title, row.next_at) for row in rows] == [
        ("Sooner", EVENING + DAY),
        ("Later", EVENING + 3 * DAY),
        ("Over", None),
    ]
    assert rows[0].when == "Every Wednesday at 7:00 PM"


def test_first_page_takes_the_same_number_of_queries_for_one_and_for_many(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    graduate = build.graduate()
    for number in range(3):
        commitment = daily(graduate)
        build.occurrence(
            commitment=commitment,
            starts_at=EVENING - DAY,
            recurrence_id="2026-03-09T19:00",
            outcome=Outcome.KEPT,
        )

        with django_assert_num_queries(6):
            found = agenda.today(graduate=graduate, at=AT)
        assert found.week.kept == number + 1
