from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries, DjangoCaptureOnCommitCallbacks

from notifications import addresses, consent, delivery
from notifications.gates import LOOK_AGAIN
from notifications.kinds import Kind, Scope
from notifications.models import Address, Attempt, ConsentEvent, Message, Program, Sender
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


def test_deliver_shift_sends_so_many_and_calls_a_hand_while_more_is_due(
    provider: Memory,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    monkeypatch.setattr(delivery, "SHIFT", 2)
    for _ in range(3):
        Person().queue()

    with django_capture_on_commit_callbacks() as first_calls:
        first = delivery.deliver_shift(at=NOON)
    with django_capture_on_commit_callbacks() as second_calls:
        second = delivery.deliver_shift(at=NOON)

    assert (first, len(first_calls)) == (delivery.Delivered(sent=2, more=True), 1)
    assert (second, len(second_calls)) == (delivery.Delivered(sent=1), 0)


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


# Gates at work


@pytest.mark.parametrize(
    ("kind", "scope"),
    [
        (Kind.REMINDER, Scope.REMINDERS),
        (Kind.CHECK_IN, Scope.CHECK_INS),
        (Kind.PERSONAL, Scope.PROGRAM),
    ],
)
def test_deliver_due_holds_back_what_was_not_agreed_to(
    provider: Memory, kind: Kind, scope: Scope
) -> None:
    program = build.program()
    without = Person(program=program, scopes=set(Scope) - {scope}).queue(kind, at=TUESDAY)
    agreed = Person(program=program, scopes=[scope]).queue(kind, at=TUESDAY)

    delivery.deliver_due(at=TUESDAY)

    assert fate(without) == (State.SUPPRESSED, f"no_consent_{scope.value}", None)
    assert without.ended_at == TUESDAY
    assert fate(agreed) == (State.SENT, "", None)


def test_deliver_due_holds_back_after_stop_but_not_the_goodbye(provider: Memory) -> None:
    person = Person()
    consent.revoke(address=person.address, source=ConsentEvent.Source.WEB, at=NOON)
    reminder = person.queue()
    goodbye = person.queue(Kind.OPT_OUT, body="No more texts from us.")

    delivery.deliver_due(at=NOON)

    assert fate(reminder) == (State.SUPPRESSED, "opted_out", None)
    assert fate(goodbye) == (State.SENT, "", None)


def test_deliver_due_obeys_a_stop_that_came_while_it_was_queued(provider: Memory) -> None:
    person, neighbour = Person(), Person()
    queued, other = person.queue(), neighbour.queue()

    cancelled = consent.revoke(address=person.address, source=ConsentEvent.Source.TEXT, at=NOON)
    delivery.deliver_due(at=NOON)

    assert cancelled == 1
    assert fate(queued) == (State.CANCELLED, "opted_out", None)
    assert fate(other) == (State.SENT, "", None)


def test_deliver_due_writes_only_codes_and_answers_to_an_unconfirmed_number(
    provider: Memory,
) -> None:
    person = Person(confirmed=False)
    reminder, code = person.queue(), person.queue(Kind.CODE, body="Your code: 123456")

    delivery.deliver_due(at=NOON)

    assert fate(reminder) == (State.SUPPRESSED, "unconfirmed", None)
    assert fate(code) == (State.SENT, "", None)


def test_deliver_due_writes_only_codes_to_a_dead_number(provider: Memory) -> None:
    person = Person()
    addresses.mark_unreachable(address=person.address, reason="number_does_not_work", at=NOON)
    reminder, code = person.queue(), person.queue(Kind.CODE, body="Your code: 123456")

    delivery.deliver_due(at=NOON)

    assert fate(reminder) == (State.SUPPRESSED, "unreachable", None)
    assert fate(code) == (State.SENT, "", None)


def test_deliver_due_waits_while_texting_is_off_for_the_program(provider: Memory) -> None:
    off, on = Person(), Person()
    Program.objects.filter(pk=off.program.pk).update(texting_on=False)
    held, sent = off.queue(), on.queue()

    delivery.deliver_due(at=NOON)

    assert fate(held) == (State.DEFERRED, "program_off", NOON + LOOK_AGAIN)
    assert fate(sent)[0] == State.SENT
    Program.objects.filter(pk=off.program.pk).update(texting_on=True)
    delivery.deliver_due(at=NOON + LOOK_AGAIN)
    assert fate(held)[0] == State.SENT


def test_deliver_due_waits_while_the_sender_rests_or_is_off(provider: Memory) -> None:
    resting, off = Person(), Person()
    until = NOON + timedelta(minutes=5)
    Sender.objects.filter(pk=resting.sender.pk).update(paused_until=until)
    Sender.objects.filter(pk=off.sender.pk).update(is_on=False)
    rests, stays = resting.queue(), off.queue()

    delivery.deliver_due(at=NOON)

    assert fate(rests) == (State.DEFERRED, "sender_paused", until)
    assert fate(stays) == (State.DEFERRED, "sender_off", NOON + LOOK_AGAIN)
    delivery.deliver_due(at=until)
    assert fate(rests)[0] == State.SENT


def test_deliver_due_sends_own_reminders_at_night_but_not_in_own_quiet_hours(
    provider: Memory,
) -> None:
    awake = Person().queue(at=NIGHT)
    asleep = Person(quiet_windows=[["22:00", "07:00"]]).queue(at=NIGHT)

    delivery.deliver_due(at=NIGHT)

    assert fate(awake)[0] == State.SENT
    # 07:00 in New York on the first morning of summer time.
    assert fate(asleep) == (
        State.DEFERRED,
        "quiet_hours",
        NIGHT.replace(hour=11),
    )


def test_deliver_due_lets_a_program_text_by_day_only(provider: Memory) -> None:
    message = Person().queue(Kind.PERSONAL, at=NIGHT)

    delivery.deliver_due(at=NIGHT)

    # Sunday: Texas allows texts from noon on, and this person's state is not known.
    assert fate(message) == (State.DEFERRED, "program_hours", NIGHT.replace(hour=16))
    delivery.deliver_due(at=NIGHT.replace(hour=16))
    assert fate(message)[0] == State.SENT


def test_deliver_due_goes_by_the_law_of_a_known_state(provider: Memory) -> None:
    person = Person()
    Address.objects.filter(pk=person.address.pk).update(state="PA")
    message = person.queue(Kind.PERSONAL, at=NIGHT)

    delivery.deliver_due(at=NIGHT)

    assert fate(message) == (State.DEFERRED, "program_hours", NIGHT.replace(hour=13))


def test_deliver_due_lets_what_waited_too_long_expire_at_once(provider: Memory) -> None:
    breakfast = NIGHT.replace(hour=10)
    message = Person(quiet_windows=[["22:00", "07:00"]]).queue(at=NIGHT, expires_at=breakfast)

    delivery.deliver_due(at=NIGHT)

    assert fate(message) == (State.EXPIRED, "quiet_hours", None)
    assert message.ended_at == NIGHT


def test_deliver_due_sends_one_capped_text_a_day_and_three_a_week(provider: Memory) -> None:
    person = Person()
    Address.objects.filter(pk=person.address.pk).update(state="PA")
    messages = [person.queue(Kind.CHECK_IN, at=TUESDAY) for _ in range(4)]
    reminder = person.queue(at=TUESDAY)

    delivery.deliver_due(at=TUESDAY)

    assert [fate(message)[:2] for message in messages] == [
        (State.SENT, ""),
        *[(State.DEFERRED, "cap_day")] * 3,
    ]
    assert fate(reminder)[0] == State.SENT
    for days in (1, 2):
        delivery.deliver_due(at=TUESDAY + days * DAY)
    # The fourth would be free on the Tuesday after, and of no use any more by then.
    assert sorted(fate(message) for message in messages) == [
        (State.EXPIRED, "cap_week", None),
        *[(State.SENT, "", None)] * 3,
    ]


def test_deliver_due_counts_the_cap_by_the_days_of_the_recipient(provider: Memory) -> None:
    person = Person()
    Address.objects.filter(pk=person.address.pk).update(state="PA")
    evening = TUESDAY.replace(hour=23)  # 19:00 in New York
    first = person.queue(Kind.CHECK_IN, at=evening)
    delivery.deliver_due(at=evening)
    second = person.queue(Kind.NUDGE, at=evening + timedelta(minutes=30))

    delivery.deliver_due(at=evening + timedelta(minutes=30))

    assert fate(first)[0] == State.SENT
    state, reason, until = fate(second)
    morning = (TUESDAY + DAY).replace(hour=13)  # 9:00 in New York
    assert (state, reason) == (State.DEFERRED, "cap_day")
    assert until is not None
    assert morning <= until < morning + timedelta(minutes=20)


def test_deliver_due_spreads_what_waited_for_the_morning(provider: Memory) -> None:
    program = build.program()
    messages = [Person(program=program).queue(Kind.CHECK_IN, at=NIGHT) for _ in range(8)]

    delivery.deliver_due(at=NIGHT)

    times = {fate(message)[2] for message in messages}
    assert len(times) > 1
    opens = NIGHT.replace(hour=16)
    assert all(time and opens <= time < opens + timedelta(minutes=20) for time in times)


def test_deliver_due_gives_the_one_slot_to_what_matters_more(provider: Memory) -> None:
    person = Person()
    Address.objects.filter(pk=person.address.pk).update(state="PA")
    nudge = person.queue(Kind.NUDGE, at=TUESDAY - timedelta(minutes=5))
    event = person.queue(
        Kind.EVENT, at=TUESDAY - timedelta(minutes=9), expires_at=TUESDAY + DAY / 3
    )
    check_in = person.queue(Kind.CHECK_IN, at=TUESDAY)

    delivery.deliver_due(at=TUESDAY)

    assert fate(check_in) == (State.SENT, "", None)
    state, reason, until = fate(nudge)
    assert (state, reason) == (State.DEFERRED, "cap_day")
    assert until is not None
    assert until > TUESDAY + DAY / 2
    assert fate(event) == (State.EXPIRED, "cap_day", None)


def test_deliver_due_gives_way_to_what_matters_more_later_in_the_day(provider: Memory) -> None:
    person, neighbour = Person(), Person()
    Address.objects.update(state="PA")
    check_in = person.queue(Kind.CHECK_IN, at=TUESDAY + timedelta(hours=2))
    nudge, other = (each.queue(Kind.NUDGE, at=TUESDAY) for each in (person, neighbour))

    delivery.deliver_due(at=TUESDAY)
    delivery.deliver_due(at=TUESDAY + timedelta(hours=2))

    assert fate(other) == (State.SENT, "", None)
    assert fate(nudge)[:2] == (State.DEFERRED, "gives_way")
    assert fate(check_in) == (State.SENT, "", None)


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
