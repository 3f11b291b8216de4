"""The operator's view of an installation: how sending goes, and messages by id; no person, no words."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet

from aftercare import health
from aftercare.access import NotYours, Standing
from aftercare.models import Role
from notifications import decisions, overview, reasons
from notifications.kinds import Lane
from notifications.models import Message, Sender
from notifications.overview import LANES, Overview, Programs

A_PAGE = 50
UNSETTLED, STOPPED, WAITING = "unsettled", "stopped", "waiting"
LISTS = (UNSETTLED, STOPPED, WAITING)


@dataclass(frozen=True, kw_only=True)
class MessageRow:
    """One message without its person: what it is, where it stands and why, and what can be decided."""

    uid: uuid.UUID
    program: str
    kind: str
    lane: str
    state: str
    why: str
    queued_at: datetime
    next_at: datetime | None
    ended_at: datetime | None
    choices: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Operations:
    """The whole page: figures, the tick's last beat, and one list of messages."""

    overview: Overview
    beat_at: datetime | None
    stands_still: bool
    which: str
    rows: "Page[Message]"
    messages: tuple[MessageRow, ...]


def read(*, standing: Standing, at: datetime, which: str = "", page: str = "1") -> Operations:
    """What an operator sees of the programs operated; `which` is one of LISTS. Constant queries."""
    programs = standing.programs(Role.Kind.OPERATOR)
    which = which if which in LISTS else UNSETTLED
    rows = Paginator(_list(which, at, programs)[: overview.MOST], A_PAGE).get_page(page)
    seen = overview.read(at=at, programs=programs)
    beat_at = seen.beats.get(health.TICK)
    return Operations(
        overview=seen,
        beat_at=beat_at,
        stands_still=health.is_stale(beat=beat_at, at=at),
        which=which,
        rows=rows,
        messages=tuple(_row(message, at) for message in rows),
    )


def sender(*, standing: Standing, uid: uuid.UUID) -> Sender:
    """A number of the programs operated; raises access.NotYours."""
    rows = Sender.objects.filter(uid=uid, program__in=standing.programs(Role.Kind.OPERATOR))
    found = rows.select_related("program").first()
    if found is None:
        raise NotYours
    return found


def _list(which: str, at: datetime, programs: Programs) -> "QuerySet[Message]":
    if which == STOPPED:
        rows = overview.stopped(at=at, programs=programs)
    elif which == WAITING:
        rows = overview.waiting(programs=programs)
    else:
        rows = overview.unsettled(programs=programs)
    # What is sealed stays in the database.
    return rows.select_related("program").defer("body")


def _row(message: Message, at: datetime) -> MessageRow:
    return MessageRow(
        uid=message.uid,
        program=message.program.name,
        kind=message.get_kind_display(),
        lane=str(LANES[Lane(message.lane)]),
        state=message.get_state_display(),
        why=reasons.sentence(message.reason),
        queued_at=message.queued_at,
        next_at=message.next_at,
        ended_at=message.ended_at,
        choices=decisions.choices(message=message, at=at),
    )
