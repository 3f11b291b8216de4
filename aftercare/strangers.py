"""Texts from numbers nobody knows: a number is put on file only after somebody has heard the person.

A sender's number proves nothing, so what a text says of itself is never enough.
"""

import uuid
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from aftercare import access, phones, record
from aftercare.access import NotYours, Standing
from aftercare.models import Alarm, AuditEntry, Contact, Graduate, Reply, Role
from aftercare.record import Actor
from notifications import addresses
from notifications import inbound as arrivals


class NotHeard(ValueError):
    """Nobody has said that they called the number and knew the voice."""


@dataclass(frozen=True, kw_only=True)
class Question:
    """A text from nobody we know, and the people of the same program whose number it might be."""

    uid: uuid.UUID
    number: str
    body: str
    people: tuple[tuple[uuid.UUID, str], ...]


def ask(*, standing: Standing, reply: uuid.UUID) -> Question:
    """What staff see before they say whose number it is; raises NotYours."""
    row = _stranger(standing, reply)
    rows = access.caseload(standing=standing).filter(program=row.inbound.program_id)
    names = sorted(((one.uid, one.name) for one in rows), key=lambda pair: pair[1].casefold())
    return Question(
        uid=row.uid,
        number=row.inbound.address.value,
        body=arrivals.words_of(row.inbound),
        people=tuple(names),
    )


@transaction.atomic
def attach(
    *, standing: Standing, reply: uuid.UUID, graduate: uuid.UUID, is_heard: bool, at: datetime
) -> Graduate:
    """Put the number of a text on file for one of the visible caseload, with what it wrote.

    The old number, if there is one, is written to no more, and the new one starts without consent.
    Raises NotHeard, NotYours, phones.SameNumber.
    """
    if not is_heard:
        raise NotHeard
    row = _stranger(standing, reply)
    person = access.graduate_of_caseload(standing=standing, uid=graduate)
    if person.program_id != row.inbound.program_id:
        raise NotYours
    actor = standing.actor(person.program_id)
    contact = phones.replace(graduate=person, value=row.inbound.address.value, actor=actor, at=at)
    phones.mark_confirmed(contact=contact, at=at)
    addresses.mark_reachable(address=contact.address)
    _bring_along(contact, person, actor, at)
    return person


def _stranger(standing: Standing, uid: uuid.UUID) -> Reply:
    programs = standing.programs(Role.Kind.COUNSELOR, Role.Kind.LEAD)
    rows = Reply.objects.select_related("inbound__address").filter(
        uid=uid,
        graduate__isnull=True,
        kind=Reply.Kind.UNKNOWN_NUMBER,
        inbound__program__in=programs,
    )
    row = rows.first()
    if row is None:
        raise NotYours
    return row


def _bring_along(contact: Contact, person: Graduate, actor: Actor, at: datetime) -> None:
    """What this number wrote, and what is open about it, belongs to the person from now on."""
    wrote = Reply.objects.filter(
        inbound__address=contact.address_id,
        inbound__program=person.program_id,
        graduate__isnull=True,
        kind=Reply.Kind.UNKNOWN_NUMBER,
    )
    wrote.update(graduate=person, kind=Reply.Kind.NOTE)
    about = Alarm.objects.filter(
        program=person.program_id, address=contact.address_id, graduate=None, closed_at=None
    )
    if not Alarm.objects.filter(graduate=person, closed_at=None, cause="danger").exists():
        about.update(graduate=person)
    record.write(actor=actor, verb=AuditEntry.Verb.CHANGED, thing=contact, graduate=person, at=at)
