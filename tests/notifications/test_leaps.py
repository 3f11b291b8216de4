from datetime import timedelta

import pytest

from notifications import delivery, leaps
from notifications.kinds import Kind
from notifications.models import Address, Attempt, Breaker, Message, Program, Sender
from notifications.transports.memory import Memory
from tests import build
from tests.notifications.person import NIGHT, NOON, TUESDAY, Person

pytestmark = pytest.mark.django_db

State = Message.State
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.mark.parametrize(("hours", "back"), [(-1, True), (-1 / 100, False), (0, False), (1, False)])
def test_went_back_tells_a_leap_from_a_nudge(hours: float, back: bool) -> None:
    assert leaps.went_back(at=NOON + hours * HOUR, before=NOON) == back
    assert not leaps.went_back(at=NOON, before=None)


def test_hour_back_sends_nothing_again(remote: Memory) -> None:
    people = [Person() for _ in range(3)]
    for person in people:
        person.queue(at=NOON)
    delivery.deliver_due(at=NOON)

    leaps.put_right(at=NOON - HOUR)
    for person in people:
        person.queue(at=NOON - HOUR)
    result = delivery.deliver_due(at=NOON - HOUR)

    assert result == delivery.Delivered(sent=3)
    assert len(remote.sent) == len({parcel.attempt_uid for parcel in remote.sent}) == 6


def test_capped_text_of_the_hour_that_comes_again_still_counts(remote: Memory) -> None:
    person = Person()
    Address.objects.update(state="PA")
    person.queue(Kind.CHECK_IN, at=TUESDAY)
    delivery.deliver_due(at=TUESDAY)

    second = person.queue(Kind.NUDGE, at=TUESDAY - HOUR)
    leaps.put_right(at=TUESDAY - HOUR)
    delivery.deliver_due(at=TUESDAY - HOUR)

    second.refresh_from_db()
    assert (second.state, second.reason) == (State.DEFERRED, "cap_day")


def test_what_a_clock_ahead_put_off_is_asked_again(remote: Memory) -> None:
    quiet = Person(quiet_windows=[["22:00", "07:00"]]).queue(at=NIGHT, expires_at=NIGHT + 5 * DAY)
    off = Person().queue(at=NOON, expires_at=NOON + 5 * DAY)
    Program.objects.filter(pk=off.program_id).update(texting_on=False)
    planned = Person().queue(at=NOON + DAY)
    delivery.deliver_due(at=NIGHT + 2 * DAY)
    Program.objects.update(texting_on=True)
    ahead = Message.objects.filter(pk__in=[quiet.pk, off.pk], next_at__gt=NOON + DAY).count()
    # It leapt while `planned` had a day to go.
    Message.objects.filter(pk=planned.pk).update(state=State.DUE, next_at=NOON + DAY, reason="")

    found = leaps.put_right(at=NOON)
    delivery.deliver_due(at=NOON)

    assert ahead == found == 2
    states = dict(Message.objects.values_list("pk", "state"))
    assert states == {quiet.pk: State.SENT, off.pk: State.SENT, planned.pk: State.DUE}


def test_pace_and_rests_of_a_clock_ahead_end(remote: Memory) -> None:
    program = build.program()
    for number in range(4):
        Person(program=program).queue(body=f"Text {number}")
    Sender.objects.update(segments_per_second=2, free_at=NOON + 2 * DAY, paused_until=NOON + DAY)
    Breaker.objects.create(name="memory", failures=9, open_until=NOON + DAY)

    leaps.put_right(at=NOON)
    trial = delivery.deliver_due(at=NOON, keep_pace=True)

    # One tries the way out, one more fits the pace: no burst.
    assert trial == delivery.Delivered(sent=2)
    assert Breaker.objects.get().failures == 0
    assert delivery.deliver_due(at=NOON, keep_pace=True) == delivery.Delivered()


def test_what_is_unclear_is_looked_up_in_the_time_that_is(remote: Memory) -> None:
    Person().queue(at=NOON)
    remote.script.append("accept_then_lose")
    delivery.deliver_due(at=NOON + 2 * HOUR)

    leaps.put_right(at=NOON)
    settled = delivery.reconcile(at=NOON)

    assert settled == 1
    assert Attempt.objects.get().state == Attempt.State.SUBMITTED
    assert len(remote.sent) == 1
