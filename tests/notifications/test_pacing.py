from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from notifications import delivery
from notifications.kinds import Kind
from notifications.models import Address, Message, Program, Sender
from notifications.transports.memory import Memory
from tests import build
from tests.notifications.person import NOON, TUESDAY, Person

pytestmark = pytest.mark.django_db

State = Message.State
SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)


def program(**limits: object) -> Program:
    """A program whose number has these limits."""
    made = build.program()
    Sender.objects.filter(program=made).update(**limits)
    return made


def queue(
    count: int,
    at_program: Program,
    kind: Kind = Kind.REMINDER,
    *,
    body: str = "",
    at: datetime = NOON,
) -> list[Message]:
    Address.objects.update(state="PA")
    made = [
        Person(program=at_program).queue(kind, body=body or f"Text {number}", at=at)
        for number in range(count)
    ]
    Address.objects.update(state="PA")
    return made


def sent_each_second(seconds: int) -> list[int]:
    """How many leave in each second of a running cluster."""
    return [
        delivery.deliver_due(at=NOON + second * SECOND, keep_pace=True).sent
        for second in range(seconds)
    ]


def test_sender_keeps_its_pace_and_the_rest_stays_due(remote: Memory) -> None:
    messages = queue(9, program(segments_per_second=3))

    assert sent_each_second(2) == [3, 3]
    assert [message.state for message in Message.objects.order_by("pk")[6:]] == [State.DUE] * 3
    assert list(Message.objects.order_by("pk").values_list("next_at", flat=True)[6:]) == [NOON] * 3
    assert sent_each_second(4) == [0, 0, 3, 0]
    assert len(remote.sent) == len(messages)


def test_pace_counts_segments(remote: Memory) -> None:
    queue(3, program(segments_per_second=1), body="a" * 320)  # three segments each

    assert sent_each_second(7) == [1, 0, 0, 1, 0, 0, 1]


def test_slow_pace_is_no_lottery(remote: Memory) -> None:
    queue(3, program(segments_per_second=0.25))

    assert sent_each_second(9) == [1, 0, 0, 0, 1, 0, 0, 0, 1]


def test_outage_is_made_up_for_without_a_burst(remote: Memory) -> None:
    made = program(segments_per_second=2)
    stale = queue(10, made)
    Message.objects.update(expires_at=NOON + SECOND)
    queue(6, made)

    late = NOON + timedelta(hours=3)
    sent = [delivery.deliver_due(at=late + n * SECOND, keep_pace=True).sent for n in range(4)]

    assert sent == [2, 2, 2, 0]
    assert {
        (message.state, message.reason) for message in Message.objects.filter(pk__lte=stale[-1].pk)
    } == {(State.EXPIRED, "expired")}


def test_senders_have_a_pace_each(remote: Memory) -> None:
    slow, quick = program(segments_per_second=1), program(segments_per_second=4)
    queue(5, slow)
    queue(5, quick)

    delivery.deliver_due(at=NOON, keep_pace=True)

    gone = Counter(Message.objects.filter(state=State.SENT).values_list("program", flat=True))
    assert gone == {slow.pk: 1, quick.pk: 4}


def test_crisis_answers_wait_for_no_pace_and_no_day(remote: Memory) -> None:
    made = program(segments_per_second=1, segments_per_day=1)
    queue(1, made)
    delivery.deliver_due(at=NOON, keep_pace=True)

    queue(4, made, Kind.CRISIS)

    assert delivery.deliver_due(at=NOON, keep_pace=True) == delivery.Delivered(sent=4)


def test_pace_is_for_what_leaves_the_machine_while_time_runs(remote: Memory) -> None:
    made = program(segments_per_second=1)
    queue(5, made)

    assert delivery.deliver_due(at=NOON) == delivery.Delivered(sent=5)
    remote.is_remote = False
    queue(5, made)
    assert delivery.deliver_due(at=NOON, keep_pace=True) == delivery.Delivered(sent=5)


def test_day_has_its_limit_and_the_weightier_go_first(remote: Memory) -> None:
    made = program(segments_per_day=5)
    nudges = queue(4, made, Kind.NUDGE, at=TUESDAY)
    reminders = queue(3, made, at=TUESDAY)

    delivery.deliver_due(at=TUESDAY)

    fates = Message.objects.filter(pk__in=[nudge.pk for nudge in nudges]).order_by("pk")
    assert (
        Message.objects.filter(pk__in=[each.pk for each in reminders])
        .exclude(state=State.SENT)
        .count()
        == 0
    )
    # Four of five segments are for what nobody asked for, and reminders have taken three.
    assert [(message.state, message.reason) for message in fates] == [
        (State.SENT, ""),
        *[(State.DEFERRED, "sender_day")] * 3,
    ]
    morning = datetime(2026, 3, 11, 13, 0, tzinfo=UTC)  # 9:00 in New York
    assert all(
        message.next_at is not None and morning <= message.next_at < morning + DAY / 24
        for message in fates[1:]
    )
    for hour in (0, 1):
        delivery.deliver_due(at=morning + timedelta(hours=hour))
    assert set(Message.objects.values_list("state", flat=True)) == {State.SENT}


def test_day_keeps_a_fifth_for_what_people_asked_for(remote: Memory) -> None:
    made = program(segments_per_day=5)
    queue(6, made, Kind.NUDGE, at=TUESDAY)
    delivery.deliver_due(at=TUESDAY)

    queue(3, made, at=TUESDAY)
    delivery.deliver_due(at=TUESDAY)

    gone = Counter(Message.objects.filter(state=State.SENT).values_list("kind", flat=True))
    assert gone == {Kind.NUDGE: 4, Kind.REMINDER: 1}


def test_day_that_is_full_past_the_use_ends_a_text_at_once(remote: Memory) -> None:
    made = program(segments_per_day=1)
    queue(1, made, at=TUESDAY)
    late = Person(program=made).queue(at=TUESDAY, expires_at=TUESDAY + timedelta(hours=2))

    delivery.deliver_due(at=TUESDAY)

    late.refresh_from_db()
    assert (late.state, late.reason, late.ended_at) == (State.EXPIRED, "sender_day", TUESDAY)


@pytest.mark.parametrize("pace", [0, -1])
def test_sender_has_a_pace(pace: float) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        program(segments_per_second=pace)
