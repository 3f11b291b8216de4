"""Fits the score to what became of people: logistic regression over curves that go one way only."""

import os
from itertools import pairwise

# Many small sums: a second thread costs more than it brings, and on a busy machine far more. This
# has to be said before the libraries are loaded.
for _library in ("OMP", "OPENBLAS", "MKL"):
    os.environ.setdefault(f"{_library}_NUM_THREADS", "1")

import numpy as np  # noqa: E402
from numpy.typing import NDArray  # noqa: E402

from aftercare.engagement.score import TERMS, Curve, Model  # noqa: E402

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

# How strongly a curve is held to being level, on columns of spread 1; a third or three times as
# much changes nothing in the second digit.
RIDGE = 10.0
STEPS = 100
# Fitted figures are kept to a thousandth of a point, which no rounding of another machine reaches.
DIGITS = 3
_SHAPES = [shape for parts in TERMS.values() for shape in parts.values()]


def fit(
    *, numbers: Floats, lost: Bools, weights: Floats | None = None, logs: Floats | None = None
) -> Model:
    """The model of rows (numbers in the order of score.PARTS) of which some were lost.

    With `logs` (0 for the first log, 1 and so on) each log has a level of its own, the curves are
    shared, and the model has the level of the first. Raises ValueError where all or none were lost.
    """
    if lost.all() or not lost.any():
        raise ValueError("Only one thing ever happened, so there is nothing to tell apart.")
    weight = np.ones(len(lost)) if weights is None else weights
    levels = _levels(np.zeros(len(lost)) if logs is None else logs)
    columns, signs = _stretches(numbers)
    spread = _spread(columns, weight)
    found = _logistic(
        design=np.column_stack([levels, columns / spread]),
        lost=lost.astype(float),
        weight=weight,
        held=np.r_[np.zeros(levels.shape[1]), np.full(len(signs), RIDGE)],
        signs=np.r_[np.zeros(levels.shape[1]), signs],
    )
    return _model(start=found[0], slopes=found[levels.shape[1] :] / spread)


def risks(*, model: Model, numbers: Floats) -> Floats:
    """How likely each row is lost, 0 to 1, without rounding its points."""
    points = np.full(len(numbers), model.start)
    curves = [curve for parts in model.curves.values() for curve in parts.values()]
    for index, curve in enumerate(curves):
        xs, ys = zip(*curve, strict=True)
        points += np.interp(numbers[:, index], xs, ys)
    return np.asarray(1 / (1 + 2**-points))


def line(*, scores: Floats, lost: Bools) -> tuple[float, float]:
    """Intercept and slope of the log odds of being lost over one score."""
    spread = float(scores.std()) or 1.0
    middle = float(scores.mean())
    found = _logistic(
        design=np.column_stack([np.ones(len(lost)), (scores - middle) / spread]),
        lost=lost.astype(float),
        weight=np.ones(len(lost)),
        held=np.array([0.0, 1e-3]),
        signs=np.zeros(2),
    )
    slope = float(found[1]) / spread
    return float(found[0]) - slope * middle, slope


def _levels(logs: Floats) -> Floats:
    return np.column_stack([np.ones(len(logs)), *(logs == one for one in np.unique(logs)[1:])])


def _spread(columns: Floats, weight: Floats) -> Floats:
    middle = np.average(columns, axis=0, weights=weight)
    spread = np.sqrt(np.average((columns - middle) ** 2, axis=0, weights=weight))
    # What never changes tells nothing, and so large a spread keeps its curve level.
    return np.where(spread < 1e-9, 1e9, spread)


def _stretches(numbers: Floats) -> tuple[Floats, Floats]:
    """For each stretch between two bends how far a number came on it, and which way it may move."""
    columns, signs = [], []
    for index, (sign, bends) in enumerate(_SHAPES):
        for low, high in pairwise(bends):
            columns.append(np.clip(numbers[:, index], low, high) - low)
            signs.append(sign)
    return np.column_stack(columns), np.array(signs, dtype=float)


def _logistic(
    *, design: Floats, lost: Floats, weight: Floats, held: Floats, signs: Floats
) -> Floats:
    """Coefficients by Newton's method, each step halved until it helps.

    A coefficient with a sign never crosses zero: at zero it stays out of the step unless the slope
    leads to its side.
    """
    share = float(np.average(lost, weights=weight))
    found = np.zeros(design.shape[1])
    found[0] = np.log(share / (1 - share))

    def cost(at: Floats) -> float:
        height = design @ at
        return float(weight @ (np.logaddexp(0, height) - lost * height) + held @ at**2 / 2)

    best = cost(found)
    for _ in range(STEPS):
        risk = 1 / (1 + np.exp(-(design @ found)))
        uphill = design.T @ (weight * (lost - risk)) - held * found
        free = (signs == 0) | (found * signs > 0) | (uphill * signs > 0)
        inside = design[:, free]
        bend = (inside.T * (weight * risk * (1 - risk))) @ inside + np.diag(held[free] + 1e-9)
        step = np.zeros(len(found))
        step[free] = np.linalg.solve(bend, uphill[free])
        following, reached = _walk(found, step, signs), np.inf
        for _ in range(STEPS):
            reached = cost(following)
            if reached <= best:
                break
            step /= 2
            following = _walk(found, step, signs)
        if reached > best - 1e-10 * len(lost):
            break
        found, best = following, reached
    return found


def _walk(found: Floats, step: Floats, signs: Floats) -> Floats:
    ahead = found + step
    return np.where(ahead * signs < 0, 0.0, ahead)


def _model(*, start: float, slopes: Floats) -> Model:
    """Slopes of stretches, as points at the bends; the side of least risk of a curve has none.

    What somebody has who kept everything on time is that side, but for those who came back.
    """
    curves: dict[str, dict[str, Curve]] = {}
    taken = 0
    for term, parts in TERMS.items():
        curves[term] = {}
        for part, (_, bends) in parts.items():
            own = slopes[taken : taken + len(bends) - 1] * np.diff(bends)
            taken += len(own)
            heights = np.concatenate([[0.0], np.cumsum(own)])
            level = 0.0 if bends[0] == 0 else heights[-1]
            start += level
            curves[term][part] = tuple(
                (bend, _in_points(height - level))
                for bend, height in zip(bends, heights, strict=True)
            )
    return Model(start=_in_points(start), curves=curves)


def _in_points(log_odds: float) -> float:
    """Log odds as points of which each doubles the odds; no negative zero in the file."""
    return round(float(log_odds / np.log(2)), DIGITS) + 0.0
