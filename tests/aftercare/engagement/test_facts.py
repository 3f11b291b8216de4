"""What was known at one instant, and nothing that came later."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aftercare.engagement import card, facts
from aftercare.engagement.facts import Attendance, Harder, Lateness
from aftercare.engagement.history import Commitment, Due, History, Reading
from tests.aftercare.engagement.stories import (
    START,
    WEEK,
    WINDOW,
    check_in,
    check_ins,
    commitment,
    facts_of,
    history,
    occurrence,
    occurrences,
    readings,
    week,
)

NEVER_MISSES = ["excused", "cancelled", "undeliverable", "unreported", "pending"]


def test_missed_check_ins_counts_those_in_a_row() -> None:
    dues = check_ins(["missed", "kept", "missed", "missed"])

    found = facts_of(dues, at=week(3))

    assert found.missed_check_ins == (dues[3], dues[2])


@pytest.mark.parametrize("outcome", NEVER_MISSES)
def test_missed_check_ins_leaves_out_what_is_no_miss(outcome: str) -> None:
    counted = facts_of(check_ins(["kept", "missed", "missed"]), at=week(2))
    left_out = facts_of(check_ins(["kept", outcome, outcome]), at=week(2))

    assert len(counted.missed_check_ins) == 2
    assert left_out.missed_check_ins == ()
    pattern = left_out.pattern
    assert (pattern.lately, pattern.missed_of_last, pattern.of_last) == (1.0, 0, 1)
    assert left_out.silence.unanswered == 0


def test_missed_check_ins_begin_anew_after_a_talk() -> None:
    dues = check_ins(["missed", "missed", "missed"])

    found = facts_of(dues, at=week(2), reached_at=[START + WEEK + timedelta(days=1)])

    assert found.missed_check_ins == (dues[2],)


def test_open_check_in_is_not_missed_before_it_closes() -> None:
    dues = check_ins(["missed", "missed"])

    just_before = facts_of(dues, at=dues[1].due_at - timedelta(seconds=1))

    assert just_before.missed_check_ins == (dues[0],)
    assert just_before.next_due_at == dues[1].due_at


def test_late_answer_was_a_miss_until_it_came() -> None:
    late = check_in(START, "late", after=WINDOW + timedelta(days=2))

    before = facts_of([late], at=START + WINDOW + timedelta(days=1))
    after = facts_of([late], at=START + WINDOW + timedelta(days=2))

    assert [due.outcome for due in before.missed_check_ins] == ["missed"]
    assert after.missed_check_ins == ()
    assert (before.pattern.lately, after.pattern.lately) == (0.7, 1.0)


def test_unconfirmed_commitment_is_no_miss_before_somebody_says_so() -> None:
    told = replace(occurrence(START, "missed"), answered_at=START + timedelta(days=3))

    before = facts_of([told], at=START + timedelta(days=2))
    after = facts_of([told], at=START + timedelta(days=3))

    assert (before.pattern.kept, before.pattern.total) == (0, 0)
    assert (after.pattern.kept, after.pattern.total) == (0, 1)


def test_slower_cadence_leaves_the_pattern_as_it_was() -> None:
    soon = facts_of(check_ins(["kept", "missed"]), at=week(1))
    later = facts_of(check_ins(["kept", "missed"]), at=START + timedelta(weeks=8))

    assert later.pattern == soon.pattern


def test_silence_runs_from_the_last_word() -> None:
    dues = check_ins(["kept", "missed", "missed"])

    found = facts_of(dues, at=week(2)).silence

    assert (found.since, found.was_heard, found.unanswered) == (dues[0].answered_at, True, 2)
    assert found.newest_at == dues[2].due_at


def test_silence_runs_from_joining_where_nothing_ever_came() -> None:
    found = facts_of(check_ins(["missed"]), at=week(0)).silence

    assert (found.since, found.was_heard, found.unanswered) == (START - WEEK, False, 1)


@pytest.mark.parametrize("word", ["heard_at", "reached_at"])
def test_silence_ends_with_a_text_or_a_talk(word: str) -> None:
    spoke_at = START + timedelta(days=10)

    found = facts_of(check_ins(["missed", "missed", "missed"]), at=week(2), **{word: [spoke_at]})

    assert found.silence.since == spoke_at
    assert found.silence.unanswered == 1


def test_silence_ends_where_somebody_says_i_missed_it() -> None:
    own = occurrence(START, "missed")
    by_staff = occurrence(START, "missed", by_staff=True)

    assert facts_of([own], at=week(0)).silence.since == own.answered_at
    assert facts_of([by_staff], at=week(0)).silence.since == START - WEEK
    assert facts_of([by_staff], at=week(0)).silence.unanswered == 1


def test_commitments_tell_the_last_four_dates_of_each() -> None:
    groups = occurrences(["missed", "missed", "kept", "missed", "missed"])

    found = facts_of(groups, at=week(4)).commitments

    assert found == (
        Attendance(
            kind="group",
            weekday=1,
            missed=3,
            total=4,
            is_newest_missed=True,
            newest_at=groups[4].due_at,
        ),
    )


def test_commitments_that_left_the_plan_are_not_told() -> None:
    groups = occurrences(["missed", "missed", "missed"])
    ended = [commitment(ended_at=START + 2 * WEEK)]

    assert facts_of(groups, at=week(2), commitments=ended).commitments == ()
    assert len(facts_of(groups, at=week(2)).commitments) == 1


def test_lateness_compares_with_the_own_median() -> None:
    hours = [1, 2, 1, 3, 20, 30]
    dues = [
        check_in(START + index * WEEK, "kept", after=timedelta(hours=wait))
        for index, wait in enumerate(hours)
    ]

    found = facts_of(dues, at=week(5)).lateness

    assert found == Lateness(
        usual=timedelta(hours=1.5),
        latest=timedelta(hours=20),
        newest_at=dues[5].answered_at or START,
    )


@pytest.mark.parametrize(
    "hours",
    [
        pytest.param([1, 2, 20, 30], id="too little to compare with"),
        pytest.param([1, 2, 1, 3, 2, 30], id="once only"),
        pytest.param([20, 30, 20, 30, 20, 30], id="always slow"),
        pytest.param([0.1, 0.2, 0.1, 0.2, 1, 1], id="slower by minutes"),
    ],
)
def test_lateness_needs_two_late_answers_and_a_baseline(hours: list[float]) -> None:
    dues = [
        check_in(START + index * WEEK, "kept", after=timedelta(hours=wait))
        for index, wait in enumerate(hours)
    ]

    assert facts_of(dues, at=week(len(hours))).lateness is None


def test_harder_week_lies_outside_the_own_limits() -> None:
    found = facts_of(at=week(4), readings=readings("rough", [3, 2, 3, 4, 8])).harder

    assert found == (Harder(question="rough", value=8, usual=3, run=1, newest_at=START + 4 * WEEK),)


def test_harder_week_falls_where_more_is_better() -> None:
    sure = readings("sure", [8, 7, 8, 8, 2], harder_high=False)

    assert [one.value for one in facts_of(at=week(4), readings=sure).harder] == [2]


def test_harder_week_counts_those_in_a_row() -> None:
    found = facts_of(at=week(6), readings=readings("rough", [2, 2, 2, 2, 2, 8, 9])).harder

    assert [one.run for one in found] == [2]


@pytest.mark.parametrize(
    ("values", "at"),
    [
        pytest.param([3, 2, 8], week(2), id="too little to compare with"),
        pytest.param([3, 2, 3, 4, 5], week(4), id="within the limits"),
        pytest.param([1, 9, 2, 8, 9], week(4), id="up and down is usual"),
        pytest.param([3, 2, 3, 4, 8], week(9), id="long ago"),
    ],
)
def test_harder_week_stays_quiet(values: list[float], at: datetime) -> None:
    assert facts_of(at=at, readings=readings("rough", values)).harder == ()


def test_use_is_what_the_last_report_says() -> None:
    came_back = [check_in(START, "kept", use=False), check_in(START + WEEK, "kept", use=True)]
    no_more = [*came_back, check_in(START + 2 * WEEK, "kept", use=False)]

    assert facts_of(came_back, at=week(1)).use_reported_at == came_back[1].answered_at
    assert facts_of(no_more, at=week(2)).use_reported_at is None


def test_plan_is_empty_once_the_last_commitment_ended() -> None:
    ended = [commitment(ended_at=START + WEEK)]
    over = [commitment(last_on=date(2026, 1, 12))]

    assert facts_of(at=week(0), commitments=ended).is_plan_empty is False
    assert facts_of(at=week(1), commitments=ended).is_plan_empty is True
    assert facts_of(at=week(1), commitments=ended).plan_empty_since == START + WEEK
    assert (
        facts_of(at=datetime(2026, 1, 12, 23, tzinfo=UTC), commitments=over).is_plan_empty is False
    )
    assert facts_of(at=datetime(2026, 1, 13, 6, tzinfo=UTC), commitments=over).is_plan_empty is True


# Nothing that came after leaks in: a history in which the future is another one gives the same facts.

OUTCOMES = ["kept", "late", "missed", "excused", "cancelled", "undeliverable", "unreported"]
AT = START + 6 * WEEK
INSTANTS = st.integers(-60, 60).map(lambda days: AT + timedelta(days=days, hours=3))


@st.composite
def a_due(draw: st.DrawFn) -> Due:
    opened_at = draw(INSTANTS)
    outcome = draw(st.sampled_from(OUTCOMES))
    answered = outcome in ("kept", "late", "missed", "excused")
    waited = draw(st.integers(0, 14 * 24))
    is_check_in = draw(st.booleans())
    return Due(
        kind="check_in" if is_check_in else "occurrence",
        opened_at=opened_at,
        due_at=opened_at + timedelta(hours=draw(st.sampled_from([1, 72]))),
        outcome=outcome,
        answered_at=opened_at + timedelta(hours=waited) if answered else None,
        reported_use=draw(st.sampled_from([None, True, False])) if answered else None,
        told_by_staff=draw(st.booleans()),
        commitment=None if is_check_in else draw(st.integers(1, 2)),
    )


@st.composite
def a_reading(draw: st.DrawFn) -> Reading:
    value = draw(st.integers(0, 10))
    question = draw(st.sampled_from(["rough", "sure"]))
    return Reading(question=question, value=value, burden=value, span=10, at=draw(INSTANTS))


@st.composite
def a_commitment(draw: st.DrawFn) -> Commitment:
    created_at = draw(INSTANTS)
    days = draw(st.none() | st.integers(0, 60))
    return Commitment(
        key=draw(st.integers(1, 2)),
        kind="group",
        created_at=created_at,
        ended_at=None if days is None else created_at + timedelta(days=days),
    )


@st.composite
def a_history(draw: st.DrawFn) -> History:
    return History(
        graduated_on=date(2025, 12, 1),
        joined_at=START - WEEK,
        time_zone="America/New_York",
        dues=tuple(draw(st.lists(a_due(), max_size=12))),
        commitments=tuple(draw(st.lists(a_commitment(), max_size=3))),
        readings=tuple(draw(st.lists(a_reading(), max_size=12))),
        heard_at=tuple(draw(st.lists(INSTANTS, max_size=3))),
        reached_at=tuple(draw(st.lists(INSTANTS, max_size=2))),
        opted_out_at=draw(st.none() | INSTANTS),
        unreachable_at=draw(st.none() | INSTANTS),
    )


def until(history: History, at: datetime) -> History:
    """What stood in the record at that instant, written down without the code under test."""
    dues = []
    for due in history.dues:
        if due.opened_at > at:
            continue
        if due.answered_at is not None and due.answered_at > at:
            is_missed = due.kind == "check_in" and due.due_at <= at
            outcome = "missed" if is_missed else "pending"
            due = replace(due, outcome=outcome, answered_at=None, reported_use=None)
        elif due.answered_at is None and due.due_at > at:
            due = replace(due, outcome="pending")
        dues.append(due)
    return replace(
        history,
        dues=tuple(dues),
        commitments=tuple(
            replace(one, ended_at=None) if one.ended_at and one.ended_at > at else one
            for one in history.commitments
            if one.created_at <= at
        ),
        readings=tuple(one for one in history.readings if one.at <= at),
        heard_at=tuple(when for when in history.heard_at if when <= at),
        reached_at=tuple(when for when in history.reached_at if when <= at),
        opted_out_at=None
        if history.opted_out_at and history.opted_out_at > at
        else history.opted_out_at,
        unreachable_at=None
        if history.unreachable_at and history.unreachable_at > at
        else history.unreachable_at,
    )


@given(a_history())
def test_facts_and_score_know_nothing_of_what_came_later(whole: History) -> None:
    found, known = (facts.at(history=one, at=AT) for one in (whole, until(whole, AT)))

    assert found == known
    assert card.card(found) == card.card(known)


@given(a_history(), a_history())
def test_facts_are_the_same_whatever_the_future_brings(past: History, future: History) -> None:
    """Two lives that are one until an instant and differ from then on."""
    known = until(past, AT)
    later = replace(
        known,
        dues=known.dues + tuple(due for due in future.dues if due.opened_at > AT),
        commitments=known.commitments
        + tuple(one for one in future.commitments if one.created_at > AT),
        readings=known.readings + tuple(one for one in future.readings if one.at > AT),
        heard_at=known.heard_at + tuple(when for when in future.heard_at if when > AT),
        reached_at=known.reached_at + tuple(when for when in future.reached_at if when > AT),
    )

    assert facts.at(history=later, at=AT) == facts.at(history=known, at=AT)


def test_history_without_anything_gives_quiet_facts() -> None:
    found = facts.at(history=history(joined_at=None), at=START)

    assert (found.pattern.lately, found.missed_check_ins, found.silence.since) == (1.0, (), None)


def test_records_beyond_the_horizon_weigh_nothing() -> None:
    old = [check_in(START - facts.HORIZON, "missed")]
    at = START + timedelta(seconds=1)

    assert facts_of(old, at=at).pattern.total == 0
    assert facts_of(old, at=START).pattern.total == 1


def test_readings_beyond_their_horizon_make_no_baseline() -> None:
    series = readings("rough", [3, 3, 3, 3])
    newest = START + facts.READINGS_HORIZON + timedelta(weeks=1)
    late = replace(series[0], value=9, burden=9, at=newest)

    assert facts_of(at=newest, readings=[*series, late]).harder == ()
    assert (
        len(facts_of(at=newest - WEEK, readings=[*series, replace(late, at=newest - WEEK)]).harder)
        == 1
    )
