"""Somebody with a phone, as the messaging engine sees them."""

import itertools
from collections.abc import Iterable
from datetime import UTC, datetime

from notifications import outbox
from notifications.kinds import Kind, Scope
from notifications.models import Message, Program, Sender
from tests import build

# The Sunday of the change to summer time in New York: 13:00 and 05:00 there.
NOON = datetime(2026, 3, 8, 17, 0, tzinfo=UTC)
NIGHT = datetime(2026, 3, 8, 9, 0, tzinfo=UTC)
# The Tuesday after it, 13:00 in New York.
TUESDAY = datetime(2026, 3, 10, 17, 0, tzinfo=UTC)

_keys = itertools.count()


class Person:
    """One phone with consents, and the number its program texts from."""

    def __init__(
        self,
        *,
        program: Program | None = None,
        scopes: Iterable[Scope] = tuple(Scope),
        confirmed: bool = True,
        time_zone: str = build.NEW_YORK,
        quiet_windows: list[list[str]] | None = None,
    ) -> None:
        self.program = program or build.program()
        self.sender = Sender.objects.get(program=self.program, channel=Sender.Channel.SMS)
        self.address = build.address(
            confirmed_at=build.LONG_AGO if confirmed else None,
            time_zone=time_zone,
            quiet_windows=quiet_windows,
        )
        build.consents(address=self.address, program=self.program, scopes=scopes)

    def queue(
        self,
        kind: Kind = Kind.REMINDER,
        *,
        at: datetime = NOON,
        key: str | None = None,
        body: str = "At 7 PM today.",
        expires_at: datetime | None = None,
    ) -> Message:
        """One message to this person, due at once."""
        return outbox.queue(
            sender=self.sender,
            address=self.address,
            body=body,
            key=key or f"test:{next(_keys)}",
            kind=kind,
            not_before=at,
            expires_at=expires_at,
        )
