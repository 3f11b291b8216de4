"""Meetings closed for days and opened again, in the directory and in every plan that has them."""

import uuid
from datetime import date, datetime

from django.db import transaction

from aftercare import attendance, record
from aftercare.directory import closures
from aftercare.models import AuditEntry, Closure, Commitment, Meeting
from aftercare.record import Actor
from notifications.models import Program


class NoSuchClosure(LookupError):
    """There is no such closure."""


@transaction.atomic
def close(
    *,
    meeting: Meeting,
    first_on: date,
    last_on: date,
    whole_place: bool,
    note: str,
    program: Program,
    actor: Actor,
    at: datetime,
) -> Closure:
    """Close a meeting for local days, both included; with `whole_place`, all that meets at its address.

    Plans follow with the next tick, which also tells whoever meant to go (aftercare.news).
    """
    closure = Closure.objects.create(
        meeting=meeting,
        place=closures.place_of(meeting=meeting) if whole_place else "",
        first_on=first_on,
        last_on=last_on,
        note=note,
        added_by=actor.user,
        created_at=at,
    )
    closure.meetings.add(meeting)
    closures.spread(at=at)
    _replan(closure, at)
    record.write(actor=actor, verb=AuditEntry.Verb.CREATED, thing=closure, program=program, at=at)
    return closure


@transaction.atomic
def reopen(*, uid: uuid.UUID, program: Program, actor: Actor, at: datetime) -> Meeting:
    """Take a closure back; returns the entry at which it was said. Raises NoSuchClosure."""
    closure = Closure.objects.select_related("meeting").filter(uid=uid).first()
    if closure is None:
        raise NoSuchClosure(uid)
    record.write(actor=actor, verb=AuditEntry.Verb.CHANGED, thing=closure, program=program, at=at)
    meeting = closure.meeting
    _replan(closure, at)
    closure.delete()
    return meeting


def _replan(closure: Closure, at: datetime) -> None:
    going = Commitment.objects.filter(meeting__in=closure.meetings.values("pk"))
    attendance.replan_soon(commitments=going, at=at)
