"""What the rules find, how pressing it is, and why."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from aftercare.engagement import card, rules, score
from aftercare.engagement.facts import Facts
from aftercare.engagement.rules import Band, Finding, Kind
from aftercare.models import DisengagementSignal
from tests.aftercare.engagement.stories import (
    START,
    WEEK,
    check_in,
    check_ins,
    commitment,
    facts_of,
    occurrences,
    readings,
    week,
)

RECENTLY = date(2025, 12, 20)


def bands(found: Facts) -> dict[str, str]:
    return {str(one.kind): str(one.band) for one in rules.findings(found)}


def one(found: Facts, kind: Kind) -> Finding:
    (match,) = [finding for finding in rules.findings(found) if finding.kind == kind]
    return match


def codes(finding: Finding) -> list[object]:
    return [reason["code"] for reason in finding.reasons]


def test_kinds_and_bands_are_those_of_the_signals() -> None:
    urgent = {str(kind) for kind in DisengagementSignal.URGENT_KINDS}

    assert {str(kind) for kind in Kind} | urgent == set(DisengagementSignal.Kind.values)
    assert {str(band) for band in Band} < set(DisengagementSignal.Band.values)


def test_steady_person_gives_no_finding() -> None:
    steady = facts_of(check_ins(["kept"] * 6), occurrences(["kept"] * 6), at=week(5))

    assert rules.findings(steady) == ()
    assert score.risk(model=score.shipped(), score=card.score(steady)) < 0.01


def test_one_missed_check_in_gives_no_finding() -> None:
    assert bands(facts_of(check_ins(["kept", "kept", "missed"]), at=week(2))) == {}


def test_two_missed_check_ins_ask_for_a_call() -> None:
    found = one(
        facts_of(check_ins(["kept", "missed", "missed"]), at=week(2)), Kind.MISSED_CHECK_INS
    )

    assert found.band == Band.REACH_OUT
    assert found.reasons[0] == {
        "code": "check_ins_missed",
        "points": 0,
        "count": 2,
        "on": "2026-01-20",
    }
    assert sorted(codes(found)[1:], key=str) == ["attendance", "little_known", "missed_of_last"]
    assert found.points == pytest.approx(sum(map(points, found.reasons)))
    assert found.is_never_held is False


def test_one_missed_check_in_after_answers_that_came_later_and_later_asks_for_a_call() -> None:
    waits = [1, 1, 1, 1, 30, 40]
    answers = [
        check_in(START + index * WEEK, "kept", after=timedelta(hours=hours))
        for index, hours in enumerate(waits)
    ]
    missed = check_in(START + 6 * WEEK, "missed")

    found = bands(facts_of([*answers, missed], at=week(6)))

    assert found == {"later_replies": "watch", "missed_check_ins": "reach_out"}


def test_two_missed_check_ins_of_somebody_who_comes_are_watched() -> None:
    groups = occurrences(["kept"] * 4)
    dues = check_ins(["kept", "kept", "missed", "missed"])

    found = facts_of(dues, groups, at=week(3))

    assert bands(found) == {"missed_check_ins": "watch"}


def test_two_missed_check_ins_are_never_held_back_in_the_first_90_days() -> None:
    dues = check_ins(["missed", "missed"])
    groups = occurrences(["kept", "kept"])

    early = facts_of(dues, groups, at=week(1), graduated_on=RECENTLY)

    assert one(early, Kind.MISSED_CHECK_INS).is_never_held is True
    assert one(early, Kind.MISSED_CHECK_INS).band == Band.REACH_OUT


def test_missed_commitment_names_the_weekday_and_what_it_was() -> None:
    groups = occurrences(["kept", "missed", "missed", "missed"])
    found = one(facts_of(groups, at=week(3)), Kind.MISSED_COMMITMENTS)

    assert found.band == Band.REACH_OUT
    assert found.reasons[0] == {
        "code": "commitment_missed",
        "points": 0,
        "missed": 3,
        "total": 4,
        "kind": "group",
        "weekday": 1,
    }


@pytest.mark.parametrize(
    ("outcomes", "expected"),
    [
        pytest.param(["kept", "missed", "kept", "missed"], "watch", id="half, the newest too"),
        pytest.param(["kept", "missed", "missed", "kept"], None, id="came back"),
        pytest.param(["missed", "missed"], None, id="too little to tell"),
    ],
)
def test_missed_commitments_need_a_falling_line(outcomes: list[str], expected: str | None) -> None:
    found = facts_of(occurrences(outcomes), at=week(len(outcomes) - 1))

    assert bands(found).get("missed_commitments") == expected


@pytest.mark.parametrize(
    ("groups", "answers", "expected"),
    [
        pytest.param(
            ["kept", "missed", "missed", "missed"], ["kept"] * 4, "watch", id="answers as ever"
        ),
        pytest.param(["missed"] * 4, ["kept"] * 4, "reach_out", id="none kept"),
        pytest.param(
            ["kept", "missed", "kept", "missed"],
            ["kept", "kept", "kept", "missed"],
            "reach_out",
            id="answers stay out, too",
        ),
    ],
)
def test_one_missed_commitment_asks_for_a_call_where_more_is_going(
    groups: list[str], answers: list[str], expected: str
) -> None:
    found = facts_of(occurrences(groups), check_ins(answers), at=week(3))

    assert bands(found)["missed_commitments"] == expected


def test_missed_commitment_of_somebody_who_answers_later_than_ever_asks_for_a_call() -> None:
    groups = occurrences(["kept"] * 3 + ["missed", "kept", "missed"])
    waits = [1, 1, 1, 1, 30, 40]
    answers = [
        check_in(START + index * WEEK, "kept", after=timedelta(hours=hours))
        for index, hours in enumerate(waits)
    ]

    assert bands(facts_of(groups, answers, at=week(5)))["missed_commitments"] == "reach_out"


def test_most_missed_commitment_is_told_first() -> None:
    half = occurrences(["kept", "missed", "kept", "missed"], commitment=1)
    all_missed = occurrences(["missed"] * 4, commitment=2)
    both = [commitment(1), commitment(2, kind="therapy", weekday=None)]

    found = facts_of(half, all_missed, at=week(3), commitments=both)

    reasons = one(found, Kind.MISSED_COMMITMENTS).reasons
    assert [reason["kind"] for reason in reasons if reason["code"] == "commitment_missed"] == [
        "therapy",
        "group",
    ]


@pytest.mark.parametrize(
    ("days", "missed", "expected"),
    [
        pytest.param(9, 1, None, id="not long yet"),
        pytest.param(10, 1, "watch", id="ten days"),
        pytest.param(14, 1, "watch", id="one question only"),
        pytest.param(14, 2, "reach_out", id="two weeks"),
        pytest.param(28, 1, "watch", id="four weeks, one question only"),
        pytest.param(28, 2, "lost_contact", id="four weeks"),
        pytest.param(28, 0, None, id="nothing was asked"),
    ],
)
def test_silence_grows_with_days_and_unanswered_questions(
    days: int, missed: int, expected: str | None
) -> None:
    kept = check_in(START, "kept")
    asked = [
        check_in(START + timedelta(days=1 + index, hours=2), "missed") for index in range(missed)
    ]
    at = (kept.answered_at or START) + timedelta(days=days)

    found = facts_of([kept, *asked], at=at)

    assert bands(found).get("silent") == expected


def test_silence_far_longer_than_any_of_ones_own_asks_for_a_call_at_once() -> None:
    dues = check_ins(["kept"] * 6 + ["missed"])
    heard = dues[5].answered_at or START
    at = heard + timedelta(days=10, hours=12)

    found = one(facts_of(dues, at=at), Kind.SILENT)

    assert bands(facts_of(dues, at=at - timedelta(seconds=1)))["silent"] == "watch"
    assert rules.next_look_at(facts_of(dues, at=at - timedelta(seconds=1))) == at
    assert found.band == Band.REACH_OUT
    assert found.reasons[1] == {"code": "own_pace", "points": 0, "longest": 7 * 86_400}
    # Who was away so long before, or of whom little is known, is watched for now.
    wavering = check_ins(["kept", "missed", "kept", "kept", "kept", "kept", "missed"])
    assert bands(facts_of(wavering, at=at))["silent"] == "watch"
    new = check_ins(["kept"] * 4 + ["missed"])
    assert bands(facts_of(new, at=at - 2 * WEEK))["silent"] == "watch"


def test_two_silent_weeks_in_the_first_90_days_ask_for_a_call_at_one_question() -> None:
    dues = check_ins(["kept", "missed"])
    at = (dues[0].answered_at or START) + 2 * WEEK

    early = facts_of(dues, at=at, graduated_on=RECENTLY)

    assert bands(early)["silent"] == "reach_out"
    assert bands(facts_of(dues, at=at))["silent"] == "watch"


def test_silence_of_somebody_never_heard_says_so() -> None:
    found = one(facts_of(check_ins(["missed", "missed"]), at=week(1)), Kind.SILENT)

    assert found.reasons[0]["code"] == "never_heard"


def test_planned_taper_is_no_silence() -> None:
    monthly = check_ins(["kept", "kept", "kept"], every=timedelta(weeks=4))
    at = START + timedelta(weeks=12, days=-1)

    assert bands(facts_of(monthly, at=at)) == {}


def test_return_to_use_asks_for_a_call_while_it_is_news() -> None:
    dues = [check_in(START, "kept", use=True)]

    assert bands(facts_of(dues, at=START + timedelta(days=28))) == {"return_to_use": "reach_out"}
    assert bands(facts_of(dues, at=START + timedelta(days=29))) == {}


def test_later_replies_are_watched() -> None:
    waits = [1, 1, 1, 1, 30, 40]
    dues = [
        check_in(START + index * WEEK, "kept", after=timedelta(hours=hours))
        for index, hours in enumerate(waits)
    ]

    found = one(facts_of(dues, at=week(5)), Kind.LATER_REPLIES)

    assert (found.band, found.points) == (Band.WATCH, 2)
    assert found.reasons == (
        {"code": "later_replies", "points": 2, "usual": 3600, "latest": 30 * 3600},
    )


def test_harder_week_is_watched_and_a_second_one_asks_for_a_call() -> None:
    once = facts_of(at=week(5), readings=readings("rough", [2, 2, 2, 2, 2, 9]))
    twice = facts_of(at=week(6), readings=readings("rough", [2, 2, 2, 2, 2, 9, 9]))

    assert bands(once) == {"worse_week": "watch"}
    assert bands(twice) == {"worse_week": "reach_out"}


def test_harder_week_that_is_also_answered_later_asks_for_a_call() -> None:
    hard = readings("rough", [2, 2, 2, 2, 2, 9])
    dues = [
        check_in(START + index * WEEK, "kept", after=timedelta(hours=hours))
        for index, hours in enumerate([1, 1, 1, 1, 30, 40])
    ]

    found = facts_of(dues, at=week(5), readings=hard)

    assert bands(found) == {"worse_week": "reach_out", "later_replies": "watch"}


@pytest.mark.parametrize("kind", [Kind.OPTED_OUT, Kind.UNREACHABLE])
def test_phone_that_cannot_be_written_to_asks_for_another_way(kind: Kind) -> None:
    found = facts_of(at=week(0), **{f"{kind}_at": START})

    assert bands(found) == {str(kind): "reach_out"}
    assert one(found, kind).reasons == ({"code": str(kind), "points": 0, "on": "2026-01-06"},)


def test_empty_plan_is_told_after_a_week() -> None:
    new = facts_of(at=START + timedelta(days=6), joined_at=START, commitments=[])
    settled = facts_of(at=START + timedelta(days=7), joined_at=START, commitments=[])

    assert bands(new) == {}
    assert bands(settled) == {"plan_empty": "watch"}


def test_meeting_that_closed_for_good_is_told_until_it_leaves_the_plan() -> None:
    closed = commitment(closed_at=START)
    ended = commitment(closed_at=START, ended_at=START + timedelta(days=1))

    found = one(facts_of(at=week(0), commitments=[closed]), Kind.MEETING_CLOSED)

    assert (found.band, found.newest_at) == (Band.WATCH, START)
    assert found.reasons == ({"code": "meeting_closed", "points": 0, "on": "2026-01-06"},)
    before = facts_of(at=START - timedelta(days=1), commitments=[closed])
    replaced = facts_of(at=week(0), commitments=[ended, commitment(2)])
    assert [bands(one) for one in (before, replaced)] == [{}, {}]


def test_somebody_paused_gives_no_finding() -> None:
    dues = check_ins(["missed", "missed", "missed"])

    assert bands(facts_of(dues, at=week(2))) != {}
    assert bands(facts_of(dues, at=week(2), is_active=False)) == {}


def points(reason: card.Reason) -> float:
    value = reason["points"]
    assert isinstance(value, int | float)
    return value


def test_one_missed_check_in_is_watched_where_silence_is_likely() -> None:
    wobbly = ["kept", "missed", "kept", "missed", "missed", "kept", "missed", "missed"]
    at_first = facts_of(check_ins(["kept", "missed"]), at=week(1))
    late_on = facts_of(check_ins(["kept"] * 10 + ["missed"]), at=week(10))
    wavering = facts_of(check_ins([*wobbly, "kept", "missed"]), at=week(9))

    assert [bands(one) for one in (at_first, late_on)] == [{"missed_check_ins": "watch"}, {}]
    assert bands(wavering)["missed_check_ins"] == "watch"
    assert one(wavering, Kind.MISSED_CHECK_INS).is_never_held is False


def test_terms_tell_what_they_rest_on_the_heaviest_first() -> None:
    outcomes = ["kept"] * 4 + ["missed"] * 2 + ["kept"] * 2 + ["missed"]
    found = facts_of(
        [replace(due, reported_use=due.came) for due in check_ins(outcomes)], at=week(8)
    )

    terms = card.card(found)

    assert [points(term) for term in terms] == sorted(map(points, terms), reverse=True)
    assert {term["code"]: {**term, "points": 0} for term in terms} == {
        "missed_of_last": {"code": "missed_of_last", "points": 0, "missed": 2, "total": 4},
        "attendance": {"code": "attendance", "points": 0, "kept": 6, "total": 9},
        "came_back": {"code": "came_back", "points": 0, "times": 1},
        "long_gap": {"code": "long_gap", "points": 0, "missed": 2},
        "use_told": {"code": "use_told", "points": 0, "told": 6, "total": 6},
    }
    assert card.score(found) == pytest.approx(sum(map(points, terms)))


def test_score_turned_off_leaves_the_fixed_rules() -> None:
    dues = check_ins(["kept", "missed", "missed", "missed"])
    scored = facts_of(dues, at=week(3))
    plain = replace(scored, is_scored=False)

    assert (card.card(plain), card.score(plain)) == ((), 0)
    assert bands(plain) == bands(scored)
    assert codes(one(plain, Kind.MISSED_CHECK_INS)) == ["check_ins_missed"]
    assert bands(facts_of(check_ins(["kept", "missed"]), at=week(1), is_scored=False)) == {}


def test_next_look_is_when_something_could_change() -> None:
    dues = check_ins(["kept", "missed"])
    heard = dues[0].answered_at or START

    open_one = facts_of(dues, at=dues[1].opened_at)
    quiet = facts_of(dues, at=heard + timedelta(days=9))
    nothing = facts_of(at=START + timedelta(days=60))

    assert rules.next_look_at(open_one) == dues[1].opened_at + timedelta(days=3)
    assert rules.next_look_at(quiet) == dues[1].due_at
    assert rules.next_look_at(nothing) == START + timedelta(days=67)
