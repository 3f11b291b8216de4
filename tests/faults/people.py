"""Many people with a phone each and a text that is due, put into the tables at one go.

Rows are inserted in bulk, without asking `outbox.queue` for each; they hold what it would have written.
"""

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta

from notifications import text
from notifications.fields import blind_index
from notifications.kinds import RULES, Kind, Scope
from notifications.models import Address, ConsentEvent, Message, Sender
from tests import build

AREAS = range(200, 1000)
LINES = 100
# No pace: what is measured is how fast, how often and in what order, not how slowly one may go.
AT_ONCE = 1_000_000.0
BATCH = 2_000
USE = timedelta(hours=2)


def numbers(count: int, *, first: int = 0) -> list[str]:
    """Made-up numbers, all different: 555-01xx in each area code that could be one."""
    if first + count > len(AREAS) * LINES:
        raise ValueError(f"there are {len(AREAS) * LINES:,} made-up numbers, and no more")
    return [
        f"+1{AREAS[number // LINES]}55501{number % LINES:02d}"
        for number in range(first, first + count)
    ]


def program(*, pace: float = AT_ONCE, number: str = "+12155550190") -> Sender:
    """A program whose number sends at so many segments a second."""
    made = build.sender(program=build.program(with_sender=False), number=number)
    made.segments_per_second = pace
    made.save()
    return made


def phones(*, sender: Sender, count: int, first: int = 0) -> list[Address]:
    """So many confirmed phones whose owners agreed to everything."""
    made = [
        Address(
            value=value,
            index=blind_index(value=value, purpose=Sender.Channel.SMS),
            time_zone=build.NEW_YORK,
            confirmed_at=build.LONG_AGO,
            created_at=build.LONG_AGO,
        )
        for value in numbers(count, first=first)
    ]
    Address.objects.bulk_create(made, batch_size=BATCH)
    ConsentEvent.objects.bulk_create(
        [
            ConsentEvent(
                address=address,
                program=sender.program,
                scope=scope,
                granted=True,
                source=ConsentEvent.Source.WEB,
                words="Yes, text me.",
                at=build.LONG_AGO,
            )
            for address in made
            for scope in (Scope.REMINDERS, Scope.CHECK_INS, Scope.PROGRAM)
        ],
        batch_size=BATCH,
    )
    return made


def queue(
    *,
    sender: Sender,
    to: Sequence[Address],
    at: Sequence[datetime],
    expires: Sequence[datetime] | None = None,
    kind: Kind = Kind.REMINDER,
    name: str = "Text",
) -> list[Message]:
    """One text to each of these phones, due at these instants; every body is its own."""
    run = uuid.uuid4().hex[:8]
    bodies = [f"{name} {number}" for number in range(len(to))]
    made = [
        Message(
            key=f"{run}:{number}",
            program_id=sender.program_id,
            sender=sender,
            address=address,
            kind=kind,
            lane=RULES[kind].lane,
            body=bodies[number],
            segments=text.segments(bodies[number]).count,
            not_before=at[number],
            next_at=at[number],
            expires_at=expires[number] if expires else at[number] + USE,
            queued_at=at[number],
        )
        for number, address in enumerate(to)
    ]
    return Message.objects.bulk_create(made, batch_size=BATCH)


def due(count: int, *, at: datetime, pace: float = AT_ONCE) -> list[Message]:
    """So many people of one program, each with a reminder that is due now."""
    sender = program(pace=pace)
    return queue(sender=sender, to=phones(sender=sender, count=count), at=[at] * count)
