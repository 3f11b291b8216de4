"""Texts that a person must read: from graduates, and from numbers nobody knows yet."""

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet

from aftercare import access, checkins, handling, record, screenings
from aftercare.access import Standing
from aftercare.handling import Handler
from aftercare.models import AuditEntry, CheckIn, Contact, Graduate, Reply, Role
from notifications import inbound as arrivals

# How long a text that was read by mistake can be taken back from the same page.
UNDO = timedelta(hours=12)


@dataclass(frozen=True, kw_only=True)
class TextRow:
    """One text, who wrote it, and who answers for it.

    Without a graduate, `sharers` are all who share the phone, or `number` (E.164) tells whose it may be.
    """

    uid: uuid.UUID
    graduate: uuid.UUID | None
    name: str
    number: str
    handler: str
    body: str
    kind_title: str
    is_crisis: bool
    at: datetime
    sharers: tuple[Graduate, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Inbox:
    """What waits, oldest first after what may mean danger; what a new number wrote; what was read."""

    waiting: tuple[TextRow, ...]
    unknown: tuple[TextRow, ...]
    read: tuple[TextRow, ...]

    @property
    def shown(self) -> set[uuid.UUID]:
        """Every graduate whose words stand here, or may: who shares the phone of a text counts."""
        rows = (*self.waiting, *self.unknown, *self.read)
        writers = {row.graduate for row in rows if row.graduate}
        return writers | {one.uid for row in rows for one in row.sharers}


def read(*, standing: Standing, at: datetime, mine_only: bool = False) -> Inbox:
    """The inbox of a log-in; a constant number of queries."""
    mine = _of_graduates(standing, mine_only)
    known = list(mine.filter(read_at__isnull=True))
    done = list(mine.filter(read_by=standing.user, read_at__gt=at - UNDO).order_by("-read_at"))
    handlers = handling.handlers(graduates={reply.graduate_id for reply in [*known, *done]}, at=at)
    strangers = list(of_strangers(standing=standing))
    sharers = _sharers(strangers, standing)
    rows = [_row(reply, handlers) for reply in known]
    return Inbox(
        waiting=tuple(sorted(rows, key=lambda row: (not row.is_crisis, row.at))),
        unknown=tuple(
            _row(reply, {}, sharers=sharers.get(reply.inbound.address_id, ()))
            for reply in strangers
        ),
        read=tuple(_row(reply, handlers) for reply in done),
    )


def _of_graduates(standing: Standing, mine_only: bool) -> "QuerySet[Reply]":
    people = access.caseload(standing=standing, mine_only=mine_only)
    return (
        Reply.objects.filter(needs_person=True, graduate__in=people.values("pk"))
        .select_related("inbound", "graduate")
        .order_by("at", "pk")
    )


def of_strangers(*, standing: Standing) -> "QuerySet[Reply]":
    """Unread texts to the programs of a log-in whose writer is not known: a new number, a shared phone."""
    programs = standing.programs(Role.Kind.COUNSELOR, Role.Kind.LEAD)
    return (
        Reply.objects.filter(
            needs_person=True,
            read_at__isnull=True,
            graduate__isnull=True,
            inbound__program__in=programs,
        )
        .select_related("inbound__address", "graduate")
        .order_by("at", "pk")
    )


def _sharers(replies: Collection[Reply], standing: Standing) -> dict[int, tuple[Graduate, ...]]:
    """Those who share a phone, by its address: those of them whom this log-in may see."""
    rows = Contact.objects.filter(
        address__in={reply.inbound.address_id for reply in replies},
        until__isnull=True,
        graduate__in=access.caseload(standing=standing).values("pk"),
    ).select_related("graduate")
    found: dict[int, tuple[Graduate, ...]] = {}
    for row in rows.order_by("pk"):
        found[row.address_id] = (*found.get(row.address_id, ()), row.graduate)
    return found


def _row(
    reply: Reply, handlers: dict[int, Handler], *, sharers: tuple[Graduate, ...] = ()
) -> TextRow:
    graduate = reply.graduate
    handler = handlers.get(graduate.pk) if graduate else None
    return TextRow(
        uid=reply.uid,
        graduate=graduate.uid if graduate else None,
        name=graduate.name if graduate else ", ".join(one.name for one in sharers),
        number="" if graduate or sharers else reply.inbound.address.value,
        handler=handler.name if handler else "",
        body=arrivals.words_of(reply.inbound),
        kind_title=reply.get_kind_display(),
        is_crisis=reply.crisis,
        at=reply.at,
        sharers=sharers,
    )


@dataclass(frozen=True, kw_only=True)
class Read:
    """How many texts and how many check-ins were unread until now."""

    texts: int
    answers: int


@transaction.atomic
def mark_read(
    *,
    standing: Standing,
    at: datetime,
    replies: Collection[uuid.UUID] = (),
    check_ins: Collection[uuid.UUID] = (),
) -> Read:
    """These texts and answers were read by a person; who answered a check-in is told so.

    `check_ins` are check-ins and questionnaires.

    What this log-in may not see is left alone.
    """
    texts = list(_visible(standing, replies).filter(read_at__isnull=True))
    for reply in texts:
        reply.read_at, reply.read_by = at, standing.user
        reply.save(update_fields=["read_at", "read_by"])
        _record(reply, standing, AuditEntry.Verb.READ, at)
    answers = list(
        CheckIn.objects.filter(
            uid__in=check_ins,
            graduate__in=access.caseload(standing=standing).values("pk"),
            first_answer_at__isnull=False,
            read_at__isnull=True,
        ).select_related("graduate__program")
    )
    for check_in in answers:
        actor = standing.actor(check_in.graduate.program_id)
        checkins.mark_read(check_in=check_in, actor=actor, at=at)
    told = {check_in.graduate_id for check_in in answers}
    longer = screenings.mark_read(uids=check_ins, standing=standing, told=told, at=at)
    return Read(texts=len(texts), answers=len(answers) + longer)


@transaction.atomic
def mark_unread(*, standing: Standing, reply: uuid.UUID, at: datetime) -> None:
    """Put a text back into the inbox; raises access.NotYours."""
    row = _visible(standing, [reply]).first()
    if row is None:
        raise access.NotYours
    row.read_at, row.read_by = None, None
    row.save(update_fields=["read_at", "read_by"])
    _record(row, standing, AuditEntry.Verb.CHANGED, at)


@transaction.atomic
def attribute(
    *, standing: Standing, reply: uuid.UUID, graduate: uuid.UUID, at: datetime
) -> Graduate:
    """Say which of those who share a phone wrote a text; it waits on for whoever answers for them.

    Raises access.NotYours for a text that is somebody's already, or a graduate without that phone.
    """
    row = _visible(standing, [reply]).first()
    writer = access.graduate_of_caseload(standing=standing, uid=graduate)
    shares = Contact.objects.filter(graduate=writer, until__isnull=True)
    if row is None or not shares.filter(address=row.inbound.address_id).exists():
        raise access.NotYours
    if row.graduate_id is not None:
        if row.graduate_id != writer.pk:
            raise access.NotYours
        return writer
    row.graduate = writer
    row.save(update_fields=["graduate"])
    _record(row, standing, AuditEntry.Verb.CHANGED, at)
    return writer


def _visible(standing: Standing, replies: Collection[uuid.UUID]) -> "QuerySet[Reply]":
    people = access.caseload(standing=standing).values("pk")
    programs = standing.programs(Role.Kind.COUNSELOR, Role.Kind.LEAD)
    return (
        Reply.objects.filter(uid__in=replies, needs_person=True)
        .filter(Q(graduate__in=people) | Q(graduate__isnull=True, inbound__program__in=programs))
        .select_related("inbound__program", "graduate__program")
    )


def _record(reply: Reply, standing: Standing, verb: AuditEntry.Verb, at: datetime) -> None:
    program = reply.inbound.program
    record.write(
        actor=standing.actor(program),
        verb=verb,
        thing=reply,
        graduate=reply.graduate,
        program=program,
        at=at,
    )
