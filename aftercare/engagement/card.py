"""Pure: the score of one person, as the terms that add up to it and what each rests on.

It is measured on public logs (docs/signals.md names the figures): it ranks who falls silent
better than a fixed number of days does. It says nothing about relapse. Whoever turned it off has
no card.
"""

from collections.abc import Callable

from aftercare.engagement import score as model
from aftercare.engagement.facts import Facts

Reason = dict[str, object]
CODES = frozenset(model.TERMS)

# How likely silence is, by the score, for one missed check-in to be watched, and for two to ask for
# a call at any time.
LIKELY = 0.15


def card(facts: Facts) -> tuple[Reason, ...]:
    """The terms of the score that weigh something, the heaviest first, each with its points."""
    if not facts.is_scored:
        return ()
    weights = model.points(model=model.shipped(), pattern=facts.pattern)
    terms = sorted((term for term in weights if weights[term]), key=lambda term: -weights[term])
    return tuple({"code": term, "points": weights[term], **_TOLD[term](facts)} for term in terms)


def score(facts: Facts) -> float:
    """The points of the terms together, in tenths; the order in which people are shown."""
    return round(sum(_points(term) for term in card(facts)), 1)


def is_silence_likely(facts: Facts) -> bool:
    """Whether the risk is above the line of the program, which its own outcomes may have moved."""
    line = score(facts) - facts.offset
    return facts.is_scored and model.risk(model=model.shipped(), score=line) >= LIKELY


def _points(reason: Reason) -> float:
    points = reason["points"]
    assert isinstance(points, int | float)  # noqa: S101 - each reason below says its points
    return points


# What a term of the score tells besides its points.


def _tell_missed(facts: Facts) -> Reason:
    return {"missed": facts.pattern.missed_of_last, "total": facts.pattern.of_last}


def _tell_attendance(facts: Facts) -> Reason:
    return {"kept": facts.pattern.kept, "total": facts.pattern.total}


def _tell_return(facts: Facts) -> Reason:
    return {"times": facts.pattern.returns}


def _tell_gap(facts: Facts) -> Reason:
    return {"missed": facts.pattern.longest_gap}


def _tell_little(facts: Facts) -> Reason:
    return {"total": facts.pattern.total}


def _tell_use(facts: Facts) -> Reason:
    return {"told": facts.pattern.use_told, "total": facts.pattern.use_asked}


def _tell_nothing_more(facts: Facts) -> Reason:
    return {}


_TOLD: dict[str, Callable[[Facts], Reason]] = {
    "missed_of_last": _tell_missed,
    "attendance": _tell_attendance,
    "came_back": _tell_return,
    "long_gap": _tell_gap,
    "little_known": _tell_little,
    "use_told": _tell_use,
    "late": _tell_nothing_more,
    "ahead": _tell_nothing_more,
}
