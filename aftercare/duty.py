"""Who is paged when danger waits, and what a program settles before paging may be switched on."""

import hashlib
import secrets
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from aftercare import mail, record, wording
from aftercare.access import NotYours
from aftercare.models import AuditEntry, Duty, Role, SafetyLane
from aftercare.record import Actor
from notifications import addresses, outbox
from notifications.kinds import Kind
from notifications.models import Address, Program, Sender

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

    from portal.models import User

TEST_LIFE = timedelta(minutes=30)
# Guesses at a code from one phone; after them only the web counts.
MOST_WRONG = 10
# Both are answered in Spanish, too, so both are approved.
LANGUAGES = ("en", "es")

WORDS_NOT_APPROVED = _("The crisis texts are not approved, or have changed since.")
NO_HOURS = _("There are no staffed hours.")
NO_NUMBER = _("There is no number to text from.")
NOBODY_ON_CALL = _("Nobody is on call.")
PHONE_NOT_TESTED = _("The phone of who is on call has not been tested.")
NO_SECOND_CHANNEL = _("Who is on call has no second channel: a mailbox that is switched on.")


class NotReady(Exception):
    """Something is missing before pages may leave; `lacks` says what, for a person to read."""

    def __init__(self, lacks: "Sequence[_StrPromise]") -> None:
        super().__init__("The safety lane is not ready.")
        self.lacks = lacks


@dataclass(frozen=True, slots=True, kw_only=True)
class Pager:
    """How one person of staff is paged: on a tested phone, by mail, or both."""

    user: "User"
    phone: Address | None
    mailbox: Address | None


def lane_of(*, program: Program) -> SafetyLane:
    """What the program has settled; all is off until somebody settles it."""
    return SafetyLane.objects.filter(program=program).first() or SafetyLane(program=program)


def is_on(*, program: Program) -> bool:
    """Whether danger pages anybody in this program."""
    return SafetyLane.objects.filter(program=program, on_since__isnull=False).exists()


def lacks(*, program: Program) -> "list[_StrPromise]":
    """What is missing before the lane may be switched on; empty where nothing is."""
    return list(_lacks(program))


def _lacks(program: Program) -> "Iterator[_StrPromise]":
    if lane_of(program=program).approved != _fingerprint(program):
        yield WORDS_NOT_APPROVED
    if not any(program.staffed_hours):
        yield NO_HOURS
    if not _has_sender(program, Sender.Channel.SMS):
        yield NO_NUMBER
    first = people(program=program).filter(is_on_call=True).first()
    if first is None:
        yield NOBODY_ON_CALL
        return
    if first.tested_at is None:
        yield PHONE_NOT_TESTED
    if first.mailbox_id is None or not _has_sender(program, Sender.Channel.EMAIL):
        yield NO_SECOND_CHANNEL


def _has_sender(program: Program, channel: str) -> bool:
    return Sender.objects.filter(program=program, channel=channel, is_on=True).exists()


def _fingerprint(program: Program) -> str:
    """What was approved, so that a later change is noticed; a missing language can never be approved."""
    words = [program.crisis_texts.get(language, "") for language in LANGUAGES]
    return hashlib.sha256("\n".join(words).encode()).hexdigest() if all(words) else "missing"


@transaction.atomic
def approve_words(*, program: Program, actor: Actor, at: datetime) -> None:
    """The lead has read the crisis texts as they stand and stands by them."""
    lane = lane_of(program=program)
    if _fingerprint(program) == "missing":
        raise NotReady([WORDS_NOT_APPROVED])
    lane.approved, lane.approved_at = _fingerprint(program), at
    lane.approved_by = actor.user
    lane.save()
    _note(lane, program, actor, at)


@transaction.atomic
def switch_on(*, program: Program, actor: Actor, at: datetime) -> None:
    """From now on danger pages people; raises NotReady."""
    missing = lacks(program=program)
    if missing:
        raise NotReady(missing)
    lane = lane_of(program=program)
    lane.on_since = lane.on_since or at
    lane.save()
    _note(lane, program, actor, at)


@transaction.atomic
def switch_off(*, program: Program, actor: Actor, at: datetime) -> None:
    """No pages any more; crisis answers and the list of open items stay."""
    lane = lane_of(program=program)
    lane.on_since = None
    lane.save()
    _note(lane, program, actor, at)


def _note(thing: SafetyLane | Duty, program: Program, actor: Actor, at: datetime) -> None:
    record.write(actor=actor, verb=AuditEntry.Verb.CHANGED, thing=thing, program=program, at=at)


# The list


def people(*, program: Program) -> "QuerySet[Duty]":
    """The escalation list: who is on call first, then in the order they were added."""
    rows = Duty.objects.filter(program=program, until__isnull=True)
    return rows.select_related("user", "phone", "mailbox").order_by("-is_on_call", "since", "pk")


def listed(*, program: Program, uid: uuid.UUID) -> Duty:
    """Somebody on the list; raises access.NotYours."""
    row = people(program=program).select_related("program").filter(uid=uid).first()
    if row is None:
        raise NotYours
    return row


@transaction.atomic
def add(*, role: Role, number: str, actor: Actor, at: datetime) -> Duty:
    """Put somebody of staff on the list with a phone (E.164); its test is queued at once.

    The second channel is the mailbox they log in with. The first on the list is on call.
    A new number for somebody on the list replaces the old one. Raises outbox.NoSender.
    """
    program = role.program
    mail.mailbox(program)
    phone = addresses.get_or_make(
        channel=Sender.Channel.SMS, value=number, at=at, language=role.user.language or "en"
    )
    listed = people(program=program)
    first = not listed.filter(is_on_call=True).exclude(user=role.user).exists()
    row, _made = Duty.objects.update_or_create(
        program=program,
        user=role.user,
        until=None,
        defaults={
            "phone": phone,
            "mailbox": _mailbox_of(role.user, at),
            "tested_at": None,
            "is_on_call": first,
            "since": at,
        },
    )
    send_test(row=row, at=at)
    _note(row, program, actor, at)
    return row


def _mailbox_of(user: "User", at: datetime) -> Address | None:
    """The mailbox somebody logs in with, which log-in has confirmed."""
    if not user.email:
        return None
    box = addresses.get_or_make(channel=Sender.Channel.EMAIL, value=user.email.lower(), at=at)
    if box.confirmed_at is None:
        addresses.confirm(address=box, at=at)
    return box


@transaction.atomic
def send_test(*, row: Duty, at: datetime) -> None:
    """Text a code that is to be texted back, as a page would be; raises outbox.NoSender."""
    row.code, row.code_until = f"{secrets.randbelow(10**4):04d}", at + TEST_LIFE
    row.wrong_codes = 0
    row.save(update_fields=["code", "code_until", "wrong_codes"])
    outbox.queue(
        sender=outbox.sender_for(program=row.program),
        address=row.phone,
        body=wording.text(
            name="page_test",
            language=row.user.language or "en",
            alias=row.program.alias,
            code=row.code,
        ),
        key=f"page_test:{row.uid}:{at.isoformat()}",
        kind=Kind.CODE,
        not_before=at,
        expires_at=row.code_until,
        at=at,
    )


@transaction.atomic
def pass_test(*, row: Duty, code: str, at: datetime) -> bool:
    """Whether this is the code of an open test; then the phone counts as tested."""
    if row.code_until is None or row.code_until < at or not row.code:
        return False
    if not secrets.compare_digest(row.code, code):
        return False
    row.tested_at, row.code, row.code_until, row.wrong_codes = at, "", None, 0
    row.save()
    addresses.confirm(address=row.phone, at=at)
    return True


@transaction.atomic
def put_on_call(*, row: Duty, actor: Actor, at: datetime) -> None:
    """From now on this person is paged first."""
    people(program=row.program).filter(is_on_call=True).update(is_on_call=False)
    Duty.objects.filter(pk=row.pk).update(is_on_call=True)
    _note(row, row.program, actor, at)


@transaction.atomic
def end(*, row: Duty, actor: Actor, at: datetime) -> None:
    """Take somebody off the list."""
    Duty.objects.filter(pk=row.pk).update(until=at, is_on_call=False)
    _note(row, row.program, actor, at)


# Whom a page goes to


def pagers(*, program: Program, round_number: int, at: datetime) -> list[Pager]:
    """Round 0 is who is on call, round 1 the leads, from round 2 on everybody; nobody is passed over.

    A lead who is on no list is still reached by mail. Who has no role here any more is left out.
    """
    leads = _leads(program)
    listed = [row for row in people(program=program) if _still_works(row)]
    first = [_pager(row) for row in listed if row.is_on_call]
    second = [_pager(row) for row in listed if row.user_id in leads]
    known = {row.user_id for row in listed}
    second += [
        Pager(user=user, phone=None, mailbox=_mailbox_of(user, at))
        for key, user in leads.items()
        if key not in known
    ]
    everybody = [*map(_pager, listed), *(pager for pager in second if pager.user.pk not in known)]
    chain = [first, second, everybody]
    for step in chain[min(round_number, 2) :]:
        if step:
            return step
    return everybody


def pager_of(*, program: Program, user: "User", at: datetime) -> Pager:
    """How one person is paged, on the list or not."""
    row = people(program=program).filter(user=user).first()
    return _pager(row) if row else Pager(user=user, phone=None, mailbox=_mailbox_of(user, at))


def _leads(program: Program) -> "dict[int, User]":
    rows = Role.objects.filter(program=program, kind=Role.Kind.LEAD, until__isnull=True)
    return {role.user_id: role.user for role in rows.select_related("user").order_by("pk")}


def _still_works(row: Duty) -> bool:
    return Role.objects.filter(
        user=row.user_id, program=row.program_id, until__isnull=True
    ).exists()


def _pager(row: Duty) -> Pager:
    return Pager(user=row.user, phone=row.phone if row.tested_at else None, mailbox=row.mailbox)
