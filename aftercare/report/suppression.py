"""Pure: which cells of a table may leave the house, and which would tell too much of too few.

A cell under LEAST is hidden (the rule of the Centers for Medicare & Medicaid Services for what is
published: no cell under 11, and nothing from which one can be worked out). So are the two sides of
a share: 55 of 60 tells of the five others. Where a sum is shown, further cells are hidden until at
least two are, and those together count LEAST or more, so that taking the shown from the sum leaves
nothing small.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from aftercare.report.figures import Share

LEAST = 11


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A share as it may be shared: None is hidden.

    Where only one side is small, the percent is a bound: `at_least` or `at_most`. Among groups there
    is none, for it would tell which of them are small and which were hidden for their sake.
    """

    part: int | None
    whole: int | None
    at_least: int | None = None
    at_most: int | None = None

    @property
    def percent(self) -> int | None:
        """In whole percent, where both are shown and there is something to count."""
        if self.part is None or not self.whole:
            return None
        return round(100 * self.part / self.whole)


HIDDEN = Cell(part=None, whole=None)


def hide(
    *, counts: Sequence[int], order: Sequence[int], hidden: Collection[int] = ()
) -> frozenset[int]:
    """The places to hide in a list whose sum is shown; `hidden` are hidden anyway.

    Further ones are taken in `order`, which should be the same for all lists of a table: what is
    hidden in one list must not be told by another.
    """
    small = {place for place, count in enumerate(counts) if count < LEAST}
    return frozenset(_cover(counts, order, small | set(hidden)))


def _cover(counts: Sequence[int], order: Sequence[int], found: Collection[int]) -> set[int]:
    """Hide further places until there are two, and those hidden count LEAST together."""
    taken = set(found)
    for place in order:
        if not taken or (len(taken) > 1 and sum(counts[one] for one in taken) >= LEAST):
            break
        taken.add(place)
    return taken


def cells(
    *, shares: Sequence[Share], order: Sequence[int], hidden: Collection[int] = ()
) -> tuple[Cell, ...]:
    """The shares of the parts of a group, of which the sum is shown, too; `hidden` are hidden whole."""
    gone = hide(counts=[one.whole for one in shares], order=order, hidden=hidden)
    blurred = {place for place, one in enumerate(shares) if min(one.part, one.rest) < LEAST} | gone
    for side in ([one.part for one in shares], [one.rest for one in shares]):
        blurred = _cover(side, order, blurred)
    return tuple(
        HIDDEN
        if place in gone
        else Cell(part=None if place in blurred else one.part, whole=one.whole)
        for place, one in enumerate(shares)
    )


def cell(*, share: Share) -> Cell:
    """A share that is no part of another; a bound tells of its small side no more than that it is small."""
    if share.whole < LEAST:
        return HIDDEN
    if min(share.part, share.rest) >= LEAST:
        return Cell(part=share.part, whole=share.whole)
    most = LEAST - 1
    if share.whole >= 2 * LEAST and share.rest < LEAST:
        bound = 100 * (share.whole - most) // share.whole
        return Cell(part=None, whole=share.whole, at_least=bound)
    if share.whole >= 2 * LEAST:
        return Cell(part=None, whole=share.whole, at_most=-(-100 * most // share.whole))
    return Cell(part=None, whole=share.whole)
