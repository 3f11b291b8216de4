"""When made-up people came before their counselor, beside a rule of fourteen silent days; the demo prints it."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from statistics import median

from aftercare.demo.people import MadeUpGraduate, Manner
from aftercare.engagement import facts, histories, rules
from aftercare.engagement.facts import Facts
from aftercare.engagement.history import History
from aftercare.engagement.rules import Band, Finding
from aftercare.models import DisengagementSignal, Graduate

DAY = timedelta(days=1)
SILENT_DAYS = 14 * DAY
SHOWN = (Manner.STEADY, Manner.DRIFTING, Manner.RECOVERING, Manner.SILENT)
_CALL = (Band.REACH_OUT, Band.LOST_CONTACT)


@dataclass(frozen=True, slots=True, kw_only=True)
class First:
    """One person: the day a call was asked for and for what, and the day the fixed rule spoke."""

    ours: datetime | None
    kind: str
    theirs: datetime | None

    @property
    def days_ahead(self) -> float | None:
        """How many days we were first; below 0 the rule was. None where one of the two was silent."""
        return (self.theirs - self.ours) / DAY if self.ours and self.theirs else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One manner of life: how many live so, how many of them a counselor was asked to call, and how many
    fourteen silent days would have named. The days ahead are the median and the least where both
    spoke, else None; `why` are the kinds of signals that came first, the most frequent first.
    """

    manner: Manner
    people: int
    surfaced: int
    by_silence: int
    days_ahead: float | None
    least_ahead: float | None
    why: tuple[tuple[str, int], ...]


def table(*, people: dict[int, MadeUpGraduate], start: datetime, end: datetime) -> Sequence[Line]:
    """The lines of SHOWN; `people` are by graduate id. Every day between is looked at as it was then."""
    graduates = list(Graduate.objects.filter(pk__in=people).order_by("pk"))
    known = histories.load(graduates=graduates, at=end)
    days = [start + number * DAY for number in range((end - start) // DAY + 1)]
    first = {one.pk: _first(known[one.pk], days) for one in graduates}
    return [
        _line(manner, [first[pk] for pk in first if people[pk].manner is manner])
        for manner in SHOWN
    ]


def _first(history: History, days: Iterable[datetime]) -> First:
    # The fixed rule stands alone: no counselor has called, for nobody was named by us.
    alone = replace(history, reached_at=())
    ours: tuple[datetime, Finding] | None = None
    theirs: datetime | None = None
    for day in days:
        asking = _asking(facts.at(history=history, at=day)) if ours is None else None
        ours = (day, asking) if asking else ours
        if theirs is None and _is_long_silent(facts.at(history=alone, at=day)):
            theirs = day
        if ours and theirs:
            break
    return First(
        ours=ours[0] if ours else None, kind=str(ours[1].kind) if ours else "", theirs=theirs
    )


def _asking(seen: Facts) -> Finding | None:
    """The heaviest finding that asks for a call."""
    found = [one for one in rules.findings(seen) if one.band in _CALL]
    return max(found, key=lambda one: one.points, default=None)


def _is_long_silent(seen: Facts) -> bool:
    since = seen.silence.since
    return since is not None and seen.silence.unanswered > 0 and seen.at - since >= SILENT_DAYS


def _line(manner: Manner, firsts: Sequence[First]) -> Line:
    ahead = [one.days_ahead for one in firsts if one.days_ahead is not None]
    return Line(
        manner=manner,
        people=len(firsts),
        surfaced=sum(one.ours is not None for one in firsts),
        by_silence=sum(one.theirs is not None for one in firsts),
        days_ahead=median(ahead) if ahead else None,
        least_ahead=min(ahead, default=None),
        why=tuple(Counter(one.kind for one in firsts if one.ours).most_common()),
    )


def words(lines: Sequence[Line]) -> str:
    """The table as the terminal shows it."""
    rows = [("", "people", "call asked for", "14 silent days", "days ahead", "at least", "because")]
    for one in lines:
        counts = (str(one.people), str(one.surfaced), str(one.by_silence))
        rows.append(
            (str(one.manner), *counts, _days(one.days_ahead), _days(one.least_ahead), _why(one))
        )
    return "\n".join("  {:<12}{:>8}{:>16}{:>16}{:>12}{:>10}  {}".format(*row) for row in rows)


def _days(ahead: float | None) -> str:
    return "" if ahead is None else f"{ahead:+.0f}"


def _why(line: Line) -> str:
    labels = dict(DisengagementSignal.Kind.choices)
    return ", ".join(f"{labels[kind]} {count}" for kind, count in line.why)
