"""Lists of many people to take along: with a reason, told to every lead, fetched once, and kept nowhere."""

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from aftercare import access, csv_file, mail, record
from aftercare.access import Standing
from aftercare.models import Assignment, AuditEntry, Export, Graduate, Role
from notifications import outbox
from notifications.kinds import Kind
from notifications.models import Program

# With more people than this, a second person agrees, or a day passes in which leads may object.
MOST_ALONE = 100
DELAY = timedelta(hours=24)
# How long an open list may be fetched.
OPEN_FOR = timedelta(hours=24)
COLUMNS = (
    *("first_name", "last_name", "status", "tracks", "graduated_on", "language", "time_zone"),
    "counselor",
)


class NothingToExport(Exception):
    """The caseload of this program is empty."""


class NotOpen(Exception):
    """The list was fetched already, is too old, waits for its second person, or has grown."""


class OwnExport(Exception):
    """Nobody is the second person for a list of their own."""


def _people(*, standing: Standing, program: Program) -> "QuerySet[Graduate]":
    """A counselor's own caseload; a lead's program."""
    mine_only = not any(
        role.kind == Role.Kind.LEAD and role.program_id == program.pk for role in standing.roles
    )
    found = access.caseload(standing=standing, mine_only=mine_only)
    return found.filter(program=program).order_by("pk")


@transaction.atomic
def ask(*, standing: Standing, program: Program, reason: str, at: datetime) -> Export:
    """Ask for the list of one's caseload in a program; every lead of it is told. Raises NothingToExport.

    It opens at once for a hundred people at most, else a day later or when `approve` says so.
    """
    people = _people(standing=standing, program=program).count()
    if not people:
        raise NothingToExport
    actor = standing.actor(program)
    assert actor.user is not None  # noqa: S101 - a standing is somebody's
    opens_at = at if people <= MOST_ALONE else at + DELAY
    export = Export.objects.create(
        program=program,
        asked_by=actor.user,
        reason=reason,
        people=people,
        asked_at=at,
        opens_at=opens_at,
        closes_at=opens_at + OPEN_FOR,
    )
    record.write(actor=actor, verb=AuditEntry.Verb.CREATED, thing=export, program=program, at=at)
    _tell_leads(export=export, at=at)
    return export


def to_approve(*, standing: Standing, uid: uuid.UUID) -> Export:
    """A list of a program one leads; raises NotYours."""
    found = Export.objects.filter(uid=uid, program__in=_led(standing)).first()
    if found is None:
        raise access.NotYours
    return found


def to_fetch(*, standing: Standing, uid: uuid.UUID) -> Export:
    """A list that one asked for oneself, of a program one still works in; raises NotYours."""
    programs = standing.programs(Role.Kind.COUNSELOR, Role.Kind.LEAD)
    found = Export.objects.filter(
        uid=uid, asked_by=standing.user, program__in=[one.pk for one in programs]
    ).first()
    if found is None:
        raise access.NotYours
    return found


def _led(standing: Standing) -> list[int]:
    return [role.program_id for role in standing.roles if role.kind == Role.Kind.LEAD]


def _tell_leads(*, export: Export, at: datetime) -> None:
    """A mail to each lead but the one who asked, with no word of who or why; the page says both."""
    leads = Role.objects.filter(
        program=export.program, kind=Role.Kind.LEAD, until__isnull=True
    ).exclude(user=export.asked_by)
    for lead in leads.select_related("user"):
        if not lead.user.email:
            continue
        subject, body = mail.render(name="export", language=lead.user.language)
        try:
            mail.queue(
                program=export.program,
                to=lead.user.email,
                subject=subject,
                body=body,
                kind=Kind.STAFF_PAGE,
                key=f"export:{export.uid}:{lead.pk}",
                at=at,
            )
        except outbox.NoSender:
            # The mailbox is switched off; the page shows it all the same.
            return


@transaction.atomic
def approve(*, standing: Standing, uid: uuid.UUID, at: datetime) -> None:
    """A second person, a lead of the program, lets a large list open now. Raises NotYours, OwnExport, NotOpen."""
    export = to_approve(standing=standing, uid=uid)
    actor = standing.actor(export.program)
    if actor.user == export.asked_by:
        raise OwnExport
    waiting = Export.objects.filter(pk=export.pk, opens_at__gt=at, approved_by__isnull=True)
    if not waiting.update(approved_by=actor.user, opens_at=at, closes_at=at + OPEN_FOR):
        raise NotOpen
    record.write(
        actor=actor, verb=AuditEntry.Verb.CHANGED, thing=export, program=export.program, at=at
    )


@transaction.atomic
def fetch(*, standing: Standing, uid: uuid.UUID, at: datetime) -> str:
    """The list as CSV, once, for who asked for it. Raises NotYours, NotOpen.

    Whoever has joined the caseload meanwhile is on it, up to the number it was asked for.
    """
    export = to_fetch(standing=standing, uid=uid)
    people = list(_people(standing=standing, program=export.program))
    taken = Export.objects.filter(
        pk=export.pk, fetched_at__isnull=True, opens_at__lte=at, closes_at__gt=at
    )
    if len(people) > max(export.people, MOST_ALONE) or not taken.update(fetched_at=at):
        raise NotOpen
    actor = standing.actor(export.program)
    record.write(
        actor=actor, verb=AuditEntry.Verb.EXPORTED, thing=export, program=export.program, at=at
    )
    for graduate in people:
        record.write(actor=actor, verb=AuditEntry.Verb.EXPORTED, thing=graduate, at=at)
    return _sheet(people)


def _sheet(people: Sequence[Graduate]) -> str:
    responsible = Assignment.objects.filter(
        graduate__in=[one.pk for one in people], until__isnull=True
    ).select_related("counselor__user")
    names = {row.graduate_id: row.counselor.user.name for row in responsible}
    rows = (
        (
            *(one.first_name, one.last_name, one.status, " ".join(one.tracks)),
            *(str(one.graduated_on), one.language, one.time_zone, names.get(one.pk, "")),
        )
        for one in people
    )
    return "".join(csv_file.lines(header=COLUMNS, rows=rows))


def listed(*, standing: Standing) -> list[Export]:
    """The lists of the last month or so: one's own, and those of the programs one leads, newest first."""
    rows = Export.objects.select_related("program", "asked_by", "approved_by")
    own, seen = rows.filter(asked_by=standing.user), rows.filter(program__in=_led(standing))
    return list((own | seen).order_by("-asked_at")[:30])
