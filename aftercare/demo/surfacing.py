"""When made-up people came before their counselor, beside a rule of fourteen silent days; the demo prints it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from aftercare.demo.people import MadeUpGraduate, Manner
from aftercare.engagement import facts, histories, rules
from aftercare.engagement.facts import Facts
from aftercare.engagement.history import History
from aftercare.engagement.rules import Band
from aftercare.models import Graduate

DAY = timedelta(days=1)
SILENT_DAYS = 14 * DAY
SHOWN = (Manner.STEADY, Manner.DRIFTING, Manner.RECOVERING, Manner.SILENT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One manner of life: how many live so, how many of them a counselor was asked to call, and how many
    fourteen silent days would have named; `days_ahead` is the median where both spoke, else None.
    """

    manner: Manner
    people: int
    surfaced: int
    by_silence: int
    days_ahead: float | None


def table(*, people: dict[int, MadeUpGraduate], start: datetime, end: datetime) -> Sequence[Line]:
    """The lines of SHOWN; `people` are by graduate id. Every day between is looked at as it was then."""
    graduates = list(Graduate.objects.filter(pk__in=people).order_by("pk"))
    known = histories.load(graduates=graduates, at=end)
    days = [start + number * DAY for number in range((end - start) // DAY + 1)]
    first = {one.pk: _first_days(known[one.pk], days) for one in graduates}
    return [
        _line(manner, [first[pk] for pk in first if people[pk].manner is manner])
        for manner in SHOWN
    ]


def _first_days(
    history: History, days: Iterable[datetime]
) -> tuple[datetime | None, datetime | None]:
    """The first day on which the rules asked for a call, and on which two weeks were silent."""
    ours = theirs = None
    for day in days:
        seen = facts.at(history=history, at=day)
        ours = ours or (day if _asks_for_a_call(seen) else None)
        theirs = theirs or (day if _is_long_silent(seen) else None)
        if ours and theirs:
            break
    return ours, theirs


def _asks_for_a_call(seen: Facts) -> bool:
    return any(one.band in (Band.REACH_OUT, Band.LOST_CONTACT) for one in rules.findings(seen))


def _is_long_silent(seen: Facts) -> bool:
    since = seen.silence.since
    return since is not None and seen.silence.unanswered > 0 and seen.at - since >= SILENT_DAYS


def _line(manner: Manner, firsts: Sequence[tuple[datetime | None, datetime | None]]) -> Line:
    ahead = [(theirs - ours) / DAY for ours, theirs in firsts if ours and theirs]
    return Line(
        manner=manner,
        people=len(firsts),
        surfaced=sum(ours is not None for ours, _ in firsts),
        by_silence=sum(theirs is not None for _, theirs in firsts),
        days_ahead=median(ahead) if ahead else None,
    )


def words(lines: Sequence[Line]) -> str:
    """The table as the terminal shows it."""
    rows = [("", "people", "call asked for", "14 silent days", "days ahead")]
    for one in lines:
        ahead = "" if one.days_ahead is None else f"{one.days_ahead:+.0f}"
        counts = (str(one.people), str(one.surfaced), str(one.by_silence), ahead)
        rows.append((str(one.manner), *counts))
    return "\n".join("  {:<12}{:>8}{:>16}{:>16}{:>12}".format(*row) for row in rows)
