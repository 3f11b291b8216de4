import uuid
from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, transaction
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from notifications import consent, delivery, outbox, reports
from notifications.kinds import Kind
from notifications.models import Attempt, Callback, ConsentEvent, Message, Sender
from notifications.transports.base import Receipt, TransportError
from notifications.transports.memory import MEMORY, Memory
from notifications.transports.outcomes import Outcome
from tests.notifications.person import NOON, Person

pytestmark = pytest.mark.django_db

State = Message.State
LATER = NOON + timedelta(minutes=1)


def send(person: Person, **terms: object) -> tuple[Message, Attempt]:
    """A message the provider has taken."""
    message = person.queue(**terms)  # type: ignore[arg-type]
    delivery.deliver(message_id=message.pk, at=NOON)
    return message, Attempt.objects.get(message=message)


def report(attempt: Attempt, status: str, code: str = "", *, at: datetime = LATER) -> None:
    outbox.record_status(
        attempt_uid=attempt.uid,
        provider_id=attempt.provider_id or f"SM{attempt.uid.hex}",
        status=status,
        code=code,
        at=at,
    )


def fate(message: Message) -> tuple[str, str]:
    message.refresh_from_db()
    return message.state, message.reason


def test_record_status_moves_a_message_to_delivered(provider: Memory) -> None:
    message, attempt = send(Person())

    report(attempt, "sent")
    assert fate(message) == (State.SENT, "")
    report(attempt, "delivered", at=LATER)

    assert fate(message) == (State.DELIVERED, "")
    assert (message.sent_at, message.delivered_at, message.ended_at) == (NOON, LATER, LATER)
    attempt.refresh_from_db()
    assert attempt.status == "delivered"


@pytest.mark.parametrize("late", ["sent", "sending", "queued", "undelivered", "failed"])
def test_record_status_never_goes_back(provider: Memory, late: str) -> None:
    message, attempt = send(Person())
    report(attempt, "delivered")

    report(attempt, late, "30003", at=LATER + timedelta(hours=1))

    assert fate(message) == (State.DELIVERED, "")
    attempt.refresh_from_db()
    assert (attempt.status, attempt.code) == ("delivered", "")


def test_record_status_keeps_each_report_once(provider: Memory) -> None:
    _, attempt = send(Person())

    for status in ("sent", "sent", "delivered", "sent", "delivered"):
        report(attempt, status)

    kept = Callback.objects.filter(attempt=attempt).order_by("pk")
    assert list(kept.values_list("status", flat=True)) == ["sent", "delivered"]


def test_callback_is_stored_once() -> None:
    Callback.objects.create(provider_id="SM1", status="sent", received_at=NOON)

    with pytest.raises(IntegrityError), transaction.atomic():
        Callback.objects.create(provider_id="SM1", status="sent", received_at=NOON)


def test_record_status_of_an_unknown_attempt_is_kept_and_changes_nothing(
    provider: Memory,
) -> None:
    message, _ = send(Person())

    outbox.record_status(attempt_uid=uuid.uuid4(), provider_id="SM0", status="delivered", at=LATER)

    assert fate(message) == (State.SENT, "")
    assert Callback.objects.get().attempt is None


def test_record_status_settles_an_answer_that_was_lost(provider: Memory) -> None:
    provider.script.append("accept_then_lose")
    message, attempt = send(Person())
    assert fate(message) == (State.UNKNOWN, "asking_provider")

    report(attempt, "sent")

    assert fate(message) == (State.SENT, "")
    attempt.refresh_from_db()
    assert (attempt.state, attempt.provider_id, attempt.next_look_at) == (
        Attempt.State.SUBMITTED,
        f"SM{attempt.uid.hex}",
        None,
    )


def test_record_status_may_be_quicker_than_the_answer(provider: Memory) -> None:
    message = Person().queue()
    Message.objects.filter(pk=message.pk).update(state=State.SENDING, next_at=None)
    attempt = Attempt.objects.create(
        message=message, address=message.address, owner="w", started_at=NOON, next_look_at=LATER
    )
    report(attempt, "delivered")

    receipt = Receipt(provider_id=f"SM{attempt.uid.hex}", status="queued")
    reports.accepted_many([(attempt, receipt)], at=LATER)

    assert fate(message) == (State.DELIVERED, "")
    attempt.refresh_from_db()
    assert attempt.status == "delivered"


def test_undelivered_for_a_passing_reason_is_tried_twice_more(provider: Memory) -> None:
    person = Person()
    message = person.queue()
    at = NOON
    waits = []
    for _ in range(2):
        delivery.deliver_due(at=at)
        attempt = Attempt.objects.filter(message=message).latest("pk")
        report(attempt, "undelivered", "30003", at=at)
        assert fate(message) == (State.DEFERRED, "network_trouble")
        assert message.next_at is not None
        waits.append((message.next_at - at) / timedelta(minutes=1))
        at = message.next_at
    delivery.deliver_due(at=at)
    report(Attempt.objects.filter(message=message).latest("pk"), "undelivered", "30003", at=at)

    assert 15 <= waits[0] <= 30 <= waits[1] <= 60
    assert fate(message) == (State.UNDELIVERED, "network_trouble")
    assert Attempt.objects.filter(message=message).count() == 3


def test_delivered_after_all_ends_the_wait_for_another_try(provider: Memory) -> None:
    message, attempt = send(Person())
    report(attempt, "undelivered", "30003")
    assert fate(message)[0] == State.DEFERRED

    report(attempt, "delivered", at=LATER)
    delivery.deliver_due(at=NOON + timedelta(hours=2))

    assert fate(message) == (State.DELIVERED, "")
    assert len(provider.sent) == 1


def test_report_on_an_earlier_try_leaves_the_later_one_alone(provider: Memory) -> None:
    message, first = lost_and_waiting(provider)
    delivery.deliver_due(at=LATER + timedelta(hours=1))
    assert fate(message) == (State.SENT, "")

    report(first, "undelivered", "30007")

    assert fate(message) == (State.SENT, "")


def test_report_of_a_text_that_had_left_after_all_ends_the_wait(provider: Memory) -> None:
    message, first = lost_and_waiting(provider)

    report(first, "sent")

    assert (fate(message), message.next_at) == ((State.SENT, ""), None)


def test_report_of_a_text_that_was_filtered_after_all_ends_the_wait(provider: Memory) -> None:
    message, first = lost_and_waiting(provider)

    report(first, "undelivered", "30007")

    assert fate(message) == (State.UNDELIVERED, "filtered_by_carrier")


def test_report_on_what_was_cancelled_meanwhile_does_not_bring_it_back(provider: Memory) -> None:
    message, first = lost_and_waiting(provider)
    outbox.cancel(at=LATER, reason="changed", key=message.key)

    report(first, "undelivered", "30003")

    assert fate(message) == (State.CANCELLED, "changed")


def lost_and_waiting(provider: Memory) -> tuple[Message, Attempt]:
    """A message that nobody at the provider knew, and that waits to be sent once more."""
    provider.script.append("lose")
    message, attempt = send(Person())
    delivery.reconcile(at=NOON + timedelta(minutes=1))
    delivery.reconcile(at=NOON + timedelta(minutes=4))
    assert fate(message) == (State.DUE, "")
    return message, attempt


def test_a_report_may_be_quicker_than_a_refusal(provider: Memory) -> None:
    message, attempt = send(Person())
    error = TransportError(Outcome.AMBIGUOUS)

    state = reports.refused(attempt_id=attempt.pk, error=error, at=LATER)

    assert state == State.SENT
    assert fate(message) == (State.SENT, "")


def test_a_text_that_can_never_be_sent_is_told_to_the_operator(
    provider: Memory, caplog: pytest.LogCaptureFixture
) -> None:
    provider.script.append("21617")
    message, _ = send(Person())

    assert fate(message) == (State.FAILED, "not_a_valid_text")
    assert f"Message #{message.pk} cannot be sent" in caplog.text


def test_a_stop_known_already_is_not_recorded_again(provider: Memory) -> None:
    person = Person()
    consent.revoke(address=person.address, source=ConsentEvent.Source.TEXT, at=NOON)
    provider.stopped.add(person.address.value)

    message, _ = send(person, kind=Kind.OPT_OUT)

    assert fate(message) == (State.SUPPRESSED, "opted_out_at_provider")
    assert ConsentEvent.objects.filter(granted=False).count() == 1


@pytest.mark.parametrize(
    ("status", "code", "state", "reason"),
    [
        ("undelivered", "30007", State.UNDELIVERED, "filtered_by_carrier"),
        ("failed", "30004", State.FAILED, "filtered_by_carrier"),
        ("failed", "30036", State.EXPIRED, "expired_at_provider"),
        ("undelivered", "30099", State.UNDELIVERED, "not_delivered"),
        ("failed", "", State.FAILED, "not_delivered"),
        ("canceled", "", State.FAILED, "not_delivered"),
    ],
)
def test_lost_texts_end_with_a_reason(
    provider: Memory, status: str, code: str, state: str, reason: str
) -> None:
    message, attempt = send(Person())

    report(attempt, status, code)

    assert fate(message) == (state, reason)
    assert (message.next_at, message.ended_at) == (None, LATER)


def test_a_number_is_dead_the_second_time_it_is_not_reached(provider: Memory) -> None:
    person = Person()
    first, attempt = send(person)
    report(attempt, "undelivered", "30005")
    person.address.refresh_from_db()
    assert fate(first) == (State.UNDELIVERED, "number_not_reached")
    assert person.address.unreachable_at is None

    _, attempt = send(person)
    report(attempt, "undelivered", "30006")

    person.address.refresh_from_db()
    assert person.address.unreachable_at == LATER
    assert person.address.unreachable_reason == "number_not_reached"


def test_an_opt_out_reported_late_is_recorded(provider: Memory) -> None:
    person = Person()
    waiting = person.queue(at=NOON + timedelta(days=1))
    message, attempt = send(person)

    report(attempt, "failed", "21610")

    person.address.refresh_from_db()
    assert fate(message) == (State.FAILED, "opted_out_at_provider")
    assert fate(waiting) == (State.CANCELLED, "opted_out")
    assert person.address.opted_out_at == LATER
    assert ConsentEvent.objects.filter(source=ConsentEvent.Source.PROVIDER).count() == 1


def test_a_sender_refused_by_carriers_rests_and_the_text_waits(
    provider: Memory, caplog: pytest.LogCaptureFixture
) -> None:
    person = Person()
    message, attempt = send(person)

    report(attempt, "undelivered", "30034")

    sender = Sender.objects.get(pk=person.sender.pk)
    assert fate(message) == (State.DEFERRED, "sender_refused")
    assert (sender.paused_until, sender.paused_reason) == (
        LATER + timedelta(minutes=5),
        "sender_refused 30034",
    )
    assert "rests until" in caplog.text


REPORTS = [
    ("queued", ""),
    ("sending", ""),
    ("sent", ""),
    ("undelivered", "30007"),
    ("delivered", ""),
    ("read", ""),
]
ORDER = [State.SENT, State.UNDELIVERED, State.DELIVERED]


class Shuffled(TestCase):
    """Reports in any order and number: a message only moves forward, and ends at the furthest."""

    @given(st.lists(st.sampled_from(REPORTS), min_size=1, max_size=8))
    @settings(max_examples=25, deadline=None)
    def test_reports_in_any_order_only_move_forward(self, told: list[tuple[str, str]]) -> None:
        MEMORY.clear()
        message, attempt = send(Person())
        seen = [ORDER.index(State(fate(message)[0]))]

        for status, code in told:
            report(attempt, status, code)
            seen.append(ORDER.index(State(fate(message)[0])))

        furthest = max(reports.rank(status) for status, _ in told)
        assert seen == sorted(seen)
        assert seen[-1] == max(furthest - 1, 0) if furthest < 4 else seen[-1] == 2
