"""Audits from outside: named records, to be read only, until a day, under an agreement that is kept."""

import hashlib
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from aftercare import record
from aftercare.models import AuditEntry, Graduate, Inspection, Role
from aftercare.record import Actor


class NoAgreement(ValueError):
    """An audit needs its agreement in words, a purpose, at least one record, and an end that lies ahead."""


@transaction.atomic
def grant(
    *,
    role: Role,
    graduates: Sequence[Graduate],
    purpose: str,
    agreement: str,
    until: datetime,
    actor: Actor,
    at: datetime,
) -> Inspection:
    """Let an auditor read these records up to an instant (42 CFR 2.53(a)); raises NoAgreement.

    The auditor's role ends with the last audit.
    """
    is_whole = bool(agreement.strip() and purpose.strip() and graduates)
    if not is_whole or until <= at or role.kind != Role.Kind.AUDITOR:
        raise NoAgreement
    row = Inspection.objects.create(
        role=role,
        purpose=purpose.strip(),
        agreement=agreement,
        agreement_hash=hashlib.sha256(agreement.encode()).hexdigest(),
        granted_by=actor.user,
        since=at,
        until=until,
    )
    row.graduates.set(graduates)
    Role.objects.filter(pk=role.pk).update(until=_last(role))
    for graduate in graduates:
        record.write(actor=actor, verb=AuditEntry.Verb.CREATED, thing=row, graduate=graduate, at=at)
    return row


@transaction.atomic
def end(*, row: Inspection, actor: Actor, at: datetime) -> None:
    """The auditor sees nothing of it from now on."""
    if row.until <= at:
        return
    row.until = at
    row.save(update_fields=["until"])
    Role.objects.filter(pk=row.role_id).update(until=_last(row.role))
    record.write(
        actor=actor, verb=AuditEntry.Verb.CHANGED, thing=row, program=row.role.program, at=at
    )


def _last(role: Role) -> datetime:
    return max(Inspection.objects.filter(role=role).values_list("until", flat=True))
