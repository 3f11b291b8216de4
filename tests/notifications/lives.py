"""Random lives of phones: nothing may leave that a gate should have stopped, and all says why.

Many phones live side by side, each with a program of its own and one clock over all, so that one
pass of the engine serves them all.
"""

import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from notifications import addresses, consent, delivery, inbound, leaps, reasons
from notifications.kinds import RULES, Kind, Lane, Scope
from notifications.models import Breaker, ConsentEvent, Message, Program, Sender
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
PHONES, STEPS = 20, 16
# What the number may send in a day, and what of it may be sent unasked.
A_DAY, UNASKED = 5, 4


@dataclass
class Known:
    """What has happened so far, kept in the plainest way."""

    stopped: bool = False
    dead: bool = False
    texting_on: bool = True
    sender_on: bool = True
    paused_until: datetime = build.LONG_AGO
    scopes: set[Scope] = field(default_factory=lambda: set(Scope))
    capped_days: list[datetime] = field(default_factory=list)
    sent_on: list[date] = field(default_factory=list)

    def may_leave(self, kind: Kind, at: datetime) -> bool:
        """The gates, read off the brief and not off the code."""
        rule, local = RULES[kind], at.astimezone(NEW_YORK)
        same_day = [day for day in self.capped_days if day.date() == local.date()]
        week = [day for day in self.capped_days if (local.date() - day.date()).days < 7]
        return all(
            (
                rule.after_stop or not self.stopped,
                rule.unreachable or not self.dead,
                rule.scope is None or rule.scope in self.scopes,
                self.texting_on or rule.lane == Lane.CRISIS,
                self.sender_on,
                self.paused_until <= at or rule.lane == Lane.CRISIS,
                rule.lane == Lane.CRISIS
                or self.sent_on.count(local.date())
                < (UNASKED if rule.lane >= Lane.CHECK_IN else A_DAY),
                not rule.program_hours or 9 <= local.hour < 20,
                not rule.own_hours or 7 <= local.hour < 22,
                not rule.capped or (not same_day and len(week) < 3),
            )
        )


TEXTS: list[tuple[str, str]] = [("queue", kind) for kind in KINDS for _ in range(3)]
MOVES: list[tuple[str, str]] = [
    *TEXTS,
    *[(move, scope) for move in ("grant", "revoke") for scope in Scope],
    *[(move, "") for move in ("stop", "start", "confirm", "dies", "switch", "sender", "rest")],
    *[("provider", step) for step in ("20429", "lose", "30007", "accept")],
    *[("nothing", "") for _ in range(12)],
]
# To every other phone little else happens than texts, so that limits and rests are met, too.
QUIET_MOVES = [*TEXTS, ("rest", ""), ("rest", ""), *[("nothing", "") for _ in range(12)]]
# Hours that pass between two moves, one row a crowd: a full day, ordinary days, anything at all.
# Below zero, the clock is put back.
HOURS = ((0, 0, 0, 1), (5, 9, 14, 24), (0, 0, 1, 1, 5, 9, 24, 40, -1))


class Life:
    """Plays moves of one phone on the engine and on what is known of it."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.person = Person(quiet_windows=[["22:00", "07:00"]])
        self.person.address.state = "PA"
        self.person.address.save()
        self.senders = Sender.objects.filter(pk=self.person.sender.pk)
        self.senders.update(segments_per_day=A_DAY)
        self.known = Known()
        self.kinds: dict[str, Kind] = {}
        self.played: list[tuple[str, str]] = []

    def play(self, move: str, detail: str, at: datetime) -> None:
        """One move, of which the engine hears as it would in life."""
        self.played.append((move, detail))
        if move == "queue":
            self.queue(Kind(detail), at)
        elif move == "grant":
            self.grant(Scope(detail), at)
        elif move == "revoke":
            self.revoke(Scope(detail), at)
        elif move in ("stop", "start"):
            self.text(move.upper(), at)
        elif move == "provider":
            MEMORY.script.append(detail)
        else:
            self.change(move, at)

    def queue(self, kind: Kind, at: datetime) -> None:
        body = f"{self.number}: text {len(self.kinds)}"
        self.kinds[body] = kind
        self.person.queue(kind, body=body, at=at)

    def grant(self, scope: Scope, at: datetime) -> None:
        self.known.scopes.add(scope)
        consent.grant(
            address=self.person.address,
            program=self.person.program,
            scopes=[scope],
            source=ConsentEvent.Source.WEB,
            words="Yes.",
            at=at,
        )

    def revoke(self, scope: Scope, at: datetime) -> None:
        self.known.scopes.discard(scope)
        consent.revoke(
            address=self.person.address,
            program=self.person.program,
            scope=scope,
            source=ConsentEvent.Source.WEB,
            at=at,
        )

    def text(self, word: str, at: datetime) -> None:
        self.known.stopped = word == "STOP"
        self.known.dead = False  # who writes can be reached
        inbound.accept(
            to=self.person.sender.number,
            sender=self.person.address.value,
            body=word,
            provider_id=f"SM{self.number}-{len(self.played)}",
            at=at,
        )

    def change(self, move: str, at: datetime) -> None:
        known, address = self.known, self.person.address
        address.refresh_from_db()
        if move == "confirm":
            known.dead = False
            addresses.confirm(address=address, at=at)
        elif move == "dies":
            known.dead = True
            addresses.mark_unreachable(address=address, reason="number_does_not_work", at=at)
        elif move == "switch":
            known.texting_on = not known.texting_on
            programs = Program.objects.filter(pk=self.person.program.pk)
            programs.update(texting_on=known.texting_on)
        elif move == "sender":
            known.sender_on = not known.sender_on
            self.senders.update(is_on=known.sender_on)
        elif move == "rest":
            known.paused_until = at + timedelta(minutes=90)
            self.senders.update(paused_until=known.paused_until)

    def hold_against(self, body: str, at: datetime) -> None:
        """A text has left: it had to be one that may."""
        known, kind, local = self.known, self.kinds[body], at.astimezone(NEW_YORK)
        assert known.may_leave(kind, at), (kind, known, self.played)
        if RULES[kind].lane != Lane.CRISIS:
            known.sent_on.append(local.date())
        if RULES[kind].capped:
            known.capped_days.append(local)


class Crowd:
    """Phones under one clock, and the engine that serves them."""

    def __init__(self, phones: int) -> None:
        MEMORY.clear()
        self.at = TUESDAY
        self.lives = [Life(number) for number in range(phones)]

    def wait(self, hours: int) -> None:
        """Time passes; or the clock is put back."""
        self.at += timedelta(hours=hours)
        if hours < 0:
            for life in self.lives:
                if life.known.paused_until > self.at + leaps.LONGEST_WAIT:
                    life.known.paused_until = self.at
            leaps.put_right(at=self.at)

    def deliver(self) -> None:
        """Send what is due, and hold every text against what is known."""
        delivery.reconcile(at=self.at)
        before = len(MEMORY.sent)
        delivery.deliver_due(at=self.at)
        for parcel in MEMORY.sent[before:]:
            number = int(parcel.body.partition(":")[0])
            self.lives[number].hold_against(parcel.body, self.at)

    def check_reasons(self) -> None:
        """Everything left, waits for its time, or says why not."""
        rows = list(Message.objects.values_list("state", "reason", "next_at", "address_id"))
        unclear = {address for state, _, _, address in rows if state == Message.State.UNKNOWN}
        provider_rests = Breaker.objects.filter(failures__gte=5).exists()
        for state, reason, next_at, address in rows:
            if state in ENDED:
                assert reason in reasons.SENTENCES, (state, reason)
            else:
                assert reason == "", (state, reason)
            if state in Message.WAITING:
                assert next_at is not None
                assert next_at > self.at or address in unclear or provider_rests
        bodies = [parcel.body for parcel in MEMORY.sent]
        assert len(bodies) == len(set(bodies))


def play(seed: int) -> Counter[str]:
    """One crowd's lives, each text held against what is known; how many texts ended in which state.

    Raises AssertionError, with the life so far, at the first that a gate should have stopped.
    """
    dice = random.Random(seed)
    crowd = Crowd(PHONES)
    for _ in range(STEPS):
        crowd.wait(dice.choice(HOURS[seed % len(HOURS)]))
        for life in crowd.lives:
            life.play(*dice.choice(MOVES if life.number % 2 else QUIET_MOVES), crowd.at)
        crowd.deliver()
        crowd.check_reasons()
    return Counter(Message.objects.values_list("state", flat=True))
