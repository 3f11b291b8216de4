"""What a counselor does about a signal: contacts with their outcome, what is set aside, next steps."""

import uuid
from collections.abc import Collection, Sequence
from datetime import date, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Min, QuerySet
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from aftercare import alarms, disclosure, phones, record, writing
from aftercare.access import NotYours
from aftercare.engagement import lost_contact, watch, wording
from aftercare.engagement.lost_contact import Step, Tried, fulfils
from aftercare.models import AuditEntry, DisengagementSignal, Graduate, Item, Outreach, TextDraft
from aftercare.record import Actor
from aftercare.recurrence import localize
from notifications import addresses

Outcome, NextKind = Outreach.Outcome, Outreach.NextKind
Band, Rest, State = DisengagementSignal.Band, DisengagementSignal.Rest, DisengagementSignal.State
_DAYS: dict[str, int] = {str(step): days for step, days in lost_contact.DAYS.items()}

# What was set aside comes back as the working day begins.
MORNING = time(8, 0)
LONGEST_SNOOZE = timedelta(days=90)
# How long a contact recorded by mistake can be taken back.
UNDO = timedelta(hours=12)
# So long an answer to a text is waited for.
ANSWER_IN = timedelta(days=3)
# A code of notifications.reasons.
WRONG_NUMBER = "wrong_number"


class PlanWithoutDay(ValueError):
    """What is planned for later, handed over or referred needs the day it comes back on."""


class UrgentMayNotWait(ValueError):
    """Safety and "need support" are never set aside."""


class BadSnooze(ValueError):
    """A signal is set aside for a reason (Rest), until a day that lies ahead, 90 days at most."""


@transaction.atomic
def note(
    *,
    graduate: Graduate,
    way: str,
    outcome: str,
    actor: Actor,
    at: datetime,
    signals: Collection[uuid.UUID] = (),
    note: str = "",
    minutes: int | None = None,
    next_step: str = "",
    next_kind: str = NextKind.OTHER,
    next_on: date | None = None,
    rests_until: date | None = None,
) -> Outreach:
    """Record one contact and settle the signals it answered (by uid; closed ones are left alone).

    Reached, false alarm and referred close them. After any other outcome they rest until the next
    step, or `rests_until`, on which they come back without one, or the next morning; urgent ones
    rest never, and count as seen. A wrong number gets no more texts. Where contact is lost, the
    next step of looking for the person follows by itself. A referral or a hand-off (`next_kind`)
    waits from the next day on until it is done, whatever becomes of the signals; a day on which
    to call again, once it has come, until there was a talk or another day is set. The note that
    was kept as a draft is dropped. Raises PlanWithoutDay.
    """
    if outcome == Outcome.PLANNED and not (next_on or rests_until):
        raise PlanWithoutDay
    watch.hold(graduate=graduate)
    answered = list(graduate.signals.filter(uid__in=signals).exclude(state=State.CLOSED))
    is_looking = outcome not in Outreach.CLOSING and _is_lost(answered)
    if is_looking:
        next_kind = _look_on(graduate, way, at)
    if next_kind and next_on is None:
        next_on = rests_until or _today(graduate, at) + timedelta(days=_DAYS.get(next_kind, 1))
    made = Outreach.objects.create(
        graduate=graduate,
        counselor=actor.user,
        way=way,
        outcome=outcome,
        minutes=minutes,
        note=note,
        next_step=next_step,
        next_kind=next_kind,
        next_on=next_on,
        at=at,
    )
    made.signals.set(answered)
    _end_steps(made)
    for signal in answered:
        _settle(signal, made, next_on or rests_until)
    seen = {signal.kind for signal in answered}
    alarms.acknowledge_signals(graduate=graduate, kinds=seen, actor=actor, at=at)
    if outcome == Outcome.WRONG_NUMBER:
        _stop_texts(graduate, at)
    watch.reassess(graduate=graduate, at=at)
    # An outcome by one press comes without a note, and takes none away that is being written.
    if actor.user is not None and (note or next_step):
        writing.drop(graduate=graduate, author=actor.user, kind=TextDraft.Kind.NOTE)
    record.write(actor=actor, verb=AuditEntry.Verb.CREATED, thing=made, graduate=graduate, at=at)
    return made


def _end_steps(made: Outreach) -> None:
    """What a talk makes done with: looking for the person, and a day on which to call again that has come.

    A new day takes the place of such a one, too.
    """
    if made.outcome in Outreach.CLOSING:
        watch.stop_looking(graduates=[made.graduate_id], at=made.at)
    elif made.outcome != Outcome.PLANNED:
        return
    due = _call_again(made).filter(next_on__lte=_today(made.graduate, made.at))
    for row in due.filter(next_done_at__isnull=True).exclude(pk=made.pk):
        if not row.next_step:
            row.next_done_at = made.at
            row.save(update_fields=["next_done_at"])


def _call_again(made: Outreach) -> "QuerySet[Outreach]":
    return made.graduate.outreach.filter(next_kind=NextKind.OTHER, next_on__isnull=False)


def _is_lost(signals: Sequence[DisengagementSignal]) -> bool:
    return any(signal.band == Band.LOST_CONTACT for signal in signals)


def _look_on(graduate: Graduate, way: str, at: datetime) -> str:
    """What comes after one more contact in vain; the step that it did is done."""
    since = graduate.signals.filter(band=Band.LOST_CONTACT).exclude(state=State.CLOSED)
    begun_at = since.aggregate(first=Min("opened_at"))["first"]
    rows = list(
        graduate.outreach.filter(at__gte=begun_at, signals__band=Band.LOST_CONTACT)
        .distinct()
        .order_by("at", "pk")
    )
    asked, tried = Step.TRY, []
    for one_way, next_kind in [*((row.way, row.next_kind) for row in rows), (way, "")]:
        if fulfils(way=one_way, step=asked):
            tried.append(Tried(way=one_way, step=asked))
        asked = Step(next_kind) if next_kind in Outreach.LOOKING else asked
    watch.stop_looking(graduates=[graduate.pk], at=at)
    others = may_contact(graduate=graduate, at=at)
    return str(lost_contact.next_step(tried=tried, may_ask_others=others))


def may_contact(*, graduate: Graduate, at: datetime) -> bool:
    """Whether somebody may be asked who was named as safe for the time when contact is lost.

    A name on the contact card is no consent: it takes a signed one in force that names the person
    and the purpose (42 CFR 2.31(a)).
    """
    return bool(disclosure.may_be_told(graduate=graduate, item=Item.UNREACHABLE, at=at))


def may_rest(*, graduate: Graduate) -> bool:
    """Whether there are open signals that may wait for the answer to a text."""
    return _resting(graduate).exists()


def _resting(graduate: Graduate) -> "QuerySet[DisengagementSignal]":
    rows = graduate.signals.filter(state=State.OPEN)
    return rows.exclude(kind__in=DisengagementSignal.URGENT_KINDS)


def wait_for_answer(*, graduate: Graduate, actor: Actor, at: datetime) -> Outreach:
    """A text has gone out: what may rest does so until the answer should be there, ANSWER_IN later.

    What an answer eases is over then, and nobody has to call again.
    """
    return note(
        graduate=graduate,
        way=Outreach.Way.TEXT,
        outcome=Outcome.PLANNED,
        actor=actor,
        at=at,
        signals=list(_resting(graduate).values_list("uid", flat=True)),
        rests_until=_today(graduate, at) + ANSWER_IN,
    )


def _settle(signal: DisengagementSignal, made: Outreach, until: date | None) -> None:
    signal.acknowledged_at = signal.acknowledged_at or made.at
    if made.outcome in Outreach.CLOSING:
        signal.state, signal.outcome, signal.closed_at = State.CLOSED, made.outcome, made.at
        signal.snoozed_until, signal.snooze_reason = None, ""
    elif signal.kind not in DisengagementSignal.URGENT_KINDS:
        tomorrow = _today(signal.graduate, made.at) + timedelta(days=1)
        signal.state = State.SNOOZED
        signal.snoozed_until = _morning(signal.graduate, max(until or tomorrow, tomorrow))
        signal.snooze_reason = made.outcome
    signal.changed_at = made.at
    signal.save()


def _stop_texts(graduate: Graduate, at: datetime) -> None:
    """Somebody else has this number now, and must not learn from our texts whom we look for."""
    contact = phones.contact_of(graduate=graduate)
    if contact is not None:
        addresses.mark_unreachable(address=contact.address, reason=WRONG_NUMBER, at=at)


@transaction.atomic
def take_back(*, graduate: Graduate, outreach: uuid.UUID, actor: Actor, at: datetime) -> None:
    """Undo a contact recorded by mistake: it goes, and what it closed or set aside is open again.

    For its author, within UNDO of recording it; else raises access.NotYours. What opened anew
    meanwhile stays as it is.
    """
    watch.hold(graduate=graduate)
    made = graduate.outreach.filter(
        uid=outreach, counselor=actor.user, at__gt=at - UNDO, counselor__isnull=False
    ).first()
    if made is None:
        raise NotYours
    open_kinds = set(graduate.signals.exclude(state=State.CLOSED).values_list("kind", flat=True))
    for signal in made.signals.all():
        if signal.state != State.CLOSED or signal.kind not in open_kinds:
            signal.state, signal.outcome, signal.closed_at = State.OPEN, "", None
            signal.snoozed_until, signal.snooze_reason = None, ""
            signal.changed_at = at
            signal.save()
    _call_again(made).filter(next_done_at=made.at).update(next_done_at=None)
    if made.outcome == Outcome.WRONG_NUMBER:
        _resume_texts(graduate)
    record.write(actor=actor, verb=AuditEntry.Verb.CHANGED, thing=made, graduate=graduate, at=at)
    made.delete()
    watch.reassess(graduate=graduate, at=at)


def _resume_texts(graduate: Graduate) -> None:
    contact = phones.contact_of(graduate=graduate)
    if contact is not None and contact.address.unreachable_reason == WRONG_NUMBER:
        addresses.mark_reachable(address=contact.address)


@transaction.atomic
def snooze(
    *,
    graduate: Graduate,
    signal: uuid.UUID,
    until_on: date,
    reason: str,
    actor: Actor,
    at: datetime,
) -> DisengagementSignal:
    """Set an open signal aside until the morning of a day, for a reason (Rest).

    Raises BadSnooze, UrgentMayNotWait, and access.NotYours where the graduate has no such signal.
    """
    row = _signal(graduate, signal)
    if row.kind in DisengagementSignal.URGENT_KINDS:
        raise UrgentMayNotWait
    ahead = until_on - _today(graduate, at)
    if reason not in Rest.values or not timedelta() < ahead <= LONGEST_SNOOZE:
        raise BadSnooze
    row.state = State.SNOOZED
    row.snoozed_until = _morning(graduate, until_on)
    row.snooze_reason = reason
    return _changed(row, actor, at)


@transaction.atomic
def wake(
    *, graduate: Graduate, signal: uuid.UUID, actor: Actor, at: datetime
) -> DisengagementSignal:
    """Take a signal back that was set aside; raises access.NotYours."""
    row = _signal(graduate, signal)
    row.state, row.snoozed_until, row.snooze_reason = State.OPEN, None, ""
    return _changed(row, actor, at)


@transaction.atomic
def acknowledge(
    *, graduate: Graduate, signal: uuid.UUID, actor: Actor, at: datetime
) -> DisengagementSignal:
    """Somebody has seen it and is on it; it stays open until it ends. Raises access.NotYours."""
    row = _signal(graduate, signal)
    row.acknowledged_at = row.acknowledged_at or at
    alarms.acknowledge_signals(graduate=graduate, kinds=[row.kind], actor=actor, at=at)
    return _changed(row, actor, at)


def _signal(graduate: Graduate, uid: uuid.UUID) -> DisengagementSignal:
    watch.hold(graduate=graduate)
    row = graduate.signals.filter(uid=uid).exclude(state=State.CLOSED).first()
    if row is None:
        raise NotYours
    return row


def _changed(row: DisengagementSignal, actor: Actor, at: datetime) -> DisengagementSignal:
    row.changed_at = at
    row.save()
    watch.reassess(graduate=row.graduate, at=at)
    record.write(actor=actor, verb=AuditEntry.Verb.CHANGED, thing=row, graduate=row.graduate, at=at)
    return row


@transaction.atomic
def finish_step(*, graduate: Graduate, outreach: uuid.UUID, actor: Actor, at: datetime) -> Outreach:
    """The next step of a contact is done; raises access.NotYours."""
    row = _outreach(graduate, outreach)
    row.next_done_at = row.next_done_at or at
    return _moved(row, actor, at)


@transaction.atomic
def reopen_step(*, graduate: Graduate, outreach: uuid.UUID, actor: Actor, at: datetime) -> Outreach:
    """It was not done after all; raises access.NotYours."""
    row = _outreach(graduate, outreach)
    row.next_done_at = None
    return _moved(row, actor, at)


@transaction.atomic
def postpone_step(
    *, graduate: Graduate, outreach: uuid.UUID, actor: Actor, at: datetime
) -> Outreach:
    """The next step waits one more day, counted from today; raises access.NotYours."""
    row = _outreach(graduate, outreach)
    row.next_on = _today(graduate, at) + timedelta(days=1)
    return _moved(row, actor, at)


def _outreach(graduate: Graduate, uid: uuid.UUID) -> Outreach:
    row = graduate.outreach.filter(uid=uid, next_on__isnull=False).first()
    if row is None:
        raise NotYours
    return row


def _moved(row: Outreach, actor: Actor, at: datetime) -> Outreach:
    row.save(update_fields=["next_on", "next_done_at"])
    record.write(actor=actor, verb=AuditEntry.Verb.CHANGED, thing=row, graduate=row.graduate, at=at)
    return row


def _today(graduate: Graduate, at: datetime) -> date:
    return at.astimezone(ZoneInfo(graduate.program.time_zone)).date()


def _morning(graduate: Graduate, day: date) -> datetime:
    zone = ZoneInfo(graduate.program.time_zone)
    return localize(wall=datetime.combine(day, MORNING), zone=zone)


def plain_note(*, outreach: Outreach, signals: Sequence[DisengagementSignal], zone: tzinfo) -> str:
    """A contact as plain lines, to be copied into the health record; no name stands in it."""
    local = outreach.at.astimezone(zone)
    lines = [
        date_format(local, _("F j, Y, g:i A")),
        _("%(way)s: %(outcome)s.")
        % {
            "way": outreach.get_way_display().capitalize(),
            "outcome": outreach.get_outcome_display(),
        },
    ]
    if outreach.minutes:
        lines.append(
            ngettext("%(n)d minute.", "%(n)d minutes.", outreach.minutes) % {"n": outreach.minutes}
        )
    reasons = [reason for signal in signals for reason in signal.reasons]
    lines += wording.sentences(reasons, most=3)
    if outreach.note:
        lines.append(outreach.note)
    if outreach.step or outreach.next_on:
        lines.append(_next_line(outreach))
    return "\n".join(lines)


def _next_line(outreach: Outreach) -> str:
    if outreach.next_on is None:
        return _("Next: %(step)s") % {"step": outreach.step}
    on = wording.day(outreach.next_on.isoformat())
    return _("Next, on %(day)s: %(step)s") % {"day": on, "step": step_words(outreach=outreach)}


def step_words(*, outreach: Outreach) -> str:
    """The next step in words; to call again where none was written and its kind says nothing."""
    return outreach.step or _("call again")
