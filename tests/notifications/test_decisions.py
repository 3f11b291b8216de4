"""What people decide about messages, and that nobody can send again what the provider may have."""

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier

import pytest
from django.db import connection

from notifications import decisions, delivery, outbox, settling
from notifications.decisions import Deed
from notifications.kinds import Kind
from notifications.models import Attempt, Decision, Message
from notifications.transports.memory import Memory
from tests.notifications.person import NOON, Person

pytestmark = pytest.mark.django_db

State = Message.State
MINUTE = timedelta(minutes=1)
LATER = NOON + timedelta(minutes=10)


def fate(message: Message) -> tuple[str, str]:
    message.refresh_from_db()
    return message.state, message.reason


def unsettled(provider: Memory, *, how: str = "lose", kind: Kind = Kind.PERSONAL) -> Message:
    """A message nobody can tell about: the answer was lost, and the provider does not list it."""
    message = Person().queue(kind)
    provider.script.append(how)
    delivery.deliver_due(at=NOON)
    settling.reconcile(at=NOON + MINUTE)
    settling.reconcile(at=NOON + MINUTE + settling.SETTLE_GAP)
    assert fate(message) == (State.UNKNOWN, "unsettled")
    return message


def ended(provider: Memory, code: str, kind: Kind = Kind.PERSONAL) -> Message:
    """A message that the provider refused with a code."""
    message = Person().queue(kind)
    provider.script.append(code)
    delivery.deliver_due(at=NOON)
    message.refresh_from_db()
    return message


def test_unclear_message_has_both_choices(provider: Memory) -> None:
    message = unsettled(provider)

    assert decisions.choices(message=message, at=LATER) == (Deed.ARRIVED, Deed.AGAIN)
    assert message.unsettled_at == NOON + MINUTE + settling.SETTLE_GAP


def test_message_that_is_being_asked_about_has_no_choice_yet(provider: Memory) -> None:
    message = Person().queue(Kind.PERSONAL)
    provider.script.append("lose")
    delivery.deliver_due(at=NOON)
    assert fate(message) == (State.UNKNOWN, "asking_provider")

    assert decisions.choices(message=message, at=LATER) == ()
    with pytest.raises(decisions.NotPossible):
        decisions.decide(message=message, deed=Deed.AGAIN, at=LATER)


def test_arrived_ends_the_message_and_nothing_is_sent(provider: Memory) -> None:
    message = unsettled(provider)

    decisions.decide(message=message, deed=Deed.ARRIVED, at=LATER)

    assert fate(message) == (State.DELIVERED, "vouched")
    assert (message.ended_at, message.delivered_at) == (LATER, None)
    delivery.deliver_due(at=LATER)
    assert provider.sent == []


def test_again_sends_it_once_through_the_gates(provider: Memory) -> None:
    message = unsettled(provider)

    decisions.decide(message=message, deed=Deed.AGAIN, at=LATER)

    assert fate(message) == (State.DUE, "")
    assert delivery.deliver_due(at=LATER) == delivery.Delivered(sent=1)
    assert len(provider.sent) == 1


def test_again_obeys_a_stop_that_came_meanwhile(provider: Memory) -> None:
    message = unsettled(provider)
    message.address.opted_out_at = LATER
    message.address.save()

    decisions.decide(message=message, deed=Deed.AGAIN, at=LATER)
    delivery.deliver_due(at=LATER)

    assert fate(message) == (State.SUPPRESSED, "opted_out")
    assert provider.sent == []


def test_what_is_of_no_use_any_more_is_not_sent_again(provider: Memory) -> None:
    message = unsettled(provider)
    late = message.expires_at
    assert late is not None

    assert decisions.choices(message=message, at=late) == (Deed.ARRIVED,)
    with pytest.raises(decisions.NotPossible):
        decisions.decide(message=message, deed=Deed.AGAIN, at=late)


@pytest.mark.parametrize("deed", [Deed.ARRIVED, Deed.AGAIN])
def test_second_of_two_clicks_changes_nothing(provider: Memory, deed: Decision.Deed) -> None:
    message = unsettled(provider)

    first = decisions.decide(message=message, deed=deed, at=LATER)
    stands = fate(message)
    second = decisions.decide(message=message, deed=deed, at=LATER + MINUTE)

    assert second == first
    assert fate(message) == stands
    assert Decision.objects.count() == 1


def test_other_choice_comes_too_late_after_the_first(provider: Memory) -> None:
    message = unsettled(provider)
    decisions.decide(message=message, deed=Deed.ARRIVED, at=LATER)

    with pytest.raises(decisions.NotPossible, match="delivered"):
        decisions.decide(message=message, deed=Deed.AGAIN, at=LATER)

    assert fate(message) == (State.DELIVERED, "vouched")


@pytest.mark.parametrize(
    ("code", "state", "can"),
    [
        ("30005", State.FAILED, (Deed.AGAIN,)),
        ("30007", State.FAILED, ()),
        ("14107", State.FAILED, ()),
        ("21617", State.FAILED, ()),
        ("30036", State.EXPIRED, ()),
        ("21610", State.SUPPRESSED, (Deed.AGAIN,)),
    ],
)
def test_what_was_refused_can_be_retried_where_its_cause_can_be_mended(
    provider: Memory, code: str, state: str, can: tuple[str, ...]
) -> None:
    message = ended(provider, code)
    if code == "30036":
        message.state = State.EXPIRED

    assert message.state == state
    assert decisions.choices(message=message, at=LATER) == can


def test_retry_of_what_failed_sends_it(provider: Memory) -> None:
    message = ended(provider, "30005")

    decisions.decide(message=message, deed=Deed.AGAIN, at=LATER)
    delivery.deliver_due(at=LATER)

    assert fate(message) == (State.SENT, "")
    assert len(provider.sent) == 1


def test_cancel_keeps_what_waits_from_leaving(provider: Memory) -> None:
    message = Person().queue()

    decisions.decide(message=message, deed=Deed.CANCEL, at=NOON)
    delivery.deliver_due(at=LATER)

    assert fate(message) == (State.CANCELLED, "by_staff")
    assert (message.next_at, message.ended_at, provider.sent) == (None, NOON, [])


@pytest.mark.parametrize("kind", sorted(decisions.OWED))
def test_answers_that_are_owed_cannot_be_cancelled(kind: Kind) -> None:
    message = Person().queue(kind)

    with pytest.raises(decisions.NotPossible):
        decisions.decide(message=message, deed=Deed.CANCEL, at=NOON)

    assert fate(message) == (State.DUE, "")


@pytest.mark.parametrize("deed", [Deed.ARRIVED, Deed.AGAIN])
def test_undo_brings_back_how_it_stood(provider: Memory, deed: Decision.Deed) -> None:
    message = unsettled(provider)
    decisions.decide(message=message, deed=deed, at=LATER)

    undone = decisions.undo(message=message, at=LATER + MINUTE)

    assert fate(message) == (State.UNKNOWN, "unsettled")
    assert (message.next_at, message.ended_at) == (None, None)
    assert undone.undone_at == LATER + MINUTE
    assert decisions.undo(message=message, at=LATER + 2 * MINUTE) == undone
    assert decisions.choices(message=message, at=LATER) == (Deed.ARRIVED, Deed.AGAIN)


def test_undo_of_a_cancel_lets_it_leave(provider: Memory) -> None:
    message = Person().queue(at=LATER)
    decisions.decide(message=message, deed=Deed.CANCEL, at=NOON)

    decisions.undo(message=message, at=NOON + MINUTE)

    assert (fate(message), message.next_at) == ((State.DUE, ""), LATER)
    delivery.deliver_due(at=LATER)
    assert fate(message) == (State.SENT, "")


def test_undo_ends_with_its_hour(provider: Memory) -> None:
    message = Person().queue()
    decisions.decide(message=message, deed=Deed.CANCEL, at=NOON)

    with pytest.raises(decisions.NotPossible):
        decisions.undo(message=message, at=NOON + decisions.UNDO + timedelta(seconds=1))

    assert fate(message) == (State.CANCELLED, "by_staff")


def test_undo_is_too_late_once_it_has_left(provider: Memory) -> None:
    message = unsettled(provider)
    decisions.decide(message=message, deed=Deed.AGAIN, at=LATER)
    delivery.deliver_due(at=LATER)

    with pytest.raises(decisions.NotPossible):
        decisions.undo(message=message, at=LATER)

    assert fate(message) == (State.SENT, "")


def test_undo_gives_way_to_a_report_that_it_arrived(provider: Memory) -> None:
    message = unsettled(provider)
    decisions.decide(message=message, deed=Deed.ARRIVED, at=LATER)
    report(message.attempts.get(), "delivered", LATER)

    with pytest.raises(decisions.NotPossible):
        decisions.undo(message=message, at=LATER)

    assert fate(message) == (State.DELIVERED, "")


def test_late_report_of_a_loss_sends_nothing_after_somebody_said_no(provider: Memory) -> None:
    message = unsettled(provider)
    decisions.decide(message=message, deed=Deed.ARRIVED, at=LATER)

    report(message.attempts.get(), "undelivered", LATER, code="30003")
    delivery.deliver_due(at=LATER + timedelta(hours=2))

    assert fate(message) == (State.DELIVERED, "vouched")
    assert provider.sent == []


def test_nobody_decides_on_nothing_to_undo(provider: Memory) -> None:
    with pytest.raises(decisions.NotPossible):
        decisions.undo(message=Person().queue(), at=NOON)


@pytest.mark.django_db(transaction=True)
def test_of_two_people_at_once_one_decides(provider: Memory) -> None:
    message = unsettled(provider)
    deeds = [Deed.ARRIVED, Deed.AGAIN] * 3
    start = Barrier(len(deeds))

    def decide(deed: Decision.Deed) -> str:
        start.wait(timeout=20)
        try:
            decisions.decide(message=message, deed=deed, at=LATER)
        except decisions.NotPossible:
            return "too late"
        finally:
            connection.close()
        return deed

    with ThreadPoolExecutor(len(deeds)) as pool:
        said = list(pool.map(decide, deeds))

    (kept,) = Decision.objects.all()
    other = Deed.AGAIN if kept.deed == Deed.ARRIVED else Deed.ARRIVED
    assert said == ["too late" if deed == other else kept.deed for deed in deeds]


# Whatever happens in whatever order


def report(attempt: Attempt, status: str, at: datetime, code: str = "") -> None:
    outbox.record_status(
        attempt_uid=attempt.uid,
        provider_id=attempt.provider_id or f"SM{attempt.uid.hex}",
        status=status,
        code=code,
        at=at,
    )


class Life:
    """One message to which everything happens at random, and what the provider really took."""

    def __init__(self, provider: Memory, seed: int) -> None:
        self.chance = random.Random(seed)
        self.provider = provider
        self.at = NOON
        self.message = Person().queue(self.chance.choice([Kind.PERSONAL, Kind.REMINDER]))
        self.lost: set[str] = set()

    def step(self) -> None:
        self.at += MINUTE * self.chance.choice([0, 1, 3, 10])
        self.chance.choice([self.deliver, self.look, self.report, self.decide, self.undo])()

    def deliver(self) -> None:
        self.provider.script.append(
            self.chance.choice(["accept", "accept_then_lose", "lose", "lose", "30005", "20429"])
        )
        delivery.deliver_due(at=self.at)
        self.provider.script.clear()

    def look(self) -> None:
        settling.reconcile(at=self.at)

    def report(self) -> None:
        """A report about something the provider really took."""
        taken = [str(parcel.attempt_uid) for parcel in self.provider.sent]
        if taken:
            attempt = Attempt.objects.get(uid=self.chance.choice(taken))
            status = self.chance.choice(["sent", "delivered", "undelivered"])
            if status == "undelivered":
                self.lost.add(str(attempt.uid))
            report(attempt, status, self.at, code="30003" if status == "undelivered" else "")

    def decide(self) -> None:
        deed = self.chance.choice(list(Deed))
        self.message.refresh_from_db()
        before = self.message.state
        holds = self.is_held_by_provider()
        if self.tried(lambda: decisions.decide(message=self.message, deed=deed, at=self.at)):
            self.message.refresh_from_db()
            if deed == Deed.AGAIN and before not in Message.WAITING:
                assert not holds, "sent again although the provider has it"
                assert before not in (State.SENT, State.DELIVERED, State.SENDING, State.EXPIRED)

    def undo(self) -> None:
        self.tried(lambda: decisions.undo(message=self.message, at=self.at))

    def tried(self, deed: Callable[[], object]) -> bool:
        try:
            deed()
        except decisions.NotPossible:
            return False
        return True

    def is_held_by_provider(self) -> bool:
        """Whether our rows say that the provider took a try which is not known to be lost."""
        tries = Attempt.objects.filter(message=self.message, state=Attempt.State.SUBMITTED)
        return any(str(one.uid) not in self.lost for one in tries)


@pytest.mark.parametrize("seed", range(40))
def test_nothing_that_happens_sends_again_what_the_provider_has(
    provider: Memory, seed: int
) -> None:
    life = Life(provider, seed)

    for _ in range(30):
        life.step()

    decided = Decision.objects.filter(message=life.message, deed=Deed.AGAIN).count()
    taken = [str(parcel.attempt_uid) for parcel in provider.sent]
    kept = [uid for uid in taken if uid not in life.lost]
    # Without a person who said so, nobody has it twice.
    assert len(kept) <= 1 + decided
