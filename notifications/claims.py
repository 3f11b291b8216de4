"""Taking what is due: whose turn it is, what the gates say, and the commit before anything leaves.

A claim is no larger than the hands that are free, so that what a dead worker leaves unclear is what
was really under way. Lane 0 comes before all turns; the rest is shared among the senders, each in
the order of its lanes.
"""

import logging
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from django.db import DatabaseError, transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from notifications import breaker, facts, reports, transports
from notifications.breaker import Standing
from notifications.gates import LOOK_AGAIN, Facts, Verdict, Way, last_moment, verdict
from notifications.kinds import Lane
from notifications.models import Attempt, Message, Sender
from notifications.pacing import Budget
from notifications.prepared import THEN, Prepared
from notifications.settling import parcel_of
from notifications.transports.base import Parcel

log = logging.getLogger(__name__)

State = Message.State
_Row = TypeVar("_Row", Message, Sender)

# What Twilio takes as ValidityPeriod, in seconds.
LONGEST_VALIDITY = 36_000
UNREADABLE = "internal"
# What is needed of a sender whose turn it is; the rest of its program may be broken.
_OF_SENDERS = [
    *(
        field.name
        for field in Sender._meta.concrete_fields
        if field.name not in ("uid", "paused_reason")
    ),
    "program__time_zone",
    "program__texting_on",
]
_TURNS = [lane for lane in Lane if lane != Lane.CRISIS]
# So many messages that are due are asked for their senders and lanes, instead of every sender.
FEW = 200
# Of these addresses, those with a try that is not settled yet.
_OPEN_TRIES = Prepared(
    lambda keys, at: Attempt.objects.filter(
        address__in=keys, next_look_at__isnull=False, is_urgent=False
    ).values_list("address_id")
)
_ENDS = {Way.STOP: State.SUPPRESSED, Way.EXPIRE: State.EXPIRED, Way.WAIT: State.DEFERRED}


@dataclass(frozen=True, slots=True)
class Addressed:
    """A parcel that may leave: of which attempt, on which channel."""

    attempt: Attempt
    parcel: Parcel
    channel: str


@dataclass
class Claim:
    """What may be handed over, how the ways out stood, and how many the gates turned away."""

    ways: Mapping[str, Standing]
    parcels: list[Addressed] = field(default_factory=list)
    turned_away: list[Message] = field(default_factory=list)
    set_aside: list[int] = field(default_factory=list)
    # Whether it took everything that was due.
    is_last: bool = False

    @property
    def size(self) -> int:
        """How many messages it has moved."""
        return len(self.parcels) + len(self.turned_away) + len(self.set_aside)

    @property
    def is_cautious(self) -> bool:
        """Whether a way out fails at present, so that each claim waits for its answers."""
        return not all(way.in_order for way in self.ways.values())

    @property
    def turned_away_by_state(self) -> Counter[State]:
        """How many may not leave, by what became of them."""
        states = Counter(State(message.state) for message in self.turned_away)
        states[State.DEFERRED] += len(self.set_aside)
        return states


def due(messages: "QuerySet[Message]", *, at: datetime) -> "QuerySet[Message]":
    """What is due, without those whose recipient has a try that is not settled yet.

    Every lane is named because the index leads with it: one seek a lane, however many rows wait
    for a later time.
    """
    unsettled = Attempt.objects.filter(
        address=OuterRef("address"), next_look_at__isnull=False, is_urgent=False
    )
    return messages.filter(
        Q(lane=Lane.CRISIS) | ~Exists(unsettled),
        lane__in=list(Lane),
        next_at__lte=at,
        state__in=Message.WAITING,
    )


def some_due(messages: "QuerySet[Message]", *, at: datetime) -> list[tuple[int, int]]:
    """Sender and lane of each message that is due, of FEW at most."""
    return list(due(messages, at=at).values_list("sender_id", "lane")[:FEW])


@dataclass(eq=False)
class _Turn:
    """A sender in the round, and the lanes in which it may have something left."""

    sender: int
    lanes: list[int]


class Taker:
    """One worker's claims during one run at one instant."""

    def __init__(
        self,
        messages: "QuerySet[Message]",
        *,
        first: Sequence[tuple[int, int]] = (),
        owner: str,
        hands: Mapping[str, int],
        at: datetime,
        keep_pace: bool,
    ) -> None:
        """`first` is what `some_due` has just told, where it was asked.

        `hands` is how many parcels one claim may hold, by the name of the way out.
        """
        self._messages = messages
        self._first = first
        self._due = due(messages, at=at)
        self._urgent = self._due.filter(lane=Lane.CRISIS)
        # It is asked before every claim.
        self._any_urgent = Prepared(lambda at: self._urgent.values_list("pk")[:1], keyed=False)
        self._owner = owner
        self._hands = hands
        self._at = at
        self._keep_pace = keep_pace
        # Who has something due, from the one whose turn it is; empty means that nobody was asked.
        self._turns: deque[_Turn] = deque()
        # How many messages are due where this claim began a round and they are few; else nobody knows.
        self._all: int | None = None

    @transaction.atomic
    def take(self, *, most: int) -> Claim:
        """Take at most so many messages, ask the gates, and commit what may leave as being sent.

        Locking the addresses, too, keeps a STOP out until the claim is committed, and another
        worker from taking a second message for the same person.
        """
        claim = Claim(breaker.standings(hands=self._hands, at=self._at))
        if most < 1:
            return claim
        if self._is_urgent():
            rows, _ = self._rows(claim, self._urgent, most=min(most, max(self._hands.values())))
            self._judge(claim, rows, {})
        else:
            budgets = self._budgets(claim, most=most)
            rows = self._shares(claim, budgets, most=most)
            self._judge(claim, _one_each(rows, at=self._at), budgets)
            for budget in budgets.values():
                budget.keep()
        claim.is_last = 0 < claim.size == self._all
        self._write(claim)
        return claim

    def _is_urgent(self) -> bool:
        """Whether something of lane 0 is due; where a round begins, that answers it, too."""
        self._all = None
        if self._turns:
            return bool(self._any_urgent.ask(at=THEN))
        some = self._first or some_due(self._messages, at=self._at)
        self._first = ()
        self._turns = self._round(some)
        if len(some) == FEW:
            return bool(self._any_urgent.ask(at=THEN))
        self._all = len(some)
        return any(lane == Lane.CRISIS for _, lane in some)

    def _budgets(self, claim: Claim, *, most: int) -> dict[int, Budget]:
        """What the senders that have something due may still send; their rows stay locked."""
        if not self._turns:
            return {}
        senders = Sender.objects.filter(pk__in=[turn.sender for turn in self._turns])
        loaded, broken = _load(
            senders.select_related("program").only(*_OF_SENDERS).order_by("pk"),
            lock=lambda rows: rows.select_for_update(no_key=True, of=("self",)),
        )
        if broken:
            self._turns = deque(turn for turn in self._turns if turn.sender not in broken)
            theirs = self._due.filter(sender__in=broken)
            claim.set_aside += theirs.values_list("pk", flat=True)[:most]
        budgets = {}
        for sender in loaded:
            paced = self._keep_pace and transports.of_channel(sender.channel).is_remote
            budget = Budget(sender, at=self._at, keep_pace=paced)
            if claim.ways[budget.way].room and budget.has_room:
                budgets[sender.pk] = budget
        return budgets

    def _round(self, some: Sequence[tuple[int, int]]) -> "deque[_Turn]":
        """Whoever has something due, from the one whose turn it is."""
        lanes: defaultdict[int, set[int]] = defaultdict(set)
        for sender, lane in some:
            if lane != Lane.CRISIS:
                lanes[sender].add(lane)
        if len(some) == FEW:
            theirs = self._due.filter(sender=OuterRef("pk")).exclude(lane=Lane.CRISIS)
            waiting = Sender.objects.filter(Exists(theirs)).values_list("pk", flat=True)
            lanes = defaultdict(set, {pk: set(_TURNS) for pk in waiting})
        turns = deque(_Turn(sender, sorted(lanes[sender])) for sender in sorted(lanes))
        # Where the senders are many, each run begins with another.
        turns.rotate(-int(self._at.timestamp()))
        return turns

    def _shares(self, claim: Claim, budgets: Mapping[int, Budget], *, most: int) -> list[Message]:
        """What each sender may send in this claim: as much as any other of the same way out."""
        room = {name: min(way.room, most) for name, way in claim.ways.items()}
        many = Counter(budget.way for budget in budgets.values())
        share = {name: max(1, room[name] // count) for name, count in many.items()}
        rows: list[Message] = []
        for turn in list(self._turns):
            budget = budgets.get(turn.sender)
            wanted = min(share[budget.way], room[budget.way], most - len(rows)) if budget else 0
            if budget is None or wanted <= 0:
                continue
            found = self._of_sender(claim, turn, budget, most=wanted)
            room[budget.way] -= len(found)
            rows += found
            self._turns.remove(turn)
            if len(found) == wanted:
                self._turns.append(turn)
        return rows

    def _of_sender(
        self, claim: Claim, turn: "_Turn", budget: Budget, *, most: int
    ) -> list[Message]:
        """The next rows of a sender; each lane is read in the order of its index, so none is sorted."""
        theirs = self._due.filter(sender=turn.sender)
        found: list[Message] = []
        while turn.lanes and len(found) < most:
            wanted = most - len(found)
            rows, seen = self._rows(claim, theirs.filter(lane=turn.lanes[0]), most=wanted)
            found += rows
            if seen == wanted:
                break
            turn.lanes.pop(0)
        for message in found:
            message.sender = budget.sender
            if message.program_id == budget.sender.program_id:
                message.program = budget.sender.program
        return found

    def _rows(
        self, claim: Claim, rows: "QuerySet[Message]", *, most: int
    ) -> tuple[list[Message], int]:
        """The first of these rows, locked, and how many were looked at; a broken one is set aside.

        Their keys come first, by the index alone: a planner that takes a long queue for a short one
        would join all of it before it sorts.
        """
        first = rows.order_by("next_at", "pk").select_for_update(skip_locked=True)
        keys = list(first.values_list("pk", flat=True)[:most])
        if not keys:
            return [], 0
        theirs = Message.objects.filter(pk__in=keys).select_related("address")
        loaded, broken = _load(
            theirs.order_by("next_at", "pk"),
            lock=lambda rows: rows.select_for_update(skip_locked=True, of=("self", "address")),
        )
        claim.set_aside += broken
        return loaded, len(keys)

    def _judge(
        self, claim: Claim, messages: Sequence[Message], budgets: Mapping[int, Budget]
    ) -> None:
        """Ask the gates; a row that cannot be worked on waits by itself and stops nobody else."""
        reader = facts.Reader(messages, at=self._at)
        # Lane 0 is taken of all ways out at once, and a slow one must not hold up the others.
        left = Counter(self._hands)
        for message in messages:
            budget = budgets.get(message.sender_id)
            try:
                known = reader.of(message, budget=budget)
                answer = verdict(known, at=self._at)
                parcel = self._prepare(message, known) if answer.way is Way.GO else None
                goes = parcel is not None and (budget is None or budget.spend(message))
            except DatabaseError:
                raise
            except Exception:
                log.exception("Message #%s cannot be worked on.", message.pk)
                answer, parcel = Verdict(Way.WAIT, UNREADABLE, self._at + LOOK_AGAIN), None
                goes = False
            if parcel is None:
                claim.turned_away.append(_turned_away(message, answer, at=self._at))
            elif goes and left[transports.name_of(parcel.channel)] > 0:
                left[transports.name_of(parcel.channel)] -= 1
                claim.parcels.append(parcel)

    def _prepare(self, message: Message, known: Facts) -> Addressed:
        attempt = Attempt(
            message=message,
            address=message.address,
            owner=self._owner,
            is_urgent=message.lane == Lane.CRISIS,
            next_look_at=self._at + reports.SETTLE_WAIT,
            started_at=self._at,
        )
        until = last_moment(known, at=self._at)
        valid_for = None
        if until is not None:
            valid_for = max(1, min(int((until - self._at).total_seconds()), LONGEST_VALIDITY))
        # A channel that nobody knows is the row's own fault, and found before anything is committed.
        channel = Sender.Channel(message.sender.channel)
        return Addressed(attempt, parcel_of(attempt, valid_for=valid_for), channel)

    def _write(self, claim: Claim) -> None:
        if claim.set_aside:
            Message.objects.filter(pk__in=claim.set_aside).update(
                state=State.DEFERRED, reason=UNREADABLE, next_at=self._at + LOOK_AGAIN
            )
        if claim.turned_away:
            Message.objects.bulk_update(
                claim.turned_away, ["state", "reason", "next_at", "ended_at"]
            )
        if claim.parcels:
            going = [addressed.attempt.message_id for addressed in claim.parcels]
            Message.objects.filter(pk__in=going).update(
                state=State.SENDING,
                reason="",
                next_at=None,
                claimed_at=self._at,
                tries=F("tries") + 1,
            )
            Attempt.objects.bulk_create([addressed.attempt for addressed in claim.parcels])
            for name in {transports.name_of(addressed.channel) for addressed in claim.parcels}:
                breaker.begin_trial(way=claim.ways[name], at=self._at)


def _load(
    rows: "QuerySet[_Row]",
    *,
    lock: "Callable[[QuerySet[_Row]], QuerySet[_Row]]",
) -> tuple[list[_Row], list[int]]:
    """The first rows, locked, and the keys of those that Python cannot make anything of."""
    try:
        return list(lock(rows)), []
    except DatabaseError:
        raise
    except Exception:
        log.exception("Some rows cannot be loaded.")
    loaded: list[_Row] = []
    broken: list[int] = []
    for pk in rows.values_list("pk", flat=True):
        try:
            loaded += lock(rows.filter(pk=pk))
        except DatabaseError:
            raise
        except Exception:
            log.exception("%s #%s cannot be loaded.", rows.model.__name__, pk)
            broken.append(pk)
    return loaded, broken


def _one_each(found: Sequence[Message], *, at: datetime) -> list[Message]:
    """At most one message a recipient, and none for one with an open try.

    The tries are read after the rows were locked: another worker may have committed one meanwhile.
    """
    taken = {pk for (pk,) in _OPEN_TRIES.ask(keys={each.address_id for each in found}, at=at)}
    chosen = []
    for message in found:
        if message.address_id not in taken:
            taken.add(message.address_id)
            chosen.append(message)
    return chosen


def _turned_away(message: Message, answer: Verdict, *, at: datetime) -> Message:
    message.state = _ENDS[answer.way]
    message.reason = answer.reason
    message.next_at = answer.until
    message.ended_at = None if answer.way is Way.WAIT else at
    return message
