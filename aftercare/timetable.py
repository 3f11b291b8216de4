"""The fixed schedules of the background jobs: a table, and the rows kept the same as the table.

Django-q drifts over daylight saving and one row with broken arguments starves all others, so people's
wall-clock times are never schedules: they are rows that the tick finds.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django_q.models import Schedule

# By this our schedules are told apart from an operator's own.
PREFIX = "portal: "
# The job that time itself runs on; all others can wait for their hour.
TICK = "tick"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One job without arguments and how often it runs."""

    name: str
    job: str
    every: str
    minutes: int | None = None

    @property
    def row(self) -> dict[str, object]:
        """The columns that make up this entry; all others are at rest."""
        return {
            "func": self.job,
            "schedule_type": self.every,
            "minutes": self.minutes,
            "repeats": -1,
            "args": None,
            "kwargs": None,
            "hook": None,
            "cron": None,
            "cluster": None,
            "intended_date_kwarg": None,
        }


TABLE = (
    Entry(name=TICK, job="aftercare.jobs.keep_ticking", every=Schedule.MINUTES, minutes=1),
    Entry(name="feeds", job="aftercare.jobs.refresh_feeds", every=Schedule.HOURLY),
    Entry(name="sweep", job="aftercare.jobs.sweep", every=Schedule.HOURLY),
    Entry(name="tidy", job="aftercare.jobs.tidy", every=Schedule.DAILY),
)


@transaction.atomic
def sync(*, at: datetime) -> list[str]:
    """Make the schedules what the table says; returns what was mended, one line each."""
    mended = [line for entry in TABLE for line in _mend(entry, at)]
    known = [PREFIX + entry.name for entry in TABLE]
    for row in Schedule.objects.filter(name__startswith=PREFIX).exclude(name__in=known):
        mended.append(f"removed {row.name}")
        row.delete()
    return mended


def _mend(entry: Entry, at: datetime) -> list[str]:
    name = PREFIX + entry.name
    row, *others = Schedule.objects.filter(name=name).order_by("pk") or [None]
    for other in others:
        other.delete()
    lines = [f"removed a second {name}" for _ in others]
    if row is None:
        Schedule.objects.create(name=name, next_run=at, **entry.row)
        return [*lines, f"added {name}"]
    drifted = [field for field, value in entry.row.items() if getattr(row, field) != value]
    if row.next_run is None:
        drifted.append("next_run")
        row.next_run = at
    if drifted:
        for field, value in entry.row.items():
            setattr(row, field, value)
        row.save()
        lines.append(f"mended {name}: {', '.join(drifted)}")
    return lines
