"""Pure: may this message leave now? Every rule that can hold a message back stands here, once.

A verdict that is no "go" carries a code of notifications.reasons.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import Enum
from zoneinfo import ZoneInfo

from notifications import quiet_hours
from notifications.kinds import RULES, Kind, Lane, Rule, Scope
from notifications.quiet_hours import Week

CAP_A_DAY = 1
CAP_A_WEEK = 3
WEEK = timedelta(days=7)
# How long something that a person must switch on is left alone before it is looked at again.
LOOK_AGAIN = timedelta(minutes=15)
# What waited for the morning does not leave all at once.
SPREAD = timedelta(minutes=20)


class Way(Enum):
    """What is to be done with a message."""

    GO = "go"
    WAIT = "wait"
    STOP = "stop"
    EXPIRE = "expire"


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer of the gates; `until` is when to ask again."""

    way: Way
    reason: str = ""
    until: datetime | None = None


GO = Verdict(Way.GO)


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """All that the gates know of one message, its recipient and its sender.

    `zones` are all the zones the recipient may be in; `may_text` and `may_remind` their allowed
    hours for the program's texts and for what they asked for; `counted` the instants at which
    capped messages left for them in the last eight days, `awaited` those at which weightier ones
    are to leave; `sender_full_until` when the sender's day has room again; `spread` a fraction of
    the message's own.
    """

    kind: Kind
    expires_at: datetime | None
    waited_for: str
    texting_on: bool
    sender_on: bool
    sender_paused_until: datetime | None
    confirmed: bool
    opted_out: bool
    unreachable: bool
    scopes: frozenset[Scope]
    zones: Sequence[ZoneInfo]
    may_text: Week
    may_remind: Week
    counted: Sequence[datetime]
    awaited: Sequence[datetime]
    sender_full_until: datetime | None
    spread: float

    @property
    def rule(self) -> Rule:
        """What binds this kind."""
        return RULES[self.kind]


def verdict(facts: Facts, *, at: datetime) -> Verdict:
    """Ask every gate, from what is final to what only waits; the first that closes decides."""
    if facts.expires_at is not None and facts.expires_at <= at:
        return Verdict(Way.EXPIRE, facts.waited_for or "expired")
    closed = _closed_for_good(facts)
    if closed:
        return Verdict(Way.STOP, closed)
    waits = _switched_off(facts, at) or _not_now(facts, at)
    if waits is None:
        return GO
    # Deferred past its use is too late already, and is shown as such at once.
    if waits.until and facts.expires_at and waits.until >= facts.expires_at:
        return Verdict(Way.EXPIRE, waits.reason)
    return waits


def _closed_for_good(facts: Facts) -> str:
    rule = facts.rule
    if facts.opted_out and not rule.after_stop:
        return "opted_out"
    if facts.unreachable and not rule.unreachable:
        return "unreachable"
    if not facts.confirmed and not rule.unconfirmed:
        return "unconfirmed"
    if rule.scope is not None and rule.scope not in facts.scopes:
        return f"no_consent_{rule.scope.value}"
    return ""


def _switched_off(facts: Facts, at: datetime) -> Verdict | None:
    """Lane 0 tries a sender at rest: the limit of one phone company is not that of the next person's."""
    if not facts.sender_on:
        return Verdict(Way.WAIT, "sender_off", at + LOOK_AGAIN)
    if facts.rule.lane == Lane.CRISIS:
        return None
    if not facts.texting_on:
        return Verdict(Way.WAIT, "program_off", at + LOOK_AGAIN)
    if facts.sender_paused_until is not None and facts.sender_paused_until > at:
        return Verdict(Way.WAIT, "sender_paused", facts.sender_paused_until)
    return None


def _not_now(facts: Facts, at: datetime) -> Verdict | None:
    """Limits first: they are longer, and their end must fall into allowed hours, too."""
    try:
        over = _over_limit(facts, at)
        if over is not None:
            reason, free_at = over
            return Verdict(Way.WAIT, reason, _allowed_from(facts, free_at))
        until = _allowed_from(facts, at)
    except quiet_hours.NeverAllowed:
        return Verdict(Way.STOP, "never_allowed")
    if until == at:
        return None
    return Verdict(Way.WAIT, _which_hours(facts, at), until)


def _allowed_from(facts: Facts, at: datetime) -> datetime:
    """The first allowed instant from `at` on; capped kinds that had to wait are spread a little."""
    hours = _hours(facts)
    found = quiet_hours.next_allowed(at=at, zone=facts.zones, windows=hours)
    if found == at or not facts.rule.capped:
        return found
    later = found + SPREAD * facts.spread
    return later if quiet_hours.allowed(at=later, zone=facts.zones, windows=hours) else found


def _hours(facts: Facts) -> Week:
    hours = facts.may_remind if facts.rule.own_hours else quiet_hours.ALWAYS
    return hours & facts.may_text if facts.rule.program_hours else hours


def _which_hours(facts: Facts, at: datetime) -> str:
    own = facts.rule.own_hours and not quiet_hours.allowed(
        at=at, zone=facts.zones, windows=facts.may_remind
    )
    return "quiet_hours" if own else "program_hours"


def _over_limit(facts: Facts, at: datetime) -> tuple[str, datetime] | None:
    """Which limit is reached, and the midnight at which it is over."""
    if facts.rule.capped:
        over = _over_cap(facts.counted, facts.zones[0], at)
        if over is not None:
            return over
        # Nothing takes the place of what weighs more and is to leave in the same day or week.
        soon = [instant for instant in facts.awaited if instant < at + WEEK]
        over = _over_cap([*facts.counted, *soon], facts.zones[0], at)
        if over is not None:
            return "gives_way", over[1]
    full_until = facts.sender_full_until
    if full_until is not None and full_until > at and facts.rule.lane != Lane.CRISIS:
        return "sender_day", full_until
    return None


def _over_cap(
    counted: Sequence[datetime], zone: ZoneInfo, at: datetime
) -> tuple[str, datetime] | None:
    """Which limit of the recipient is reached, and until when; days are the recipient's."""
    today = at.astimezone(zone).date()
    days = sorted(instant.astimezone(zone).date() for instant in counted)
    this_week = [day for day in days if day > today - WEEK]
    if len(this_week) >= CAP_A_WEEK:
        return "cap_week", _midnight(this_week[-CAP_A_WEEK] + WEEK, zone)
    if days.count(today) >= CAP_A_DAY:
        return "cap_day", _midnight(today + timedelta(days=1), zone)
    return None


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), tzinfo=zone)


def last_moment(facts: Facts, *, at: datetime) -> datetime | None:
    """Until when a message that may leave now may still be handed to a phone; None is for ever."""
    ends = quiet_hours.closes_at(at=at, zone=facts.zones, windows=_hours(facts))
    known = [moment for moment in (ends, facts.expires_at) if moment is not None]
    return min(known, default=None)
