"""Figures by hand, and beside the ones of a library."""

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, roc_auc_score

from aftercare.engagement import measures
from aftercare.engagement.measures import Cases, Ranking


def cases(lost: list[bool], *, person: list[int], day: list[float], contact: list[bool]) -> Cases:
    return Cases(
        lost=np.array(lost),
        person=np.array(person),
        group=np.array(["g"] * len(lost)),
        day=np.array(day),
        is_contact=np.array(contact),
        contact_day=np.array(day),
    )


def test_ranks_by_hand() -> None:
    lost = np.array([True, False, True, False])

    assert measures.ranks(scores=np.array([4.0, 3, 2, 1]), lost=lost) == (0.75, (1 + 2 / 3) / 2)
    assert measures.ranks(scores=np.zeros(4), lost=lost) == (0.5, 0.5)


def test_ranks_under_weights_are_those_of_the_library_ties_and_all() -> None:
    random = np.random.default_rng(3)
    scores = random.integers(0, 9, 300).astype(float)
    lost = random.random(300) < 0.05 + scores / 20
    weights = random.integers(0, 4, (5, 300)).astype(float)

    pairs, steps = Ranking(scores=scores, lost=lost).measure(weights)

    assert pairs == pytest.approx([roc_auc_score(lost, scores, sample_weight=w) for w in weights])
    assert steps == pytest.approx(
        [average_precision_score(lost, scores, sample_weight=w) for w in weights]
    )


def test_calibration_of_what_is_said_truly_has_slope_one() -> None:
    random = np.random.default_rng(4)
    risks = random.random(40_000)
    lost = random.random(40_000) < risks

    found = measures.calibration(risks=risks, lost=lost)

    assert found["slope"] == pytest.approx(1, abs=0.05)
    assert found["intercept"] == pytest.approx(0, abs=0.05)
    bins = found["bins"]
    assert isinstance(bins, list)
    assert [one["n"] for one in bins] == [4000] * 10
    assert [one["came"] for one in bins] == pytest.approx([one["said"] for one in bins], abs=0.03)


def test_budget_names_the_highest_and_rests_and_counts_the_lead() -> None:
    # Person 0 is named in week 0, rests in week 1, and is lost after day 1; nine others stay.
    day = [1.0, 8.0] + [1.0] * 9 + [8.0] * 9
    person = [0, 0, *range(1, 10), *range(1, 10)]
    order = np.lexsort((day, person))
    lost = np.array([True, True] + [False] * 18)
    scores = np.array([9.0, 9.0] + [1.0] * 18)
    some = cases(
        lost[order].tolist(),
        person=np.array(person)[order].tolist(),
        day=np.array(day)[order].tolist(),
        contact=[index != 1 for index in range(20)],
    )

    found = measures.budget(cases=some, scores=scores[order], seed=1)

    assert found == {
        "at_5_of_50": {"precision": 1.0, "recall": 1.0},
        "alerts_per_50_week": 50 * 1 / 20,
        "caught": 1.0,
        "caught_by_last_contact": 1.0,
        "median_lead_days": 14.0,
    }


def test_intervals_hold_the_figure_and_draw_whole_people() -> None:
    random = np.random.default_rng(5)
    person = np.repeat(np.arange(60), 5)
    scores = random.random(300)
    lost = random.random(300) < scores
    some = cases(lost.tolist(), person=person.tolist(), day=[0.0] * 300, contact=[True] * 300)

    found = measures.intervals(cases=some, scored=[(scores, scores)], seed=1)

    auroc, precision = measures.ranks(scores=scores, lost=lost)
    for name, value in (("auroc", auroc), ("average_precision", precision)):
        edges = found[name]
        assert edges is not None
        assert edges[0] < value < edges[1]
    assert found == measures.intervals(cases=some, scored=[(scores, scores)], seed=1)
