"""Pure: the score. An additive model: each term is a sum of curves over one number each, in points.

A point doubles the odds that somebody keeps none of the next four things due. Somebody who has
kept everything for long, on time, has none. `manage.py fit_signals` writes the curves.
"""

import json
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from operator import attrgetter
from pathlib import Path

from aftercare.engagement.pattern import Pattern

FILE = Path(__file__).with_name("score.json")
# Whom the shipped score was fitted on, as hashed ids, one a line.
PEOPLE = Path(__file__).with_name("score_people.txt")

# The terms, each with the numbers it is made of; of each number which way it may move the score (1
# up, -1 down), and where its curve may bend. Outside its first and last bend a curve is level, so
# that nothing unheard of weighs more than what was seen.
TERMS: Mapping[str, Mapping[str, tuple[int, tuple[float, ...]]]] = {
    "missed_of_last": {"silent": (1, (0, 1, 3))},
    "attendance": {
        "lately": (-1, (0.3, 0.6, 0.8, 1)),
        "steadily": (-1, (0.5, 0.7, 0.85, 1)),
    },
    "came_back": {"returns": (-1, (0, 1, 3, 6))},
    "long_gap": {"longest_gap": (1, (0, 1, 2, 4))},
    "little_known": {"total": (-1, (1, 3, 7, 24))},
    "use_told": {"use_last": (1, (0, 1)), "use_lately": (1, (0, 0.3, 1))},
    "late": {
        "wait_last": (1, (0, 0.5, 0.9, 1)),
        "wait_usual": (1, (0, 0.5, 0.9, 1)),
    },
    "ahead": {"ahead_usual": (1, (0, 1, 3))},
}
PARTS = tuple(part for parts in TERMS.values() for part in parts)

values = attrgetter(*PARTS)

Curve = tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """`start` are the points of the odds of somebody steady; a curve is (number, points) pairs."""

    start: float
    curves: Mapping[str, Mapping[str, Curve]]


def points(*, model: Model, pattern: Pattern) -> dict[str, float]:
    """What each term weighs, in tenths of a point; together they are the score."""
    return {
        term: round(sum(_height(curve, getattr(pattern, part)) for part, curve in parts.items()), 1)
        for term, parts in model.curves.items()
    }


def risk(*, model: Model, score: float) -> float:
    """How likely (0 to 1) somebody with so many points keeps none of the next four things due."""
    return 1 / (1 + 2 ** -(model.start + score))


def read(*, path: Path = FILE) -> Model:
    """The model as fitted and shipped. Raises ValueError where the file has other terms than this."""
    kept = json.loads(path.read_text(encoding="utf-8"))
    curves = {
        term: {part: tuple((x, y) for x, y in curve) for part, curve in parts.items()}
        for term, parts in kept["terms"].items()
    }
    if {term: [*parts] for term, parts in curves.items()} != {
        term: [*parts] for term, parts in TERMS.items()
    }:
        raise ValueError(f"{path.name} has other terms than the score; fit it anew.")
    return Model(start=kept["start"], curves=curves)


@cache
def shipped() -> Model:
    """The model in use, read once."""
    return read()


def hashed(name: str) -> str:
    """A person's id in a log as it is kept with the score: 16 digits of its SHA-256."""
    return sha256(name.encode()).hexdigest()[:16]


def is_fitted_on(name: str) -> bool:
    """Whether the shipped score has seen this person of a log, and so cannot be judged by them."""
    return hashed(name) in _people()


@cache
def _people() -> frozenset[str]:
    return frozenset(PEOPLE.read_text(encoding="utf-8").split())


def _height(curve: Curve, x: float) -> float:
    """The curve at x: straight between its bends, level outside."""
    after = bisect_right(curve, x, key=_x)
    if after == 0:
        return curve[0][1]
    if after == len(curve):
        return curve[-1][1]
    (x0, y0), (x1, y1) = curve[after - 1], curve[after]
    return y0 + (y1 - y0) * (x - x0) / (x1 - x0)


def _x(bend: tuple[float, float]) -> float:
    return bend[0]
