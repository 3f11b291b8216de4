"""How well scores rank and foretell: figures over many cases, and how sure they are."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aftercare.engagement.fitting import Bools, Floats, line

Ints = NDArray[np.int64]

RESAMPLES, BATCH = 500, 25
BINS = 10
# The budget a week: so many of so many people, and how many weeks nobody is named twice.
NAMED, OF = 5, 50
REST_DAYS = 21
# The fixed rule that leads are measured against.
RULE_DAYS = 14
WEEK = 7


@dataclass(frozen=True, kw_only=True)
class Cases:
    """Many cases side by side, of each person in order of time; days count from any one day.

    `person` are numbers from 0 on; `contact_day` is the day of the last contact.
    """

    lost: Bools
    person: Ints
    group: NDArray[np.str_]
    day: Floats
    is_contact: Bools
    contact_day: Floats

    def of(self, chosen: Bools) -> "Cases":
        """Only the chosen ones, their people numbered anew."""
        return Cases(
            lost=self.lost[chosen],
            person=np.unique(self.person[chosen], return_inverse=True)[1],
            group=self.group[chosen],
            day=self.day[chosen],
            is_contact=self.is_contact[chosen],
            contact_day=self.contact_day[chosen],
        )

    @property
    def is_mixed(self) -> bool:
        """Whether some were lost and some were not, so that there is anything to rank."""
        return bool(self.lost.any() and not self.lost.all())


class Ranking:
    """Scores put in order once, to be measured under many weightings; ties share their place."""

    def __init__(self, *, scores: Floats, lost: Bools) -> None:
        self._order = np.argsort(-scores, kind="stable")
        falls = np.diff(scores[self._order]) != 0
        self._ends = np.r_[np.nonzero(falls)[0], len(scores) - 1]
        self._lost = lost[self._order].astype(float)

    def measure(self, weights: Floats) -> tuple[Floats, Floats]:
        """AUROC and average precision for each row of weights (resamples x cases).

        Not a number where all that weighs was lost, or nothing.
        """
        inside = weights[:, self._order]
        whole = np.cumsum(inside, axis=1)[:, self._ends]
        hits = np.cumsum(inside * self._lost, axis=1)[:, self._ends]
        new_hits = np.diff(hits, axis=1, prepend=0)
        new_misses = np.diff(whole - hits, axis=1, prepend=0)
        lost, kept = hits[:, -1], (whole - hits)[:, -1]
        with np.errstate(divide="ignore", invalid="ignore"):
            pairs = (new_misses * (hits - new_hits / 2)).sum(axis=1) / (lost * kept)
            steps = np.where(whole > 0, new_hits * hits / whole, 0).sum(axis=1) / lost
        return pairs, steps


def ranks(*, scores: Floats, lost: Bools) -> tuple[float, float]:
    """AUROC and average precision of scores, the higher the more likely lost."""
    pairs, steps = Ranking(scores=scores, lost=lost).measure(np.ones((1, len(lost))))
    return float(pairs[0]), float(steps[0])


def brier(*, risks: Floats, lost: Bools) -> float:
    """The mean squared distance between what was said (0 to 1) and what came."""
    return float(np.mean((risks - lost) ** 2))


def calibration(*, risks: Floats, lost: Bools) -> dict[str, object]:
    """Slope and intercept of the log odds (1 and 0 at best), and ten bins of equal size.

    The slope is None where every risk is the same.
    """
    odds = log_odds(risks)
    start, slope = line(scores=odds, lost=lost)
    is_flat = bool(np.ptp(odds) < 1e-9)
    parts = np.array_split(np.argsort(risks, kind="stable"), min(BINS, len(risks)))
    return {
        "slope": None if is_flat else slope,
        "intercept": None if is_flat else start,
        "bins": [
            {"n": len(one), "said": float(risks[one].mean()), "came": float(lost[one].mean())}
            for one in parts
        ],
    }


def log_odds(risks: Floats) -> Floats:
    """Risks as log odds, certainty held back a little."""
    inside = np.clip(risks, 1e-6, 1 - 1e-6)
    return np.asarray(np.log(inside / (1 - inside)))


def intervals(
    *, cases: Cases, scored: Sequence[tuple[Floats, Floats]], seed: int
) -> dict[str, list[float] | None]:
    """95 % intervals by drawing people anew, the draws shared out among the repetitions.

    `scored` holds scores and risks, once for each repetition.
    """
    found: dict[str, list[Floats]] = defaultdict(list)
    each = -(-RESAMPLES // len(scored))
    for number, (scores, risks) in enumerate(scored):
        ranking = Ranking(scores=scores, lost=cases.lost)
        distance = (risks - cases.lost) ** 2
        for weights in _draws(cases.person, each, np.random.default_rng([seed, number])):
            pairs, steps = ranking.measure(weights)
            found["auroc"].append(pairs)
            found["average_precision"].append(steps)
            found["brier"].append(weights @ distance / weights.sum(axis=1))
    return {name: _middle(np.concatenate(values)) for name, values in found.items()}


def _draws(person: Ints, draws: int, random: np.random.Generator) -> Iterator[Floats]:
    """Weights of cases, batch by batch: how often their person was drawn."""
    people = int(person.max()) + 1
    for begin in range(0, draws, BATCH):
        counts = random.multinomial(people, np.full(people, 1 / people), min(BATCH, draws - begin))
        yield counts[:, person].astype(float)


def _middle(values: Floats) -> list[float] | None:
    known = values[np.isfinite(values)]
    return [float(edge) for edge in np.quantile(known, [0.025, 0.975])] if len(known) else None


def budget(*, cases: Cases, scores: Floats, seed: int) -> dict[str, object]:
    """What comes of naming 5 of 50 people a week, the highest scores first.

    Precision and recall count each naming of a week. Alerts leave out who was named in the last
    three weeks, and the lowest score there is names nobody. A drop-out is a last contact with
    nothing kept of the next four; it is caught by an alert from three weeks before it to the next
    expectation. The lead is counted to the day on which 14 days without a contact would be full.
    """
    weeks = list(_weeks(cases, scores, seed))
    named = np.concatenate([rows for rows, _ in weeks])
    last = np.concatenate([newest for _, newest in weeks])
    alerts = _alerts(cases, [rows[scores[rows] > scores.min()] for rows, _ in weeks])
    lost = int(cases.lost[last].sum())
    caught = list(_caught(cases, alerts))
    leads = [lead for _, _, lead in caught if lead is not None]
    events = len(caught)
    return {
        "at_5_of_50": {
            "precision": float(cases.lost[named].mean()),
            "recall": float(cases.lost[named].sum() / lost) if lost else None,
        },
        "alerts_per_50_week": OF * sum(map(len, alerts.values())) / len(last),
        "caught": sum(is_caught for is_caught, _, _ in caught) / events if events else None,
        "caught_by_last_contact": sum(early for _, early, _ in caught) / events if events else None,
        "median_lead_days": float(np.median(leads)) if leads else None,
    }


def _weeks(cases: Cases, scores: Floats, seed: int) -> Iterator[tuple[Ints, Ints]]:
    """For each week the rows named, and the newest row of each person; ties are drawn by lot."""
    week = cases.day // WEEK
    lot = np.random.default_rng(seed).random(len(scores))
    # The newest row of each person and week: the last one where rows are in order of time.
    order = np.lexsort((cases.day, cases.person, week))
    is_last = (
        np.r_[np.diff(week[order]) != 0, True] | np.r_[np.diff(cases.person[order]) != 0, True]
    )
    newest = order[is_last]
    for rows in np.split(newest, np.nonzero(np.diff(week[newest]))[0] + 1):
        ranked = rows[np.lexsort((lot[rows], -scores[rows]))]
        yield ranked[: max(1, round(len(rows) * NAMED / OF))], rows


def _alerts(cases: Cases, named: Sequence[Ints]) -> dict[int, list[float]]:
    """The days on which each person was named, with a rest after each."""
    days: defaultdict[int, list[float]] = defaultdict(list)
    for rows in named:
        for row in rows:
            earlier = days[int(cases.person[row])]
            if not earlier or cases.day[row] - earlier[-1] >= REST_DAYS:
                earlier.append(float(cases.day[row]))
    return days


def _caught(
    cases: Cases, alerts: dict[int, list[float]]
) -> Iterator[tuple[bool, bool, float | None]]:
    """Of each drop-out: whether it was caught, whether by the last contact, and the lead in days."""
    for row in np.nonzero(cases.lost & cases.is_contact)[0]:
        day = float(cases.day[row])
        has_next = row + 1 < len(cases.day) and cases.person[row + 1] == cases.person[row]
        end = float(cases.day[row + 1]) if has_next and not cases.is_contact[row + 1] else day
        inside = [
            at for at in alerts.get(int(cases.person[row]), ()) if day - REST_DAYS <= at <= end
        ]
        lead = float(cases.contact_day[row]) + RULE_DAYS - inside[0] if inside else None
        yield bool(inside), bool(inside and inside[0] <= day), lead
