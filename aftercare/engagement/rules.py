"""Pure: facts to findings. Each finding has its reasons as data, with the points they weigh."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from aftercare.engagement.card import Reason, card, is_silence_likely, score
from aftercare.engagement.facts import FRESH, Attendance, Facts, Silence
from aftercare.engagement.pattern import LAST


class Kind(StrEnum):
    """What rules can find; safety and "need support" are raised by what somebody says."""

    RETURN_TO_USE = "return_to_use"
    MISSED_CHECK_INS = "missed_check_ins"
    MISSED_COMMITMENTS = "missed_commitments"
    SILENT = "silent"
    LATER_REPLIES = "later_replies"
    WORSE_WEEK = "worse_week"
    UNREACHABLE = "unreachable"
    OPTED_OUT = "opted_out"
    PLAN_EMPTY = "plan_empty"
    MEETING_CLOSED = "meeting_closed"


class Band(StrEnum):
    """What a finding asks of the counselor."""

    WATCH = "watch"
    REACH_OUT = "reach_out"
    LOST_CONTACT = "lost_contact"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was noticed; `newest_at` is its newest piece of evidence.

    A finding that is never held back opens its signal at once, whatever came before.
    """

    kind: Kind
    band: Band
    points: float
    reasons: tuple[Reason, ...]
    newest_at: datetime
    is_never_held: bool = False


# The first 90 days lose the most people; two missed check-ins then are never held back, and two
# silent weeks ask for a call at the first question without an answer.
EARLY_DAYS = 90
MISSED_IN_A_ROW = 2
# Days without a word, each with so many expectations unanswered since.
WATCH_AFTER, REACH_OUT_AFTER, LOST_AFTER = (
    timedelta(days=10),
    timedelta(days=14),
    timedelta(days=28),
)
UNANSWERED_TO_WATCH, UNANSWERED_TO_REACH_OUT = 1, 2
# Who has never lately been silent nearly so long is called at the first question without an answer.
BEYOND_OWN = 1.5
COMMITMENT_LEAST, COMMITMENT_WATCH, COMMITMENT_REACH_OUT = 3, 2, 3
# Time to make a plan after joining.
PLAN_GRACE = timedelta(days=7)
# Somebody is looked at this often even if nothing falls due.
LOOK_AGAIN = timedelta(days=7)


def findings(facts: Facts) -> tuple[Finding, ...]:
    """Everything the rules notice; nothing about somebody who is paused or gone."""
    if not facts.is_active:
        return ()
    return tuple(one for rule in _RULES for one in [rule(facts)] if one is not None)


def next_look_at(facts: Facts) -> datetime:
    """When the same rules could first find something else without anybody doing anything."""
    return min(when for when in _instants(facts) if when > facts.at)


def _instants(facts: Facts) -> Iterator[datetime]:
    yield facts.at + LOOK_AGAIN
    if facts.next_due_at is not None:
        yield facts.next_due_at
    if facts.silence.since is not None:
        yield from (
            facts.silence.since + days
            for days in (WATCH_AFTER, REACH_OUT_AFTER, LOST_AFTER, _beyond_own(facts.silence))
            if days is not None
        )
    if facts.use_reported_at is not None:
        yield facts.use_reported_at + FRESH + timedelta(seconds=1)


# The findings


def _of_card(
    facts: Facts,
    *,
    kind: Kind,
    band: Band,
    reasons: tuple[Reason, ...],
    newest_at: datetime,
    is_never_held: bool = False,
) -> Finding:
    """A finding that weighs as much as the whole score; its own reasons come first."""
    return Finding(
        kind=kind,
        band=band,
        points=score(facts),
        reasons=(*reasons, *card(facts)),
        newest_at=newest_at,
        is_never_held=is_never_held,
    )


def _missed_check_ins(facts: Facts) -> Finding | None:
    """Two in a row; one, where the score says that silence is likely, or where answers turned before."""
    run = facts.missed_check_ins
    is_likely = bool(run) and is_silence_likely(facts)
    is_turning = bool(run) and _is_turning(facts)
    if len(run) < MISSED_IN_A_ROW and not (is_likely or is_turning):
        return None
    is_run = len(run) >= MISSED_IN_A_ROW
    is_early = is_run and facts.days_since_graduation < EARLY_DAYS
    is_high = (is_run and is_likely) or len(run) > MISSED_IN_A_ROW or is_turning
    return _of_card(
        facts,
        kind=Kind.MISSED_CHECK_INS,
        band=Band.REACH_OUT if is_early or is_high else Band.WATCH,
        reasons=(
            {
                "code": "check_ins_missed",
                "points": 0,
                "count": len(run),
                "on": _day(facts, run[0].opened_at),
            },
        ),
        newest_at=run[0].due_at,
        is_never_held=is_early,
    )


def _is_turning(facts: Facts) -> bool:
    """Answers came later, or were harder, than is usual for this person."""
    return bool(facts.lateness or facts.harder)


def _missed_commitments(facts: Facts) -> Finding | None:
    """Most of the last dates of one commitment missed, the newest among them."""
    falling = sorted((one for one in facts.commitments if _is_falling(one)), key=_by_missed)
    if not falling:
        return None
    reasons: tuple[Reason, ...] = tuple(
        {
            "code": "commitment_missed",
            "points": 0,
            "missed": one.missed,
            "total": one.total,
            "kind": one.kind,
            "weekday": one.weekday,
        }
        for one in falling
    )
    return _of_card(
        facts,
        kind=Kind.MISSED_COMMITMENTS,
        band=_band_of_commitments(facts, max(one.missed for one in falling)),
        reasons=reasons,
        newest_at=max(one.newest_at for one in falling),
    )


def _is_falling(one: Attendance) -> bool:
    is_enough = one.total >= COMMITMENT_LEAST
    return is_enough and one.missed >= COMMITMENT_WATCH and one.is_newest_missed


def _band_of_commitments(facts: Facts, missed: int) -> Band:
    """One commitment that falls while the person answers as ever is watched, until none of it is kept.

    Where answers stay out as well, or came later or were harder, fewer misses ask for a call.
    """
    if facts.missed_check_ins or _is_turning(facts):
        return Band.REACH_OUT
    is_alone = facts.is_answering and not is_silence_likely(facts) and missed < LAST
    return Band.REACH_OUT if missed >= COMMITMENT_REACH_OUT and not is_alone else Band.WATCH


def _by_missed(one: Attendance) -> tuple[float, datetime]:
    return (-one.missed / one.total, one.newest_at)


def _silent(facts: Facts) -> Finding | None:
    """Nothing heard for long, although something was asked; a slower cadence is no silence."""
    silence = facts.silence
    if silence.since is None or silence.newest_at is None:
        return None
    quiet = facts.at - silence.since
    band = _band_of_silence(quiet, silence, is_early=facts.days_since_graduation < EARLY_DAYS)
    if band is None:
        return None
    code = "lost_contact" if band == Band.LOST_CONTACT else "silent"
    if not silence.was_heard:
        code = "never_heard"
    return _of_card(
        facts,
        kind=Kind.SILENT,
        band=band,
        reasons=(
            {
                "code": code,
                "points": 0,
                "on": _day(facts, silence.since),
                "unanswered": silence.unanswered,
            },
            *_own_pace(quiet, silence),
        ),
        newest_at=silence.newest_at,
    )


def _band_of_silence(quiet: timedelta, silence: Silence, *, is_early: bool) -> Band | None:
    if silence.unanswered < UNANSWERED_TO_WATCH or quiet < WATCH_AFTER:
        return None
    is_repeated = silence.unanswered >= UNANSWERED_TO_REACH_OUT
    if quiet >= LOST_AFTER and is_repeated:
        return Band.LOST_CONTACT
    is_long = quiet >= REACH_OUT_AFTER and (is_repeated or is_early)
    if is_long or _is_beyond_own(quiet, silence):
        return Band.REACH_OUT
    return Band.WATCH


def _beyond_own(silence: Silence) -> timedelta | None:
    """How long a silence is far longer than any of this person's own lately."""
    return None if silence.longest is None else max(BEYOND_OWN * silence.longest, WATCH_AFTER)


def _is_beyond_own(quiet: timedelta, silence: Silence) -> bool:
    limit = _beyond_own(silence)
    return limit is not None and quiet >= limit


def _own_pace(quiet: timedelta, silence: Silence) -> tuple[Reason, ...]:
    """What was usual, where this silence is far longer."""
    if silence.longest is None or not _is_beyond_own(quiet, silence):
        return ()
    return ({"code": "own_pace", "points": 0, "longest": int(silence.longest.total_seconds())},)


def _return_to_use(facts: Facts) -> Finding | None:
    """Said by the person, who agreed to be asked; met with an offer, never with blame."""
    if facts.use_reported_at is None or facts.use_reported_at < facts.at - FRESH:
        return None
    on = _day(facts, facts.use_reported_at)
    return Finding(
        kind=Kind.RETURN_TO_USE,
        band=Band.REACH_OUT,
        points=max(score(facts), 1),
        reasons=({"code": "use_reported", "points": 1, "on": on},),
        newest_at=facts.use_reported_at,
    )


def _later_replies(facts: Facts) -> Finding | None:
    late = facts.lateness
    if late is None:
        return None
    is_much = late.latest > 4 * late.usual and late.latest > late.usual + timedelta(days=1)
    points = 2 if is_much else 1
    reason: Reason = {
        "code": "later_replies",
        "points": points,
        "usual": int(late.usual.total_seconds()),
        "latest": int(late.latest.total_seconds()),
    }
    return Finding(
        kind=Kind.LATER_REPLIES,
        band=Band.WATCH,
        points=points,
        reasons=(reason,),
        newest_at=late.newest_at,
    )


def _worse_week(facts: Facts) -> Finding | None:
    """An answer outside the person's own limits; two sittings in a row, or later replies too, ask for a call."""
    if not facts.harder:
        return None
    longest = max(one.run for one in facts.harder)
    return Finding(
        kind=Kind.WORSE_WEEK,
        band=Band.REACH_OUT if longest > 1 or facts.lateness else Band.WATCH,
        points=1,
        reasons=tuple(
            {
                "code": "harder",
                "points": 1,
                "question": one.question,
                "value": one.value,
                "usual": one.usual,
                "run": one.run,
            }
            for one in facts.harder
        ),
        newest_at=max(one.newest_at for one in facts.harder),
    )


def _unreachable(facts: Facts) -> Finding | None:
    return _of_phone(facts, Kind.UNREACHABLE, facts.unreachable_at)


def _opted_out(facts: Facts) -> Finding | None:
    return _of_phone(facts, Kind.OPTED_OUT, facts.opted_out_at)


def _of_phone(facts: Facts, kind: Kind, since: datetime | None) -> Finding | None:
    if since is None:
        return None
    reason: Reason = {"code": str(kind), "points": 0, "on": _day(facts, since)}
    return Finding(kind=kind, band=Band.REACH_OUT, points=0, reasons=(reason,), newest_at=since)


def _plan_empty(facts: Facts) -> Finding | None:
    since = facts.plan_empty_since
    is_new = facts.joined_at is None or facts.at - facts.joined_at < PLAN_GRACE
    if not facts.is_plan_empty or is_new or since is None:
        return None
    return Finding(
        kind=Kind.PLAN_EMPTY,
        band=Band.WATCH,
        points=0,
        reasons=({"code": "plan_empty", "points": 0},),
        newest_at=since,
    )


def _meeting_closed(facts: Facts) -> Finding | None:
    """A meeting that stands in the plan is gone for good; over when another takes its place."""
    since = facts.meeting_closed_at
    if since is None:
        return None
    reason: Reason = {"code": "meeting_closed", "points": 0, "on": _day(facts, since)}
    return Finding(
        kind=Kind.MEETING_CLOSED, band=Band.WATCH, points=0, reasons=(reason,), newest_at=since
    )


def _day(facts: Facts, when: datetime) -> str:
    """The local date as "YYYY-MM-DD", for wording to put into words."""
    return when.astimezone(ZoneInfo(facts.time_zone)).date().isoformat()


_RULES: tuple[Callable[[Facts], Finding | None], ...] = (
    _return_to_use,
    _missed_check_ins,
    _missed_commitments,
    _silent,
    _unreachable,
    _opted_out,
    _worse_week,
    _later_replies,
    _plan_empty,
    _meeting_closed,
)
