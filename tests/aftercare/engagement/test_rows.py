"""Signals in words, in order, with what their points add up from."""

from datetime import UTC, datetime, timedelta

import pytest

from aftercare.engagement import rows
from aftercare.models import DisengagementSignal
from tests import build

Band, Kind, State = DisengagementSignal.Band, DisengagementSignal.Kind, DisengagementSignal.State

AT = datetime(2026, 3, 8, 9, 0, tzinfo=UTC)

pytestmark = pytest.mark.django_db


def test_signals_of_puts_the_most_pressing_first_and_leaves_out_closed_ones() -> None:
    graduate = build.graduate()
    build.signal(graduate=graduate, kind=Kind.PLAN_EMPTY, band=Band.WATCH, points=9)
    build.signal(graduate=graduate, kind=Kind.SILENT, points=3)
    build.signal(graduate=graduate, kind=Kind.MISSED_CHECK_INS, points=7)
    build.signal(graduate=graduate, kind=Kind.NEED_SUPPORT, band=Band.URGENT, opened_at=AT)
    build.signal(
        graduate=graduate, kind=Kind.SAFETY, band=Band.URGENT, opened_at=AT + timedelta(hours=1)
    )
    build.signal(graduate=graduate, kind=Kind.OPTED_OUT, state=State.CLOSED)

    found = rows.signals_of(graduates=[graduate.pk])[graduate.pk]

    assert [signal.kind for signal in found] == [
        "safety",
        "need_support",
        "missed_check_ins",
        "silent",
        "plan_empty",
    ]


def test_signal_row_tells_the_newest_words_of_danger_first() -> None:
    signal = build.signal(
        graduate=build.graduate(),
        kind=Kind.SAFETY,
        band=Band.URGENT,
        points=0,
        reasons=[
            {"code": "crisis_words", "tier": "B", "kind": "distress", "points": 0},
            {"code": "not_safe", "points": 0},
        ],
    )

    row = rows.signal_row(signal)

    assert row.reasons[0] == "Was asked, and answered that they are not safe right now."
    assert (row.is_urgent, row.terms) == (True, ())


def test_signal_row_says_why_and_until_when_it_rests() -> None:
    signal = build.signal(graduate=build.graduate(), state=State.SNOOZED)
    signal.snooze_reason, signal.snoozed_until = "away", AT

    row = rows.signal_row(signal)

    assert (row.is_set_aside, row.rests_because, row.rests_until) == (True, "away for a while", AT)


def test_signal_row_adds_up_its_points() -> None:
    signal = build.signal(
        graduate=build.graduate(),
        points=3,
        reasons=[
            {"code": "silent", "points": 0, "on": "2026-02-20", "unanswered": 2},
            {"code": "missed_of_last", "points": 2, "missed": 2, "total": 4},
            {"code": "little_known", "points": 1, "total": 3},
        ],
    )

    row = rows.signal_row(signal)

    assert len(row.reasons) == 1
    assert [(term.points, term.reason) for term in row.terms] == [
        (2, "Missed 2 of the last 4 things due."),
        (1, "Only 3 things were due so far. Most people who drift away do so early."),
    ]
    assert sum(term.points for term in row.terms) == row.points
