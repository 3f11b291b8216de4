"""Who agreed to what: a history of yes and no, folded into what may be sent now.

STOP is a no to everything; START brings back what was agreed to before it and not taken back since.
Rules: 47 CFR 64.1200(a)(10), revocation by any reasonable means. Counsel must check.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

from django.db import transaction

from notifications.kinds import RULES, Kind, Rule, Scope
from notifications.models import Address, ConsentEvent, Message, Program, Sender
from notifications.prepared import Prepared

if TYPE_CHECKING:
    from portal.models import User

# After these the phone company refuses our texts until the person texts START.
_KEPT_BY_PROVIDER = (ConsentEvent.Source.TEXT, ConsentEvent.Source.PROVIDER)


class _Event(NamedTuple):
    """What counts of one event in the history of an address."""

    address_id: int
    program_id: int | None
    scope: str
    granted: bool
    source: str


# The history of these addresses before an instant.
_EVENTS = Prepared(
    lambda keys, at: (
        ConsentEvent.objects.filter(address__in=keys, at__lt=at)
        .order_by("at", "pk")
        .values_list(*_Event._fields)
    )
)
_FOR_EVER = datetime.max.replace(tzinfo=UTC)


@dataclass
class _Standing:
    """What one address allows, program by program, after some of its history."""

    held: defaultdict[int, set[str]] = field(default_factory=lambda: defaultdict(set))
    before_stop: dict[int, set[str]] = field(default_factory=dict)
    stopped_by: str = ""

    def take(self, event: _Event) -> None:
        if event.program_id is None:
            self._take_everything(event)
            return
        scopes = {event.scope} if event.scope else set(Scope.values)
        if event.granted:
            self.held[event.program_id] |= scopes
            if self.stopped_by not in _KEPT_BY_PROVIDER:
                self.stopped_by = ""
        else:
            # A no that was said after a STOP holds when START brings the rest back.
            for held in (self.held, self.before_stop):
                held[event.program_id] = held.get(event.program_id, set()) - scopes

    def _take_everything(self, event: _Event) -> None:
        if not event.granted:
            if not self.stopped_by:
                self.before_stop = dict(self.held)
            self.held.clear()
            self.stopped_by = event.source
        elif self.stopped_by:
            for program, scopes in self.before_stop.items():
                self.held[program] |= scopes
            self.stopped_by = ""

    def scopes(self, program_id: int) -> frozenset[Scope]:
        if self.stopped_by:
            return frozenset()
        return frozenset(Scope(scope) for scope in self.held.get(program_id, ()))


@transaction.atomic
def grant(
    *,
    address: Address,
    program: Program,
    scopes: Iterable[Scope],
    source: ConsentEvent.Source,
    words: str,
    at: datetime,
    actor: "User | None" = None,
) -> None:
    """Record a yes to each scope, with the words that were shown, read out or written.

    A STOP that was texted stays in force until START is texted, because the phone company keeps it.
    """
    _lock(address)
    for scope in scopes:
        ConsentEvent.objects.create(
            address=address,
            program=program,
            scope=scope,
            granted=True,
            source=source,
            words=words,
            at=at,
            actor=actor,
        )
    _carry_over(address=address, at=at)


@transaction.atomic
def revoke(
    *,
    address: Address,
    program: Program | None = None,
    scope: Scope | str = "",
    source: ConsentEvent.Source,
    words: str = "",
    at: datetime,
    actor: "User | None" = None,
) -> int:
    """Record a no, and cancel what waits for it; returns how many messages that were.

    Without a program it is a no to everything, whatever the scope; a scope of "" is every scope.
    """
    _lock(address)
    everything = program is None
    ConsentEvent.objects.create(
        address=address,
        program=program,
        scope="" if everything else scope,
        granted=False,
        source=source,
        words=words,
        at=at,
        actor=actor,
    )
    _carry_over(address=address, at=at)
    waiting = Message.objects.filter(address=address)
    if program is not None:
        waiting = waiting.filter(program=program)
    ended = [kind for kind, rule in RULES.items() if _ends(rule, scope, everything)]
    if address.channel == Sender.Channel.EMAIL:
        # A code that opens the person's own page is no mail of that sort.
        ended = [kind for kind in ended if kind != Kind.CODE]
    reason = "opted_out" if everything else "consent_withdrawn"
    return waiting.filter(kind__in=ended).cancel(reason=reason, at=at)


def _ends(rule: Rule, scope: str, everything: bool) -> bool:
    """Whether texts under this rule end with such a no."""
    if everything:
        return not rule.after_stop
    return rule.scope is not None and scope in ("", rule.scope)


@transaction.atomic
def resume(*, address: Address, source: ConsentEvent.Source, words: str = "", at: datetime) -> None:
    """START: what was agreed to before the STOP holds again."""
    _lock(address)
    ConsentEvent.objects.create(
        address=address, program=None, granted=True, source=source, words=words, at=at
    )
    _carry_over(address=address, at=at)


def scopes(
    *, address: Address, program: Program, before: datetime | None = None
) -> frozenset[Scope]:
    """What this address allows this program now, or allowed just before an instant."""
    ledger = Ledger(addresses=[address.pk], before=before)
    return ledger.scopes(address=address.pk, program=program.pk)


class Ledger:
    """What many addresses allow, or allowed just before an instant, read in one query."""

    def __init__(self, *, addresses: Collection[int], before: datetime | None = None) -> None:
        self._standings: defaultdict[int, _Standing] = defaultdict(_Standing)
        for row in _EVENTS.ask(keys=addresses, at=before or _FOR_EVER):
            event = _Event(*row)
            self._standings[event.address_id].take(event)

    def scopes(self, *, address: int, program: int) -> frozenset[Scope]:
        """What the address of this key allows the program of this key."""
        return self._standings[address].scopes(program)

    def is_stopped(self, *, address: int) -> bool:
        """Whether the last word on everything was no."""
        return bool(self._standings[address].stopped_by)


def _lock(address: Address) -> None:
    """One change at a time, and none while a text to this address is being claimed."""
    Address.objects.select_for_update().get(pk=address.pk)


def _carry_over(*, address: Address, at: datetime) -> None:
    """Keep the address's own mark of a STOP as its history says."""
    stopped = Ledger(addresses=[address.pk]).is_stopped(address=address.pk)
    since = (address.opted_out_at or at) if stopped else None
    if since != address.opted_out_at:
        Address.objects.filter(pk=address.pk).update(opted_out_at=since, has_news=True)
    address.opted_out_at = since
