"""What graduates choose for themselves: words, times, texts, pauses, how often they are asked."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo, available_timezones

from django.db import models, transaction

from aftercare import attendance, diary, enrolment, openings, phones, record, touches
from aftercare import cadence as cadence_rules
from aftercare.engagement import watch
from aftercare.models import AuditEntry, CheckIn, Commitment, Contact, Graduate
from aftercare.record import Actor
from notifications import consent, outbox, quiet_hours
from notifications.kinds import Kind, Scope
from notifications.models import Address, ConsentEvent, Sender
from notifications.phone import mask

LONGEST_PAUSE = timedelta(days=90)
# What waits while somebody pauses; codes, answers and what a person writes still come.
PAUSED_KINDS = (
    Kind.REMINDER,
    Kind.CHECK_IN,
    Kind.CARING,
    Kind.NUDGE,
    Kind.EVENT,
)


class NoQuietLeft(ValueError):
    """The quiet hours leave no hour of the day in which a text could come."""


class BadPause(ValueError):
    """The last day of a pause lies in the past or more than ninety days ahead."""


class TooEarly(ValueError):
    """Only a hello four times a year is for the time after the first one."""


class Cadence(StrEnum):
    """How often somebody is asked; the usual one grows slower by itself."""

    USUAL = "usual"
    MOST = "most"
    MORE = "more"
    LESS = "less"
    LEAST = "least"
    ONLY_HELLO = "only_hello"


# From the most to the fewest: the limits within which a graduate or a counselor may choose.
CADENCE_DAYS: dict[Cadence, int | None] = {
    Cadence.USUAL: None,
    Cadence.MOST: 3,
    Cadence.MORE: 7,
    Cadence.LESS: 14,
    Cadence.LEAST: 28,
    Cadence.ONLY_HELLO: cadence_rules.ONLY_HELLO,
}


@dataclass(frozen=True, kw_only=True)
class Preferences:
    """Everything the page of preferences shows."""

    graduate: Graduate
    contact: Contact | None
    masked_phone: str
    is_confirmed: bool
    has_stopped: bool
    is_unreachable: bool
    # Ninety days without a sign: whoever has the number now is asked for a code.
    is_silent: bool
    # The postal code of the state they live in; empty where it is not known.
    state: str
    # The number that can still be put back, masked.
    old_phone: str
    # The mailbox that log-in has shown to be theirs, and whether reminders may go there.
    mailbox: str
    mails_reminders: bool
    scopes: frozenset[Scope]
    quiet_windows: Sequence[Sequence[str]]
    is_paused: bool
    cadence: Cadence
    # The first year is over, and more choices are there.
    is_past_year: bool
    pause_limit: date


def read(*, graduate: Graduate, at: datetime) -> Preferences:
    """What a graduate has chosen so far."""
    contact = phones.contact_of(graduate=graduate)
    address = contact.address if contact else None
    scopes = consent.scopes(address=address, program=graduate.program) if address else frozenset()
    old = phones.replaced(graduate=graduate, at=at)
    return Preferences(
        graduate=graduate,
        contact=contact,
        masked_phone=mask(address.value) if address else "",
        is_confirmed=bool(contact and contact.confirmed_at),
        has_stopped=_has_stopped(address),
        is_unreachable=bool(address and address.unreachable_at),
        is_silent=contact is not None and phones.is_silent(contact=contact, at=at),
        state=phones.state_of(graduate=graduate),
        old_phone=mask(old.address.value) if old else "",
        mailbox=_mailbox(graduate),
        mails_reminders=_mails_reminders(graduate),
        scopes=scopes,
        quiet_windows=address.quiet_windows if address else (),
        is_paused=graduate.status == Graduate.Status.PAUSED,
        cadence=cadence_of(graduate=graduate),
        is_past_year=is_past_year(graduate=graduate, at=at),
        pause_limit=_today(graduate, at) + LONGEST_PAUSE,
    )


def _mailbox(graduate: Graduate) -> str:
    """The mailbox of the log-in, which is there only once it was shown to be theirs."""
    return (graduate.user.email if graduate.user else None) or ""


def _mails_reminders(graduate: Graduate) -> bool:
    box = phones.mailbox_of(graduate=graduate)
    if box is None or box.address.confirmed_at is None:
        return False
    return Scope.REMINDERS in consent.scopes(address=box.address, program=graduate.program)


def _has_stopped(address: Address | None) -> bool:
    return bool(address and address.opted_out_at)


def cadence_of(*, graduate: Graduate) -> Cadence:
    """The choice that comes nearest to how often somebody is asked; others may have set a number between."""
    days = graduate.cadence_days
    if not days:
        return Cadence.USUAL if days is None else Cadence.ONLY_HELLO
    steps = [(cadence, step) for cadence, step in CADENCE_DAYS.items() if step]
    return min(steps, key=lambda pair: abs(pair[1] - days))[0]


def is_past_year(*, graduate: Graduate, at: datetime) -> bool:
    """Whether the first year of aftercare is over."""
    days = _today(graduate, at) - openings.start_of(graduate=graduate)
    return days.days >= cadence_rules.YEAR_DAYS


def _today(graduate: Graduate, at: datetime) -> date:
    return at.astimezone(ZoneInfo(graduate.time_zone)).date()


@transaction.atomic
def set_words_and_zone(
    *,
    graduate: Graduate,
    language: str,
    time_zone: str,
    discreet: bool,
    state: str,
    actor: Actor,
    at: datetime,
) -> None:
    """Choose the language ("en", "es"), the IANA zone, the state lived in, and how plain texts are.

    Raises ValueError for an unknown zone or state.
    """
    if time_zone not in available_timezones():
        raise ValueError(f"There is no time zone {time_zone!r}.")
    here = (graduate.time_zone, phones.state_of(graduate=graduate))
    graduate.language, graduate.time_zone, graduate.discreet = language, time_zone, discreet
    graduate.save(update_fields=["language", "time_zone", "discreet"])
    addresses = phones.open_addresses(graduate=graduate)
    addresses.update(language=language, time_zone=time_zone)
    phones.set_state(graduate=graduate, state=state)
    if graduate.user is not None:
        graduate.user.language, graduate.user.time_zone = language, time_zone
        graduate.user.save(update_fields=["language", "time_zone"])
    if here != (time_zone, state):
        _travel(graduate, at)
    _note(graduate=graduate, actor=actor, at=at)


def _travel(graduate: Graduate, at: datetime) -> None:
    """Plan anew what goes by the person's own clock; the dates of a plan keep the clock of their place."""
    CheckIn.objects.filter(graduate=graduate, state=CheckIn.State.PLANNED).delete()
    touches.forget_planned(graduates=Graduate.objects.filter(pk=graduate.pk), at=at)
    # A reminder "the day before at 18:00" is one by the person's clock.
    commitments = Commitment.objects.filter(graduate=graduate)
    attendance.replan_soon(commitments=commitments, at=at)


def _note(*, graduate: Graduate, actor: Actor, at: datetime) -> None:
    record.write(actor=actor, verb=AuditEntry.Verb.CHANGED, thing=graduate, at=at)


@transaction.atomic
def set_quiet_hours(
    *, graduate: Graduate, windows: Sequence[Sequence[str]], actor: Actor, at: datetime
) -> None:
    """Choose the hours without texts, as ["HH:MM", "HH:MM"] pairs of wall time; raises NoQuietLeft."""
    quiet = quiet_hours.parse_windows(windows)
    if not quiet_hours.own_hours(quiet=quiet).minutes:
        raise NoQuietLeft
    contact = phones.contact_of(graduate=graduate)
    if contact is None:
        return
    contact.address.quiet_windows = [list(window) for window in windows]
    contact.address.save(update_fields=["quiet_windows"])
    _note(graduate=graduate, actor=actor, at=at)


@transaction.atomic
def set_texts(
    *,
    graduate: Graduate,
    wanted: Collection[Scope],
    words: str,
    actor: Actor,
    at: datetime,
) -> None:
    """Say yes or no to each kind of text; only what changed is recorded, a no acts at once."""
    contact = phones.contact_of(graduate=graduate)
    if contact is None:
        return
    held = consent.scopes(address=contact.address, program=graduate.program)
    enrolment.agree(
        graduate=graduate,
        scopes=[scope for scope in Scope if scope in wanted and scope not in held],
        words=words,
        actor=actor,
        at=at,
    )
    for scope in sorted(held - set(wanted)):
        consent.revoke(
            address=contact.address,
            program=graduate.program,
            scope=scope,
            source=ConsentEvent.Source.WEB,
            words=words,
            at=at,
            actor=actor.user,
        )
        record.write(
            actor=actor, verb=AuditEntry.Verb.CONSENTED, thing=contact, graduate=graduate, at=at
        )


@transaction.atomic
def set_mail_reminders(
    *, graduate: Graduate, wanted: bool, words: str, actor: Actor, at: datetime
) -> None:
    """Say yes or no to reminders by mail, which come where none can come by text."""
    mailbox = _mailbox(graduate)
    if not mailbox or wanted == _mails_reminders(graduate):
        return
    box = phones.mailbox_of(graduate=graduate)
    if box is None or box.address.value != mailbox:
        box = phones.add_contact(
            graduate=graduate, channel=Sender.Channel.EMAIL, value=mailbox, at=at
        )
    if wanted:
        phones.mark_confirmed(contact=box, at=at)
        consent.grant(
            address=box.address,
            program=graduate.program,
            scopes=[Scope.REMINDERS],
            source=ConsentEvent.Source.WEB,
            words=words,
            at=at,
            actor=actor.user,
        )
    else:
        consent.revoke(
            address=box.address,
            program=graduate.program,
            scope=Scope.REMINDERS,
            source=ConsentEvent.Source.WEB,
            words=words,
            at=at,
            actor=actor.user,
        )
    record.write(actor=actor, verb=AuditEntry.Verb.CONSENTED, thing=box, graduate=graduate, at=at)


@transaction.atomic
def set_check_ins(
    *,
    graduate: Graduate,
    cadence: Cadence,
    preferred_hour: int | None,
    asks_use: bool | None = None,
    asks_use_later: bool | None = None,
    actor: Actor,
    at: datetime,
) -> None:
    """Choose how often and at which local hour check-ins come, and whether they ask about use.

    What is None stays as it is. Raises TooEarly.
    """
    graduate.preferred_hour = preferred_hour
    if asks_use is not None:
        graduate.asks_use = asks_use
    if asks_use_later is not None:
        graduate.asks_use_later = asks_use_later
    graduate.save(update_fields=["preferred_hour", "asks_use", "asks_use_later"])
    set_cadence(graduate=graduate, days=CADENCE_DAYS[cadence], actor=actor, at=at)


@transaction.atomic
def set_cadence(*, graduate: Graduate, days: int | None, actor: Actor, at: datetime) -> None:
    """Choose the days between check-ins, by CADENCE_DAYS; None follows the taper. Raises TooEarly."""
    if days == cadence_rules.ONLY_HELLO and not is_past_year(graduate=graduate, at=at):
        raise TooEarly
    graduate.cadence_days = days
    graduate.save(update_fields=["cadence_days"])
    # The next one is planned anew by the new choice; what is open stays open.
    CheckIn.objects.filter(graduate=graduate, state=CheckIn.State.PLANNED).delete()
    _note(graduate=graduate, actor=actor, at=at)


@transaction.atomic
def pause(*, graduate: Graduate, until: date, actor: Actor, at: datetime) -> None:
    """Rest reminders and check-ins up to and with a local day; raises BadPause.

    What waits is cancelled; nothing that falls into a pause is ever counted as missed.
    """
    today = _today(graduate, at)
    if not today <= until <= today + LONGEST_PAUSE:
        raise BadPause
    graduate.status, graduate.paused_until = Graduate.Status.PAUSED, until
    graduate.save(update_fields=["status", "paused_until"])
    outbox.cancel(at=at, reason="paused", about=graduate.uid, kinds=PAUSED_KINDS)
    silent = CheckIn.objects.open_at(at).filter(graduate=graduate, first_answer_at__isnull=True)
    for row in silent:
        diary.leave_out(check_in=row, actor=actor, at=at)
    watch.look_again(graduates=[graduate.pk], at=at)
    _note(graduate=graduate, actor=actor, at=at)


@transaction.atomic
def resume(*, graduate: Graduate, actor: Actor, at: datetime) -> None:
    """End a pause; nothing that was left out comes later."""
    if graduate.status != Graduate.Status.PAUSED:
        return
    graduate.status, graduate.paused_until = Graduate.Status.ACTIVE, None
    graduate.save(update_fields=["status", "paused_until"])
    watch.look_again(graduates=[graduate.pk], at=at)
    _note(graduate=graduate, actor=actor, at=at)


def paused(*, at: datetime) -> models.QuerySet[Graduate]:
    """Those whose pause is over wherever on earth they are, or will be within the day."""
    return Graduate.objects.filter(
        status=Graduate.Status.PAUSED, paused_until__lt=at.date() + timedelta(days=1)
    )


def resume_due(*, at: datetime) -> int:
    """End the pauses whose last day is over where the person is; returns how many."""
    over = [
        graduate
        for graduate in paused(at=at)
        if graduate.paused_until and graduate.paused_until < _today(graduate, at)
    ]
    for graduate in over:
        resume(graduate=graduate, actor=record.PORTAL, at=at)
    return len(over)
