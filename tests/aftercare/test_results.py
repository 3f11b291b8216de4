"""What questionnaires came to, for those who answered and those who care."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import translation
from pytest_django import DjangoAssertNumQueries

from aftercare import access, morning, results, timeline
from aftercare.models import Graduate, Screening, Track
from aftercare.results import Line, ScoreRow
from tests import build

AT = datetime(2026, 3, 9, 14, 0, tzinfo=UTC)
ONES = {str(code): 1 for code in range(1, 10)}

pytestmark = pytest.mark.django_db


@pytest.fixture
def graduate() -> Graduate:
    return build.graduate(tracks=[Track.MOOD])


def test_answers_and_scores_are_told_as_they_were_asked(graduate: Graduate) -> None:
    build.screening(graduate=graduate, at=AT, values={**ONES, "9": 2}, scores={"total": 10})

    (row,) = results.of(graduate=graduate).rows

    assert (row.name, row.own, row.on, row.is_finished, row.wants_attention) == (
        "PHQ-9",
        "How heavy my mood has been",
        date(2026, 3, 9),
        True,
        True,
    )
    assert row.lines[0] == Line(text="Question 1", said="Choice 1")
    assert row.lines[8] == Line(text="Question 9", said="Choice 2")
    assert row.scores == (
        ScoreRow(name="Depression", value=10, band="moderate", wants_attention=True, missing=0),
    )


def test_missing_answers_give_no_score_and_say_so(graduate: Graduate) -> None:
    build.screening(graduate=graduate, at=AT, values={"1": 3, "2": 3})

    found = results.of(graduate=graduate)

    assert found.rows[0].scores == (
        ScoreRow(name="Depression", value=None, band="", wants_attention=False, missing=7),
    )
    assert (found.rows[0].is_finished, found.courses) == (False, ())


def test_scores_over_time_stand_oldest_first_with_their_bands(graduate: Graduate) -> None:
    for days, total in ((60, 18), (30, 11), (0, 4)):
        at = AT - timedelta(days=days)
        build.screening(graduate=graduate, at=at, values=ONES, scores={"total": total})

    (course,) = results.of(graduate=graduate).courses

    assert [value for _, value in course.points] == [18, 11, 4]
    assert course.points[0][0] == date(2026, 1, 8)
    assert (course.instrument, course.name, course.own) == (
        "PHQ-9",
        "Depression",
        "How heavy my mood has been",
    )
    assert (course.low, course.high, course.better) == (0, 27, "low")
    assert course.bands[3] == (15, "moderately severe")
    assert (course.value, course.band, course.wants_attention) == (4, "minimal", False)


def test_names_are_told_in_the_language_at_hand(graduate: Graduate) -> None:
    build.screening(graduate=graduate, at=AT, values=ONES, scores={"total": 9})
    with translation.override("es"):
        (course,) = results.of(graduate=graduate).courses
    assert (course.name, course.own, course.bands[1]) == (
        "Depresión",
        "Qué tan pesado ha estado mi ánimo",
        (5, "leve"),
    )


def test_days_yes_and_no_are_told_in_plain_words(graduate: Graduate) -> None:
    build.screening(
        graduate=graduate, at=AT, instrument="bam", values={"1": 2, "4": 0, "5": 7, "14": 4}
    )

    (row,) = results.of(graduate=graduate).rows

    # 5 was answered before 4 became 0, and is asked no more.
    assert [line.said for line in row.lines] == ["Choice 2", "0", "Yes"]


def test_what_was_only_begun_is_not_told(graduate: Graduate) -> None:
    build.screening(graduate=graduate, at=AT)
    assert results.of(graduate=graduate).rows == ()


def test_any_number_costs_two_queries(
    graduate: Graduate, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for count in (1, 2):
        for number in range(count):
            at = AT - timedelta(days=30 * (count + number))
            build.screening(graduate=graduate, at=at, values=ONES, scores={"total": 9})
        with django_assert_num_queries(2):
            results.of(graduate=graduate)


def test_what_nobody_has_read_waits_as_a_sheet_of_its_scores(graduate: Graduate) -> None:
    waiting = build.screening(graduate=graduate, at=AT, scores={"total": 18})
    build.screening(graduate=graduate, at=AT, instrument="gad_7")
    read = build.screening(graduate=graduate, at=AT - timedelta(days=30), scores={"total": 2})
    Screening.objects.filter(pk=read.pk).update(read_at=AT)

    ((pk, sheet),) = results.unread(graduates=[graduate.pk])

    assert (pk, sheet.uid, sheet.answered_at) == (graduate.pk, waiting.uid, AT)
    assert [(line.topic, line.said, line.is_heavy) for line in sheet.lines] == [
        ("PHQ-9: Depression", "18 (moderately severe)", True)
    ]


def test_morning_lays_what_stands_out_before_the_counselor(graduate: Graduate) -> None:
    counselor = build.role(program=graduate.program)
    calm = build.graduate(program=graduate.program, first_name="Kim")
    for person, total in ((graduate, 18), (calm, 2)):
        build.assignment(graduate=person, counselor=counselor)
        build.screening(graduate=person, at=AT, scores={"total": total})
    standing = access.roles_of(user=counselor.user, at=AT)

    found = morning.read(standing=standing, at=AT, mine_only=True, today=AT.date())

    assert [(one.uid, len(one.sheets)) for one in found.today] == [(graduate.uid, 1)]
    assert [(row.uid, row.sheet.lines[0].said) for row in found.answers] == [
        (calm.uid, "2 (minimal)")
    ]


def test_timeline_tells_a_score_with_its_band(graduate: Graduate) -> None:
    build.screening(graduate=graduate, at=AT, values=ONES, scores={"total": 9})

    found = timeline.of(graduate=graduate, at=AT, zone=UTC)

    (entry,) = [one for one in found.entries if one.title == "Questionnaire: PHQ-9"]
    assert (entry.text, entry.outcome) == ("Depression: 9 (mild)", "answered")
