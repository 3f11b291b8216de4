"""Reasons in words a counselor would say."""

from typing import Any

import pytest
from django.utils import translation

from aftercare import questions
from aftercare.crisis import CrisisClass
from aftercare.engagement import rules, wording
from aftercare.models import Commitment, DisengagementSignal

EXAMPLES: list[tuple[dict[str, Any], str]] = [
    (
        {"code": "check_ins_missed", "count": 1, "on": "2026-03-03"},
        "The check-in of Tuesday, March 3 went without an answer.",
    ),
    (
        {"code": "check_ins_missed", "count": 2, "on": "2026-03-03"},
        "Two check-ins in a row without an answer, the last on Tuesday, March 3.",
    ),
    (
        {"code": "check_ins_missed", "count": 3, "on": "2026-03-03"},
        "3 check-ins in a row without an answer, the last on Tuesday, March 3.",
    ),
    (
        {"code": "commitment_missed", "missed": 3, "total": 4, "kind": "group", "weekday": 1},
        "Missed 3 of the last 4 Tuesday groups.",
    ),
    (
        {"code": "commitment_missed", "missed": 2, "total": 3, "kind": "therapy", "weekday": None},
        "Missed 2 of the last 3 therapy sessions.",
    ),
    (
        {"code": "silent", "on": "2026-03-03", "unanswered": 1},
        "Not heard from since Tuesday, March 3; 1 question went without an answer.",
    ),
    ({"code": "ahead"}, "Most was done long before it was due, so it says little about today."),
    (
        {"code": "own_pace", "longest": 5 * 86_400},
        "Before, we never waited longer than 5 days for a word.",
    ),
    (
        {"code": "meeting_closed", "on": "2026-03-03"},
        "A meeting in the plan closed for good on Tuesday, March 3.",
    ),
    (
        {"code": "lost_contact", "on": "2026-02-03", "unanswered": 4},
        "Contact lost: not heard from since Tuesday, February 3, and 4 went without an answer.",
    ),
    (
        {"code": "never_heard", "on": "2026-02-03", "unanswered": 2},
        "Never heard from since joining on Tuesday, February 3.",
    ),
    (
        {"code": "use_reported", "on": "2026-03-03"},
        "Said on Tuesday, March 3 that the old habit came back.",
    ),
    (
        {"code": "later_replies", "usual": 3600, "latest": 30 * 3600},
        "Used to answer within 1 hour; the last two answers took 30 hours or more.",
    ),
    (
        {"code": "harder", "question": "rough", "value": 8, "usual": 2.5, "run": 1},
        "Rough week: 8, where 2.5 is usual.",
    ),
    (
        {"code": "harder", "question": "sure", "value": 1, "usual": 7.0, "run": 2},
        "Sure of the week ahead: 1, where 7 is usual, and not for the first time.",
    ),
    (
        {"code": "unreachable", "on": "2026-03-03"},
        "Texts have not come through since Tuesday, March 3.",
    ),
    (
        {"code": "opted_out", "on": "2026-03-03"},
        "Asked us on Tuesday, March 3 not to text any more.",
    ),
    ({"code": "plan_empty"}, "There is nothing in the plan."),
    ({"code": "missed_of_last", "missed": 1, "total": 1}, "Missed the newest thing due."),
    ({"code": "missed_of_last", "missed": 2, "total": 4}, "Missed 2 of the last 4 things due."),
    (
        {"code": "attendance", "kept": 8, "total": 10},
        "Kept 8 of 10 things due. The newest count most.",
    ),
    ({"code": "came_back", "times": 1}, "Came back after a gap 1 time before."),
    ({"code": "came_back", "times": 2}, "Came back after a gap 2 times before."),
    ({"code": "long_gap", "missed": 3}, "Was away for 3 things in a row once before."),
    (
        {"code": "little_known", "total": 1},
        "Only 1 thing was due so far. Most people who drift away do so early.",
    ),
    (
        {"code": "little_known", "total": 3},
        "Only 3 things were due so far. Most people who drift away do so early.",
    ),
    (
        {"code": "use_told", "told": 2, "total": 6},
        "Said 2 of 6 times that the old habit came back.",
    ),
    ({"code": "late"}, "Answers at the last moment, or late."),
    (
        {"code": "crisis_words", "tier": "A", "kind": "suicide"},
        "Wrote words of suicide. The crisis text went out at once.",
    ),
    (
        {"code": "crisis_words", "tier": "B", "kind": "distress"},
        "Wrote words that may mean danger. We asked at once: are you safe?",
    ),
    ({"code": "not_safe"}, "Was asked, and answered that they are not safe right now."),
    (
        {"code": "no_answer"},
        "Was asked whether they are safe, and has not answered for 15 minutes.",
    ),
    ({"code": "call_now"}, "Now is a good time to call."),
    ({"code": "call_later"}, "Now is no good time to call: somebody may be there."),
    ({"code": "shared_phone"}, "Several people share this phone, and it is not clear who wrote."),
    ({"code": "texts_off"}, "They cannot get our texts. Call."),
    ({"code": "asked_for_support"}, "Asked for a call."),
    (
        {"code": "told_setback"},
        "Told of a setback, and wants you to know. No blame: ask what helps now.",
    ),
    (
        {"code": "danger_answer", "name": "PHQ-9"},
        "Answered on the PHQ-9 that there are thoughts of death or self-harm.",
    ),
]


@pytest.mark.parametrize(("reason", "expected"), EXAMPLES)
def test_sentence_says_what_a_counselor_would(reason: dict[str, Any], expected: str) -> None:
    assert wording.sentence(reason) == expected


def test_sentence_knows_every_code() -> None:
    assert {reason["code"] for reason, _ in EXAMPLES} == set(wording._SENTENCES)


def test_sentence_has_words_for_every_danger() -> None:
    assert set(wording._DANGERS) == set(CrisisClass)


def test_sentence_of_an_unknown_code_still_asks_for_a_look() -> None:
    assert wording.sentence({"code": "of_another_year"}) == "Something changed. Please have a look."


@pytest.mark.parametrize("kind", Commitment.Kind.values)
@pytest.mark.parametrize("weekday", [None, *range(7)])
def test_sentence_has_words_for_every_commitment_and_weekday(
    kind: str, weekday: int | None
) -> None:
    reason = {
        "code": "commitment_missed",
        "missed": 3,
        "total": 4,
        "kind": kind,
        "weekday": weekday,
    }

    assert wording.sentence(reason).startswith("Missed 3 of the last 4 ")


@pytest.mark.parametrize("code", questions.BY_CODE)
def test_sentence_has_words_for_every_question(code: str) -> None:
    reason = {"code": "harder", "question": code, "value": 8, "usual": 3, "run": 1}

    assert wording.sentence(reason).endswith(": 8, where 3 is usual.")


def test_sentences_are_said_once_and_in_order() -> None:
    reasons = [{"code": "plan_empty"}, {"code": "late"}, {"code": "plan_empty"}]

    assert wording.sentences(reasons, most=2) == [
        "There is nothing in the plan.",
        "Answers at the last moment, or late.",
    ]


@pytest.mark.parametrize("kind", DisengagementSignal.Kind.values)
def test_next_step_has_words_for_every_kind(kind: str) -> None:
    signal = DisengagementSignal(kind=kind, band=DisengagementSignal.Band.REACH_OUT)

    assert wording.next_step([signal]).endswith(".")


def test_next_step_follows_the_first_signal_and_its_band() -> None:
    lost = DisengagementSignal(kind=rules.Kind.SILENT, band=DisengagementSignal.Band.LOST_CONTACT)
    empty = DisengagementSignal(kind=rules.Kind.PLAN_EMPTY, band=DisengagementSignal.Band.WATCH)

    assert wording.next_step([lost, empty]) == "Try three times, by two different ways."
    assert wording.next_step([empty, lost]) == "Plan one support meeting together."
    assert wording.next_step([]) == ""


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (20, "1 minute"),
        (60 * 45, "45 minutes"),
        (3600, "1 hour"),
        (47 * 3600, "47 hours"),
        (2 * 86_400, "2 days"),
    ],
)
def test_duration_uses_one_unit(seconds: int, expected: str) -> None:
    assert wording.duration(seconds) == expected


def test_sentence_follows_the_language_of_the_reader() -> None:
    with translation.override("es"):
        assert wording.day("2026-03-03").lower().startswith("martes")
