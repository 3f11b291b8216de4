"""How alerts ended, and what that says of the line from which missed check-ins ask for a call.

The offset is one point at most either way, from 30 outcomes on, and moves only when a lead says so.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from aftercare import record
from aftercare.engagement.watch import look_again
from aftercare.models import (
    AuditEntry,
    Calibration,
    DisengagementSignal,
    Graduate,
    Outreach,
    SignalSettings,
)
from aftercare.record import Actor
from notifications.models import Program

Band, Outcome = DisengagementSignal.Band, Outreach.Outcome

MOST = 20
LEAST_EVENTS = 30
LOOKS_BACK = timedelta(weeks=26)
# Above the first share of false alarms the line goes up, below the second down; between, it stays.
TOO_MANY_FALSE, HARDLY_ANY_FALSE = 1 / 3, 1 / 20
FARTHEST = 1.0
_ALERTS = (Band.REACH_OUT, Band.LOST_CONTACT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcomes:
    """How the newest alerts ended, each by its newest contact; keys of `counts` are of Outreach.Outcome."""

    total: int = 0
    counts: dict[str, int] = field(default_factory=dict)

    @property
    def in_words(self) -> list[tuple[str, int]]:
        """Each outcome as it is called, and how many of it, the most frequent first."""
        ranked = sorted(self.counts.items(), key=lambda item: -item[1])
        return [(str(Outcome(outcome).label), count) for outcome, count in ranked if count]


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where a program's line stands, and where its outcomes would have it.

    `n` and `false_alarms` are of the last 26 weeks; `proposed` is the offset they speak for.
    """

    in_force: Calibration | None
    n: int
    false_alarms: int
    offset: float
    proposed: float

    @property
    def offset_size(self) -> float:
        """How far the line is from where it was shipped, either way."""
        return abs(self.offset)

    @property
    def is_enough(self) -> bool:
        """Whether there are outcomes enough to say anything."""
        return self.n >= LEAST_EVENTS


class NothingToMove(Exception):
    """The outcomes give no reason to move the line, or there are too few of them."""


def of_counselor(*, user: int, at: datetime, most: int = MOST) -> Outcomes:
    """How the last alerts ended that somebody (a User's key) answered."""
    return _outcomes(_answers(at).filter(counselor=user), most)


def of_program(*, program: Program, at: datetime, most: int = MOST) -> Outcomes:
    """How the last alerts of a program ended, whoever answered them."""
    return _outcomes(_answers(at).filter(graduate__program=program), most)


def _answers(at: datetime) -> QuerySet[Outreach]:
    return Outreach.objects.filter(at__lte=at, signals__band__in=_ALERTS).order_by("-at", "-pk")


def _outcomes(rows: QuerySet[Outreach], most: int | None) -> Outcomes:
    """One outcome an alert: several tries at the same one are told by the last."""
    newest: dict[int, str] = {}
    for signal, outcome in rows.values_list("signals", "outcome").iterator():
        if most is not None and len(newest) == most:
            break
        newest.setdefault(signal, outcome)
    return Outcomes(total=len(newest), counts=dict(Counter(newest.values())))


def standing(*, program: Program, at: datetime) -> Standing:
    """Where the line of a program stands at an instant, and where it could be moved."""
    lately = _answers(at).filter(graduate__program=program, at__gt=at - LOOKS_BACK)
    found = _outcomes(lately, None)
    rows = Calibration.objects.filter(program=program, at__lte=at)
    in_force = rows.order_by("-at", "-pk").first()
    offset = in_force.offset if in_force else 0.0
    false_alarms = found.counts.get(Outcome.FALSE_ALARM, 0)
    return Standing(
        in_force=in_force,
        n=found.total,
        false_alarms=false_alarms,
        offset=offset,
        proposed=proposed(n=found.total, false_alarms=false_alarms, offset=offset),
    )


def proposed(*, n: int, false_alarms: int, offset: float) -> float:
    """The offset in points that these outcomes speak for, from the one in force."""
    if n < LEAST_EVENTS:
        return offset
    share = false_alarms / n
    step = (share > TOO_MANY_FALSE) - (share < HARDLY_ANY_FALSE)
    return max(-FARTHEST, min(FARTHEST, offset + step))


@transaction.atomic
def move(*, program: Program, actor: Actor, at: datetime) -> Calibration:
    """Move the line where the outcomes have it; everybody is looked at by it in the next tick.

    Raises NothingToMove.
    """
    Program.objects.select_for_update().get(pk=program.pk)
    now = standing(program=program, at=at)
    if now.proposed == now.offset:
        raise NothingToMove
    made = Calibration.objects.create(
        program=program, at=at, n=now.n, false_alarms=now.false_alarms, offset=now.proposed
    )
    current = Graduate.objects.filter(program=program, assess_at__isnull=False)
    look_again(graduates=current.values_list("pk", flat=True), at=at)
    record.write(actor=actor, verb=AuditEntry.Verb.CHANGED, thing=program, program=program, at=at)
    return made


def alerts_per_fifty(*, program: Program) -> int:
    """Alerts a week for each fifty people of one counselor."""
    row = SignalSettings.objects.filter(program=program).first()
    return row.per_fifty if row else SignalSettings.PER_FIFTY


@transaction.atomic
def set_alerts(*, program: Program, per_fifty: int, actor: Actor, at: datetime) -> None:
    """Say how many alerts a week each fifty people of a counselor may make."""
    SignalSettings.objects.update_or_create(program=program, defaults={"per_fifty": per_fifty})
    record.write(actor=actor, verb=AuditEntry.Verb.CHANGED, thing=program, program=program, at=at)
