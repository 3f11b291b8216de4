"""Texts on their way: who may look at one and decide about it, and those that a person must decide on."""

import uuid
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from aftercare import access, record, reminders
from aftercare.access import NotYours, Standing
from aftercare.models import AuditEntry, Graduate, Role
from aftercare.record import Actor
from notifications import decisions, overview, trace
from notifications.decisions import NotPossible as NotPossible
from notifications.kinds import Kind
from notifications.models import Decision, Message
from notifications.trace import Trace

Deed = Decision.Deed
UNDO = "undo"
OVER = (Graduate.Status.LEFT, Graduate.Status.DECEASED)
# A code or a link is a key, and its holder is the graduate alone.
KEYS = (Kind.CODE, Kind.INVITATION)


@dataclass(frozen=True, kw_only=True)
class Story:
    """One message as its reader may see it; `graduate` and `body` are for who answers for them."""

    trace: Trace
    graduate: Graduate | None
    body: str


def reachable(*, standing: Standing) -> "QuerySet[Message]":
    """Messages a log-in may decide about: to its caseload, and of programs it operates."""
    people = access.caseload(standing=standing).values("uid")
    mine = Q(program__in=standing.programs(Role.Kind.OPERATOR))
    if standing.is_staff:
        mine |= Q(about__in=people)
    return Message.objects.filter(mine).select_related("program")


def message(*, standing: Standing, uid: uuid.UUID) -> Message:
    """One message to decide about; raises NotYours."""
    found = reachable(standing=standing).filter(uid=uid).first()
    if found is None:
        raise NotYours
    return found


@transaction.atomic
def story(*, standing: Standing, uid: uuid.UUID) -> Story:
    """Why one message went out or did not; a look at somebody's text is recorded. Raises NotYours."""
    found = message(standing=standing, uid=uid)
    graduate = _whose(access.caseload(standing=standing), found)
    if graduate is not None:
        actor = standing.actor(found.program)
        record.write(
            actor=actor, verb=AuditEntry.Verb.READ, thing=found, graduate=graduate, at=standing.at
        )
    told = trace.read(message=found, at=standing.at)
    if Deed.AGAIN in told.choices and not _is_wanted(found, standing.at):
        kept = tuple(deed for deed in told.choices if deed != Deed.AGAIN)
        told = replace(told, choices=kept)
    # A lead alone opens the words for a reason (`glass`).
    mine = _whose(access.caseload(standing=standing, mine_only=True), found)
    shows_words = mine is not None and found.kind not in KEYS
    return Story(trace=told, graduate=graduate, body=found.body if shows_words else "")


def _is_wanted(found: Message, at: datetime) -> bool:
    """Whether there is still somebody to send it to, and its reason still stands."""
    graduate = _whose(Graduate.objects.all(), found)
    is_over = graduate is not None and graduate.status in OVER
    return not is_over and reminders.are_wanted(message=found, at=at)


def _whose(people: "QuerySet[Graduate]", found: Message) -> Graduate | None:
    """Whom a message is about, among these people; None also where it is about nobody."""
    return people.filter(uid=found.about).first() if found.about else None


@transaction.atomic
def decide(*, message: Message, deed: str, actor: Actor, at: datetime) -> Decision:
    """Do as somebody decided (a word of Deed, or UNDO), once, and put it on record.

    Raises NotPossible, whose words are for a person to read.
    """
    if deed == UNDO:
        done = decisions.undo(message=message, at=at)
        is_new = done.undone_at == at
    else:
        if deed == Deed.AGAIN and not _is_wanted(message, at):
            raise NotPossible(_("Nobody waits for this text any more."))
        done = decisions.decide(message=message, deed=Deed(deed), actor=actor.user, at=at)
        is_new = done.at == at
    if is_new:
        record.write(
            actor=actor,
            verb=AuditEntry.Verb.CHANGED,
            thing=message,
            graduate=_whose(Graduate.objects.all(), message),
            program=message.program,
            at=at,
        )
    return done


@dataclass(frozen=True, kw_only=True)
class UnclearRow:
    """One text of which nobody knows whether it arrived; `choices` are words of Deed."""

    uid: uuid.UUID
    words: str
    at: datetime
    choices: tuple[str, ...]


def unclear_of(
    *, graduates: Collection[uuid.UUID], at: datetime
) -> defaultdict[uuid.UUID, tuple[UnclearRow, ...]]:
    """Texts that somebody must decide about by graduate (uids), the oldest first; one query."""
    found: defaultdict[uuid.UUID, tuple[UnclearRow, ...]] = defaultdict(tuple)
    for row in overview.unsettled(about=graduates):
        if row.about is not None:
            found[row.about] += (
                UnclearRow(
                    uid=row.uid,
                    words=row.get_kind_display().capitalize() if row.kind in KEYS else row.body,
                    at=row.claimed_at or row.queued_at,
                    choices=decisions.choices(message=row, at=at),
                ),
            )
    return found
