"""What the rules find, how pressing it is, and why."""

import csv
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from operator import itemgetter

import pytest

from aftercare.engagement import facts, rules
from aftercare.engagement.facts import Facts
from aftercare.engagement.history import Due, History
from aftercare.engagement.rules import Band, Finding, Kind
from aftercare.models import DisengagementSignal
from tests import shared
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
    later = {str(DisengagementSignal.Kind.MEETING_CLOSED)}

    assert {str(kind) for kind in Kind} | urgent | later == set(DisengagementSignal.Kind.values)
    assert {str(band) for band in Band} < set(DisengagementSignal.Band.values)


def test_steady_person_gives_no_finding() -> None:
    steady = facts_of(check_ins(["kept"] * 6), occurrences(["kept"] * 6), at=week(5))

    assert rules.findings(steady) == ()
    assert rules.score(steady) == 0


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
    assert codes(found)[1:] == ["week_empty", "missed_of_last", "attendance"]
    assert found.points == 2 + 2 + 3
    assert found.is_never_held is False


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


def test_somebody_paused_gives_no_finding() -> None:
    dues = check_ins(["missed", "missed", "missed"])

    assert bands(facts_of(dues, at=week(2))) != {}
    assert bands(facts_of(dues, at=week(2), is_active=False)) == {}


@pytest.mark.parametrize(("weeks", "points"), [(0, 2), (2, 2), (3, 1), (7, 1), (8, 0), (52, 0)])
def test_card_weighs_the_first_weeks(weeks: int, points: int) -> None:
    graduated_on = START.date() - timedelta(weeks=weeks)

    assert rules.score(facts_of(at=START, graduated_on=graduated_on)) == points


@pytest.mark.parametrize(
    ("outcomes", "expected"),
    [
        (
            ["kept", "kept", "kept", "missed"],
            {"week_empty": 2, "missed_of_last": 1, "attendance": 2},
        ),
        (["missed", "kept", "kept", "kept"], {"missed_of_last": 1, "attendance": 1}),
        (
            ["kept", "kept", "missed", "missed"],
            {"week_empty": 2, "missed_of_last": 2, "attendance": 3},
        ),
        (["kept", "kept", "kept", "kept"], {}),
    ],
)
def test_card_adds_up_what_was_missed(outcomes: list[str], expected: dict[str, int]) -> None:
    terms = rules.card(facts_of(check_ins(outcomes), at=week(3)))

    assert {term["code"]: term["points"] for term in terms} == expected


def test_next_look_is_when_something_could_change() -> None:
    dues = check_ins(["kept", "missed"])
    heard = dues[0].answered_at or START

    open_one = facts_of(dues, at=dues[1].opened_at)
    quiet = facts_of(dues, at=heard + timedelta(days=9))
    nothing = facts_of(at=START + timedelta(days=60))

    assert rules.next_look_at(open_one) == dues[1].opened_at + timedelta(days=3)
    assert rules.next_look_at(quiet) == dues[1].due_at
    assert rules.next_look_at(nothing) == START + timedelta(days=67)


def test_score_ranks_silence_as_it_was_measured() -> None:
    """On public visit logs the card reaches an AUROC of 0.795; a fixed number of days, 0.666."""
    if shared.SHARED is None:
        pytest.skip(shared.REASON)
    log = shared.SHARED / "engagement" / "ctn0094_weekly.csv"
    scored = list(_scored(log.read_text()))

    assert len(scored) == 12_882
    assert _auroc(scored) == pytest.approx(0.795, abs=0.0005)


def _scored(text: str) -> Iterator[tuple[float, bool]]:
    """Each visit with four later ones, while somebody still came: the score, and whether none came."""
    for _, rows in groupby(csv.DictReader(text.splitlines()), key=itemgetter("person")):
        visits = tuple(_visit(row) for row in rows if row["outcome"] in ("kept", "late", "missed"))
        log = History(
            graduated_on=visits[0].opened_at.date(),
            joined_at=visits[0].opened_at,
            time_zone="UTC",
            dues=visits,
        )
        for index in range(len(visits) - 4):
            if visits[index].came or (index and visits[index - 1].came):
                found = facts.at(history=log, at=visits[index].due_at)
                is_lost = not any(visit.came for visit in visits[index + 1 : index + 5])
                yield rules.score(found), is_lost


def _visit(row: dict[str, str]) -> Due:
    return Due(
        kind=row["kind"],
        opened_at=_instant(row["opened_at"]),
        due_at=_instant(row["due_at"]),
        outcome=row["outcome"],
        answered_at=_instant(row["answered_at"]) if row["answered_at"] else None,
        reported_use={"yes": True, "no": False}.get(row["reported_use"]),
    )


def _instant(day: str) -> datetime:
    return datetime.fromisoformat(day).replace(tzinfo=UTC)


def _auroc(scored: list[tuple[float, bool]]) -> float:
    """The share of pairs (lost, not lost) that the score puts in order; ties count half."""
    lost = sum(is_lost for _, is_lost in scored)
    below, won = 0, 0.0
    for _, group in groupby(sorted(scored), key=itemgetter(0)):
        ends = [is_lost for _, is_lost in group]
        others = len(ends) - sum(ends)
        won += sum(ends) * (below + others / 2)
        below += others
    return won / (lost * (len(scored) - lost))
