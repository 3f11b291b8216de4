"""The days on which nothing that a program runs itself happens."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from aftercare import attendance, record
from aftercare.models import AuditEntry, Commitment, Graduate, Holiday
from aftercare.record import Actor
from notifications.models import Program

LONGEST_DAYS = 31


class NotAHoliday(ValueError):
    """The days are the wrong way round or too many."""

    words = _("The last day comes on or after the first one, and within a month of it.")

    def __str__(self) -> str:
        return str(self.words)


def of(*, program: Program, at: datetime) -> tuple[Holiday, ...]:
    """The holidays of a program that are not over where it is, the nearest first."""
    today = at.astimezone(ZoneInfo(program.time_zone)).date()
    rows = Holiday.objects.filter(program=program, last_on__gte=today)
    return tuple(rows.order_by("first_on", "pk"))


@transaction.atomic
def add(
    *, program: Program, name: str, first_on: date, last_on: date, actor: Actor, at: datetime
) -> Holiday:
    """Keep local days free of everything the program runs; plans follow with the next tick.

    Raises NotAHoliday.
    """
    if not 0 <= (last_on - first_on).days < LONGEST_DAYS:
        raise NotAHoliday
    made = Holiday.objects.create(
        program=program,
        name=name,
        first_on=first_on,
        last_on=last_on,
        added_by=actor.user,
        created_at=at,
    )
    attendance.replan_soon(commitments=_run_by(program), at=at)
    record.write(actor=actor, verb=AuditEntry.Verb.CREATED, thing=made, program=program, at=at)
    return made


@transaction.atomic
def remove(*, holiday: Holiday, actor: Actor, at: datetime) -> None:
    """Let things happen on these days after all; plans follow with the next tick."""
    program = holiday.program
    record.write(actor=actor, verb=AuditEntry.Verb.CHANGED, thing=holiday, program=program, at=at)
    holiday.delete()
    attendance.replan_soon(commitments=_run_by(program), at=at)


def _run_by(program: Program) -> "models.QuerySet[Commitment]":
    rows = Commitment.objects.filter(graduate__program=program, kind__in=Commitment.OF_PROGRAM)
    return rows.exclude(graduate__status__in=[Graduate.Status.LEFT, Graduate.Status.DECEASED])
