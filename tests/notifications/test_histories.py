"""Random lives of one phone: nothing leaves that a gate should have stopped, and all says why.

`HISTORIES=10000` plays so many; without it a few.
"""

import os
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from notifications import addresses, consent, delivery, inbound, leaps, reasons
from notifications.kinds import RULES, Kind, Lane, Scope
from notifications.models import Address, Breaker, ConsentEvent, Message, Program, Sender
from notifications.transports.memory import MEMORY
from tests import build
from tests.notifications.person import TUESDAY, Person

NEW_YORK = ZoneInfo(build.NEW_YORK)
ENDED = {
    Message.State.SUPPRESSED,
    Message.State.EXPIRED,
    Message.State.FAILED,
    Message.State.CANCELLED,
    Message.State.DEFERRED,
    Message.State.UNKNOWN,
}
KINDS = [
    Kind.REMINDER,
    Kind.CHECK_IN,
    Kind.NUDGE,
    Kind.EVENT,
    Kind.PERSONAL,
    Kind.CODE,
    Kind.CRISIS,
]
COUNT = int(os.environ.get("HISTORIES", "15"))
# What the number may send in a day, and what of it may be sent unasked.
A_DAY, UNASKED = 5, 4


@dataclass
class Known:
    """What has happened so far, kept in the plainest way."""

    at: datetime = TUESDAY
    stopped: bool = False
    dead: bool = False
    texting_on: bool = True
    sender_on: bool = True
    paused_until: datetime = build.LONG_AGO
    scopes: set[Scope] = field(default_factory=lambda: set(Scope))
    capped_days: list[datetime] = field(default_factory=list)
    sent_on: list[date] = field(default_factory=list)

    def may_leave(self, kind: Kind) -> bool:
        """The gates, read off the brief and not off the code."""
        rule, local = RULES[kind], self.at.astimezone(NEW_YORK)
        same_day = [day for day in self.capped_days if day.date() == local.date()]
        week = [day for day in self.capped_days if (local.date() - day.date()).days < 7]
        return all(
            (
                rule.after_stop or not self.stopped,
                rule.unreachable or not self.dead,
                rule.scope is None or rule.scope in self.scopes,
                self.texting_on or rule.lane == Lane.CRISIS,
                self.sender_on,
                self.paused_until <= self.at,
                rule.lane == Lane.CRISIS
                or self.sent_on.count(local.date())
                < (UNASKED if rule.lane >= Lane.CHECK_IN else A_DAY),
                not rule.program_hours or 9 <= local.hour < 20,
                not rule.own_hours or 7 <= local.hour < 22,
                not rule.capped or (not same_day and len(week) < 3),
            )
        )


# Texts and time come up most, so that what happens in between meets something to stop.
MOVES: list[tuple[str, object]] = [
    *[("queue", kind) for kind in KINDS for _ in range(3)],
    *[("wait", hours) for hours in (1, 5, 9, 14, 24, 40) for _ in range(2)],
    *[(move, scope) for move in ("grant", "revoke") for scope in Scope],
    *[(move, None) for move in ("stop", "start", "confirm", "dies", "switch")],
    *[(move, None) for move in ("sender", "rest", "back")],
    *[("provider", step) for step in ("20429", "lose", "30007", "accept")],
]
histories = st.lists(st.sampled_from(MOVES), min_size=15, max_size=30)


class Life:
    """Plays moves on the engine and on what is known, and compares after each."""

    def __init__(self) -> None:
        MEMORY.clear()
        self.person = Person(quiet_windows=[["22:00", "07:00"]])
        Address.objects.update(state="PA")
        Sender.objects.update(segments_per_day=A_DAY)
        self.known = Known()
        self.kinds: dict[str, Kind] = {}

    def play(self, move: str, detail: object) -> None:
        known, person, at = self.known, self.person, self.known.at
        person.address.refresh_from_db()
        if move == "queue":
            self.queue(Kind(str(detail)))
        elif move == "wait":
            known.at += timedelta(hours=int(str(detail)))
        elif move == "grant":
            self.grant(Scope(str(detail)))
        elif move == "revoke":
            scope = Scope(str(detail))
            known.scopes.discard(scope)
            consent.revoke(
                address=person.address,
                program=person.program,
                scope=scope,
                source=ConsentEvent.Source.WEB,
                at=at,
            )
        elif move in ("stop", "start"):
            self.text(move.upper())
        elif move == "provider":
            MEMORY.script.append(str(detail))
        else:
            self.change(move)

    def queue(self, kind: Kind) -> None:
        body = f"Text {len(self.kinds)}"
        self.kinds[body] = kind
        self.person.queue(kind, body=body, at=self.known.at)

    def grant(self, scope: Scope) -> None:
        self.known.scopes.add(scope)
        consent.grant(
            address=self.person.address,
            program=self.person.program,
            scopes=[scope],
            source=ConsentEvent.Source.WEB,
            words="Yes.",
            at=self.known.at,
        )

    def text(self, word: str) -> None:
        self.known.stopped = word == "STOP"
        self.known.dead = False  # who writes can be reached
        inbound.accept(
            to=self.person.sender.number,
            sender=self.person.address.value,
            body=word,
            provider_id=f"SM{ConsentEvent.objects.count()}-{len(self.kinds)}-{self.known.at}"[:64],
            at=self.known.at,
        )

    def change(self, move: str) -> None:
        known, person = self.known, self.person
        if move == "confirm":
            known.dead = False
            addresses.confirm(address=person.address, at=known.at)
        elif move == "dies":
            known.dead = True
            addresses.mark_unreachable(
                address=person.address, reason="number_does_not_work", at=known.at
            )
        elif move == "switch":
            known.texting_on = not known.texting_on
            Program.objects.update(texting_on=known.texting_on)
        else:
            self.change_sender(move)

    def change_sender(self, move: str) -> None:
        known = self.known
        if move == "sender":
            known.sender_on = not known.sender_on
            Sender.objects.update(is_on=known.sender_on)
        elif move == "rest":
            known.paused_until = known.at + timedelta(minutes=90)
            Sender.objects.update(paused_until=known.paused_until)
        else:
            known.at -= timedelta(hours=1)
            if known.paused_until > known.at + leaps.LONGEST_WAIT:
                known.paused_until = known.at
            leaps.put_right(at=known.at)

    def deliver(self) -> None:
        """Send what is due, and hold every text against what is known."""
        known = self.known
        delivery.reconcile(at=known.at)
        before = len(MEMORY.sent)
        delivery.deliver_due(at=known.at)
        for parcel in MEMORY.sent[before:]:
            kind = self.kinds[parcel.body]
            assert known.may_leave(kind), (kind, known)
            if RULES[kind].lane != Lane.CRISIS:
                known.sent_on.append(known.at.astimezone(NEW_YORK).date())
            if RULES[kind].capped:
                known.capped_days.append(known.at.astimezone(NEW_YORK))

    def check_reasons(self) -> None:
        """Everything left, waits for its time, or says why not."""
        for message in Message.objects.all():
            if message.state in ENDED:
                assert message.reason in reasons.SENTENCES, (message.state, message.reason)
            else:
                assert message.reason == "", (message.state, message.reason)
            if message.state in Message.WAITING:
                assert message.next_at is not None
                is_behind = self.has_open_try(message) or Breaker.objects.filter(failures__gte=5)
                assert message.next_at > self.known.at or is_behind
        bodies = [parcel.body for parcel in MEMORY.sent]
        assert len(bodies) == len(set(bodies))

    def has_open_try(self, message: Message) -> bool:
        return (
            self.person.address.pk == message.address_id
            and Message.objects.filter(state=Message.State.UNKNOWN).exists()
        )


class Histories(TestCase):
    """Every history of the moves above."""

    @given(histories)
    @settings(max_examples=COUNT, deadline=None)
    def test_nothing_leaves_that_should_not_and_all_says_why(
        self, history: list[tuple[str, object]]
    ) -> None:
        life = Life()
        for move, detail in history:
            life.play(move, detail)
            life.deliver()
            life.check_reasons()

    @given(st.lists(st.sampled_from(["a", "b", "c"]), min_size=1, max_size=12))
    @settings(max_examples=15, deadline=None)
    def test_a_key_stands_for_one_message_however_often_it_is_queued(self, keys: list[str]) -> None:
        MEMORY.clear()
        person = Person()

        for number, key in enumerate(keys):
            person.queue(key=key, body=f"Text {number}", at=TUESDAY)
            if number % 3 == 0:
                delivery.deliver_due(at=TUESDAY)
        delivery.deliver_due(at=TUESDAY)

        assert Message.objects.count() == len(set(keys))
        firsts = {f"Text {keys.index(key)}" for key in keys}
        assert sorted(parcel.body for parcel in MEMORY.sent) == sorted(firsts)
