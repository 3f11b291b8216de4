"""The record of who did and saw what: rows of ids, written by the verb itself in its own transaction."""

import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import (
    DatabaseError,
    IntegrityError,
    InterfaceError,
    OperationalError,
    models,
    transaction,
)
from django.db.models import Exists, OuterRef, Q, QuerySet

from aftercare.models import AuditEntry, GlassBreak, Graduate, Submission
from notifications.models import Program

if TYPE_CHECKING:
    from portal.models import User


@dataclass(frozen=True)
class Actor:
    """Who acts: a person with the role they act in, or the portal itself (user None)."""

    user: "User | None" = None
    role: str = ""


PORTAL = Actor()


class NotOnRecord(Exception):
    """The record takes no row, so nothing can be done or shown now."""


def write(
    *,
    actor: Actor,
    verb: AuditEntry.Verb,
    thing: models.Model,
    at: datetime,
    graduate: Graduate | None = None,
    program: Program | None = None,
) -> AuditEntry:
    """Record one act on one row; the program is the graduate's unless given.

    Raises ValueError where neither a graduate nor a program is given; and NotOnRecord, so that
    nothing is done or shown that is not on record.
    """
    if graduate is None and isinstance(thing, Graduate):
        graduate = thing
    if program is None and graduate is None:
        raise ValueError("An audit row needs a program or a graduate.")
    thing_uid = getattr(thing, "uid", None)
    with _refusal_told():
        return AuditEntry.objects.create(
            program_id=program.pk if program else graduate.program_id,  # type: ignore[union-attr]
            actor=actor.user,
            role=actor.role,
            verb=verb,
            thing=thing._meta.model_name or "",
            thing_uid=thing_uid if isinstance(thing_uid, uuid.UUID) else None,
            graduate_uid=graduate.uid if graduate else None,
            at=at,
        )


def write_looks(*, looks: Iterable[tuple[Actor, Graduate]], thing: str, at: datetime) -> None:
    """Record that each of these people was seen on a page (`thing`, its name); raises NotOnRecord."""
    rows = [
        AuditEntry(
            program_id=graduate.program_id,
            actor=actor.user,
            role=actor.role,
            verb=AuditEntry.Verb.READ,
            thing=thing,
            thing_uid=graduate.uid,
            graduate_uid=graduate.uid,
            at=at,
        )
        for actor, graduate in looks
    ]
    if rows:
        with _refusal_told(), transaction.atomic():
            AuditEntry.objects.bulk_create(rows)


@contextmanager
def _refusal_told() -> Iterator[None]:
    try:
        yield
    except (OperationalError, InterfaceError):
        # The database is away, which is told as such.
        raise
    except DatabaseError as error:
        raise NotOnRecord from error


def write_denial(
    *, actor: Actor, program: Program, thing: str, uid: uuid.UUID | None, at: datetime
) -> AuditEntry:
    """Record what somebody asked for and was not shown: the name of a page, and the id asked for."""
    return AuditEntry.objects.create(
        program=program,
        actor=actor.user,
        role=actor.role,
        verb=AuditEntry.Verb.DENIED,
        thing=thing,
        thing_uid=uid,
        at=at,
    )


# What a graduate reads of it


def breaks_told_to(*, graduate: Graduate, at: datetime) -> QuerySet[GlassBreak]:
    """When the record was opened in need: nothing within the hour, nothing that is held back."""
    return GlassBreak.objects.filter(graduate=graduate, is_told=True, ends_at__lte=at)


def rows_told_to(*, graduate: Graduate, at: datetime) -> QuerySet[AuditEntry]:
    """The rows about a graduate; those of whoever had opened the record come with the telling of it."""
    untold = GlassBreak.objects.filter(
        Q(is_told=False) | Q(ends_at__gt=at),
        graduate=graduate,
        user=OuterRef("actor"),
        at__lte=OuterRef("at"),
        ends_at__gt=OuterRef("at"),
    )
    return AuditEntry.objects.filter(~Exists(untold), graduate_uid=graduate.uid)


# Forms


def take_in(*, key: uuid.UUID, user: "User", at: datetime) -> Submission | None:
    """Claim a form's key; None where it was taken in before."""
    try:
        with transaction.atomic():
            return Submission.objects.create(key=key, user=user, at=at)
    except IntegrityError:
        return None


def lead_to(*, submission: Submission, location: str) -> None:
    """Keep where a form led, for the second of two clicks."""
    Submission.objects.filter(pk=submission.pk).update(location=location)


def is_taken_in(*, key: uuid.UUID) -> bool:
    """Whether a form with this key was taken in."""
    return Submission.objects.filter(key=key).exists()


def location_of(*, key: uuid.UUID) -> str:
    """Where the form with this key led; empty where it led nowhere."""
    return Submission.objects.values_list("location", flat=True).get(key=key)
