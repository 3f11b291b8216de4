"""What is open beyond a caseload: own consents, shared pages, records opened in need, audits, a lead's list."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from aftercare import access, disclosure, glass, record
from aftercare.access import NotYours, Standing
from aftercare.models import (
    AuditEntry,
    Contact,
    Disclosure,
    GlassBreak,
    Graduate,
    Inspection,
    Release,
    Role,
    Worry,
)
from notifications import addresses
from notifications.models import Program, Sender
from notifications.text import fold


class Ended(Exception):
    """What was shared with this log-in is shared no more; shown as a link that has ended."""


class NotOne(Exception):
    """A name or number fits nobody, or several; which of them is not told."""


def own_release(*, standing: Standing, uid: uuid.UUID) -> Release:
    """One consent of one's own; raises NotYours."""
    rows = Release.objects.select_related("graduate__program")
    found = rows.filter(uid=uid, graduate__in=[one.pk for one in standing.graduates]).first()
    if found is None:
        raise NotYours
    return found


def release_of(*, graduate: Graduate, uid: uuid.UUID) -> Release:
    """One consent of a graduate that was found in the caseload; raises NotYours."""
    found = Release.objects.filter(uid=uid, graduate=graduate).first()
    if found is None:
        raise NotYours
    found.graduate = graduate
    return found


def shared_page(*, standing: Standing, uid: uuid.UUID) -> Release:
    """What somebody shares with this log-in; raises Ended where it is over, NotYours where it never was."""
    for release in standing.shared:
        if release.uid == uid:
            if release.is_in_force(standing.at):
                return release
            raise Ended
    raise NotYours


# Records beyond the caseload


@dataclass(frozen=True, kw_only=True)
class Opened:
    """A record that may be read only, and by what: an hour in need, or an audit."""

    graduate: Graduate
    glass: GlassBreak | None = None
    inspection: Inspection | None = None

    @property
    def ends_at(self) -> datetime:
        """When it closes by itself."""
        if self.glass is not None:
            return self.glass.ends_at
        assert self.inspection is not None  # noqa: S101 - one of the two is there
        return self.inspection.until


@transaction.atomic
def open_record(*, standing: Standing, uid: uuid.UUID) -> Opened:
    """One record that was opened to this person in need, or for an audit; the look is recorded. Raises NotYours."""
    graduate = Graduate.objects.filter(uid=uid).select_related("program").first()
    opened = _opened(standing, graduate) if graduate and standing.user else None
    if opened is None:
        raise NotYours
    actor = standing.actor(opened.graduate.program_id)
    record.write(
        actor=actor,
        verb=AuditEntry.Verb.READ,
        thing=opened.glass or opened.inspection or opened.graduate,
        graduate=opened.graduate,
        at=standing.at,
    )
    if opened.inspection is not None:
        # An auditor is from outside.
        disclosure.show_to_auditor(
            graduate=opened.graduate,
            purpose=opened.inspection.purpose,
            actor=actor,
            at=standing.at,
        )
    return opened


def _opened(standing: Standing, graduate: Graduate) -> Opened | None:
    assert standing.user is not None  # noqa: S101 - asked by the caller
    # Whose role has ended sees nothing, however fresh the reason.
    if not any(role.program_id == graduate.program_id for role in standing.roles):
        return None
    broken = glass.open_one(graduate=graduate, user=standing.user, at=standing.at)
    if broken is not None and standing.is_staff:
        return Opened(graduate=graduate, glass=broken)
    inspection = _inspections(standing).filter(graduates=graduate).first()
    return Opened(graduate=graduate, inspection=inspection) if inspection else None


def _inspections(standing: Standing) -> "QuerySet[Inspection]":
    own = [role.pk for role in standing.roles if role.kind == Role.Kind.AUDITOR]
    rows = Inspection.objects.filter(role__in=own, since__lte=standing.at, until__gt=standing.at)
    return rows.order_by("until", "pk")


def inspected(*, standing: Standing) -> list[Opened]:
    """Every record that an auditor may read now, each once, by name."""
    found: dict[int, Opened] = {}
    for inspection in _inspections(standing).prefetch_related("graduates__program"):
        for graduate in inspection.graduates.all():
            found[graduate.pk] = Opened(graduate=graduate, inspection=inspection)
    return sorted(found.values(), key=lambda one: one.graduate.name.casefold())


def find_one(*, standing: Standing, who: str) -> Graduate:
    """The one person of one's programs with this full name or phone (E.164), to open a record in need.

    The search is recorded with the programs, not what was typed, also where it finds nobody: do not
    call it in a transaction that is rolled back then. Raises NotOne.
    """
    programs = standing.programs(Role.Kind.COUNSELOR, Role.Kind.LEAD)
    for program in programs:
        record.write(
            actor=standing.actor(program),
            verb=AuditEntry.Verb.SEARCHED,
            thing=program,
            program=program,
            at=standing.at,
        )
    found = _named(who=who, programs=programs) or _with_phone(who=who, programs=programs)
    if len(found) != 1:
        raise NotOne
    return found[0]


def _named(*, who: str, programs: list[Program]) -> list[Graduate]:
    people = Graduate.objects.filter(program__in=programs).select_related("program")
    wanted = fold(who)
    return [one for one in people if wanted and fold(one.name) == wanted]


def _with_phone(*, who: str, programs: list[Program]) -> list[Graduate]:
    address = addresses.find(channel=Sender.Channel.SMS, value=who)
    held = Contact.objects.filter(address=address, until__isnull=True) if address else []
    rows = Graduate.objects.filter(
        pk__in=[contact.graduate_id for contact in held], program__in=programs
    )
    return list(rows.select_related("program"))


def reads_texts(*, standing: Standing, graduate: Graduate) -> bool:
    """Whether the words of texts are open without a reason: to who cares for the person, not to a lead alone."""
    mine = access.caseload(standing=standing, mine_only=True)
    return mine.filter(pk=graduate.pk).exists()


# A lead's list


def _led(standing: Standing) -> list[Program]:
    return standing.programs(Role.Kind.LEAD)


def glass_break(*, standing: Standing, uid: uuid.UUID) -> GlassBreak:
    """One opened record of a program led; raises NotYours."""
    rows = GlassBreak.objects.select_related("graduate__program", "user")
    return access.found_one(rows.filter(uid=uid, graduate__program__in=_led(standing)).first())


def emergency(*, standing: Standing, uid: uuid.UUID) -> Disclosure:
    """One disclosure in an emergency in a program led; raises NotYours."""
    rows = Disclosure.objects.select_related("graduate__program").filter(
        basis=Disclosure.Basis.EMERGENCY, graduate__program__in=_led(standing), uid=uid
    )
    return access.found_one(rows.first())


def worry(*, standing: Standing, uid: uuid.UUID) -> Worry:
    """What somebody told a program led; raises NotYours."""
    rows = Worry.objects.select_related("program")
    return access.found_one(rows.filter(uid=uid, program__in=_led(standing)).first())


def inspection(*, standing: Standing, uid: uuid.UUID) -> Inspection:
    """One audit of a program led; raises NotYours."""
    rows = Inspection.objects.select_related("role__program")
    return access.found_one(rows.filter(uid=uid, role__program__in=_led(standing)).first())
