"""Graduates who get another counselor: many at once, on record, and taken back while it is fresh."""

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, QuerySet

from aftercare import access, record
from aftercare.access import NotYours, Standing
from aftercare.models import Assignment, AuditEntry, Graduate, Role

# How long a handover can be taken back.
UNDO = timedelta(hours=12)


@dataclass(frozen=True, kw_only=True)
class Handover:
    """Everybody who came to one counselor at one instant, by the ids of the new assignments."""

    name: str
    at: datetime
    uids: tuple[uuid.UUID, ...]


def counselors(*, standing: Standing) -> "QuerySet[Role]":
    """Those who may be given graduates by a log-in: the counselors of the programs it leads."""
    led = standing.programs(Role.Kind.LEAD)
    rows = Role.objects.filter(program__in=led, kind=Role.Kind.COUNSELOR, until__isnull=True)
    return rows.select_related("user", "program").order_by("program__name", "pk")


@transaction.atomic
def give(
    *, standing: Standing, graduates: Collection[uuid.UUID], to: uuid.UUID, at: datetime
) -> int:
    """Give graduates (by uid) to a counselor (a role's uid) of the same program; returns how many came.

    Who is with that counselor already stays as they are. Raises NotYours where the log-in does not
    lead the program of the counselor, or of any of them.
    """
    role = counselors(standing=standing).filter(uid=to).first()
    if role is None:
        raise NotYours
    people = _led(standing, role).filter(uid__in=graduates)
    if people.count() != len(set(graduates)):
        raise NotYours
    return _give(people, role, standing, at)


@transaction.atomic
def give_all(*, standing: Standing, of: uuid.UUID, to: uuid.UUID, at: datetime) -> int:
    """Give a whole caseload from one counselor to another (roles' uids); raises NotYours."""
    found = {role.uid: role for role in counselors(standing=standing).filter(uid__in=[of, to])}
    if of not in found or to not in found:
        raise NotYours
    mine = Assignment.objects.filter(counselor=found[of], until__isnull=True)
    people = _led(standing, found[to]).filter(pk__in=mine.values("graduate"))
    return _give(people, found[to], standing, at)


def _led(standing: Standing, role: Role) -> "QuerySet[Graduate]":
    return access.caseload(standing=standing).filter(program=role.program_id)


def _give(people: "QuerySet[Graduate]", role: Role, standing: Standing, at: datetime) -> int:
    held = Assignment.objects.select_for_update().filter(graduate__in=people, until__isnull=True)
    before = {row.graduate_id: row for row in held}
    came = 0
    for graduate in people.order_by("pk"):
        old = before.get(graduate.pk)
        if old is not None and old.counselor_id == role.pk:
            continue
        if old is not None:
            old.until = at
            old.save(update_fields=["until"])
        made = Assignment.objects.create(graduate=graduate, counselor=role, since=at)
        _record(made, graduate, standing, at)
        came += 1
    return came


def recent(*, standing: Standing, at: datetime) -> tuple[Handover, ...]:
    """What can still be taken back, the newest first."""
    made: dict[tuple[datetime, int], list[Assignment]] = {}
    for row in _fresh(standing, at).order_by("-since", "pk"):
        made.setdefault((row.since, row.counselor_id), []).append(row)
    return tuple(
        Handover(name=rows[0].counselor.user.name, at=since, uids=tuple(row.uid for row in rows))
        for (since, _), rows in made.items()
    )


def _fresh(standing: Standing, at: datetime) -> "QuerySet[Assignment]":
    """Open assignments that took the place of another a short while ago."""
    return Assignment.objects.filter(
        until__isnull=True,
        since__gt=at - UNDO,
        graduate__program__in=standing.programs(Role.Kind.LEAD),
        graduate__assignments__until=F("since"),
    ).select_related("counselor__user", "graduate__program")


@transaction.atomic
def take_back(*, standing: Standing, uids: Collection[uuid.UUID], at: datetime) -> int:
    """Put graduates back with whom they were before (by the new assignments); returns how many.

    What has changed since, or is no longer fresh, stays as it is.
    """
    rows = list(_fresh(standing, at).filter(uid__in=uids).select_for_update(of=("self",)))
    for row in rows:
        _record(row, row.graduate, standing, at)
        before = Assignment.objects.filter(graduate=row.graduate, until=row.since)
        row.delete()
        before.update(until=None)
    return len(rows)


def _record(row: Assignment, graduate: Graduate, standing: Standing, at: datetime) -> None:
    record.write(
        actor=standing.actor(graduate.program_id),
        verb=AuditEntry.Verb.CHANGED,
        thing=row,
        graduate=graduate,
        at=at,
    )
