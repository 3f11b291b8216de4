"""What may not wait: laid before staff, paged until somebody has it, written down, and then let go.

A page is a row of the outbox and its clock a column that the tick finds, so no worker has to live
through the wait. A page stands on a lock screen: it names nobody.
"""

import re
import secrets
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urljoin
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.db.models import F, QuerySet
from django.urls import reverse

from aftercare import batch, cadence, coverage, duty, mail, record, wording
from aftercare.duty import Pager
from aftercare.engagement import watch
from aftercare.models import (
    Alarm,
    Assignment,
    AuditEntry,
    DisengagementSignal,
    Duty,
    Graduate,
)
from aftercare.record import Actor
from notifications import outbox
from notifications.kinds import Kind
from notifications.models import Address, InboundMessage, Program

if TYPE_CHECKING:
    from portal.models import User

# How long a page may stay without an answer before the next ones are asked (care plan, point 4).
ANSWER_WITHIN = timedelta(minutes=15)
# When somebody is asked whether planned texts may go on.
ASK_AFTER = timedelta(hours=24)
# A page is worth sending this long after an outage.
EXPIRES = timedelta(hours=12)

_OK = re.compile(r"\W*(?:ok|okay|o\.k|si|yes)?\W*(\d{4})\W*", re.IGNORECASE)
_SIGNAL = {
    Alarm.Cause.DANGER: DisengagementSignal.Kind.SAFETY,
    Alarm.Cause.SUPPORT: DisengagementSignal.Kind.NEED_SUPPORT,
}


class NotWrittenDown(ValueError):
    """An alarm ends with an outcome (Alarm.Outcome), and with a note unless nothing was the matter."""


# Opening


@transaction.atomic
def open_danger(
    *,
    program: Program,
    graduate: Graduate | None,
    address: Address | None,
    pages: bool,
    at: datetime,
) -> Alarm:
    """Lay danger before staff: one open alarm for each graduate, or for each number nobody knows.

    With `pages` the chain starts at once; again, where somebody had taken what was said before.
    Without, it stands in the list until what was asked is answered. Where the program has not
    switched paging on it stands in the list, too.
    """
    held = {"graduate": graduate} if graduate else {"graduate": None, "address": address}
    alarm = (
        Alarm.objects.select_for_update()
        .filter(program=program, cause=Alarm.Cause.DANGER, closed_at__isnull=True, **held)
        .first()
    )
    if alarm is None:
        alarm = Alarm(program=program, graduate=graduate, address=address, opened_at=at)
        alarm.code = _free_code(program)
        alarm.ask_at = at + ASK_AFTER if graduate else None
    if address is not None:
        alarm.cannot_be_texted = address.opted_out_at is not None
    if pages and (alarm.next_at is None):
        alarm.next_at = at if duty.is_on(program=program) else None
        alarm.rounds = 0
        alarm.acknowledged_at, alarm.acknowledged_by, alarm.acknowledged_way = None, None, ""
    alarm.save()
    return alarm


@transaction.atomic
def open_support(*, graduate: Graduate, answer_by: datetime, at: datetime) -> Alarm:
    """Somebody asked for a call: whoever covers, then the leads, hear of it once nobody has by `answer_by`."""
    alarm, _made = Alarm.objects.get_or_create(
        graduate=graduate,
        cause=Alarm.Cause.SUPPORT,
        closed_at=None,
        defaults={
            "program": graduate.program,
            "code": _free_code(graduate.program),
            "opened_at": at,
            "next_at": answer_by,
        },
    )
    return alarm


def _free_code(program: Program) -> str:
    """Four digits that no other open alarm of the program has."""
    taken = set(
        Alarm.objects.filter(program=program, closed_at__isnull=True).values_list("code", flat=True)
    )
    while (code := f"{secrets.randbelow(10**4):04d}") in taken:
        continue
    return code


# Paging


def to_page(*, at: datetime) -> "QuerySet[Alarm]":
    """Alarms whose clock has run out, or that nobody was paged for yet."""
    return Alarm.objects.filter(next_at__lte=at)


def page_due(*, at: datetime) -> int:
    """Page whoever is next for each alarm that nobody has taken; returns for how many."""
    rows = to_page(at=at).select_related("program", "graduate").order_by("next_at", "pk")
    return batch.each(rows=rows, do=lambda row: _page(row, at))


def _page(row: Alarm, at: datetime) -> bool:
    mine = Alarm.objects.filter(pk=row.pk, next_at=row.next_at)
    if not mine.update(next_at=_following(row, at), rounds=F("rounds") + 1):
        return False
    if row.cause == Alarm.Cause.SUPPORT:
        people = _who_covers(row, at)
    else:
        people = duty.pagers(program=row.program, round_number=row.rounds, at=at)
    for person in people:
        _tell(row, person, name=f"page_{row.cause}", key=f"page:{row.uid}:{row.rounds}", at=at)
    return True


def _following(row: Alarm, at: datetime) -> datetime:
    if row.cause == Alarm.Cause.DANGER:
        return at + ANSWER_WITHIN
    return cadence.after_staffed(
        at=at,
        amount=watch.SUPPORT_ANSWER,
        hours=row.program.staffed_hours,
        zone=ZoneInfo(row.program.time_zone),
    )


def _who_covers(row: Alarm, at: datetime) -> list[Pager]:
    """First whoever stands in for the counselor; then the leads."""
    if row.rounds == 0:
        assigned = Assignment.objects.filter(graduate=row.graduate, until__isnull=True)
        away = coverage.active(at=at).filter(counselor__in=assigned.values("counselor"))
        stand_in = away.select_related("cover__user").first()
        if stand_in is not None:
            return [duty.pager_of(program=row.program, user=stand_in.cover.user, at=at)]
    return duty.pagers(program=row.program, round_number=1, at=at)


def _tell(row: Alarm, person: Pager, *, name: str, key: str, at: datetime) -> None:
    """One page by each way to this person; both carry the same harmless words."""
    link = urljoin(f"{settings.PUBLIC_URL}/", reverse("safety"))
    body = wording.text(
        name=name,
        language=person.user.language or "en",
        code=row.code,
        # An address that tells what it is about has no place on a lock screen.
        link="" if wording.telling_name(link) else link,
        cannot_be_texted=row.cannot_be_texted,
    )
    ways = [(person.phone, body), (person.mailbox, f"{body.partition('.')[0]}\n\n{body}\n")]
    for address, words in ways:
        if address is None:
            continue
        is_phone = address == person.phone
        outbox.queue(
            sender=outbox.sender_for(program=row.program)
            if is_phone
            else mail.mailbox(row.program),
            address=address,
            body=words,
            key=f"{key}:{address.pk}",
            kind=Kind.STAFF_PAGE,
            not_before=at,
            expires_at=at + EXPIRES,
            about=row.uid,
            at=at,
        )


def page_open_ones(*, program: Program, at: datetime) -> None:
    """Start the chain of what was open before paging was switched on and nobody has taken."""
    Alarm.objects.filter(
        program=program,
        cause=Alarm.Cause.DANGER,
        next_at__isnull=True,
        acknowledged_at__isnull=True,
        closed_at__isnull=True,
    ).update(next_at=at, rounds=0)


# Taking it


def take_text(*, inbound: InboundMessage, at: datetime) -> str | None:
    """Obey "OK 1234" from the phone of somebody on a list; the words to say back, or None.

    A sender's number can be forged, so the code has to be right, and guessing ends.
    """
    said = _OK.fullmatch(inbound.body)
    if said is None:
        return None
    rows = Duty.objects.filter(phone=inbound.address_id, until__isnull=True)
    on_list = list(rows.select_related("user", "program", "phone"))
    if not on_list:
        return None
    language = on_list[0].user.language or "en"
    for row in on_list:
        if duty.pass_test(row=row, code=said[1], at=at):
            return wording.text(name="page_tested", language=language)
        if row.wrong_codes < duty.MOST_WRONG and _take(row, said[1], at):
            return wording.text(name="page_taken", language=language)
    Duty.objects.filter(pk__in=[row.pk for row in on_list]).update(wrong_codes=F("wrong_codes") + 1)
    return wording.text(name="page_unknown", language=language)


def _take(row: Duty, code: str, at: datetime) -> bool:
    open_ones = Alarm.objects.filter(program=row.program_id, code=code, closed_at__isnull=True)
    alarm = open_ones.select_related("program", "graduate").first()
    if alarm is None or row.tested_at is None:
        return False
    Duty.objects.filter(pk=row.pk).update(wrong_codes=0)
    actor = Actor(user=row.user, role="on_call")
    acknowledge(alarm=alarm, actor=actor, way=Alarm.Way.TEXT, at=at)
    return True


@transaction.atomic
def acknowledge(*, alarm: Alarm, actor: Actor, way: str = Alarm.Way.WEB, at: datetime) -> None:
    """Somebody has it: no more pages leave, and those that wait are called back; the first one counts."""
    taken = Alarm.objects.filter(pk=alarm.pk, acknowledged_at__isnull=True, closed_at__isnull=True)
    is_done = alarm.cause == Alarm.Cause.SUPPORT
    if not taken.update(
        acknowledged_at=at,
        acknowledged_by=actor.user,
        acknowledged_way=way,
        next_at=None,
        closed_at=at if is_done else None,
    ):
        return
    outbox.cancel(about=alarm.uid, reason="answered", at=at)
    if alarm.graduate is not None:
        signals = alarm.graduate.signals.filter(
            kind=_SIGNAL[Alarm.Cause(alarm.cause)], acknowledged_at__isnull=True
        )
        signals.exclude(state=DisengagementSignal.State.CLOSED).update(acknowledged_at=at)
    _record(alarm, actor, at)


def acknowledge_signals(
    *, graduate: Graduate, kinds: Collection[str], actor: Actor, at: datetime
) -> None:
    """Whoever has seen a signal of these kinds has the alarm behind it, too."""
    causes = [cause for cause, kind in _SIGNAL.items() if kind in kinds]
    rows = Alarm.objects.filter(graduate=graduate, cause__in=causes, closed_at__isnull=True)
    for alarm in rows.select_related("program", "graduate"):
        acknowledge(alarm=alarm, actor=actor, at=at)


# Letting go


@transaction.atomic
def close(
    *, alarm: Alarm, outcome: str, note: str, resumes: bool, actor: Actor, at: datetime
) -> None:
    """Write down what was done, and let it go; raises NotWrittenDown.

    Planned texts go on at once only where `resumes` says so; else somebody is asked.
    """
    if outcome not in Alarm.Outcome.values:
        raise NotWrittenDown
    if not note.strip() and outcome != Alarm.Outcome.FALSE_ALARM:
        raise NotWrittenDown
    acknowledge(alarm=alarm, actor=actor, at=at)
    alarm.refresh_from_db()
    alarm.outcome, alarm.note = outcome, note.strip()
    alarm.closed_at, alarm.closed_by, alarm.next_at = at, actor.user, None
    alarm.save()
    if alarm.graduate is not None:
        _end_signal(alarm, at)
    _record(alarm, actor, at)
    if resumes:
        resume(alarm=alarm, actor=actor, at=at)


def _end_signal(alarm: Alarm, at: datetime) -> None:
    assert alarm.graduate is not None  # noqa: S101 - asked by the caller
    watch.hold(graduate=alarm.graduate)
    rows = alarm.graduate.signals.filter(kind=DisengagementSignal.Kind.SAFETY)
    for signal in rows.exclude(state=DisengagementSignal.State.CLOSED):
        signal.state, signal.closed_at, signal.changed_at = "closed", at, at
        is_false = alarm.outcome == Alarm.Outcome.FALSE_ALARM
        signal.outcome = "false_alarm" if is_false else "referred"
        if alarm.outcome == Alarm.Outcome.SAFE:
            signal.outcome = "reached"
        signal.save()


@transaction.atomic
def resume(*, alarm: Alarm, actor: Actor, at: datetime) -> None:
    """Planned texts of the program go on for this person."""
    Alarm.objects.filter(pk=alarm.pk, resumed_at__isnull=True).update(resumed_at=at, ask_at=None)
    _record(alarm, actor, at)


def resting(*, graduate: Graduate) -> bool:
    """Whether planned texts rest because of danger that nobody has let go of."""
    return Alarm.objects.filter(
        graduate=graduate, cause=Alarm.Cause.DANGER, resumed_at__isnull=True
    ).exists()


def to_ask(*, at: datetime) -> "QuerySet[Alarm]":
    """Alarms since which planned texts have rested for a day or more."""
    return Alarm.objects.filter(ask_at__lte=at)


def ask_due(*, at: datetime) -> int:
    """Ask, in staffed hours and each day anew, whether planned texts may go on; returns of how many."""
    rows = to_ask(at=at).select_related("program", "graduate", "acknowledged_by")
    return batch.each(rows=rows.order_by("ask_at", "pk"), do=lambda row: _ask(row, at))


def _ask(row: Alarm, at: datetime) -> bool:
    zone = ZoneInfo(row.program.time_zone)
    staffed_at = cadence.next_staffed(at=at, hours=row.program.staffed_hours, zone=zone)
    if staffed_at is not None and staffed_at > at:
        Alarm.objects.filter(pk=row.pk).update(ask_at=staffed_at)
        return False
    if not Alarm.objects.filter(pk=row.pk, ask_at=row.ask_at).update(ask_at=at + ASK_AFTER):
        return False
    people = duty.pagers(program=row.program, round_number=0, at=at)
    if row.acknowledged_by is not None:
        people = [duty.pager_of(program=row.program, user=row.acknowledged_by, at=at)]
    for person in people:
        _tell(row, person, name="page_resume", key=f"resume:{row.uid}:{at.date()}", at=at)
    return True


def _record(alarm: Alarm, actor: Actor, at: datetime) -> None:
    record.write(
        actor=actor,
        verb=AuditEntry.Verb.CHANGED,
        thing=alarm,
        graduate=alarm.graduate,
        program=alarm.program,
        at=at,
    )


def standing_in(*, user: "User") -> list[Program]:
    """The programs on whose list somebody stands: whoever is paged must be able to see why."""
    rows = Duty.objects.filter(user=user, until__isnull=True).select_related("program")
    return [row.program for row in rows]
