"""Survival curves, held against another library's and against one worked out by hand."""

import json
import random
from pathlib import Path
from typing import Any

import pytest

from aftercare.report import curve

# What lifelines made of made-up spans; tests/data/README.md says how.
DATA = Path(__file__).resolve().parents[2] / "data" / "survival.json"
PEERS = json.loads(DATA.read_text(encoding="utf-8"))["sets"]


def test_curve_is_the_one_worked_out_by_hand() -> None:
    # Of five one is lost on day 2, one is seen until day 3, two are lost on day 5, one stays.
    spans = [(2, True), (3, False), (5, True), (5, True), (9, False)]
    found = curve.of(spans=spans)

    assert [(step.after, step.at_risk, step.ended) for step in found.steps] == [
        (2, 5, 1),
        (5, 3, 2),
    ]
    # 4/5, then 4/5 of 1/3.
    assert [round(step.share, 6) for step in found.steps] == [0.8, 0.266667]
    assert found.at(1) is None
    assert (found.at_risk(3), found.at_risk(4), found.ended(4), found.ended(5)) == (4, 3, 1, 3)
    assert curve.quantiles(spans=spans, shares=(0.2, 0.5, 0.95)) == [2, 5, None]


@pytest.mark.parametrize("peer", PEERS, ids=lambda peer: f"{len(peer['days'])}-spans")
def test_curve_and_its_interval_are_those_of_lifelines(peer: dict[str, Any]) -> None:
    spans = [(day, bool(ended)) for day, ended in zip(peer["days"], peer["ended"], strict=True)]

    found = curve.of(spans=spans)

    steps = [
        (step.after, step.share, *((step.low, step.high) if step.share > 0 else (None, None)))
        for step in found.steps
    ]
    assert [step[0] for step in steps] == [step[0] for step in peer["steps"]]
    for ours, theirs in zip(steps, peer["steps"], strict=True):
        assert ours == pytest.approx(tuple(theirs), abs=1e-9)
    assert curve.quantiles(spans=spans, shares=(0.5,)) == [peer["median"]]


def test_quantiles_where_all_ended_are_those_of_the_curve() -> None:
    dice = random.Random(5)
    shares = (0.05, 0.5, 0.95, 1.0)
    for size in range(1, 60):
        ended = [(dice.randrange(30), True) for _ in range(size)]
        drawn = curve.of(spans=ended).steps

        assert curve.quantiles(spans=ended, shares=shares) == [
            next(step.after for step in drawn if step.share <= 1 - share + 1e-12)
            for share in shares
        ]


def test_curve_where_nobody_is_left_keeps_the_bound_it_had() -> None:
    found = curve.of(spans=[(1, True), (2, False), (3, True)])

    last, before = found.steps[-1], found.steps[-2]
    assert (last.share, last.low, last.high) == (0, 0, before.high)
    alone = curve.of(spans=[(4, True)]).steps
    assert [(step.share, step.low, step.high) for step in alone] == [(0, 0, 1)]


def test_curve_of_nobody_has_no_steps() -> None:
    found = curve.of(spans=[])

    assert (found.steps, found.at(30), found.at_risk(0)) == ((), None, 0)
    assert curve.quantiles(spans=[], shares=(0.5, 0.95)) == [None, None]
