from datetime import datetime, timedelta
from threading import Barrier

import pytest

from notifications import delivery, outbox, queue, settling
from notifications.kinds import Kind
from notifications.models import Attempt, Message
from notifications.transports.base import Parcel, Receipt
from notifications.transports.memory import Memory
from tests.notifications.person import NOON, Person

pytestmark = pytest.mark.django_db

State = Message.State
FIRST_LOOK = NOON + timedelta(seconds=60)
SECOND_LOOK = FIRST_LOOK + settling.SETTLE_GAP


def fate(message: Message) -> tuple[str, str]:
    message.refresh_from_db()
    return message.state, message.reason


def unclear(provider: Memory, how: str, kind: Kind = Kind.REMINDER) -> Message:
    """A message whose answer was lost."""
    message = Person().queue(kind)
    provider.script.append(how)
    delivery.deliver_due(at=NOON)
    assert fate(message) == (State.UNKNOWN, "asking_provider")
    return message


def test_reconcile_waits_a_minute_for_a_report(provider: Memory) -> None:
    message = unclear(provider, "accept_then_lose")

    assert settling.reconcile(at=FIRST_LOOK - timedelta(seconds=1)) == 0

    assert fate(message) == (State.UNKNOWN, "asking_provider")


def test_reconcile_finds_what_the_provider_took(provider: Memory) -> None:
    message = unclear(provider, "accept_then_lose")

    assert settling.reconcile(at=FIRST_LOOK) == 1

    attempt = Attempt.objects.get(message=message)
    assert fate(message) == (State.SENT, "")
    assert (attempt.state, attempt.provider_id, attempt.next_look_at) == (
        Attempt.State.SUBMITTED,
        f"SM{attempt.uid.hex}",
        None,
    )
    delivery.deliver_due(at=SECOND_LOOK)
    assert len(provider.sent) == 1


def test_reconcile_sends_once_more_what_was_asked_for_and_not_taken(provider: Memory) -> None:
    message = unclear(provider, "lose")

    assert settling.reconcile(at=FIRST_LOOK) == 0
    assert fate(message) == (State.UNKNOWN, "asking_provider")
    assert settling.reconcile(at=SECOND_LOOK - timedelta(seconds=1)) == 0
    assert settling.reconcile(at=SECOND_LOOK) == 1

    assert fate(message) == (State.DUE, "")
    assert delivery.deliver_due(at=SECOND_LOOK) == delivery.Delivered(sent=1)
    assert len(provider.sent) == 1
    assert (SECOND_LOOK - NOON).total_seconds() <= 240


def test_reconcile_sends_no_third_time(provider: Memory) -> None:
    message = unclear(provider, "lose")
    settling.reconcile(at=FIRST_LOOK)
    settling.reconcile(at=SECOND_LOOK)
    provider.script.append("lose")
    delivery.deliver_due(at=SECOND_LOOK)

    settling.reconcile(at=SECOND_LOOK + timedelta(minutes=1))
    settling.reconcile(at=SECOND_LOOK + timedelta(minutes=4))

    assert fate(message) == (State.UNKNOWN, "unsettled")
    assert delivery.deliver_due(at=SECOND_LOOK + timedelta(minutes=5)) == delivery.Delivered()


def test_reconcile_leaves_everything_else_to_a_person(
    provider: Memory, caplog: pytest.LogCaptureFixture
) -> None:
    message = unclear(provider, "lose", Kind.PERSONAL)

    settling.reconcile(at=FIRST_LOOK)
    settling.reconcile(at=SECOND_LOOK)

    attempt = Attempt.objects.get(message=message)
    assert fate(message) == (State.UNKNOWN, "unsettled")
    assert (attempt.state, attempt.ended_at) == (Attempt.State.UNSETTLED, SECOND_LOOK)
    assert "A person decides" in caplog.text
    # The next text to the same person no longer waits for it.
    behind = Message.objects.get(pk=message.pk)
    behind.pk, behind.key, behind.uid = None, "behind", attempt.uid
    behind.state, behind.next_at, behind.body = State.DUE, SECOND_LOOK, "Next."
    behind.save(force_insert=True)
    assert delivery.deliver_due(at=SECOND_LOOK) == delivery.Delivered(sent=1)


def test_what_is_listed_only_after_both_looks_leaves_twice(
    provider: Memory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The one window that nothing can close: no report, a list that is late, and a text that may be resent."""
    message = unclear(provider, "accept_then_lose")
    with monkeypatch.context() as late:
        late.setattr(provider, "find", lambda parcel, *, since: [])
        settling.reconcile(at=FIRST_LOOK)
        settling.reconcile(at=SECOND_LOOK)

    delivery.deliver_due(at=SECOND_LOOK)

    assert fate(message) == (State.SENT, "")
    assert len(provider.sent) == 2


def test_reconcile_pages_staff_until_a_page_arrives(provider: Memory) -> None:
    message = unclear(provider, "lose", Kind.STAFF_PAGE)
    at = NOON
    for _ in range(3):
        at += timedelta(minutes=1)
        settling.reconcile(at=at)
        at += settling.SETTLE_GAP
        settling.reconcile(at=at)
        provider.script.append("lose")
        assert delivery.deliver_due(at=at) == delivery.Delivered(unknown=1)

    assert fate(message)[0] == State.UNKNOWN
    assert Attempt.objects.filter(message=message).count() == 4


def test_reconcile_leaves_a_living_worker_alone(provider: Memory) -> None:
    message = Person().queue()
    with queue.worker() as owner:
        attempt = under_way(message, owner=owner)

        assert settling.reconcile(at=FIRST_LOOK) == 0
        assert fate(message) == (State.SENDING, "")
        attempt.refresh_from_db()
        assert (attempt.state, attempt.looks) == (Attempt.State.SUBMITTING, 0)

    settling.reconcile(at=FIRST_LOOK + timedelta(seconds=60))
    assert fate(message) == (State.UNKNOWN, "asking_provider")


def test_reconcile_looks_up_what_a_dead_worker_was_sending(provider: Memory) -> None:
    person = Person()
    taken, lost = person.queue(body="Taken."), Person().queue(body="Lost.")
    with queue.worker() as owner:
        attempt = under_way(taken, owner=owner)
        under_way(lost, owner=owner)
    provider.send(settling.parcel_of(attempt))

    assert settling.reconcile(at=FIRST_LOOK) == 1

    assert fate(taken) == (State.SENT, "")
    assert fate(lost) == (State.UNKNOWN, "asking_provider")


def test_reconcile_does_not_take_the_same_text_for_two(provider: Memory) -> None:
    person = Person()
    first = person.queue(body="Again.")
    delivery.deliver_due(at=NOON)
    second = person.queue(body="Again.")
    provider.script.append("lose")
    delivery.deliver_due(at=NOON)

    settling.reconcile(at=FIRST_LOOK)

    assert fate(first) == (State.SENT, "")
    assert fate(second) == (State.UNKNOWN, "asking_provider")


def test_reconcile_counts_no_look_at_a_provider_that_is_away(provider: Memory) -> None:
    message = unclear(provider, "lose")
    provider.away = True

    for minutes in range(1, 6):
        assert settling.reconcile(at=NOON + timedelta(minutes=minutes)) == 0

    attempt = Attempt.objects.get(message=message)
    assert (attempt.looks, fate(message)) == (0, (State.UNKNOWN, "asking_provider"))


def test_reconcile_gives_way_to_a_report_that_comes_while_it_asks(
    provider: Memory, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = unclear(provider, "accept_then_lose")
    attempt = Attempt.objects.get(message=message)

    def find_nothing_yet(parcel: object, *, since: object) -> list[Receipt]:
        outbox.record_status(
            attempt_uid=attempt.uid, provider_id="SM1", status="sent", at=FIRST_LOOK
        )
        return []

    monkeypatch.setattr(provider, "find", find_nothing_yet)

    assert settling.reconcile(at=FIRST_LOOK) == 0
    assert fate(message) == (State.SENT, "")


def test_reconcile_of_two_processes_at_once_is_one_look(
    provider: Memory, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = unclear(provider, "accept_then_lose")
    others = [True]

    def find_while_another_looks(parcel: object, *, since: object) -> list[Receipt]:
        if others:
            others.pop()
            settling.reconcile(at=FIRST_LOOK)
        return []  # it is not listed yet

    monkeypatch.setattr(provider, "find", find_while_another_looks)

    assert settling.reconcile(at=FIRST_LOOK) == 0

    attempt = Attempt.objects.get(message=message)
    assert (attempt.looks, attempt.next_look_at) == (1, SECOND_LOOK)
    assert fate(message) == (State.UNKNOWN, "asking_provider")


def test_reconcile_asks_about_several_at_once(
    provider: Memory, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        unclear(provider, "accept_then_lose")
    provider.parallel = 3
    all_ask, find = Barrier(3), provider.find

    def find_together(parcel: Parcel, *, since: datetime) -> list[Receipt]:
        all_ask.wait(timeout=10)
        return find(parcel, since=since)

    monkeypatch.setattr(provider, "find", find_together)

    assert settling.reconcile(at=FIRST_LOOK) == 3


def test_reconcile_passes_over_a_row_that_cannot_be_read(
    provider: Memory, caplog: pytest.LogCaptureFixture
) -> None:
    broken, other = (unclear(provider, "accept_then_lose") for _ in range(2))
    Message.objects.filter(pk=broken.pk).update(
        body=Message.objects.filter(pk=other.pk).values_list("body", flat=True)[0]
    )

    assert settling.reconcile(at=FIRST_LOOK) == 1

    attempt = Attempt.objects.get(message=broken.pk)
    assert fate(other) == (State.SENT, "")
    assert (attempt.looks, attempt.next_look_at) == (0, FIRST_LOOK + timedelta(seconds=60))
    assert f"The provider cannot be asked about {attempt}." in caplog.text


@pytest.mark.parametrize("off", [timedelta(hours=1), timedelta(days=2)])
def test_reconcile_finds_what_left_while_the_clock_was_ahead(
    provider: Memory, monkeypatch: pytest.MonkeyPatch, off: timedelta
) -> None:
    message = Person().queue(expires_at=NOON + timedelta(days=9))
    provider.script.append("accept_then_lose")
    delivery.deliver_due(at=NOON + off)
    took_at = NOON  # by the provider's own clock, which is right
    find = provider.find

    def find_since(parcel: Parcel, *, since: datetime) -> list[Receipt]:
        return find(parcel, since=since) if since <= took_at else []

    monkeypatch.setattr(provider, "find", find_since)

    assert settling.reconcile(at=FIRST_LOOK + off) == 1
    assert fate(message) == (State.SENT, "")


def test_reconcile_lets_what_is_late_by_then_expire(provider: Memory) -> None:
    message = Person().queue(expires_at=NOON + timedelta(minutes=2))
    provider.script.append("lose")
    delivery.deliver_due(at=NOON)
    settling.reconcile(at=FIRST_LOOK)
    settling.reconcile(at=SECOND_LOOK)

    delivery.deliver_due(at=SECOND_LOOK)

    assert fate(message) == (State.EXPIRED, "expired")
    assert provider.sent == []


def under_way(message: Message, *, owner: str) -> Attempt:
    """What a worker has committed before it posts."""
    Message.objects.filter(pk=message.pk).update(state=State.SENDING, next_at=None, claimed_at=NOON)
    return Attempt.objects.create(
        message=message,
        address=message.address,
        owner=owner,
        started_at=NOON,
        next_look_at=FIRST_LOOK,
    )
