"""Pure: how somebody kept what was due, in numbers that mean the same at any cadence.

Everything is counted in expectations, or measured against the person's own pace, so that a weekly
visit, a monthly check-in and three meetings a week are told by the same terms.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from aftercare.engagement.history import Due

# Weight of the newest expectation in the running attendance, begun at 1 (all kept): the quick one
# forgets half within two expectations, the slow one within seven.
QUICK, SLOW = 0.3, 0.1
# How many of the newest expectations "of the last 4" looks at.
LAST = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """The numbers the score is made of, as known at one instant.

    `lately` and `steadily` run from 1 (all kept) to 0, `use_lately` from 0 to 1; a wait is the share
    of the time to answer that went by, and `ahead_usual` how many such times before it was asked
    something was usually done, which is no word of today; `silent` counts usual gaps between two things due, from the
    last one kept to the newest one due. `returns` are gaps that ended, and `longest_gap` the longest
    of these in expectations.
    """

    total: int = 0
    kept: int = 0
    missed_in_a_row: int = 0
    missed_of_last: int = 0
    of_last: int = 0
    silent: float = 0.0
    lately: float = 1.0
    steadily: float = 1.0
    returns: int = 0
    longest_gap: int = 0
    use_told: int = 0
    use_asked: int = 0
    use_last: int = 0
    use_lately: float = 0.0
    wait_last: float = 0.0
    wait_usual: float = 0.0
    ahead_usual: float = 0.0


NOTHING_DUE = Pattern()


def of(*, counted: Sequence[Due]) -> Pattern:
    """The pattern of what was kept or missed, in the order in which it fell due."""
    kept = [due for due in counted if due.came]
    last = counted[-LAST:]
    quick = slow = 1.0
    gaps: list[int] = []
    gap = 0
    for due in counted:
        came = due.came
        quick += QUICK * (came - quick)
        slow += SLOW * (came - slow)
        if not came:
            gap += 1
        elif gap:
            gaps.append(gap)
            gap = 0
    waits = [_wait(due) for due in kept if due.is_check_in and due.answered_at is not None]
    usual = median(waits) if waits else 0.0
    told = [due.reported_use for due in kept if due.reported_use is not None]
    return Pattern(
        total=len(counted),
        kept=len(kept),
        missed_in_a_row=gap,
        missed_of_last=sum(not due.came for due in last),
        of_last=len(last),
        silent=_silent(counted, kept) if gap else 0.0,
        lately=quick,
        steadily=slow,
        returns=len(gaps),
        longest_gap=max(gaps, default=0),
        use_told=sum(told),
        use_asked=len(told),
        use_last=int(told[-1]) if told else 0,
        use_lately=_lately(told),
        wait_last=waits[-1] if waits else 0.0,
        wait_usual=usual,
        ahead_usual=max(0.0, -usual),
    )


def _lately(told: Sequence[bool]) -> float:
    value = 0.0
    for one in told:
        value += QUICK * (one - value)
    return value


def _wait(due: Due) -> float:
    """The share of the time to answer that went by; beyond 1 it was late, below 0 it came ahead."""
    window = (due.due_at - due.opened_at).total_seconds()
    if window <= 0 or due.answered_at is None:
        return 0.0
    return (due.answered_at - due.opened_at).total_seconds() / window


def _silent(counted: Sequence[Due], kept: Sequence[Due]) -> float:
    """How many usual gaps lie between the last one kept (or the first of all) and the newest."""
    ends = [due.due_at for due in counted]
    steps = [(after - before).total_seconds() for before, after in pairwise(ends)]
    usual = median(steps) if steps else 0.0
    since = kept[-1].due_at if kept else ends[0]
    return (ends[-1] - since).total_seconds() / usual if usual > 0 else 0.0
