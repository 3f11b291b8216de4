"""Short forms of the faults, on the database of this run: they count, and look at no clock.

In full they are played by `python -m tests.faults`.
"""

import dataclasses
import json
import random
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from notifications import clock
from notifications.models import Attempt, Message
from tests.faults import people
from tests.faults.__main__ import main
from tests.faults.catalogue import FAULTS, SETTLING
from tests.faults.play import Play, judge, most_in_a_second, perform
from tests.faults.stage import stage

pytestmark = pytest.mark.django_db(transaction=True)
# What strikes no database goes the same way on each; `python -m tests.faults` plays it on both.
on_one = pytest.mark.one_database

State = Message.State
NOTHING = {
    "lost": 0,
    "twice": 0,
    "unknown": 0,
    "expired": 0,
    "suppressed": 0,
    "opted_out": 0,
}


def play(fault: str, folder: Path, *, kills: int | None = None, messages: int) -> dict[str, Any]:
    """A fault in short, with even shorter waits; it must have gone well."""
    sooner = dataclasses.replace(FAULTS[fault], settling=(0.6, 0.6))
    told = perform(sooner, folder=folder, kills=kills, messages=messages)
    assert told["ok"], json.dumps(told)
    return told


def counts(told: dict[str, Any]) -> dict[str, int]:
    return {name: told[name] for name in ("due", "delivered", *NOTHING)}


def test_kill_9_loses_no_text_and_sends_none_twice(tmp_path: Path) -> None:
    told = play("FI-01", tmp_path, kills=3, messages=300)

    assert told["kills"] == 3
    assert told["figures"]["in_doubt"] > 0
    # A text that two kills have met is left to a person, and was not sent.
    assert told["delivered"] + told["unknown"] == told["due"] == 300
    states = Counter(Message.objects.values_list("state", flat=True))
    assert states[State.SENT] == told["delivered"]
    assert states[State.UNKNOWN] == told["unknown"]


@on_one
def test_redis_that_forgets_and_restarts_loses_nothing_and_logs_nobody_out(tmp_path: Path) -> None:
    told = play("FI-06", tmp_path, kills=2, messages=60)

    assert counts(told) == {**NOTHING, "due": 60, "delivered": 60}
    assert set(told["figures"]["answers"]) == {"200"}


@on_one
def test_each_way_a_provider_can_fail_ends_in_one_visible_outcome(tmp_path: Path) -> None:
    at_once = dataclasses.replace(
        FAULTS["FI-10"], act="tests.faults.answers:at_once", settling=SETTLING
    )

    told = perform(at_once, folder=tmp_path, messages=60)

    each = told["figures"]["each"]
    assert each == 2
    # Two codes refuse the text or the number for good, one says that the person wants none.
    assert told["figures"]["refused"] == 2 * each
    assert counts(told) == {
        **NOTHING,
        "due": 60,
        "delivered": 60 - 3 * each,
        "opted_out": each,
    }


def test_three_processes_send_each_text_once(tmp_path: Path) -> None:
    sooner = dataclasses.replace(FAULTS["FI-13"], act="tests.faults.killing:many_hands")

    told = perform(sooner, folder=tmp_path, messages=120)

    assert counts(told) == {**NOTHING, "due": 120, "delivered": 120}
    tries = Attempt.objects.filter(state=Attempt.State.SUBMITTED)
    assert tries.values("provider_id").distinct().count() == tries.count() == 120
    assert Attempt.objects.count() == 120
    assert set(Message.objects.values_list("state", flat=True)) == {State.SENT}


def test_nothing_is_taken_after_a_stop(tmp_path: Path) -> None:
    told = play("FI-20", tmp_path, messages=40)

    assert told["due"] == 80
    assert told["opted_out"] > 0
    assert told["delivered"] + told["opted_out"] == 80
    assert told["figures"]["taken_after_stop"] == told["figures"]["claimed_after_stop"] == 0
    assert told["figures"]["obeyed"] == told["figures"]["stops"] == 30


@on_one
def test_a_text_listed_late_is_sent_once(tmp_path: Path) -> None:
    late = dataclasses.replace(FAULTS["FI-11"], settling=(1.0, 2.17))

    told = perform(late, folder=tmp_path, messages=12)

    assert counts(told) == {**NOTHING, "due": 12, "delivered": 12}


@on_one
def test_pages_of_open_danger_outlive_every_worker_and_an_hour_without_any(tmp_path: Path) -> None:
    told = play("FI-27", tmp_path, kills=1, messages=4)

    # Who is on call, a lead, all three; and on while nobody has it: one round more for the early.
    due = 2 * (1 + 1 + 3) + 2 * (1 + 1) + 2 * 3
    assert counts(told) == {**NOTHING, "due": due, "delivered": due}
    assert (told["kills"], told["figures"]["taken_by_text"]) == (1, 2)


@on_one
def test_judge_tells_lost_and_twice_from_what_is_shown(tmp_path: Path) -> None:
    """The oracle itself: rows and log that disagree are counted as what they are."""
    due = people.due(7, at=clock.now())
    shown = {
        0: (State.SENT, ""),  # and never taken
        1: (State.SENT, ""),  # and taken twice
        2: (State.DUE, ""),
        3: (State.UNKNOWN, "unsettled"),
        4: (State.EXPIRED, "expired"),
        5: (State.CANCELLED, "opted_out"),
        6: (State.SUPPRESSED, "unreachable"),
    }
    for number, (state, reason) in shown.items():
        Message.objects.filter(pk=due[number].pk).update(state=state, reason=reason)
    line = '{"at": 1.0, "sid": "SM%d", "to": "+12155550100", "fields": {"Body": "Text 1"}}\n'

    with stage(tmp_path) as at:
        at.provider.log.write_text("".join(line % number for number in range(2)))

        told = judge(Play(at, kills=0, messages=7, dice=random.Random(1), due=due))

    assert told == {
        "due": 7,
        "delivered": 1,
        "lost": 2,
        "twice": 1,
        "unknown": 1,
        "expired": 1,
        "suppressed": 1,
        "opted_out": 1,
    }


def test_most_in_a_second_looks_at_every_second() -> None:
    assert most_in_a_second([0.0, 0.9, 1.1, 1.2, 1.8, 3.0]) == 4
    assert most_in_a_second([]) == 0


@on_one
@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["FI-16", "--kills", "3"], "takes no --kills"),
        (["FI-09", "--messages", "3"], "takes no --messages"),
        (["FI-01", "--messages", "0"], "takes no --messages"),
        (["FI-05", "--database", "postgres"], "cannot strike postgres"),
        (["FI-99"], "No fault"),
    ],
)
def test_option_that_means_nothing_is_refused_with_a_sentence(
    arguments: list[str], word: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*arguments, "--json"]) == 2

    told = capsys.readouterr()
    assert told.out == ""
    assert word in told.err
