"""Pure: how long people stay, and how long things take, where some have not ended yet.

The share still there is that of Kaplan & Meier (1958), its variance Greenwood's (1926). The interval
of 95 % is taken on the scale of log(-log) (Kalbfleisch & Prentice 1980), so that it stays between 0
and 1 and is fair where few are left.
"""

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import ceil, exp, inf, log, sqrt

# The normal distribution's quantile for 95 %, both sides.
Z = 1.959963984540054

# So long it went, and whether it ended then or was only seen so far.
Span = tuple[int, bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Where the curve drops: so many were there until then, so many ended, and the share that is left."""

    after: int
    at_risk: int
    ended: int
    share: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Curve:
    """The steps in order, and how long each one was seen, the shortest first."""

    steps: tuple[Step, ...]
    seen: tuple[int, ...]

    def at(self, after: int) -> Step | None:
        """The step in force after so long; None before the first one."""
        place = bisect_right(self.steps, after, key=lambda step: step.after)
        return self.steps[place - 1] if place else None

    def at_risk(self, after: int) -> int:
        """How many were seen at least so long."""
        return len(self.seen) - bisect_left(self.seen, after)

    def ended(self, after: int) -> int:
        """How many had ended by then."""
        return sum(step.ended for step in self.steps if step.after <= after)


def of(*, spans: Iterable[Span]) -> Curve:
    """The curve of a group; times are whole numbers of any one unit."""
    known = list(spans)
    steps: list[Step] = []
    spread = 0.0
    for after, at_risk, ended, share in _falls(known):
        spread += ended / (at_risk * (at_risk - ended)) if at_risk > ended else inf
        low, high = _interval(share, spread) if share > 0 else (0.0, _highest(steps))
        steps.append(
            Step(after=after, at_risk=at_risk, ended=ended, share=share, low=low, high=high)
        )
    return Curve(tuple(steps), tuple(sorted(after for after, _ in known)))


def quantiles(*, spans: Sequence[Span], shares: Sequence[float]) -> list[int | None]:
    """After how long so much has ended (0.5 is half), the least first; None where that has not been seen."""
    if spans and all(has_ended for _, has_ended in spans):
        # Then so many of so many are left after each, and the curve need not be drawn.
        seen = sorted(after for after, _ in spans)
        return [seen[max(ceil(share * len(seen) - 1e-9), 1) - 1] for share in shares]
    falls = _falls(spans)
    found: list[int | None] = []
    after, left = None, 1.0
    for share in shares:
        while left > 1 - share + 1e-12:
            after, _, _, left = next(falls, (None, 0, 0, 0.0))
        found.append(after)
    return found


def _falls(spans: Sequence[Span]) -> Iterator[tuple[int, int, int, float]]:
    """Each time at which some ended: how many were there until then, how many ended, what share is left."""
    ends = Counter(after for after, has_ended in spans if has_ended)
    seen = sorted(after for after, _ in spans)
    share = 1.0
    for after in sorted(ends):
        at_risk, ended = len(seen) - bisect_left(seen, after), ends[after]
        share *= 1 - ended / at_risk
        yield after, at_risk, ended, share


def _interval(share: float, spread: float) -> tuple[float, float]:
    width = Z * sqrt(spread) / abs(log(share))
    return share ** exp(width), share ** exp(-width)


def _highest(steps: list[Step]) -> float:
    """Where nobody is left the formula has no answer, and the last bound it gave still holds."""
    return steps[-1].high if steps else 1.0
