from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries

from notifications import delivery
from notifications.gates import LOOK_AGAIN
from notifications.kinds import Kind
from notifications.models import Address, Attempt, ConsentEvent, Message, Sender
from notifications.transports.memory import Memory
from tests import build
from tests.notifications.person import NIGHT, NOON, TUESDAY, Person

pytestmark = pytest.mark.django_db

State = Message.State
DAY = timedelta(days=1)


def fate(message: Message) -> tuple[str, str, datetime | None]:
    """State, reason, and when it is looked at next."""
    # The body stays out of it: one test seals it wrongly.
    message.refresh_from_db(fields=["state", "reason", "next_at", "ended_at"])
    return message.state, message.reason, message.next_at


def test_deliver_due_sends_what_is_due_once(provider: Memory) -> None:
    person = Person()
    message = person.queue()

    first = delivery.deliver_due(at=NOON)
    second = delivery.deliver_due(at=NOON)

    assert (first, second) == (delivery.Delivered(sent=1), delivery.Delivered())
    assert [(parcel.to, parcel.body) for parcel in provider.sent] == [
        (person.address.value, "At 7 PM today.")
    ]
    message.refresh_from_db()
    attempt = Attempt.objects.get(message=message)
    assert (message.state, message.claimed_at, message.sent_at) == (State.SENT, NOON, NOON)
    assert (message.next_at, message.tries) == (None, 1)
    assert (attempt.state, attempt.provider_id, attempt.next_look_at) == (
        Attempt.State.SUBMITTED,
        f"SM{attempt.uid.hex}",
        None,
    )


def test_deliver_due_leaves_what_is_not_due_yet(provider: Memory) -> None:
    person = Person()
    later = person.queue(at=NOON + timedelta(seconds=1))
    now = person.queue(at=NOON)

    delivery.deliver_due(at=NOON)

    assert fate(now) == (State.SENT, "", None)
    assert fate(later) == (State.DUE, "", NOON + timedelta(seconds=1))


def test_deliver_due_counts_each_fate(provider: Memory) -> None:
    program = build.program()
    Person(program=program).queue()
    Person(program=program, scopes=[]).queue()
    Person(program=program).queue(Kind.PERSONAL, at=NIGHT)
    Person(program=program).queue(at=NIGHT - DAY, expires_at=NIGHT)

    assert delivery.deliver_due(at=NIGHT) == delivery.Delivered(deferred=1, expired=1)
    assert delivery.deliver_due(at=NOON) == delivery.Delivered(sent=2, suppressed=1)


def test_deliver_due_takes_no_more_than_the_limit(provider: Memory) -> None:
    for _ in range(3):
        Person().queue()

    assert delivery.deliver_due(at=NOON, limit=2) == delivery.Delivered(sent=2, more=True)
    assert len(provider.sent) == 2
    assert delivery.deliver_due(at=NOON, limit=2) == delivery.Delivered(sent=1)


def test_deliver_due_ends_what_is_queued_for_one_person_in_one_run(provider: Memory) -> None:
    person = Person()
    for number in range(3):
        person.queue(body=f"Text {number}", at=NOON + timedelta(seconds=number))

    assert delivery.deliver_due(at=NOON + timedelta(minutes=1)) == delivery.Delivered(sent=3)
    assert [parcel.body for parcel in provider.sent] == ["Text 0", "Text 1", "Text 2"]


def test_deliver_due_goes_by_lane_before_age(provider: Memory) -> None:
    program = build.program()
    for kind in (Kind.NUDGE, Kind.CHECK_IN, Kind.SAFETY, Kind.REPLY, Kind.PERSONAL, Kind.HELP):
        Person(program=program).queue(
            kind, body=kind.value, at=TUESDAY - timedelta(minutes=kind.__len__())
        )

    delivery.deliver_due(at=TUESDAY)

    assert [parcel.body for parcel in provider.sent] == [
        "help",
        "personal",
        "reply",
        "safety",
        "check_in",
        "nudge",
    ]


def test_deliver_sends_that_message_alone(provider: Memory) -> None:
    other, wanted = Person().queue(), Person().queue()

    delivery.deliver(message_id=wanted.pk, at=NOON)

    assert fate(wanted)[0] == State.SENT
    assert fate(other)[0] == State.DUE


def test_deliver_due_asks_nothing_but_one_question_when_idle(
    provider: Memory, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    Person().queue(at=NOON + DAY)

    with django_assert_num_queries(1):
        delivery.deliver_due(at=NOON)


@pytest.mark.skipif(connection.vendor != "sqlite", reason="each planner has its own words")
@pytest.mark.parametrize(
    ("look", "index"),
    [(delivery.deliver_due, "message_due"), (delivery.reconcile, "attempt_open")],
)
def test_looking_for_work_reads_an_index_of_what_waits(
    provider: Memory, look: Callable[..., object], index: str
) -> None:
    with CaptureQueriesContext(connection) as asked:
        look(at=NOON)

    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN QUERY PLAN " + asked[0]["sql"])
        plan = [row[3] for row in cursor.fetchall()]
    assert f"USING INDEX {index}" in plan[0]


def test_deliver_due_costs_as_many_queries_for_many_as_for_one(
    provider: Memory,
) -> None:
    program = build.program()
    Person(program=program).queue()
    with CaptureQueriesContext(connection) as for_one:
        delivery.deliver_due(at=NOON)
    for _ in range(3):
        Person(program=program).queue()
    with CaptureQueriesContext(connection) as for_three:
        delivery.deliver_due(at=NOON)

    assert len(for_three) == len(for_one)


# What the provider says


def test_deliver_due_backs_off_longer_each_time_the_provider_is_busy(provider: Memory) -> None:
    message = Person().queue()
    at, waits = NOON, []

    for _ in range(8):
        provider.script.append("20429")
        delivery.deliver_due(at=at)
        state, reason, until = fate(message)
        assert (state, reason) == (State.DEFERRED, "provider_busy")
        assert until is not None
        waits.append((until - at).total_seconds())
        at = until

    assert [
        lower <= wait <= 2 * lower
        for wait, lower in zip(waits, [0.5, 1, 2, 4, 8, 16, 30, 30], strict=True)
    ] == [True] * 8
    assert delivery.deliver_due(at=at) == delivery.Delivered(sent=1)
    assert len(provider.sent) == 1


def test_deliver_due_gives_up_a_text_that_the_provider_refuses(provider: Memory) -> None:
    refused, other = Person().queue(), Person().queue()
    provider.script.append("30007")

    result = delivery.deliver_due(at=NOON)

    assert result == delivery.Delivered(sent=1, failed=1)
    assert fate(refused) == (State.FAILED, "filtered_by_carrier", None)
    assert Attempt.objects.get(message=refused).state == Attempt.State.REJECTED
    assert fate(other)[0] == State.SENT


def test_deliver_due_marks_a_number_that_cannot_get_texts(provider: Memory) -> None:
    person = Person()
    first = person.queue()
    provider.script.append("21614")
    delivery.deliver_due(at=NOON)
    second = person.queue()

    delivery.deliver_due(at=NOON)

    person.address.refresh_from_db()
    assert fate(first) == (State.FAILED, "number_does_not_work", None)
    assert (person.address.unreachable_at, person.address.unreachable_reason) == (
        NOON,
        "number_does_not_work",
    )
    assert fate(second) == (State.SUPPRESSED, "unreachable", None)


def test_deliver_due_takes_the_provider_s_word_for_a_stop(provider: Memory) -> None:
    person = Person()
    first, second = person.queue(), person.queue(at=NOON + DAY)
    provider.stopped.add(person.address.value)

    result = delivery.deliver_due(at=NOON)

    assert result == delivery.Delivered(suppressed=1)
    assert fate(first) == (State.SUPPRESSED, "opted_out_at_provider", None)
    assert fate(second) == (State.CANCELLED, "opted_out", None)
    person.address.refresh_from_db()
    assert person.address.opted_out_at == NOON
    event = ConsentEvent.objects.filter(address=person.address).latest("at")
    assert (event.granted, event.source, event.words) == (
        False,
        ConsentEvent.Source.PROVIDER,
        "21610",
    )


@pytest.mark.parametrize(
    ("code", "rest", "reason"),
    [
        ("20003", timedelta(minutes=5), "sender_refused"),
        ("30034", timedelta(minutes=5), "sender_refused"),
        ("30027", timedelta(hours=1), "provider_limit"),
    ],
)
def test_deliver_due_lets_a_refused_sender_rest_and_its_messages_wait(
    provider: Memory, code: str, rest: timedelta, reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    program, other_program = build.program(), build.program()
    first = Person(program=program).queue()
    provider.script.append(code)
    delivery.deliver_due(at=NOON)
    second = Person(program=program).queue()
    other = Person(program=other_program).queue()

    delivery.deliver_due(at=NOON)

    assert fate(first) == (State.DEFERRED, reason, NOON + rest)
    assert fate(second) == (State.DEFERRED, "sender_paused", NOON + rest)
    assert fate(other)[0] == State.SENT
    assert code in caplog.text
    delivery.deliver_due(at=NOON + rest)
    assert [fate(message)[0] for message in (first, second)] == [State.SENT] * 2


def test_deliver_due_keeps_an_unclear_answer_unclear(provider: Memory) -> None:
    person = Person()
    message, behind = person.queue(), person.queue()
    provider.script.append("accept_then_lose")

    result = delivery.deliver_due(at=NOON)
    again = delivery.deliver_due(at=NOON + timedelta(seconds=30))

    assert result == delivery.Delivered(unknown=1)
    assert fate(message) == (State.UNKNOWN, "asking_provider", None)
    # What is queued behind it for the same person waits until it is settled.
    assert again == delivery.Delivered()
    assert fate(behind)[0] == State.DUE
    assert len(provider.sent) == 1


def test_deliver_due_lets_a_crisis_answer_pass_what_is_unclear(provider: Memory) -> None:
    person = Person()
    person.queue()
    provider.script.append("lose")
    delivery.deliver_due(at=NOON)

    first, second = person.queue(Kind.CRISIS), person.queue(Kind.CRISIS)
    result = delivery.deliver_due(at=NOON)

    assert result == delivery.Delivered(sent=2)
    assert fate(first)[0] == fate(second)[0] == State.SENT


def test_deliver_due_takes_a_transport_that_breaks_for_an_unclear_answer(
    provider: Memory, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def explode(parcel: object) -> None:
        raise RuntimeError("a fault of a library")

    message = Person().queue()
    monkeypatch.setattr(provider, "send", explode)

    assert delivery.deliver_due(at=NOON) == delivery.Delivered(unknown=1)
    assert fate(message)[0] == State.UNKNOWN
    assert "a fault of a library" in caplog.text


def test_deliver_due_lets_a_row_that_cannot_be_read_wait_alone(
    provider: Memory, caplog: pytest.LogCaptureFixture
) -> None:
    sealed, quiet, other = Person().queue(), Person().queue(), Person().queue()
    stolen = Message.objects.filter(pk=other.pk).values_list("body", flat=True)[0]
    Message.objects.filter(pk=sealed.pk).update(body=stolen)
    Address.objects.filter(pk=quiet.address_id).update(quiet_windows=[["late", "early"]])

    result = delivery.deliver_due(at=NOON)

    assert result == delivery.Delivered(sent=1, deferred=2)
    assert fate(sealed) == (State.DEFERRED, "internal", NOON + LOOK_AGAIN)
    assert fate(quiet) == (State.DEFERRED, "internal", NOON + LOOK_AGAIN)
    assert fate(other)[0] == State.SENT
    assert f"Message #{sealed.pk}" in caplog.text


# What the parcel carries


def test_deliver_due_limits_how_long_the_provider_may_hold_a_text(provider: Memory) -> None:
    program = build.program()
    soon = Person(program=program).queue(expires_at=NOON + timedelta(minutes=90))
    sleeper = Person(program=program, quiet_windows=[["15:00", "16:00"]]).queue()
    open_end = Person(program=program).queue(Kind.CODE)

    delivery.deliver_due(at=NOON)

    limits = {parcel.to: parcel.valid_for for parcel in provider.sent}
    assert limits[soon.address.value] == 90 * 60
    assert limits[sleeper.address.value] == 2 * 3600
    assert limits[open_end.address.value] == 36_000


def test_deliver_due_carries_sender_and_attempt(provider: Memory) -> None:
    person = Person()
    Sender.objects.filter(pk=person.sender.pk).update(messaging_service="MG" + "0" * 32)
    message = person.queue()

    delivery.deliver_due(at=NOON)

    (parcel,) = provider.sent
    assert parcel.number == person.sender.number
    assert parcel.messaging_service == "MG" + "0" * 32
    assert parcel.attempt_uid == Attempt.objects.get(message=message).uid
