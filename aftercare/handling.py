"""Who answers for a graduate at an instant: whoever took over, who covers, or the counselor."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.db import transaction

from aftercare import access, coverage, record
from aftercare.access import Standing
from aftercare.models import Assignment, AuditEntry, Coverage, Graduate, Role, Takeover


class Because(StrEnum):
    """Why somebody answers."""

    ASSIGNED = "assigned"
    COVERS = "covers"
    TOOK_OVER = "took_over"


@dataclass(frozen=True, slots=True, kw_only=True)
class Handler:
    """Who answers, in which role, why, and until when if that is known."""

    role: Role
    because: Because
    until: datetime | None = None

    @property
    def name(self) -> str:
        """Their name."""
        return str(self.role.user.name)


def handlers(*, graduates: Collection[int | None], at: datetime) -> dict[int, Handler]:
    """Who answers for each graduate (primary keys) at an instant; three queries for all of them."""
    rows = Assignment.objects.filter(graduate__in=graduates, until__isnull=True)
    assigned = {row.graduate_id: row.counselor for row in rows.select_related("counselor__user")}
    away = coverage.active(at=at).filter(counselor__in={role.pk for role in assigned.values()})
    covers = {row.counselor_id: row for row in away.select_related("cover__user")}
    found = {pk: _usual(role, covers.get(role.pk)) for pk, role in assigned.items()}
    taken = Takeover.objects.filter(
        graduate__in=graduates, until__isnull=True, role__until__isnull=True
    )
    for row in taken.select_related("role__user"):
        found[row.graduate_id] = Handler(role=row.role, because=Because.TOOK_OVER)
    return found


def _usual(role: Role, absence: Coverage | None) -> Handler:
    if absence is None:
        return Handler(role=role, because=Because.ASSIGNED)
    return Handler(role=absence.cover, because=Because.COVERS, until=absence.ends_at)


def handler_of(*, graduate: Graduate, at: datetime) -> Handler | None:
    """Who answers for one graduate; None where nobody is assigned."""
    return handlers(graduates=[graduate.pk], at=at).get(graduate.pk)


@transaction.atomic
def take_over(*, graduate: Graduate, standing: Standing, at: datetime) -> Handler:
    """Answer for a graduate from now on; whoever had taken over before has handed it on.

    Raises access.NotYours where the log-in has no role of care in the program.
    """
    role = next(
        (
            one
            for one in standing.roles
            if one.program_id == graduate.program_id
            and one.kind in (Role.Kind.COUNSELOR, Role.Kind.LEAD)
        ),
        None,
    )
    if role is None:
        raise access.NotYours
    _end(graduate, at)
    taken = Takeover.objects.create(graduate=graduate, role=role, since=at)
    _note(taken, standing, AuditEntry.Verb.CREATED, at)
    return Handler(role=role, because=Because.TOOK_OVER)


@transaction.atomic
def hand_back(*, graduate: Graduate, standing: Standing, at: datetime) -> Handler | None:
    """Let the counselor, or who covers, answer again; returns who that is."""
    for taken in Takeover.objects.filter(graduate=graduate, until__isnull=True):
        _end(graduate, at)
        _note(taken, standing, AuditEntry.Verb.CHANGED, at)
    return handler_of(graduate=graduate, at=at)


def _end(graduate: Graduate, at: datetime) -> None:
    # One row an open takeover has; two presses at once wait for each other here.
    Graduate.objects.select_for_update().get(pk=graduate.pk)
    Takeover.objects.filter(graduate=graduate, until__isnull=True).update(until=at)


def _note(taken: Takeover, standing: Standing, verb: AuditEntry.Verb, at: datetime) -> None:
    graduate = taken.graduate
    actor = standing.actor(graduate.program_id)
    record.write(actor=actor, verb=verb, thing=taken, graduate=graduate, at=at)
