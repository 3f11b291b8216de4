"""The diary of one graduate: which check-in comes next, and one that is moved, left out or asked later."""

from collections.abc import Collection
from datetime import date, datetime, timedelta

from django.db import transaction

from aftercare import cadence, openings, record, touches
from aftercare.models import AuditEntry, CheckIn, Expectation, Graduate
from aftercare.record import Actor
from notifications import outbox

State = CheckIn.State
Outcome = Expectation.Outcome

# How far a single check-in may be moved.
MOVE_WITHIN = timedelta(days=28)


class NotThen(ValueError):
    """The day is too far, in the past, or has a check-in of its own, or this one has opened already."""


def plan_next(*, graduate: Graduate, at: datetime) -> CheckIn | None:
    """Plan the next check-in of somebody, and the texts that ask nothing until then.

    None where no hour will do, or where only a hello was chosen.
    """
    template = openings.template_of(graduate=graduate)
    if graduate.cadence_days == cadence.ONLY_HELLO:
        touches.plan(graduate=graduate, template=template, until=None, at=at)
        return None
    days = graduate.check_ins.order_by("-planned_on").values_list("planned_on", flat=True)
    on = cadence.next_on(
        start_on=openings.start_of(graduate=graduate),
        last_on=days.first(),
        today=openings.today_of(graduate=graduate, at=at),
        key=graduate.pk,
        cadence_days=graduate.cadence_days,
        template=template,
    )
    opens_at = openings.opening(graduate=graduate, template=template, on=on, after=at)
    if opens_at is None:
        return None
    planned_on = openings.today_of(graduate=graduate, at=opens_at)
    row, made = CheckIn.objects.get_or_create(
        graduate=graduate, planned_on=planned_on, defaults=window(opens_at)
    )
    touches.plan(graduate=graduate, template=template, until=planned_on, at=at)
    return row if made else None


def planned(*, graduate: Graduate) -> CheckIn | None:
    """The check-in that opens next."""
    return graduate.check_ins.filter(state=State.PLANNED).order_by("opens_at").first()


def replan(*, graduate: Graduate, at: datetime) -> CheckIn | None:
    """Plan the next check-in anew by what was chosen now; what is open stays open."""
    graduate.check_ins.filter(state=State.PLANNED).delete()
    return _plan_if_written_to(graduate, at)


def _plan_if_written_to(graduate: Graduate, at: datetime) -> CheckIn | None:
    if not graduate.is_written_to or not any(graduate.program.staffed_hours):
        return None
    return plan_next(graduate=graduate, at=at)


def window(opens_at: datetime) -> dict[str, datetime]:
    """When a check-in opens, is asked once more, and closes."""
    return {
        "opens_at": opens_at,
        "nudge_at": opens_at + cadence.NUDGE_AFTER,
        "closes_at": opens_at + cadence.WINDOW,
    }


# Moving one


@transaction.atomic
def move(*, check_in: CheckIn, on: date, actor: Actor, at: datetime) -> CheckIn:
    """Let a planned check-in open on another local day, or the next that will do; raises NotThen."""
    graduate = check_in.graduate
    today = openings.today_of(graduate=graduate, at=at)
    template = openings.template_of(graduate=graduate)
    opens_at = openings.opening(graduate=graduate, template=template, on=on, after=at)
    if opens_at is None or not today < on <= today + MOVE_WITHIN:
        raise NotThen
    planned_on = openings.today_of(graduate=graduate, at=opens_at)
    taken = graduate.check_ins.filter(planned_on=planned_on).exclude(pk=check_in.pk)
    waiting = CheckIn.objects.filter(pk=check_in.pk, state=State.PLANNED)
    if taken.exists() or not waiting.update(planned_on=planned_on, **window(opens_at)):
        raise NotThen
    check_in.refresh_from_db()
    record.write(
        actor=actor, verb=AuditEntry.Verb.CHANGED, thing=check_in, graduate=graduate, at=at
    )
    return check_in


@transaction.atomic
def leave_out(*, check_in: CheckIn, actor: Actor, at: datetime) -> CheckIn | None:
    """Do not ask this time: a planned or open check-in ends, and counts for nothing; returns the next one."""
    graduate = check_in.graduate
    ended = CheckIn.objects.filter(pk=check_in.pk, state__in=(State.PLANNED, State.OPEN))
    if ended.update(state=State.CANCELLED, nudge_at=None):
        excuse(check_ins=[check_in], at=at)
        record.write(
            actor=actor, verb=AuditEntry.Verb.CHANGED, thing=check_in, graduate=graduate, at=at
        )
    return planned(graduate=graduate) or _plan_if_written_to(graduate, at)


def excuse(*, check_ins: Collection[CheckIn], at: datetime) -> None:
    """What was asked and is not to be answered now is no miss, and is not asked again."""
    pending = Expectation.objects.filter(check_in__in=check_ins, outcome=Outcome.PENDING)
    pending.update(outcome=Outcome.EXCUSED)
    for row in check_ins:
        for key in (f"checkin:{row.pk}", f"nudge:{row.pk}"):
            outbox.cancel(key=key, reason="changed", at=at)


@transaction.atomic
def ask_later(*, check_in: CheckIn, at: datetime) -> datetime | None:
    """Ask an open check-in again on the next good day, once; returns when, or None if it was asked twice.

    Its window begins anew then, so that waiting costs nothing.
    """
    graduate = check_in.graduate
    if check_in.nudge_id is not None:
        return None
    template = openings.template_of(graduate=graduate)
    tomorrow = openings.today_of(graduate=graduate, at=at) + timedelta(days=1)
    again_at = openings.opening(graduate=graduate, template=template, on=tomorrow, after=at)
    if again_at is None:
        return None
    check_in.nudge_at, check_in.closes_at = again_at, again_at + cadence.WINDOW
    check_in.misunderstood = 0
    check_in.save(update_fields=["nudge_at", "closes_at", "misunderstood"])
    Expectation.objects.filter(check_in=check_in).update(due_at=check_in.closes_at)
    return again_at
