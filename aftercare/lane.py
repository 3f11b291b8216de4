"""The open items of the safety lane with their clocks, for the pages of staff."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet

from aftercare import access, alarms, record
from aftercare.access import NotYours, Standing
from aftercare.engagement import wording
from aftercare.models import (
    Alarm,
    AuditEntry,
    Contact,
    DisengagementSignal,
    Reply,
    Role,
    SafetyLane,
)
from notifications import inbound as arrivals
from notifications.models import Program, Sender

# So many of the newest reasons tell enough.
MOST_REASONS = 4


@dataclass(frozen=True, kw_only=True)
class Item:
    """One thing that may not wait; `name` is "" where nobody knows whose number it is.

    `pages_at` is when the next people are asked, None once somebody has it or where nobody is paged.
    """

    uid: uuid.UUID
    graduate: uuid.UUID | None
    name: str
    cause: str
    cause_title: str
    opened_at: datetime
    pages_at: datetime | None
    rounds: int
    taken_by: str
    taken_at: datetime | None
    is_closed: bool
    is_resting: bool
    cannot_be_texted: bool


@dataclass(frozen=True, kw_only=True)
class Story:
    """One item as whoever has it reads it: why, what was said, and where to call (E.164; "" unknown)."""

    item: Item
    reasons: tuple[str, ...]
    texts: tuple[tuple[datetime, str], ...]
    number: str
    card: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Unpaged:
    """A program in which danger pages nobody; whoever leads it can switch that on."""

    program: Program
    is_led: bool


def unpaged(*, standing: Standing, program: Program | None = None) -> tuple[Unpaged, ...]:
    """The programs somebody works in, or the one that is named, whose paging is off; one query."""
    held = [program] if program else standing.programs(Role.Kind.COUNSELOR, Role.Kind.LEAD)
    led = standing.programs(Role.Kind.LEAD)
    lanes = SafetyLane.objects.filter(program__in=held, on_since__isnull=False)
    on = set(lanes.values_list("program_id", flat=True))
    return tuple(Unpaged(program=one, is_led=one in led) for one in held if one.pk not in on)


def items(*, standing: Standing) -> tuple[Item, ...]:
    """What is open, and whose planned texts still rest: what nobody has first, danger before a call, then by age."""
    rows = _visible(standing).filter(
        Q(closed_at__isnull=True)
        | Q(cause=Alarm.Cause.DANGER, graduate__isnull=False, resumed_at__isnull=True)
    )
    found = [_item(row) for row in rows.order_by("opened_at", "pk")]
    return tuple(sorted(found, key=_rank))


def _rank(item: Item) -> tuple[bool, bool, bool]:
    return item.is_closed, item.taken_at is not None, item.cause != Alarm.Cause.DANGER


def count_waiting(*, standing: Standing) -> int:
    """How many items nobody has taken yet."""
    return _visible(standing).filter(acknowledged_at__isnull=True, closed_at__isnull=True).count()


def _visible(standing: Standing) -> "QuerySet[Alarm]":
    """The caseload's, the numbers nobody knows of one's programs, and all of a list one stands on."""
    people = access.caseload(standing=standing).values("pk")
    programs = standing.programs(Role.Kind.COUNSELOR, Role.Kind.LEAD)
    listed = alarms.standing_in(user=standing.user) if standing.user else []
    rows = Alarm.objects.filter(
        Q(graduate__in=people)
        | Q(graduate__isnull=True, program__in=programs)
        | Q(program__in=[one for one in listed if one in programs])
    )
    return rows.select_related("graduate", "program", "address", "acknowledged_by")


def _item(row: Alarm) -> Item:
    is_danger = row.cause == Alarm.Cause.DANGER
    return Item(
        uid=row.uid,
        graduate=row.graduate.uid if row.graduate else None,
        name=row.graduate.name if row.graduate else "",
        cause=row.cause,
        cause_title=row.get_cause_display(),
        opened_at=row.opened_at,
        pages_at=row.next_at,
        rounds=row.rounds,
        taken_by=row.acknowledged_by.name if row.acknowledged_by else "",
        taken_at=row.acknowledged_at,
        is_closed=row.closed_at is not None,
        is_resting=is_danger and row.graduate is not None and row.resumed_at is None,
        cannot_be_texted=row.cannot_be_texted,
    )


def alarm(*, standing: Standing, uid: uuid.UUID) -> Alarm:
    """One item, for a deed on it; raises NotYours."""
    row = _visible(standing).filter(uid=uid).first()
    if row is None:
        raise NotYours
    return row


@transaction.atomic
def open_story(*, standing: Standing, uid: uuid.UUID, at: datetime) -> Story:
    """One item to be read; the look, number and words included, is recorded. Raises NotYours."""
    row = alarm(standing=standing, uid=uid)
    record.write(
        actor=standing.actor(row.program_id),
        verb=AuditEntry.Verb.READ,
        thing=row,
        graduate=row.graduate,
        program=row.program,
        at=at,
    )
    return Story(
        item=_item(row),
        reasons=_reasons(row),
        texts=_texts(row),
        number=_number(row),
        card=row.graduate.contact_card if row.graduate else {},
    )


def _reasons(row: Alarm) -> tuple[str, ...]:
    if row.graduate is None:
        return ()
    kinds = {
        Alarm.Cause.DANGER: DisengagementSignal.Kind.SAFETY,
        Alarm.Cause.SUPPORT: DisengagementSignal.Kind.NEED_SUPPORT,
    }
    signal = row.graduate.signals.filter(kind=kinds[Alarm.Cause(row.cause)]).order_by("-pk").first()
    return tuple(wording.sentences(signal.reasons, most=MOST_REASONS)) if signal else ()


def _texts(row: Alarm) -> tuple[tuple[datetime, str], ...]:
    whose = Q(graduate=row.graduate) if row.graduate else Q(inbound__address=row.address)
    rows = Reply.objects.filter(
        whose, crisis=True, at__gte=row.opened_at, inbound__program=row.program
    )
    newest = rows.select_related("inbound").order_by("-at")[:MOST_REASONS]
    return tuple((reply.at, arrivals.words_of(reply.inbound)) for reply in newest)


def _number(row: Alarm) -> str:
    if row.graduate is None:
        return row.address.value if row.address else ""
    contact = Contact.objects.filter(
        graduate=row.graduate, until__isnull=True, address__channel=Sender.Channel.SMS
    )
    found = contact.select_related("address").order_by("-since", "-pk").first()
    return found.address.value if found else ""
