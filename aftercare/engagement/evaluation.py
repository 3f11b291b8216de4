"""The score and every baseline measured on one log, as one JSON object."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aftercare.engagement import baselines, card, fitting, measures, score
from aftercare.engagement.fitting import Bools, Floats
from aftercare.engagement.log import Person
from aftercare.engagement.measures import Cases
from aftercare.engagement.replay import Case, play

# Each repetition halves the people once; a model made of one half is asked about the other.
REPETITIONS = 10
SEED = 20250106
PLAIN = ("auroc", "average_precision", "brier")
_DAY = 86_400


class NothingToMeasure(Exception):
    """The log has too little in it; the message says what is missing."""


@dataclass(frozen=True, kw_only=True)
class Split:
    """How people are halved: which half of each repetition a case is in."""

    halves: tuple[Bools, ...]

    def of(self, chosen: Bools) -> "Split":
        """The same halves for the chosen cases alone."""
        return Split(halves=tuple(half[chosen] for half in self.halves))


@dataclass(frozen=True, kw_only=True)
class Scored:
    """Scores and risks of the chosen cases, one pair for each repetition, or a reason for none."""

    chosen: Bools
    pairs: list[tuple[Floats, Floats]] = field(default_factory=list)
    reason: str = ""


def evaluate(*, people: Sequence[Person], by: str = "person") -> dict[str, Any]:
    """Measure everything on a log; `by` "person" or "group" says what is never split in two.

    Raises NothingToMeasure where nobody, or everybody, was lost, or only one person or group is there.
    """
    rows = list(play(people=people))
    cases = _cases(rows)
    _check(people, rows, cases, by)
    split = _split(cases, by)
    fitted = {case.person for case in rows if score.is_fitted_on(case.person)}
    unseen = np.array([case.person not in fitted for case in rows])
    return {
        "rows": len(rows),
        "people": len({case.person for case in rows}),
        "base_rate": float(cases.lost.mean()),
        "fitted_people": len(fitted),
        "split_by": by,
        "scores": {
            name: _measured(cases, scored) for name, scored in _scored(rows, cases, split, unseen)
        },
    }


def _cases(rows: Sequence[Case]) -> Cases:
    people = {name: index for index, name in enumerate(dict.fromkeys(row.person for row in rows))}
    return Cases(
        lost=np.array([row.is_lost for row in rows], dtype=bool),
        person=np.array([people[row.person] for row in rows], dtype=np.int64),
        group=np.array([row.group for row in rows], dtype=np.str_),
        day=np.array([row.at.timestamp() / _DAY for row in rows]),
        is_contact=np.array([row.is_contact for row in rows], dtype=bool),
        contact_day=np.array([row.last_contact_at.timestamp() / _DAY for row in rows]),
    )


def _check(people: Sequence[Person], rows: Sequence[Case], cases: Cases, by: str) -> None:
    if not rows:
        raise NothingToMeasure(
            "Nobody kept anything that had four later expectations, so there is nothing to score. "
            "A longer log is needed."
        )
    if not cases.lost.any():
        raise NothingToMeasure(
            "Nobody in this log kept none of four things in a row after a contact, so there is no "
            "drop-out to find. A longer log, or one of more people, is needed."
        )
    if cases.lost.all():
        raise NothingToMeasure(
            "Everybody in this log kept nothing after each contact, so there is nobody to tell them "
            "from. A log of people who stay is needed, too."
        )
    if len(people) < 2 or len(np.unique(_units(cases, by))) < 2:
        raise NothingToMeasure(
            f"All of this log is one {by}. Two at least are needed, because what is fitted on one "
            "half is measured on the other."
        )


def _units(cases: Cases, by: str) -> NDArray[Any]:
    return cases.group if by == "group" else cases.person


def _split(cases: Cases, by: str) -> Split:
    names, unit = np.unique(_units(cases, by), return_inverse=True)
    halves = []
    for number in range(REPETITIONS):
        order = np.random.default_rng([SEED, number]).permutation(len(names))
        first = np.zeros(len(names), dtype=bool)
        first[order[: len(names) // 2]] = True
        halves.append(first[unit])
    return Split(halves=tuple(halves))


def _scored(
    rows: Sequence[Case], cases: Cases, split: Split, unseen: Bools
) -> Iterator[tuple[str, Scored]]:
    everybody = np.ones(len(rows), dtype=bool)
    numbers = np.array([score.values(row.pattern) for row in rows], dtype=float)
    yield "product", _product(rows, cases, unseen)
    yield "product_refitted", _fitted(cases, split, numbers, _refit)
    for name, rule in _rules():
        values = np.array([rule(row) for row in rows], dtype=float)
        yield name, _ruled(cases, split, values)
    lots = np.random.default_rng(SEED).random(len(rows))
    yield "random", _ruled(cases, split, lots)
    if not baselines.has_library():
        missing = Scored(chosen=everybody, reason=baselines.NO_LIBRARY)
        yield from (("logistic", missing), ("boosted_trees", missing))
        return
    six = np.array([baselines.six(row.pattern) for row in rows], dtype=float)
    yield "logistic", _fitted(cases, split, six, _logistic)
    everything = np.array([baselines.everything(row) for row in rows], dtype=float)
    yield "boosted_trees", _fitted(cases, split, everything, _trees)


def _rules() -> tuple[tuple[str, Callable[[Case], float]], ...]:
    return (
        ("weeks_silent", baselines.weeks_silent),
        ("rule_14_day", baselines.rule_14_day),
        ("ewma", baselines.ewma),
        ("bg_bb", baselines.bg_bb),
    )


def _product(rows: Sequence[Case], cases: Cases, unseen: Bools) -> Scored:
    if not unseen.any():
        return Scored(chosen=unseen, reason="The score was fitted on everybody in this log.")
    if not cases.of(unseen).is_mixed:
        why = "Of those the score was not fitted on, all or none dropped out."
        return Scored(chosen=unseen, reason=why)
    asked = [row.known for row, is_new in zip(rows, unseen, strict=True) if is_new]
    points = np.array([card.score(known) for known in asked])
    risks = np.array([score.risk(model=score.shipped(), score=one) for one in points])
    return Scored(chosen=unseen, pairs=[(points, risks)])


def _ruled(cases: Cases, split: Split, values: Floats) -> Scored:
    """A score that is no probability: its risks come from a line fitted on the other half."""
    half = split.halves[0]
    risks = np.full(len(values), float(cases.lost.mean()))
    for known, asked in ((half, ~half), (~half, half)):
        if cases.of(known).is_mixed:
            start, slope = fitting.line(scores=values[known], lost=cases.lost[known])
            risks[asked] = 1 / (1 + np.exp(-(start + slope * values[asked])))
    return Scored(chosen=np.ones(len(values), dtype=bool), pairs=[(values, risks)])


Fit = Callable[[Floats, Bools, Floats], Floats]


def _fitted(cases: Cases, split: Split, numbers: Floats, fit: Fit) -> Scored:
    everybody = np.ones(len(numbers), dtype=bool)
    pairs = []
    for half in split.halves:
        risks = np.empty(len(numbers))
        for known, asked in ((half, ~half), (~half, half)):
            if not cases.of(known).is_mixed:
                why = "In one half of the people all or none dropped out; a larger log is needed."
                return Scored(chosen=everybody, reason=why)
            risks[asked] = fit(numbers[known], cases.lost[known], numbers[asked])
        pairs.append((risks, risks))
    return Scored(chosen=everybody, pairs=pairs)


def _refit(numbers: Floats, lost: Bools, others: Floats) -> Floats:
    return fitting.risks(model=fitting.fit(numbers=numbers, lost=lost), numbers=others)


def _logistic(numbers: Floats, lost: Bools, others: Floats) -> Floats:
    return baselines.logistic(numbers=numbers, lost=lost, others=others)


def _trees(numbers: Floats, lost: Bools, others: Floats) -> Floats:
    return baselines.boosted_trees(numbers=numbers, lost=lost, others=others)


def _measured(cases: Cases, scored: Scored) -> dict[str, Any]:
    """Every figure of one score; a mean where there are several repetitions."""
    if not scored.pairs:
        return {**dict.fromkeys(_KEYS), "reason": scored.reason}
    own = cases.of(scored.chosen)
    each = [_figures(own, scores, risks) for scores, risks in scored.pairs]
    return {
        **_mean(each),
        "ci": measures.intervals(cases=own, scored=scored.pairs, seed=SEED),
        "by_group": _by_group(own, scored.pairs),
    }


_KEYS = (
    *PLAIN,
    "calibration",
    "at_5_of_50",
    "alerts_per_50_week",
    "caught",
    "caught_by_last_contact",
    "median_lead_days",
    "ci",
    "by_group",
)


def _figures(cases: Cases, scores: Floats, risks: Floats) -> dict[str, Any]:
    return {
        **_plain(cases.lost, scores, risks),
        "calibration": measures.calibration(risks=risks, lost=cases.lost),
        **measures.budget(cases=cases, scores=scores, seed=SEED),
    }


def _plain(lost: Bools, scores: Floats, risks: Floats) -> dict[str, Any]:
    """What can be said of any cases; the ranks only where some were lost and some not."""
    is_mixed = bool(lost.any() and not lost.all())
    auroc, precision = measures.ranks(scores=scores, lost=lost) if is_mixed else (None, None)
    brier = measures.brier(risks=risks, lost=lost)
    return {"auroc": auroc, "average_precision": precision, "brier": brier}


def _by_group(cases: Cases, pairs: Sequence[tuple[Floats, Floats]]) -> dict[str, Any]:
    found = {}
    for name in np.unique(cases.group):
        inside = cases.group == name
        own = cases.of(inside)
        each = [_plain(own.lost, scores[inside], risks[inside]) for scores, risks in pairs]
        found[str(name)] = {
            "rows": len(own.lost),
            "people": int(own.person.max()) + 1,
            "base_rate": float(own.lost.mean()),
            **_mean(each),
        }
    return found


def _mean(each: Sequence[Any]) -> Any:
    """The mean of equal shapes of dictionaries, lists and numbers; None where one of them has none."""
    first = each[0]
    if isinstance(first, dict):
        return {key: _mean([one[key] for one in each]) for key in first}
    if isinstance(first, list):
        return [_mean(list(row)) for row in zip(*each, strict=True)]
    if any(one is None for one in each):
        return None
    return first if len(each) == 1 else sum(each) / len(each)
