"""How sending goes: what waits and for how long, what left, what failed and why, what it costs.

Counts, times and codes alone: no person, no number, no words. Every question is answered from an
index over the rows of a day or of what is open, so it stays cheap beside millions of old messages.
"""

import uuid
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db.models import Count, Min, Q, QuerySet
from django.db.models.functions import Coalesce
from django.db.models.lookups import In
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from notifications import breaker, costs, reasons
from notifications.costs import Cost
from notifications.kinds import Lane
from notifications.models import Attempt, Heartbeat, InboundMessage, Message, Program, Sender
from notifications.pacing import Budget
from notifications.transports.outcomes import of_code

State = Message.State
DAY = timedelta(days=1)
# Before every instant on record: as a comparison, "is set" picks the small indexes on both databases.
EVER = datetime(2000, 1, 1, tzinfo=UTC)
# How far back the list of what failed goes, and how many messages a list holds at most.
LISTED, MOST = timedelta(days=7), 10_000
STOPPED = (State.FAILED, State.UNDELIVERED, State.SUPPRESSED, State.EXPIRED)
WINDOWS = {"minute": timedelta(minutes=1), "hour": timedelta(hours=1), "day": DAY}
LANES: dict[Lane, str | Promise] = {
    Lane.CRISIS: _("Crisis, STOP, HELP"),
    Lane.PERSON: _("Written by a person"),
    Lane.ASKED: _("Asked for"),
    Lane.SAFETY: _("Safety"),
    Lane.CHECK_IN: _("Check-ins"),
    Lane.CARING: _("Caring contacts"),
    Lane.NUDGE: _("Nudges"),
    Lane.EVENT: _("Events"),
}

# Whose messages are meant; None stands for the whole installation.
Programs = Collection[Program] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneRow:
    """What waits in one lane: due by now, due within a day, and since when the oldest is due."""

    lane: int
    title: str
    due: int
    later: int
    oldest_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """So many of one sort; `code` is for machines, `words` for people."""

    code: str
    words: str
    count: int
    state: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SenderRow:
    """What a program sends from, its pace in segments a second, and why it rests.

    What it owes its pace ends at `free_at`, in so many seconds. `today` counts the segments of a day
    that has a limit, `per_day`.
    """

    uid: uuid.UUID
    program: str
    channel: str
    is_on: bool
    pace: float
    free_at: datetime | None
    owes_seconds: float
    per_day: int | None
    today: int | None
    rests_until: datetime | None
    why: str
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakerRow:
    """A way out that fails: how often in a row, since when and until when it rests, and why."""

    name: str
    failures: int
    opened_at: datetime | None
    open_until: datetime | None
    reason: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """Everything at one instant; `sent` by the names of WINDOWS, `beats` by the names of jobs."""

    at: datetime
    lanes: tuple[LaneRow, ...]
    waits: tuple[Tally, ...]
    sent: dict[str, int]
    stopped: tuple[Tally, ...]
    codes: tuple[Tally, ...]
    under_way: int
    asking: int
    unsettled: int
    senders: tuple[SenderRow, ...]
    breakers: tuple[BreakerRow, ...]
    costs: tuple[Cost, ...]
    beats: dict[str, datetime]
    unread: int
    unread_since: datetime | None


def read(*, at: datetime, programs: Programs = None) -> Overview:
    """How sending goes for some programs; a constant number of queries."""
    open_tries = _by(Attempt.objects.filter(_of(programs, "message__"), next_look_at__gt=EVER))
    unread_since, unread = _unread(programs)
    return Overview(
        at=at,
        lanes=_lanes(at, programs),
        waits=_waits(at, programs),
        sent=_sent(at, programs),
        stopped=_stopped(at, programs),
        codes=_codes(at, programs),
        under_way=open_tries.get(Attempt.State.SUBMITTING, 0),
        asking=open_tries.get(Attempt.State.UNKNOWN, 0),
        unsettled=unsettled(programs=programs).count(),
        senders=_senders(at, programs),
        breakers=_breakers(),
        costs=_costs(at, programs),
        beats=dict(Heartbeat.objects.values_list("name", "at")),
        unread=unread,
        unread_since=unread_since,
    )


def _of(programs: Programs, path: str = "") -> Q:
    """The condition of belonging to them, put so that no index of programs is taken.

    Most programs have most rows, of years; what is asked for is always the little of a day.
    """
    if programs is None:
        return Q()
    return Q(In(Coalesce(f"{path}program_id", 0), [program.pk for program in programs]))


def _by(attempts: "QuerySet[Attempt]") -> dict[str, int]:
    return dict(attempts.order_by().values_list("state").annotate(n=Count("pk")))


def _soon(at: datetime, programs: Programs) -> "QuerySet[Message]":
    """What waits and is due within a day, by one seek a lane."""
    rows = Message.objects.filter(_of(programs), lane__in=list(Lane), next_at__lte=at + DAY)
    return rows.order_by()


def _lanes(at: datetime, programs: Programs) -> tuple[LaneRow, ...]:
    due = Q(next_at__lte=at)
    rows = _soon(at, programs).values("lane")
    found = {
        row["lane"]: row
        for row in rows.annotate(
            due=Count("pk", filter=due),
            later=Count("pk", filter=~due),
            oldest=Min("next_at", filter=due),
        )
    }
    return tuple(
        LaneRow(
            lane=lane,
            title=str(title),
            due=found[lane]["due"] if lane in found else 0,
            later=found[lane]["later"] if lane in found else 0,
            oldest_at=found[lane]["oldest"] if lane in found else None,
        )
        for lane, title in LANES.items()
    )


def _waits(at: datetime, programs: Programs) -> tuple[Tally, ...]:
    rows = _soon(at, programs).values_list("reason").annotate(n=Count("pk"))
    return _largest(
        Tally(code=code, words=reasons.sentence(code), count=count) for code, count in rows if code
    )


def _sent(at: datetime, programs: Programs) -> dict[str, int]:
    rows = Attempt.objects.filter(
        _of(programs, "message__"), started_at__gt=at - DAY, state=Attempt.State.SUBMITTED
    )
    counts = {
        name: Count("pk", filter=Q(started_at__gt=at - window)) for name, window in WINDOWS.items()
    }
    return dict(rows.aggregate(**counts))


def _stopped(at: datetime, programs: Programs) -> tuple[Tally, ...]:
    """What ended badly within a day, by state and reason."""
    rows = Message.objects.filter(_of(programs), ended_at__gt=at - DAY, state__in=STOPPED)
    counted = rows.order_by().values_list("state", "reason").annotate(n=Count("pk"))
    return _largest(
        Tally(state=str(State(state).label), code=code, words=reasons.sentence(code), count=count)
        for state, code, count in counted
    )


def _codes(at: datetime, programs: Programs) -> tuple[Tally, ...]:
    """The provider's codes of a day."""
    rows = Attempt.objects.filter(_of(programs, "message__"), started_at__gt=at - DAY)
    counted = rows.exclude(code="").order_by().values_list("code").annotate(n=Count("pk"))
    return _largest(
        Tally(code=code, words=reasons.sentence(of_code(code).reason), count=count)
        for code, count in counted
    )


def _largest(tallies: Iterable[Tally]) -> tuple[Tally, ...]:
    return tuple(sorted(tallies, key=lambda tally: (-tally.count, tally.state, tally.code)))


def _senders(at: datetime, programs: Programs) -> tuple[SenderRow, ...]:
    rows = Sender.objects.filter(_of(programs)).select_related("program")
    return tuple(sender_row(sender=row, at=at) for row in rows.order_by("program__name", "pk"))


def sender_row(*, sender: Sender, at: datetime) -> SenderRow:
    """Pace and rest of one sender at an instant."""
    rests = sender.paused_until is not None and sender.paused_until > at
    reason, _space, code = sender.paused_reason.partition(" ") if rests else ("", "", "")
    budget = Budget(sender, at=at, keep_pace=True)
    owes = (budget.free_at - at).total_seconds()
    return SenderRow(
        uid=sender.uid,
        program=sender.program.name,
        channel=sender.get_channel_display(),
        is_on=sender.is_on,
        pace=sender.segments_per_second,
        free_at=budget.free_at if owes else None,
        owes_seconds=owes,
        per_day=sender.segments_per_day,
        today=None if sender.segments_per_day is None else budget.counted(),
        rests_until=sender.paused_until if rests else None,
        why=reasons.sentence(reason),
        code=code,
    )


def _breakers() -> tuple[BreakerRow, ...]:
    return tuple(
        BreakerRow(
            name=row.name,
            failures=row.failures,
            opened_at=row.opened_at,
            open_until=row.open_until,
            reason=row.reason,
            why=reasons.sentence(row.reason),
        )
        for row in breaker.failing()
    )


def _costs(at: datetime, programs: Programs) -> tuple[Cost, ...]:
    """This month and the last, newest first."""
    this_month = at.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    before = (this_month - DAY).replace(day=1)
    return tuple(costs.per_month(since=before, only=_of(programs, "message__")))


def _unread(programs: Programs) -> tuple[datetime | None, int]:
    rows = InboundMessage.objects.filter(_of(programs), read_at__isnull=True)
    found = rows.aggregate(oldest=Min("received_at"), n=Count("pk"))
    return found["oldest"], found["n"]


# Lists of messages. What is sealed is left in the database.


def unsettled(
    *, programs: Programs = None, about: Collection[uuid.UUID] | None = None
) -> "QuerySet[Message]":
    """What is left to a person to decide, the oldest first; of some people, where they are named."""
    rows = Message.objects.filter(_of(programs), unsettled_at__gt=EVER, state=State.UNKNOWN)
    if about is not None:
        # As in `_of`: these few rows are read through, not all that these people were ever sent.
        rows = rows.filter(In(Coalesce("about", uuid.UUID(int=0)), about))
    return rows.order_by("unsettled_at", "pk")


def stopped(*, at: datetime, programs: Programs = None) -> "QuerySet[Message]":
    """What failed, came too late or was held back in the last days, the newest first."""
    rows = Message.objects.filter(_of(programs), ended_at__gt=at - LISTED, state__in=STOPPED)
    return rows.order_by("-ended_at", "-pk")


def waiting(*, programs: Programs = None) -> "QuerySet[Message]":
    """What waits, in the order in which it is looked at."""
    rows = Message.objects.filter(_of(programs), lane__in=list(Lane), next_at__gt=EVER)
    return rows.order_by("lane", "next_at", "pk")


def states(*, at: datetime) -> dict[tuple[str, int, str], int]:
    """How many messages of the last day stand where, by (state, lane, kind)."""
    since = at - DAY
    tried = Attempt.objects.filter(started_at__gt=since).values("message")
    found: dict[tuple[str, int, str], int] = {}
    for rows in (
        Message.objects.filter(pk__in=tried),
        Message.objects.filter(ended_at__gt=since).exclude(claimed_at__gt=since),
    ):
        counted = rows.order_by().values_list("state", "lane", "kind").annotate(n=Count("pk"))
        for state, lane, kind, count in counted:
            key = (state, lane, kind)
            found[key] = found.get(key, 0) + count
    return found
