"""A lead's list of what needs watching: records opened in need, emergencies told, worries, audits."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from aftercare import access, disclosure, notices, record
from aftercare.access import Standing
from aftercare.models import (
    AuditEntry,
    Disclosure,
    GlassBreak,
    Graduate,
    Inspection,
    Role,
    Worry,
)
from aftercare.record import Actor
from notifications.text import fold

# What is settled is shown so long.
SHOWN = timedelta(days=30)


class NotFound(ValueError):
    """A line names nobody of the program, or several; `line` is what was written."""

    def __init__(self, line: str) -> None:
        super().__init__(line)
        self.line = line


@dataclass(frozen=True, kw_only=True)
class BreakRow:
    """A record opened in need; `may_review` is False for whoever opened it."""

    row: GlassBreak
    name: str
    who: str
    is_overdue: bool
    may_review: bool


@dataclass(frozen=True, kw_only=True)
class Oversight:
    """The list: what waits, the oldest first, and what was settled in the last month."""

    breaks: tuple[BreakRow, ...]
    reviewed: tuple[BreakRow, ...]
    emergencies: tuple[Disclosure, ...]
    worries: tuple[Worry, ...]
    inspections: tuple[Inspection, ...]

    @property
    def is_clear(self) -> bool:
        """Nothing waits."""
        return not (self.breaks or self.emergencies or self.worries)


def read(*, standing: Standing, at: datetime) -> Oversight:
    """The list of every program this log-in leads."""
    led = standing.programs(Role.Kind.LEAD)
    rows = GlassBreak.objects.filter(graduate__program__in=led)
    recent = rows.filter(Q(reviewed_at__isnull=True) | Q(reviewed_at__gt=at - SHOWN))
    breaks = [
        _break_row(row, standing, at)
        for row in recent.select_related("graduate", "user", "reviewed_by").order_by("at")
    ]
    emergencies = Disclosure.objects.filter(
        basis=Disclosure.Basis.EMERGENCY, graduate__program__in=led, seen_at__isnull=True
    )
    worries = Worry.objects.filter(program__in=led, handled_at__isnull=True)
    audits = Inspection.objects.filter(role__program__in=led, until__gt=at)
    return Oversight(
        breaks=tuple(one for one in breaks if one.row.reviewed_at is None),
        reviewed=tuple(one for one in breaks if one.row.reviewed_at is not None),
        emergencies=tuple(emergencies.select_related("graduate", "discloser").order_by("at")),
        worries=tuple(worries.select_related("program").order_by("at")),
        inspections=tuple(
            audits.select_related("role__user").prefetch_related("graduates").order_by("until")
        ),
    )


def _break_row(row: GlassBreak, standing: Standing, at: datetime) -> BreakRow:
    return BreakRow(
        row=row,
        name=row.graduate.name,
        who=row.user.name or row.user.email or "",
        is_overdue=row.is_overdue(at),
        may_review=row.user != standing.user,
    )


@transaction.atomic
def tell_in_emergency(
    *,
    graduate: Graduate,
    recipient: str,
    what: str,
    nature: str,
    told_at: datetime,
    actor: Actor,
    at: datetime,
) -> Disclosure:
    """Write down an emergency disclosure and let the leads know; raises disclosure.NotWrittenDown."""
    row = disclosure.tell_in_emergency(
        graduate=graduate,
        recipient=recipient,
        what=what,
        nature=nature,
        told_at=told_at,
        actor=actor,
        at=at,
    )
    notices.tell_leads(program=graduate.program, key=f"emergency:{row.uid}", at=at)
    return row


@transaction.atomic
def see_emergency(*, row: Disclosure, actor: Actor, at: datetime) -> None:
    """A lead has seen what was told in an emergency; the first one counts."""
    waiting = Disclosure.objects.filter(pk=row.pk, seen_at__isnull=True)
    if waiting.update(seen_at=at, seen_by=actor.user):
        record.write(
            actor=actor, verb=AuditEntry.Verb.READ, thing=row, graduate=row.graduate, at=at
        )


def auditors(*, standing: Standing) -> list[Role]:
    """The open auditors of the programs led, by name."""
    roles = Role.objects.filter(
        Q(until__isnull=True) | Q(until__gt=standing.at),
        program__in=standing.programs(Role.Kind.LEAD),
        kind=Role.Kind.AUDITOR,
    )
    return sorted(
        roles.select_related("user", "program"), key=lambda role: role.user.name.casefold()
    )


def named(*, standing: Standing, role: Role, lines: str) -> list[Graduate]:
    """The graduates of the auditor's program that are named, one full name a line; raises NotFound."""
    people: dict[str, list[Graduate]] = {}
    for graduate in access.caseload(standing=standing).filter(program=role.program):
        people.setdefault(fold(graduate.name), []).append(graduate)
    return list(dict.fromkeys(_one(people, line) for line in _filled(lines)))


def _filled(lines: str) -> Iterator[str]:
    return (line.strip() for line in lines.splitlines() if line.strip())


def _one(people: dict[str, list[Graduate]], line: str) -> Graduate:
    found = people.get(fold(line), [])
    if len(found) != 1:
        raise NotFound(line)
    return found[0]
