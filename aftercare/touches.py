"""Texts that ask nothing: caring contacts, keeping in touch after a year, and around a hard day.

Nothing is expected in return, so their silence is never a miss. Who agreed to check-ins gets them,
within the same hours and limits (Motto & Bostrom 2001: contact without demand).
"""

import uuid
from collections.abc import Callable, Collection
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db import models, transaction

from aftercare import batch, cadence, coverage, openings, phones, record, safety, texts, wording
from aftercare.access import NotYours
from aftercare.cadence import Template
from aftercare.models import AuditEntry, CheckIn, Contact, Graduate, Touch, ToughDay
from aftercare.record import Actor
from aftercare.recurrence import localize
from notifications import gates, outbox
from notifications.kinds import RULES, Kind
from notifications.models import Message

State, Kinds = Touch.State, Touch.Kind

# Overslept by more than this, it waits for the next good hour; days later it would mean nothing.
SENT_WITHIN = timedelta(hours=3)
OF_USE = timedelta(days=7)
EXPIRES = timedelta(days=2)
# How far ahead a hard day may be said.
FURTHEST = timedelta(days=365)
# On which day the text before is sent, in days before: the day before at best.
_BEFORE = (1, 0, 2, 3)
_CAPPED = [kind for kind, rule in RULES.items() if rule.capped]
# So many ways of saying hello take turns.
_WAYS = 4


class NotADayAhead(ValueError):
    """A hard day lies between today and a year from now, and is said once."""


# Planning


def plan(*, graduate: Graduate, template: Template, until: date | None, at: datetime) -> None:
    """Plan what is to come up to a local day (the next one alone where it is None), never the past.

    What falls on a day on which something else is planned comes on the next free one.
    """
    today = openings.today_of(graduate=graduate, at=at)
    days = cadence.touches(
        start_on=openings.start_of(graduate=graduate),
        graduated_on=graduate.graduated_on,
        after=today,
        until=until or today + FURTHEST,
        template=template,
    )
    if not days:
        return
    known = set(graduate.touches.filter(on__gt=today).values_list("on", "kind"))
    new = [(on, kind) for on, kind in days if (on, kind.value) not in known]
    find = openings.finder(graduate=graduate, template=template)
    taken, made = _taken(graduate), []
    for on, kind in new if until else new[:1]:
        send_at = openings.free_day(graduate=graduate, find=find, on=on, taken=taken, after=at)
        if send_at is not None:
            taken.add(openings.today_of(graduate=graduate, at=send_at))
            made.append(Touch(graduate=graduate, kind=kind.value, on=on, send_at=send_at))
    Touch.objects.bulk_create(made, ignore_conflicts=True)


def _taken(graduate: Graduate) -> set[date]:
    """The local days on which something is planned."""
    check_ins = graduate.check_ins.filter(state=CheckIn.State.PLANNED)
    greetings = graduate.touches.filter(state=State.PLANNED)
    return {
        *check_ins.values_list("planned_on", flat=True),
        *(
            openings.today_of(graduate=graduate, at=when)
            for when in greetings.values_list("send_at", flat=True)
        ),
    }


def forget_planned(*, graduates: "models.QuerySet[Graduate]", at: datetime) -> None:
    """What follows from a cadence is to be planned anew, from the day after the instant's (UTC) on."""
    series = [kind.value for kind in cadence.TouchKind]
    rows = Touch.objects.filter(graduate__in=graduates, state=State.PLANNED, kind__in=series)
    rows.filter(on__gt=at.date()).delete()


@transaction.atomic
def leave_out(*, touch: Touch, actor: Actor, at: datetime) -> None:
    """Do not send this one; what was sent already stays as it is."""
    planned = Touch.objects.filter(pk=touch.pk, state=State.PLANNED)
    if planned.update(state=State.LEFT_OUT):
        graduate = touch.graduate
        record.write(
            actor=actor, verb=AuditEntry.Verb.CHANGED, thing=touch, graduate=graduate, at=at
        )


# Hard days


@transaction.atomic
def expect_tough_day(
    *, graduate: Graduate, on: date, note: str, actor: Actor, at: datetime
) -> ToughDay:
    """Plan a text before a hard local day and a hello after it; raises NotADayAhead.

    Before is the day before at best, on the last day somebody is there; a day that begins too soon
    for it gets the hello alone.
    """
    today = openings.today_of(graduate=graduate, at=at)
    if not today <= on <= today + FURTHEST or graduate.tough_days.filter(on=on).exists():
        raise NotADayAhead
    day = ToughDay.objects.create(
        graduate=graduate, on=on, note=note, added_by=actor.user, created_at=at
    )
    find = openings.finder(graduate=graduate, template=openings.template_of(graduate=graduate))
    taken = _taken(graduate)
    after = openings.free_day(
        graduate=graduate, find=find, on=on + timedelta(days=1), taken=taken, after=at
    )
    planned = {Kinds.BEFORE: _before(graduate, find, on, taken, at), Kinds.AFTER: after}
    for kind, send_at in planned.items():
        if send_at is not None:
            Touch.objects.create(
                graduate=graduate, kind=kind, on=on, tough_day=day, send_at=send_at
            )
    record.write(actor=actor, verb=AuditEntry.Verb.CREATED, thing=day, graduate=graduate, at=at)
    return day


def _before(
    graduate: Graduate,
    find: Callable[..., datetime | None],
    on: date,
    taken: Collection[date],
    at: datetime,
) -> datetime | None:
    days = (on - timedelta(days=days) for days in _BEFORE)
    for day in (day for day in days if day not in taken):
        found = find(on=day, after=at)
        if found is not None and openings.today_of(graduate=graduate, at=found) == day:
            return found
    return None


def tough_days(*, graduate: Graduate, at: datetime) -> tuple[ToughDay, ...]:
    """The hard days still ahead, and those whose hello has not left yet, in order."""
    since = openings.today_of(graduate=graduate, at=at) - OF_USE
    rows = graduate.tough_days.filter(on__gte=since, touches__state=State.PLANNED)
    return tuple(rows.distinct().order_by("on"))


@transaction.atomic
def forget_tough_day(*, graduate: Graduate, uid: uuid.UUID, actor: Actor, at: datetime) -> None:
    """Nothing is sent about this day any more; raises NotYours."""
    day = graduate.tough_days.filter(uid=uid).first()
    if day is None:
        raise NotYours
    record.write(actor=actor, verb=AuditEntry.Verb.CHANGED, thing=day, graduate=graduate, at=at)
    day.delete()


# Sending


def due(*, at: datetime) -> models.QuerySet[Touch]:
    """Planned ones whose time has come."""
    return Touch.objects.filter(state=State.PLANNED, send_at__lte=at)


def send_due(*, at: datetime) -> int:
    """Queue what is due; returns how many texts were queued."""
    rows = due(at=at).select_related("graduate__program").order_by("send_at", "pk")
    rows = rows.prefetch_related("graduate__program__cadences")
    return batch.each(rows=rows, do=lambda row: _send(row, at))


def _send(row: Touch, at: datetime) -> bool:
    if not Touch.objects.filter(pk=row.pk, state=State.PLANNED).update(state=State.SENT):
        return False
    graduate = row.graduate
    template = openings.template_of(graduate=graduate)
    later_on = _later_on(row, at) if graduate.is_written_to else None
    if later_on is not None:
        _postpone(row, template, at, on=later_on)
        return False
    contact = phones.contact_of(graduate=graduate) if graduate.is_written_to else None
    row.message = _queue(row, contact, template, at) if contact else None
    row.state = State.SENT if row.message else State.CANCELLED
    row.save(update_fields=["state", "message"])
    return row.message is not None


def _later_on(row: Touch, at: datetime) -> date | None:
    """From which local day on it may be sent, where that is not now."""
    graduate = row.graduate
    today = openings.today_of(graduate=graduate, at=at)
    if safety.is_looked_after(graduate=graduate):
        return today + timedelta(days=1)
    if at - row.send_at > SENT_WITHIN:
        return today
    asked_on = _next_asked_on(graduate, at)
    if row.tough_day_id is None and asked_on and _fills_the_week(graduate, asked_on):
        # The day after a check-in is its nudge's.
        return asked_on + timedelta(days=2)
    return None


def _next_asked_on(graduate: Graduate, at: datetime) -> date | None:
    """The local day of the check-in that opens within the week."""
    planned = graduate.check_ins.filter(
        state=CheckIn.State.PLANNED, opens_at__gt=at, opens_at__lt=at + gates.WEEK
    )
    return planned.order_by("opens_at").values_list("planned_on", flat=True).first()


def _fills_the_week(graduate: Graduate, asked_on: date) -> bool:
    """Whether one more text would leave no room, within the limit of a week, for the check-in of a day."""
    since = _midnight(graduate, asked_on - gates.WEEK + timedelta(days=1))
    sent = Message.objects.filter(about=graduate.uid, kind__in=_CAPPED, sent_at__gte=since)
    return sent.count() + 1 >= gates.CAP_A_WEEK


def _midnight(graduate: Graduate, day: date) -> datetime:
    return localize(wall=datetime.combine(day, time()), zone=ZoneInfo(graduate.time_zone))


def _postpone(row: Touch, template: Template, at: datetime, *, on: date) -> None:
    """To the next good hour from a local day on, if it still means something then."""
    graduate = row.graduate
    found = openings.opening(graduate=graduate, template=template, on=on, after=at)
    last_on = row.on if row.kind == Kinds.BEFORE else row.on + OF_USE
    is_of_use = found and openings.today_of(graduate=graduate, at=found) <= last_on
    row.state = State.PLANNED if is_of_use else State.CANCELLED
    row.send_at = found or row.send_at
    row.save(update_fields=["state", "send_at"])


def _queue(row: Touch, contact: Contact, template: Template, at: datetime) -> Message | None:
    if contact.address.opted_out_at is not None:
        return None
    contact.graduate = row.graduate
    try:
        return texts.queue(
            contact=contact,
            body=_words(row, contact, at),
            key=f"touch:{row.pk}",
            kind=Kind.CARING,
            expires_at=openings.expiry(
                graduate=row.graduate, template=template, at=at, latest=_latest(row.graduate, at)
            ),
            at=at,
        )
    except (outbox.NoSender, wording.SaysTooMuch):
        return None


def _latest(graduate: Graduate, at: datetime) -> datetime:
    """Until when it may wait at the gates: never into the day of a check-in, whose place it would take."""
    asked_on = _next_asked_on(graduate, at)
    begins_at = _midnight(graduate, asked_on) if asked_on else None
    return min(at + EXPIRES, begins_at) if begins_at and begins_at > at else at + EXPIRES


def _words(row: Touch, contact: Contact, at: datetime) -> str:
    graduate = row.graduate
    is_shared = texts.is_shared(contact=contact)
    earlier = Touch.objects.filter(graduate=graduate, kind=row.kind, on__lt=row.on)
    today = openings.today_of(graduate=graduate, at=at)
    return wording.text(
        name=f"touch_{row.kind}",
        language=graduate.language,
        counselor="" if is_shared else coverage.voice_of(graduate=graduate, at=at).counselor,
        alias=graduate.program.alias,
        way=earlier.count() % _WAYS,
        years=row.on.year - graduate.graduated_on.year,
        is_today=row.on == today,
        weekday=wording.weekday(on=row.on, language=graduate.language),
    )
