"""Pure: the shapes of figures."""

from collections.abc import Iterable
from dataclasses import dataclass

from aftercare.report import curve
from aftercare.report.curve import Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """So many of so many."""

    part: int
    whole: int

    @property
    def rest(self) -> int:
        """Those of the whole that are not of the part."""
        return self.whole - self.part

    @property
    def percent(self) -> int | None:
        """In whole percent; None where there is nothing to count."""
        return round(100 * self.part / self.whole) if self.whole else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Waits:
    """How long something took, in seconds: half ended within `middle`, 95 in a hundred within `most`.

    `began` of them there were and `ended` have ended; None where so many have not ended yet.
    """

    began: int
    ended: int
    middle: int | None
    most: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What became of one score from its first time to its newest, for those who have both."""

    people: int
    mean: float
    improved: int
    worsened: int

    @property
    def same(self) -> int:
        """Those who moved too little to say."""
        return self.people - self.improved - self.worsened


def share(*, yes: Iterable[bool]) -> Share:
    """How many of some claims hold."""
    found = list(yes)
    return Share(part=sum(found), whole=len(found))


def waits(*, spans: Iterable[Span]) -> Waits:
    """How long some took, what has not ended counted for as long as it was seen."""
    found = list(spans)
    middle, most = curve.quantiles(spans=found, shares=(0.5, 0.95))
    return Waits(
        began=len(found),
        ended=sum(has_ended for _, has_ended in found),
        middle=middle,
        most=most,
    )
