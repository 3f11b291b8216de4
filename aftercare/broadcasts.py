"""A shared date called off ("group off tonight"): who is expected, one text each, and the way back.

The text is about an own appointment and takes the place of its reminder, so it goes as a reminder to
those who agreed to reminders: no cap can hold it back until it is too late. To others it goes as an
event. It waits for the hours in which programs may text where these begin early enough before the
date, and leaves at once where they do not; own quiet hours hold in any case.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from aftercare import attendance, occurrences, phones, record, texts, wording
from aftercare.groups import SharedDate
from aftercare.models import (
    AuditEntry,
    Broadcast,
    Commitment,
    Contact,
    DateChange,
    Expectation,
    Graduate,
)
from aftercare.record import Actor
from aftercare.recurrence import Occurrence
from notifications import consent, outbox, text
from notifications.kinds import Kind, Scope
from notifications.models import Message, Program

# So long nothing leaves, so that it can be taken back.
HOLD = timedelta(minutes=2)

Outcome = Expectation.Outcome

WHY_NOT: dict[str, str | Promise] = {
    "paused": _("pauses texts"),
    "no_phone": _("no phone on file"),
    "no_consent": _("did not agree to texts"),
    "excused": _("had said they cannot come"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Going:
    """One graduate at a shared date; `why_not` is a code of WHY_NOT where no text goes out."""

    commitment: Commitment
    occurrence: Occurrence
    contact: Contact | None
    kind: Kind
    why_not: str = ""

    @property
    def graduate(self) -> Graduate:
        """Whose it is."""
        return self.commitment.graduate

    @property
    def why_not_words(self) -> str:
        """Why no text goes out, for a person to read."""
        return str(WHY_NOT.get(self.why_not, ""))


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What would leave: to how many, in how many segments together, and the first text as it will be."""

    going: tuple[Going, ...]
    texted: int
    segments: int
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenBack:
    """For how many a date is on again, and how many had been told by then."""

    restored: int
    told: int


def preview(*, date: SharedDate, note: str, at: datetime) -> Preview:
    """What calling it off would send; raises wording.SaysTooMuch."""
    going = tuple(_going(date))
    told = _first_of_each(going)
    bodies = [_body(one, note, at) for one in told]
    return Preview(
        going=going,
        texted=len(told),
        segments=sum(text.segments(body).count for body in bodies),
        body=bodies[0] if bodies else "",
    )


def _going(date: SharedDate) -> Iterator[Going]:
    """Everybody in whose plan the date stands, in three queries, however many they are."""
    contacts = phones.contacts_of(graduates=[row.graduate for row, _one in date.commitments])
    ledger = consent.Ledger(addresses=[contact.address_id for contact in contacts.values()])
    excused = _excused(date)
    for commitment, one in date.commitments:
        graduate = commitment.graduate
        contact = contacts.get(graduate.pk)
        agreed: Collection[Scope] = ()
        if contact is not None:
            contact.graduate = graduate
            agreed = ledger.scopes(address=contact.address_id, program=graduate.program_id)
        is_excused = (commitment.pk, one.recurrence_id) in excused
        yield Going(
            commitment=commitment,
            occurrence=one,
            contact=contact,
            kind=Kind.REMINDER if Scope.REMINDERS in agreed else Kind.EVENT,
            why_not="excused" if is_excused else _why_not(graduate, contact, agreed),
        )


def _excused(date: SharedDate) -> set[tuple[int | None, str]]:
    rows = Expectation.objects.filter(
        commitment__in=[row for row, _one in date.commitments], outcome=Outcome.EXCUSED
    )
    return set(rows.values_list("commitment_id", "recurrence_id"))


def _why_not(graduate: Graduate, contact: Contact | None, agreed: Collection[Scope]) -> str:
    """A code of WHY_NOT, or "" where a text may be queued."""
    if not graduate.is_written_to:
        return "paused"
    if contact is None:
        return "no_phone"
    return "" if {Scope.REMINDERS, Scope.PROGRAM} & set(agreed) else "no_consent"


def _first_of_each(going: Iterable[Going]) -> list[Going]:
    """Each person once, though it stand in a plan twice."""
    first: dict[int, Going] = {}
    for one in going:
        if not one.why_not:
            first.setdefault(one.graduate.pk, one)
    return list(first.values())


def _body(one: Going, note: str, at: datetime) -> str:
    graduate = one.graduate
    zone, language = ZoneInfo(graduate.time_zone), graduate.language
    starts_at = one.occurrence.starts_at
    return wording.text(
        name="called_off",
        language=language,
        clock=wording.clock(
            at=starts_at,
            zone=zone,
            language=language,
            other=ZoneInfo(one.commitment.time_zone),
        ),
        day=wording.day(at=starts_at, now=at, zone=zone, language=language),
        note=note.strip(),
        alias=graduate.program.alias,
    )


@transaction.atomic
def call_off(*, date: SharedDate, note: str, actor: Actor, at: datetime) -> Broadcast:
    """Take a date out of every plan it stands in, and tell those who were expected, once each.

    Nothing leaves for two minutes, in which it can be taken back. Raises wording.SaysTooMuch,
    outbox.NoSender, NoSuchOccurrence where somebody else was quicker.
    """
    _lock(date)
    broadcast = Broadcast.objects.create(
        program=date.program,
        title=date.title,
        note=note.strip(),
        starts_at=date.starts_at,
        author=actor.user,
        sent_at=at,
    )
    going = list(_going(date))
    for one in _first_of_each(going):
        _tell(broadcast, one, at)
    for one in going:
        _take_out(broadcast, one, actor, at)
    record.write(
        actor=actor,
        verb=AuditEntry.Verb.SENT,
        thing=broadcast,
        program=broadcast.program,
        at=at,
    )
    return broadcast


def _lock(date: SharedDate) -> None:
    keys = [commitment.pk for commitment, _one in date.commitments]
    rows = Commitment.objects.select_for_update(of=("self",)).filter(pk__in=keys).order_by("pk")
    for row in rows.select_related("graduate__program"):
        ids = {one.recurrence_id for other, one in date.commitments if other == row}
        if any(occurrences.one(commitment=row, recurrence_id=key) is None for key in ids):
            raise occurrences.NoSuchOccurrence(date.recurrence_id)


def _key(broadcast: Broadcast, graduate: Graduate) -> str:
    return f"called-off:{broadcast.pk}:{graduate.pk}"


def _tell(broadcast: Broadcast, one: Going, at: datetime) -> None:
    contact = one.contact
    if contact is None:
        return
    texts.queue(
        contact=contact,
        body=_body(one, broadcast.note, at),
        key=_key(broadcast, one.graduate),
        kind=one.kind,
        not_before=texts.decent_time(
            contact=contact, soon=at + HOLD, starts_at=one.occurrence.starts_at
        ),
        expires_at=one.occurrence.starts_at,
        at=at,
    )


def _take_out(broadcast: Broadcast, one: Going, actor: Actor, at: datetime) -> None:
    commitment, recurrence_id = one.commitment, one.occurrence.recurrence_id
    DateChange.objects.update_or_create(
        commitment=commitment,
        recurrence_id=recurrence_id,
        defaults={
            "kind": DateChange.Kind.CALLED_OFF,
            "broadcast": broadcast,
            "changed_by": actor.user,
            "changed_at": at,
        },
    )
    if one.why_not != "excused":
        row = attendance.expected(commitment=commitment, occurrence=one.occurrence)
        commitment.expectations.update_or_create(
            recurrence_id=recurrence_id,
            defaults={
                "graduate_id": row.graduate_id,
                "kind": row.kind,
                "opened_at": row.opened_at,
                "due_at": row.due_at,
                "outcome": Outcome.CANCELLED,
                "answered_at": at,
                "answered_by": actor.user,
            },
        )
    attendance.replan(commitment=_fresh(commitment), actor=actor, at=at)


def _fresh(commitment: Commitment) -> Commitment:
    """The row without what was read of its changes before they changed."""
    return Commitment.objects.select_related("graduate__program").get(pk=commitment.pk)


@transaction.atomic
def take_back(*, broadcast: Broadcast, actor: Actor, at: datetime) -> TakenBack:
    """Let the date be on again for everybody who has not been told yet.

    Who got the text is not confused by a second one: for them it stays off, and staff call them.
    """
    restored, told = set(), set()
    for row in broadcast.changes.select_related("commitment__graduate__program"):
        graduate = row.commitment.graduate
        if graduate.pk not in restored and not _unsay(broadcast, graduate, at):
            told.add(graduate.pk)
            continue
        restored.add(graduate.pk)
        _put_back(row, actor, at)
    broadcast.taken_back_at = at
    broadcast.save(update_fields=["taken_back_at"])
    record.write(
        actor=actor,
        verb=AuditEntry.Verb.CHANGED,
        thing=broadcast,
        program=broadcast.program,
        at=at,
    )
    return TakenBack(restored=len(restored), told=len(told))


def _unsay(broadcast: Broadcast, graduate: Graduate, at: datetime) -> bool:
    """Whether somebody was not told, and now will not be."""
    key = _key(broadcast, graduate)
    if not Message.objects.filter(key=key).exists():
        return True
    return bool(outbox.cancel(key=key, reason="by_staff", at=at))


def _put_back(row: DateChange, actor: Actor, at: datetime) -> None:
    commitment = row.commitment
    if row.moved_on is None:
        row.delete()
    else:
        row.kind, row.broadcast = DateChange.Kind.MOVED, None
        row.save(update_fields=["kind", "broadcast"])
    commitment.expectations.filter(
        recurrence_id=row.recurrence_id, outcome=Outcome.CANCELLED
    ).delete()
    attendance.replan(commitment=commitment, actor=actor, at=at)


def recent(*, programs: Iterable[Program], at: datetime) -> tuple[Broadcast, ...]:
    """What was called off and has not begun yet, or began a day ago at most, the newest first."""
    rows = Broadcast.objects.filter(
        program__in=list(programs), starts_at__gt=at - timedelta(days=1)
    )
    return tuple(rows.select_related("author", "program").order_by("-sent_at"))


def of(*, programs: Iterable[Program], uid: UUID, at: datetime) -> Broadcast | None:
    """One of these that can still be taken back: not begun, and not taken back before."""
    rows = Broadcast.objects.filter(
        program__in=list(programs), uid=uid, starts_at__gt=at, taken_back_at__isnull=True
    )
    return rows.select_related("program").first()
