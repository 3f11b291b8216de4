"""Pure: what was known about one graduate at one instant. Live use and replay share it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise
from operator import attrgetter
from statistics import median
from zoneinfo import ZoneInfo

from aftercare.engagement import pattern
from aftercare.engagement.history import (
    COUNTED,
    MISSED,
    PENDING,
    UNREPORTED,
    Commitment,
    Due,
    History,
    Reading,
)
from aftercare.engagement.pattern import LAST, NOTHING_DUE, Pattern

# Older records weigh nothing in any figure; loading stops at the same line.
HORIZON = timedelta(weeks=52)
# Half a year holds the baseline of a weekly and of a two-weekly check-in.
READINGS_HORIZON = timedelta(weeks=26)
# A baseline of one's own needs this many earlier values, and looks at this many.
BASELINE_LEAST, BASELINE_MOST = 4, 12
# Slower than twice the usual, and by hours that matter.
LATE_FACTOR, LATE_LEAST = 2, timedelta(hours=4)
# Robust control limit: so many spreads above the own median; 1.4826 makes MAD comparable to a
# standard deviation; a very even baseline still leaves a tenth of the scale as ordinary.
SPREADS, MAD_SCALE, LEAST_SPREAD = 3, 1.4826, 0.1
# What was said longer ago than this is no news.
FRESH = timedelta(days=28)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attendance:
    """The last few counted dates of one commitment; `weekday` where it has just one."""

    kind: str
    weekday: int | None
    missed: int
    total: int
    is_newest_missed: bool
    newest_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Lateness:
    """The last two answers came slower than usual; `latest` is the quicker of the two."""

    usual: timedelta
    latest: timedelta
    newest_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Harder:
    """The newest answer to a question lies outside the person's own limits, `run` times in a row."""

    question: str
    value: float
    usual: float
    run: int
    newest_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """Since when nothing was heard (since joining where nothing ever was), and what went unanswered.

    `longest` is the longest time between two words of this person lately; None for too few of them.
    """

    since: datetime | None = None
    longest: timedelta | None = None
    was_heard: bool = False
    unanswered: int = 0
    newest_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What was known at `at`; nothing that came later is in here.

    `missed_check_ins` are those in a row without an answer, the newest first. `next_due_at` is when
    the next open expectation falls due. Somebody `is_answering` who answered the newest check-in.
    Without `is_scored` only the fixed rules look at somebody.
    """

    at: datetime
    time_zone: str
    is_active: bool
    days_since_graduation: int
    joined_at: datetime | None
    is_scored: bool = True
    pattern: Pattern = NOTHING_DUE
    use_reported_at: datetime | None = None
    missed_check_ins: tuple[Due, ...] = ()
    is_answering: bool = False
    silence: Silence = Silence()
    commitments: tuple[Attendance, ...] = ()
    lateness: Lateness | None = None
    harder: tuple[Harder, ...] = ()
    is_plan_empty: bool = False
    plan_empty_since: datetime | None = None
    meeting_closed_at: datetime | None = None
    opted_out_at: datetime | None = None
    unreachable_at: datetime | None = None
    next_due_at: datetime | None = None
    offset: float = 0.0


def at(*, history: History, at: datetime) -> Facts:
    """The facts of one graduate at an instant (aware). Nothing after it leaks in."""
    known = sorted(
        (_as_known(due, at) for due in history.dues if at - HORIZON <= due.opened_at <= at),
        key=attrgetter("due_at"),
    )
    counted = [due for due in known if due.outcome in COUNTED]
    reported = [due for due in known if due.reported_use is not None][-1:]
    today = at.astimezone(ZoneInfo(history.time_zone)).date()
    reached_at = max((when for when in history.reached_at if when <= at), default=None)
    running = [one for one in history.commitments if one.runs(at=at, today=today)]
    closed = [one.closed_at for one in running if one.closed_at and one.closed_at <= at]
    return Facts(
        at=at,
        time_zone=history.time_zone,
        is_active=history.is_active,
        days_since_graduation=(today - history.graduated_on).days,
        joined_at=history.joined_at,
        is_scored=history.is_scored,
        pattern=pattern.of(counted=counted),
        use_reported_at=next((due.answered_at for due in reported if due.reported_use), None),
        missed_check_ins=_missed_check_ins(counted, reached_at),
        is_answering=any(due.came for due in [due for due in counted if due.is_check_in][-1:]),
        silence=_silence(history, known, reached_at, at),
        commitments=_of_commitments(history, counted, at),
        lateness=_lateness(known, at),
        harder=_harder(history.readings, at),
        is_plan_empty=not running,
        plan_empty_since=_plan_empty_since(history, at),
        meeting_closed_at=max(closed, default=None),
        opted_out_at=_past(history.opted_out_at, at),
        unreachable_at=_past(history.unreachable_at, at),
        offset=history.offset,
        next_due_at=min((due.due_at for due in known if due.due_at > at), default=None),
    )


def _past(when: datetime | None, at: datetime) -> datetime | None:
    return when if when is not None and when <= at else None


def _as_known(due: Due, at: datetime) -> Due:
    """An expectation as it stood at that instant.

    What was answered later was still open, or, once due, a check-in without an answer; a commitment
    that nobody has confirmed is no miss.
    """
    settled_at = due.answered_at or due.due_at
    if settled_at <= at:
        return due
    outcome = PENDING if due.due_at > at else MISSED if due.is_check_in else UNREPORTED
    return replace(due, outcome=outcome, answered_at=None, reported_use=None)


def _missed_check_ins(counted: Sequence[Due], reached_at: datetime | None) -> tuple[Due, ...]:
    """The check-ins in a row without an answer; a talk with staff begins the count anew."""
    run: list[Due] = []
    for due in reversed([due for due in counted if due.is_check_in]):
        if due.came or (reached_at is not None and due.opened_at <= reached_at):
            break
        run.append(due)
    return tuple(run)


def _silence(
    history: History, known: Sequence[Due], reached_at: datetime | None, at: datetime
) -> Silence:
    """Since when nothing was heard, and how much went unanswered since then.

    Somebody who says "I missed it" was heard; a miss told by staff is none of their words.
    """
    answers = [
        due.answered_at
        for due in known
        if due.answered_at is not None and (due.came or not due.told_by_staff)
    ]
    texts = [when for when in history.heard_at if when <= at]
    heard = max([*answers, *texts, *([reached_at] if reached_at else [])], default=None)
    since = heard or _past(history.joined_at, at)
    missed = [
        due for due in known if due.outcome == MISSED and (since is None or due.opened_at > since)
    ]
    return Silence(
        since=since,
        longest=_longest_wait(answers),
        was_heard=heard is not None,
        unanswered=len(missed),
        newest_at=missed[-1].due_at if missed else None,
    )


def _longest_wait(answers: Sequence[datetime]) -> timedelta | None:
    """The longest of the last few times between two answers."""
    gaps = [later - before for before, later in pairwise(sorted(answers))][-BASELINE_MOST:]
    return max(gaps) if len(gaps) >= BASELINE_LEAST else None


def _of_commitments(
    history: History, counted: Sequence[Due], at: datetime
) -> tuple[Attendance, ...]:
    """Attendance of each commitment still in the plan that has enough dates to speak of."""
    by_key: dict[int, list[Due]] = {}
    for due in counted:
        if due.commitment is not None:
            by_key.setdefault(due.commitment, []).append(due)
    today = at.astimezone(ZoneInfo(history.time_zone)).date()
    return tuple(
        _attendance_of(one, by_key[one.key][-LAST:])
        for one in history.commitments
        if one.key in by_key and one.runs(at=at, today=today)
    )


def _attendance_of(commitment: Commitment, last: Sequence[Due]) -> Attendance:
    return Attendance(
        kind=commitment.kind,
        weekday=commitment.weekday,
        missed=sum(due.outcome == MISSED for due in last),
        total=len(last),
        is_newest_missed=last[-1].outcome == MISSED,
        newest_at=last[-1].due_at,
    )


def _lateness(known: Sequence[Due], at: datetime) -> Lateness | None:
    """Set where the last two answers to check-ins were both slower than usual, and are fresh."""
    answered = [due for due in known if due.is_check_in and due.came and due.answered_at]
    earlier, last = answered[:-2][-BASELINE_MOST:], answered[-2:]
    if len(earlier) < BASELINE_LEAST:
        return None
    usual = median(_waited(due) for due in earlier)
    latest = min(_waited(due) for due in last)
    newest_at = max(due.answered_at for due in last if due.answered_at)
    is_slow = latest > LATE_FACTOR * usual and latest > usual + LATE_LEAST.total_seconds()
    if not is_slow or newest_at < at - FRESH:
        return None
    return Lateness(
        usual=timedelta(seconds=round(usual)),
        latest=timedelta(seconds=round(latest)),
        newest_at=newest_at,
    )


def _waited(due: Due) -> float:
    assert due.answered_at is not None  # noqa: S101 - only answered ones are compared
    return (due.answered_at - due.opened_at).total_seconds()


def _harder(readings: Sequence[Reading], at: datetime) -> tuple[Harder, ...]:
    """Each question whose newest, fresh answer lies outside the person's own limits."""
    by_question: dict[str, list[Reading]] = {}
    for reading in sorted(readings, key=attrgetter("at")):
        if at - READINGS_HORIZON <= reading.at <= at:
            by_question.setdefault(reading.question, []).append(reading)
    found = (_harder_of(series) for series in by_question.values() if series[-1].at >= at - FRESH)
    return tuple(one for one in found if one is not None)


def _harder_of(series: Sequence[Reading]) -> Harder | None:
    run = 0
    while run < len(series) and _is_outside(series[-1 - run], series[: len(series) - 1 - run]):
        run += 1
    if run == 0:
        return None
    newest, before = series[-1], _baseline(series[:-1])
    return Harder(
        question=newest.question,
        value=newest.value,
        usual=median(reading.value for reading in before),
        run=run,
        newest_at=newest.at,
    )


def is_outside_own_limits(*, series: Sequence[Reading]) -> bool:
    """Whether the newest of a person's answers to one question, the oldest first, is worse than usual."""
    return bool(series) and _is_outside(series[-1], series[:-1])


def _baseline(earlier: Sequence[Reading]) -> Sequence[Reading]:
    return earlier[-BASELINE_MOST:]


def _is_outside(reading: Reading, earlier: Sequence[Reading]) -> bool:
    limits = own_limits(burdens=[one.burden for one in earlier], span=reading.span)
    return limits is not None and reading.burden >= limits.outside


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What is usual for one person, and from where on it is outside; as burdens (see Reading)."""

    usual: float
    outside: float


def own_limits(*, burdens: Sequence[float], span: float) -> Limits | None:
    """The limits that a person's earlier answers, the oldest first, set for the next; None for too few."""
    baseline = burdens[-BASELINE_MOST:]
    if len(baseline) < BASELINE_LEAST:
        return None
    usual = median(baseline)
    spread = MAD_SCALE * median(abs(burden - usual) for burden in baseline)
    return Limits(usual=usual, outside=usual + SPREADS * max(spread, LEAST_SPREAD * span))


def _plan_empty_since(history: History, at: datetime) -> datetime | None:
    """When the last commitment ended, or the person joined where there never was one."""
    ends = [one.ended_at for one in history.commitments if one.ended_at and one.ended_at <= at]
    return max([*ends, *([history.joined_at] if history.joined_at else [])], default=None)
