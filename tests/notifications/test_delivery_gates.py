from datetime import timedelta

import pytest

from notifications import addresses, consent, delivery
from notifications.gates import LOOK_AGAIN
from notifications.kinds import Kind, Scope
from notifications.models import Address, ConsentEvent, Program, Sender
from notifications.transports.memory import Memory
from tests import build
from tests.notifications.person import NIGHT, NOON, TUESDAY, Person
from tests.notifications.test_delivery import DAY, State, fate

pytestmark = pytest.mark.django_db


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
