"""A person whose every word is told apart from all others, and places to look for these words."""

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.apps import apps
from django.db import connection, models
from django.test import Client

from aftercare.models import (
    Alarm,
    Answer,
    Attestation,
    Contact,
    CopingPlan,
    DateChange,
    Graduate,
    Invitation,
    Outreach,
    Role,
    ScreeningAnswer,
    TextDraft,
    ToughDay,
    Visit,
)
from notifications import consent
from notifications.models import Address, ConsentEvent
from portal.models import User
from tests import build

AT = build.LONG_AGO
PHONE, MAILBOX = "+12155550177", "quokka-mailbox@example.org"


@dataclass(frozen=True)
class Planted:
    """A graduate and the canaries in what is known of them; `readable` is what is not sealed."""

    graduate: Graduate
    user: User
    counselor: Role
    sealed: tuple[str, ...]
    readable: tuple[str, ...] = (MAILBOX,)

    @property
    def words(self) -> tuple[str, ...]:
        """All of them."""
        return self.sealed + self.readable


def plant() -> Planted:
    """One whole life, a different word in each place that holds words."""
    numbers = itertools.count(1)
    made: list[str] = []

    def word() -> str:
        made.append(f"quokka{next(numbers):02d}x")
        return made[-1]

    program = build.program()
    counselor = build.role(program=program)
    user = build.user(email=MAILBOX, name=word())
    EmailAddress.objects.create(user=user, email=MAILBOX, verified=True, primary=True)
    person = build.graduate(
        program=program,
        counselor=counselor,
        user=user,
        first_name=word(),
        last_name=word(),
        phone=PHONE,
    )
    person.contact_card = {"call_ourselves": word(), "who_may_answer": word()}
    person.save()
    contact = Contact.objects.get(graduate=person)
    Attestation.objects.create(
        contact=contact, about=Attestation.About.CONSENT, words=word(), at=AT
    )
    ToughDay.objects.create(graduate=person, on=AT.date(), note=word(), created_at=AT)
    meeting = build.commitment(graduate=person, title=word(), place=word())
    meeting.join_link = f"https://example.org/{word()}"
    meeting.save()
    DateChange.objects.create(
        commitment=meeting,
        recurrence_id="20260106T190000",
        kind=DateChange.Kind.SKIPPED,
        changed_at=AT,
    )
    Visit.objects.create(
        graduate=person,
        expectation=build.occurrence(
            commitment=meeting, starts_at=AT, recurrence_id="20260113T190000"
        ),
        title=word(),
        place=word(),
        starts_at=AT,
        ends_at=AT + timedelta(hours=1),
        time_zone=build.NEW_YORK,
        said_at=AT,
    )
    asked = build.check_in(graduate=person, opens_at=AT)
    Answer.objects.create(
        check_in=asked, question="rough", content={"value": 3, "words": word()}, at=AT
    )
    build.reply(graduate=person, body=word())
    received = build.inbound(
        sender=build.sender_of(person), address=contact.address, body=word(), at=AT, read_at=AT
    )
    received.answer = {"said": word()}
    received.save()
    build.message(graduate=person, body=word())
    build.signal(graduate=person, reasons=[{"code": word()}])
    sitting = build.screening(graduate=person, at=AT, scores={"phq_9": 7})
    ScreeningAnswer.objects.create(screening=sitting, item="1", content={"value": 1}, at=AT)
    Outreach.objects.create(
        graduate=person,
        counselor=counselor.user,
        way=Outreach.Way.CALL,
        outcome=Outreach.Outcome.REACHED,
        note=word(),
        next_step=word(),
        at=AT,
    )
    Alarm.objects.create(
        program=program, graduate=person, code="1234", note=word(), opened_at=AT, closed_at=AT
    )
    CopingPlan.objects.create(
        graduate=person,
        content={
            "steps": [word(), word()],
            "reasons": [word(), word()],
            "people": [{"name": word(), "phone": word()}],
        },
        changed_at=AT,
    )
    TextDraft.objects.create(graduate=person, author=counselor.user, body=word(), at=AT)
    Invitation.objects.create(
        program=program,
        graduate=person,
        email=f"{word()}@example.org",
        token_hash="0" * 64,
        created_at=AT,
        expires_at=AT,
    )
    consent.revoke(
        address=contact.address,
        source=ConsentEvent.Source.TEXT,
        words=word(),
        at=AT + timedelta(days=1),
    )
    Address.objects.filter(pk=contact.address_id).update(opted_out_at=AT + timedelta(days=1))
    return Planted(person, user, counselor, (*made, PHONE))


def log_in(planted: Planted) -> Client:
    """A browser of the person, with a session of its own that the device list knows."""
    client = Client()
    client.force_login(planted.user)
    UserSession.objects.create(
        user=planted.user,
        ip="192.0.2.7",
        user_agent="quokka-browser",
        session_key=client.session.session_key or "",
    )
    return client


def found_in(text: str | bytes, words: Iterable[str]) -> list[str]:
    """Which words stand in a text."""
    if isinstance(text, bytes):
        return [word for word in words if word.encode() in text]
    return [word for word in words if word in text]


def opened() -> str:
    """Every value of every table as this program reads it, sealed ones opened."""
    return "\n".join(
        str(getattr(row, field.attname))
        for model in apps.get_models()
        if model._meta.managed and not model._meta.proxy
        for row in model._default_manager.all()
        for field in model._meta.local_fields
    )


def dumped() -> bytes:
    """The database as somebody has it who took a copy away."""
    return b"".join(_dump())


def _dump() -> Iterator[bytes]:
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(PASSIVE)")
        path = str(connection.settings_dict["NAME"])
        for name in (path, f"{path}-wal"):
            if Path(name).exists():
                yield Path(name).read_bytes()
        return
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            with cursor.copy(f'COPY "{table}" TO STDOUT') as copy:
                yield from (bytes(block) for block in copy)


def rows_of(model: type[models.Model], **facts: Any) -> int:
    """How many rows there are of it."""
    return model._default_manager.filter(**facts).count()
