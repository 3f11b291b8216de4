"""The phone of a graduate: which one it is, and the texted code by which its owner confirms it."""

import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction
from django.db.models import F, QuerySet

from aftercare import notices, record, wording
from aftercare.engagement import watch
from aftercare.models import AuditEntry, Contact, Graduate, PhoneCode
from aftercare.record import Actor
from notifications import addresses, consent, outbox, quiet_hours
from notifications.fields import blind_index
from notifications.kinds import Kind
from notifications.models import Address, ConsentEvent, InboundMessage, Sender
from notifications.phone import mask

CODE_LIFE = timedelta(minutes=10)
TRIES = 3
PAUSE_BETWEEN_CODES = timedelta(seconds=60)
CODES_AN_HOUR = 5
# How long a change of number can be taken back.
UNDO = timedelta(hours=24)
# A number that was silent for so long may be somebody else's by now.
SILENCE = timedelta(days=90)


class TooManyCodes(Exception):
    """Another code was asked for too soon; `again_at` is when the next one may be sent."""

    def __init__(self, again_at: datetime) -> None:
        super().__init__("Too many codes were asked for.")
        self.again_at = again_at


class WrongCode(Exception):
    """The code does not match; `tries_left` may be 0, and then a new code is needed."""

    def __init__(self, tries_left: int) -> None:
        super().__init__("The code does not match.")
        self.tries_left = tries_left


class NoOpenCode(Exception):
    """No code is waiting: none was sent, it is older than ten minutes, used, or tried too often."""


class SameNumber(Exception):
    """The new number is the number on file."""


class NothingToUndo(Exception):
    """The number was not changed within the last day."""


def contact_of(*, graduate: Graduate) -> Contact | None:
    """The open phone of a graduate, newest first; None where there is none."""
    return _open_contact(graduate, Sender.Channel.SMS)


def contacts_of(*, graduates: Iterable[Graduate]) -> dict[int, Contact]:
    """The open phone of each graduate who has one, by key, in one query."""
    rows = Contact.objects.filter(
        graduate__in=list(graduates), until__isnull=True, address__channel=Sender.Channel.SMS
    )
    # The newest is read last, and stays.
    return {row.graduate_id: row for row in rows.select_related("address").order_by("since", "pk")}


def mailbox_of(*, graduate: Graduate) -> Contact | None:
    """The open e-mail address of a graduate; None where there is none."""
    return _open_contact(graduate, Sender.Channel.EMAIL)


def _open_contact(graduate: Graduate, channel: str) -> Contact | None:
    rows = Contact.objects.filter(graduate=graduate, until__isnull=True, address__channel=channel)
    return rows.select_related("address").order_by("-since", "-pk").first()


def add_contact(*, graduate: Graduate, channel: str, value: str, at: datetime) -> Contact:
    """Note how a graduate is reached (E.164 number or e-mail); the same one twice is one row."""
    address = addresses.get_or_make(
        channel=channel,
        value=value.lower(),
        at=at,
        time_zone=graduate.time_zone,
        language=graduate.language,
    )
    contact, is_new = Contact.objects.get_or_create(
        graduate=graduate, address=address, until=None, defaults={"since": at}
    )
    if is_new:
        watch.look_again(graduates=[graduate.pk], at=at)
    return contact


def open_addresses(*, graduate: Graduate) -> "QuerySet[Address]":
    """Wherever a graduate is reached at present."""
    return Address.objects.filter(contacts__graduate=graduate, contacts__until__isnull=True)


def state_of(*, graduate: Graduate) -> str:
    """The postal code of the state a graduate lives in; empty where it is not known."""
    known = open_addresses(graduate=graduate).exclude(state="").order_by("channel", "-pk")
    return known.values_list("state", flat=True).first() or ""


def set_state(*, graduate: Graduate, state: str) -> None:
    """Say in which state somebody lives, whose law sets the hours of texts; empty is unknown.

    Raises ValueError for what is no code of quiet_hours.STATES.
    """
    if state and state not in quiet_hours.STATES:
        raise ValueError(f"There is no state {state!r}.")
    open_addresses(graduate=graduate).update(state=state)


@transaction.atomic
def send_code(*, contact: Contact, at: datetime) -> PhoneCode:
    """Text a six-digit code, good for ten minutes and three tries; an older one no longer works.

    One a minute and five an hour for each number; raises TooManyCodes, outbox.NoSender.
    """
    # Two presses at once wait for each other here.
    Address.objects.select_for_update().get(pk=contact.address_id)
    _hold_back(address=contact.address, at=at)
    PhoneCode.objects.filter(contact=contact, used_at__isnull=True).update(expires_at=at)
    digits = f"{secrets.randbelow(10**6):06d}"
    code = PhoneCode(contact=contact, created_at=at, expires_at=at + CODE_LIFE)
    code.code_hash = _fingerprint(code, digits)
    code.save()
    graduate = contact.graduate
    outbox.queue(
        sender=outbox.sender_for(program=graduate.program),
        address=contact.address,
        body=wording.text(
            name="code",
            language=graduate.language,
            alias=graduate.program.alias,
            code=digits,
        ),
        key=f"code:{code.uid}",
        kind=Kind.CODE,
        not_before=at,
        expires_at=code.expires_at,
        about=graduate.uid,
        at=at,
    )
    return code


def _hold_back(*, address: Address, at: datetime) -> None:
    recent = PhoneCode.objects.filter(
        contact__address=address, created_at__gt=at - timedelta(hours=1)
    )
    times = list(recent.order_by("created_at").values_list("created_at", flat=True))
    if len(times) >= CODES_AN_HOUR:
        raise TooManyCodes(times[-CODES_AN_HOUR] + timedelta(hours=1))
    if times and at - times[-1] < PAUSE_BETWEEN_CODES:
        raise TooManyCodes(times[-1] + PAUSE_BETWEEN_CODES)


def _fingerprint(code: PhoneCode, digits: str) -> str:
    # Keyed, because a million plain hashes are tried in a second.
    return blind_index(value=f"{code.uid}:{digits}", purpose="phone-code")


def open_code(*, contact: Contact, at: datetime) -> PhoneCode | None:
    """The code that may still be typed in."""
    waiting = PhoneCode.objects.filter(
        contact=contact, used_at__isnull=True, expires_at__gt=at, tries__lt=TRIES
    )
    return waiting.order_by("-created_at").first()


def confirm(*, contact: Contact, digits: str, actor: Actor, at: datetime) -> None:
    """Confirm the phone by the texted code; raises WrongCode or NoOpenCode.

    A wrong try is kept although the caller's page shows an error, so do not call it in a
    transaction that is rolled back then.
    """
    code = open_code(contact=contact, at=at)
    if code is None or not _take_try(code):
        raise NoOpenCode
    bare = "".join(character for character in digits if character.isdigit())
    if not secrets.compare_digest(code.code_hash, _fingerprint(code, bare)):
        raise WrongCode(TRIES - code.tries - 1)
    _accept(code=code, actor=actor, at=at)


def _take_try(code: PhoneCode) -> bool:
    """Count a try before it is looked at, so that parallel guesses share the three."""
    waiting = PhoneCode.objects.filter(pk=code.pk, used_at__isnull=True, tries__lt=TRIES)
    return bool(waiting.update(tries=F("tries") + 1))


@transaction.atomic
def _accept(*, code: PhoneCode, actor: Actor, at: datetime) -> None:
    if not PhoneCode.objects.filter(pk=code.pk, used_at__isnull=True).update(used_at=at):
        raise NoOpenCode
    contact = code.contact
    mark_confirmed(contact=contact, at=at)
    record.write(
        actor=actor,
        verb=AuditEntry.Verb.CHANGED,
        thing=contact,
        graduate=contact.graduate,
        at=at,
    )


def mark_confirmed(*, contact: Contact, at: datetime) -> None:
    """Its owner has shown that the phone is theirs."""
    Contact.objects.filter(pk=contact.pk).update(confirmed_at=at)
    contact.confirmed_at = at
    addresses.confirm(address=contact.address, at=at)


def shared_contact(*, graduate: Graduate) -> Contact | None:
    """The phone that others see, as somebody said; None where there is none."""
    rows = Contact.objects.filter(graduate=graduate, shared=True, until__isnull=True)
    return rows.order_by("-since", "-pk").first()


@transaction.atomic
def set_pin(*, contact: Contact, pin: str, actor: Actor, at: datetime) -> None:
    """Choose the PIN that opens each page where others see the phone."""
    contact.pin = make_password(pin)
    contact.save(update_fields=["pin"])
    record.write(
        actor=actor,
        verb=AuditEntry.Verb.CHANGED,
        thing=contact,
        graduate=contact.graduate,
        at=at,
    )


def is_pin(*, contact: Contact, pin: str) -> bool:
    """Whether this is the PIN that was chosen."""
    return bool(contact.pin) and check_password(pin, contact.pin)


@transaction.atomic
def replace(*, graduate: Graduate, value: str, actor: Actor, at: datetime) -> Contact:
    """Put a new number (E.164) in the old one's place.

    Consent on the old number ends at once and what was planned for it is cancelled, because a
    reassigned number would tell a stranger. The new one starts unconfirmed and without consent.
    Raises SameNumber.
    """
    old = contact_of(graduate=graduate)
    if old is not None and old.address.value == value:
        raise SameNumber
    # Whoever had the number before may have lived elsewhere.
    state = state_of(graduate=graduate)
    if old is not None:
        is_silent_now = is_silent(contact=old, at=at)
        retire(contact=old, at=at)
        notices.number_changed(old=old, by_text=not is_silent_now, at=at)
    new = add_contact(graduate=graduate, channel=Sender.Channel.SMS, value=value, at=at)
    set_state(graduate=graduate, state=state)
    record.write(actor=actor, verb=AuditEntry.Verb.CHANGED, thing=new, graduate=graduate, at=at)
    return new


def replaced(*, graduate: Graduate, at: datetime) -> Contact | None:
    """The number that the present one took the place of within the last day; None where there is none."""
    new = contact_of(graduate=graduate)
    if new is None or at - new.since >= UNDO:
        return None
    rows = Contact.objects.filter(
        graduate=graduate, address__channel=Sender.Channel.SMS, until=new.since
    )
    return rows.select_related("address").order_by("-pk").first()


@transaction.atomic
def undo_replace(*, graduate: Graduate, actor: Actor, at: datetime) -> Contact:
    """Put the old number back, with what was agreed to on it; the new one is written to no more.

    A STOP that was texted from the old number stays in force. What was cancelled stays cancelled.
    Raises NothingToUndo.
    """
    Graduate.objects.select_for_update().get(pk=graduate.pk)
    old = replaced(graduate=graduate, at=at)
    new = contact_of(graduate=graduate)
    if old is None or new is None:
        raise NothingToUndo
    held = consent.scopes(address=old.address, program=graduate.program, before=new.since)
    retire(contact=new, at=at)
    old.until = None
    old.save(update_fields=["until"])
    consent.grant(
        address=old.address,
        program=graduate.program,
        scopes=sorted(held),
        source=ConsentEvent.Source.WEB,
        words="The change of number was taken back.",
        at=at,
        actor=actor.user,
    )
    record.write(actor=actor, verb=AuditEntry.Verb.CHANGED, thing=old, graduate=graduate, at=at)
    return old


def is_silent(*, contact: Contact, at: datetime) -> bool:
    """Whether a confirmed number has shown no sign of its owner for ninety days.

    A number given up is given to somebody else, who must not read these texts: it is confirmed anew.
    """
    if contact.confirmed_at is None or at - contact.confirmed_at < SILENCE:
        return False
    heard = InboundMessage.objects.filter(
        address=contact.address_id, received_at__gt=at - SILENCE, is_call=False
    )
    return not heard.exists()


def silent_number(*, graduate: Graduate, at: datetime) -> str:
    """The number, masked, of which its owner is to say whether it is still theirs; mostly empty.

    Not asked of a phone that others see or that another graduate has, too, for their texts keep it
    in use, and not after a STOP.
    """
    contact = contact_of(graduate=graduate)
    if contact is None or contact.shared or contact.address.opted_out_at is not None:
        return ""
    if not is_silent(contact=contact, at=at):
        return ""
    others = Contact.objects.filter(address=contact.address_id, until__isnull=True)
    is_theirs_alone = not others.exclude(graduate=graduate).exists()
    return mask(contact.address.value) if is_theirs_alone else ""


def retire(*, contact: Contact, at: datetime) -> None:
    """Write to this number no more on the graduate's behalf."""
    Contact.objects.filter(pk=contact.pk).update(until=at)
    watch.look_again(graduates=[contact.graduate_id], at=at)
    outbox.cancel(at=at, reason="replaced", about=contact.graduate.uid)
    others = Contact.objects.filter(
        address=contact.address, until__isnull=True, graduate__program=contact.graduate.program
    )
    # A phone that another graduate of the program still has keeps the yes of that one.
    if not others.exists():
        consent.revoke(
            address=contact.address,
            program=contact.graduate.program,
            source=ConsentEvent.Source.WEB,
            words="The number was replaced.",
            at=at,
        )
