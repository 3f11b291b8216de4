"""Figures of one program over a period; what each counts is said beside it on the page."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import median
from zoneinfo import ZoneInfo

from django.db.models import Count, QuerySet
from django.db.models.functions import Coalesce

from aftercare.cadence import working_day_later
from aftercare.engagement import wording
from aftercare.models import CheckIn, Contact, DisengagementSignal, Expectation, Graduate, Outreach
from notifications.models import Program, Sender

PERIODS = (30, 90)
# So many in a hundred answers are to be read within one working day.
READ_AIM = 95
Outcome = Expectation.Outcome


@dataclass(frozen=True, kw_only=True)
class Share:
    """So many of so many."""

    part: int
    whole: int

    @property
    def percent(self) -> int | None:
        """In whole percent; None where there is nothing to count."""
        return round(100 * self.part / self.whole) if self.whole else None


@dataclass(frozen=True, kw_only=True)
class Tally:
    """How many there are of one kind."""

    title: str
    count: int


@dataclass(frozen=True, kw_only=True)
class Report:
    """Everything the page shows; `weeks` are the reply rate in percent by the week's first day."""

    program: Program
    days: int
    first_on: date
    last_on: date
    active: int
    paused: int
    replies: Share
    answer_time: str
    read: Share
    opted_out: int
    unreachable: int
    signals: tuple[Tally, ...]
    outreach: tuple[Tally, ...]
    weeks: tuple[tuple[date, float | None], ...]

    @property
    def is_read_in_time(self) -> bool:
        """Whether the aim for reading answers is met; so it is where there was nothing to read."""
        return self.read.percent is None or self.read.percent >= READ_AIM


def read(*, program: Program, at: datetime, days: int) -> Report:
    """The figures of the `days` up to an instant; a constant number of queries."""
    start = at - timedelta(days=days)
    asked = _asked(program, start, at)
    zone = ZoneInfo(program.time_zone)
    people = dict(
        Graduate.objects.filter(program=program).values_list("status").annotate(n=Count("pk"))
    )
    return Report(
        program=program,
        days=days,
        first_on=start.astimezone(zone).date(),
        last_on=at.astimezone(zone).date(),
        active=people.get(Graduate.Status.ACTIVE, 0),
        paused=people.get(Graduate.Status.PAUSED, 0),
        replies=_replies(asked),
        answer_time=_answer_time(asked),
        read=_read(program, start, at),
        opted_out=_phones(program).filter(address__opted_out_at__isnull=False).count(),
        unreachable=_phones(program).filter(address__unreachable_at__isnull=False).count(),
        signals=_signals(program),
        outreach=_outreach(program, start, at),
        weeks=_weeks(asked, at, days, zone),
    )


@dataclass(frozen=True)
class _Asked:
    """One check-in whose window ended in the period and that was answered, or was not."""

    opened_at: datetime
    due_at: datetime
    came: bool
    answered_at: datetime | None


def _asked(program: Program, start: datetime, at: datetime) -> list[_Asked]:
    """Only what was answered or missed counts: what was excused or never arrived was no question."""
    rows = Expectation.objects.filter(
        graduate__program=program,
        kind=Expectation.Kind.CHECK_IN,
        due_at__gt=start,
        due_at__lte=at,
        outcome__in=[*Expectation.CAME, Outcome.MISSED],
    ).values_list("opened_at", "due_at", "outcome", "answered_at")
    return [
        _Asked(opened_at, due_at, outcome in Expectation.CAME, answered_at)
        for opened_at, due_at, outcome, answered_at in rows
    ]


def _replies(asked: Iterable[_Asked]) -> Share:
    rows = list(asked)
    return Share(part=sum(one.came for one in rows), whole=len(rows))


def _answer_time(asked: Iterable[_Asked]) -> str:
    """The median time from question to answer, in words; empty where nobody answered."""
    waits = [
        (one.answered_at - one.opened_at).total_seconds()
        for one in asked
        if one.came and one.answered_at is not None
    ]
    return wording.duration(round(median(waits))) if waits else ""


def _read(program: Program, start: datetime, at: datetime) -> Share:
    """Answers that a person read within one working day; what may still be read in time is left out."""
    answered = CheckIn.objects.filter(
        graduate__program=program, first_answer_at__gt=start, first_answer_at__lte=at
    ).annotate(came_at=Coalesce("finished_at", "first_answer_at"))
    hours, zone = program.staffed_hours, ZoneInfo(program.time_zone)
    part = whole = 0
    for came_at, read_at in answered.values_list("came_at", "read_at"):
        by = working_day_later(at=came_at, hours=hours, zone=zone)
        in_time = read_at is not None and read_at <= by
        part += in_time
        whole += in_time or by <= at
    return Share(part=part, whole=whole)


def _phones(program: Program) -> "QuerySet[Contact]":
    return Contact.objects.filter(
        graduate__program=program,
        graduate__status__in=Graduate.REACHED,
        until__isnull=True,
        address__channel=Sender.Channel.SMS,
    )


def _signals(program: Program) -> tuple[Tally, ...]:
    """What is open now, the most frequent first."""
    rows = (
        DisengagementSignal.objects.filter(graduate__program=program)
        .exclude(state=DisengagementSignal.State.CLOSED)
        .values_list("kind")
        .annotate(n=Count("pk"))
        .order_by()
    )
    return _tallies(rows, dict(DisengagementSignal.Kind.choices))


def _outreach(program: Program, start: datetime, at: datetime) -> tuple[Tally, ...]:
    rows = (
        Outreach.objects.filter(graduate__program=program, at__gt=start, at__lte=at)
        .values_list("outcome")
        .annotate(n=Count("pk"))
        .order_by()
    )
    return _tallies(rows, dict(Outreach.Outcome.choices))


def _tallies(rows: Iterable[tuple[str, int]], titles: dict[str, object]) -> tuple[Tally, ...]:
    found = [Tally(title=str(titles[code]), count=count) for code, count in rows]
    return tuple(sorted(found, key=lambda tally: (-tally.count, tally.title)))


def _weeks(
    asked: Sequence[_Asked], at: datetime, days: int, zone: ZoneInfo
) -> tuple[tuple[date, float | None], ...]:
    """The reply rate of each seven days counted back from now, oldest first."""
    weeks = []
    for number in range(days // 7, 0, -1):
        first, last = at - timedelta(weeks=number), at - timedelta(weeks=number - 1)
        share = _replies(one for one in asked if first < one.due_at <= last)
        weeks.append((first.astimezone(zone).date(), share.percent))
    return tuple(weeks)
