"""Pure: facts to findings. Each finding has its reasons as data, with the points they weigh.

The score is measured on public logs (docs/signals.md names the figures): it ranks who falls silent
better than a fixed number of days does. It says nothing about relapse. Whoever turned it off is
looked at by the fixed rules alone.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from aftercare.engagement import score as model
from aftercare.engagement.facts import FRESH, Attendance, Facts

Reason = dict[str, object]


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


# The first 90 days lose the most people; two missed check-ins then are never held back.
EARLY_DAYS = 90
# How likely silence is, by the score, for one missed check-in to be watched, and for two to ask for
# a call at any time.
LIKELY = 0.15
MISSED_IN_A_ROW = 2
# Days without a word, each with so many expectations unanswered since.
WATCH_AFTER, REACH_OUT_AFTER, LOST_AFTER = (
    timedelta(days=10),
    timedelta(days=14),
    timedelta(days=28),
)
UNANSWERED_TO_WATCH, UNANSWERED_TO_REACH_OUT = 1, 2
COMMITMENT_LEAST, COMMITMENT_WATCH, COMMITMENT_REACH_OUT = 3, 2, 3
# Time to make a plan after joining.
PLAN_GRACE = timedelta(days=7)
# Somebody is looked at this often even if nothing falls due.
LOOK_AGAIN = timedelta(days=7)


def card(facts: Facts) -> tuple[Reason, ...]:
    """The terms of the score that weigh something, the heaviest first, each with its points."""
    if not facts.is_scored:
        return ()
    weights = model.points(model=model.shipped(), pattern=facts.pattern)
    terms = sorted((term for term in weights if weights[term]), key=lambda term: -weights[term])
    return tuple({"code": term, "points": weights[term], **_TOLD[term](facts)} for term in terms)


def score(facts: Facts) -> float:
    """The points of the terms together, in tenths; the order in which people are shown."""
    return round(sum(_points(term) for term in card(facts)), 1)


def risk(facts: Facts) -> float:
    """How likely (0 to 1) none of the next four things due is kept; 0 where nobody may guess."""
    return model.risk(model=model.shipped(), score=score(facts)) if facts.is_scored else 0


def is_silence_likely(facts: Facts) -> bool:
    """Whether the risk is above the line of the program, which its own outcomes may have moved."""
    line = score(facts) - facts.offset
    return facts.is_scored and model.risk(model=model.shipped(), score=line) >= LIKELY


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
            facts.silence.since + days for days in (WATCH_AFTER, REACH_OUT_AFTER, LOST_AFTER)
        )
    if facts.use_reported_at is not None:
        yield facts.use_reported_at + FRESH + timedelta(seconds=1)


def _points(reason: Reason) -> float:
    points = reason["points"]
    assert isinstance(points, int | float)  # noqa: S101 - each reason below says its points
    return points


# What a term of the score tells besides its points; what a finding says first is its own.

CARD_CODES = frozenset(model.TERMS)


def _tell_missed(facts: Facts) -> Reason:
    return {"missed": facts.pattern.missed_of_last, "total": facts.pattern.of_last}


def _tell_attendance(facts: Facts) -> Reason:
    return {"kept": facts.pattern.kept, "total": facts.pattern.total}


def _tell_return(facts: Facts) -> Reason:
    return {"times": facts.pattern.returns}


def _tell_gap(facts: Facts) -> Reason:
    return {"missed": facts.pattern.longest_gap}


def _tell_little(facts: Facts) -> Reason:
    return {"total": facts.pattern.total}


def _tell_use(facts: Facts) -> Reason:
    return {"told": facts.pattern.use_told, "total": facts.pattern.use_asked}


def _tell_late(facts: Facts) -> Reason:
    return {}


_TOLD: dict[str, Callable[[Facts], Reason]] = {
    "missed_of_last": _tell_missed,
    "attendance": _tell_attendance,
    "came_back": _tell_return,
    "long_gap": _tell_gap,
    "little_known": _tell_little,
    "use_told": _tell_use,
    "late": _tell_late,
}


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
    """Two in a row; one, where the score says that silence is likely."""
    run = facts.missed_check_ins
    is_likely = bool(run) and is_silence_likely(facts)
    if len(run) < MISSED_IN_A_ROW and not is_likely:
        return None
    is_run = len(run) >= MISSED_IN_A_ROW
    is_early = is_run and facts.days_since_graduation < EARLY_DAYS
    is_high = (is_run and is_likely) or len(run) > MISSED_IN_A_ROW
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


def _missed_commitments(facts: Facts) -> Finding | None:
    """Most of the last dates of one commitment missed, the newest among them."""
    falling = sorted((one for one in facts.commitments if _is_falling(one)), key=_by_missed)
    if not falling:
        return None
    most = max(one.missed for one in falling)
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
        band=Band.REACH_OUT if most >= COMMITMENT_REACH_OUT else Band.WATCH,
        reasons=reasons,
        newest_at=max(one.newest_at for one in falling),
    )


def _is_falling(one: Attendance) -> bool:
    is_enough = one.total >= COMMITMENT_LEAST
    return is_enough and one.missed >= COMMITMENT_WATCH and one.is_newest_missed


def _by_missed(one: Attendance) -> tuple[float, datetime]:
    return (-one.missed / one.total, one.newest_at)


def _silent(facts: Facts) -> Finding | None:
    """Nothing heard for long, although something was asked; a slower cadence is no silence."""
    silence = facts.silence
    if silence.since is None or silence.newest_at is None:
        return None
    band = _band_of_silence(facts.at - silence.since, silence.unanswered)
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
        ),
        newest_at=silence.newest_at,
    )


def _band_of_silence(quiet: timedelta, unanswered: int) -> Band | None:
    if quiet >= LOST_AFTER and unanswered >= UNANSWERED_TO_REACH_OUT:
        return Band.LOST_CONTACT
    if quiet >= REACH_OUT_AFTER and unanswered >= UNANSWERED_TO_REACH_OUT:
        return Band.REACH_OUT
    if quiet >= WATCH_AFTER and unanswered >= UNANSWERED_TO_WATCH:
        return Band.WATCH
    return None


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
    """An answer outside the person's own limits; two sittings in a row ask for a call."""
    if not facts.harder:
        return None
    longest = max(one.run for one in facts.harder)
    return Finding(
        kind=Kind.WORSE_WEEK,
        band=Band.REACH_OUT if longest > 1 else Band.WATCH,
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
)
