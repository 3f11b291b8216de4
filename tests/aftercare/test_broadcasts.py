from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pytest_django import DjangoAssertNumQueries

from aftercare import agenda, broadcasts, changes, groups, occurrences, plan, reminders, wording
from aftercare.groups import SharedDate
from aftercare.models import (
    AuditEntry,
    Broadcast,
    Commitment,
    DateChange,
    Expectation,
    Graduate,
    Reminder,
)
from aftercare.record import Actor
from notifications.kinds import Kind, Scope
from notifications.models import Message, Program
from tests import build

pytestmark = pytest.mark.django_db

Outcome = Expectation.Outcome
# Tuesday at three in the afternoon in New York; the group is at seven.
AT = datetime(2026, 3, 10, 19, 0, tzinfo=UTC)
EVENING = datetime(2026, 3, 10, 23, 0, tzinfo=UTC)
ID = "2026-03-10T19:00"
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@pytest.fixture
def program() -> Program:
    return build.program()


@pytest.fixture
def actor() -> Actor:
    return Actor(user=build.user(), role="lead")


def member(program: Program, **facts: Any) -> Commitment:
    made = build.commitment(
        graduate=build.graduate(program=program, **facts),
        kind=Commitment.Kind.GROUP,
        title="Evening group",
    )
    reminders.refresh(commitment=made, at=AT - 3 * HOUR)
    return made


def shared(commitment: Commitment, at: datetime = AT, recurrence_id: str = ID) -> SharedDate:
    return groups.find(
        programs=[commitment.graduate.program],
        uid=commitment.uid,
        recurrence_id=recurrence_id,
        at=at,
    )


def call_off(
    commitment: Commitment, actor: Actor, *, note: str = "", at: datetime = AT
) -> Broadcast:
    return broadcasts.call_off(date=shared(commitment, at), note=note, actor=actor, at=at)


def told() -> list[Message]:
    return list(Message.objects.filter(key__startswith="called-off:").order_by("pk"))


def test_everybody_expected_gets_one_text_in_their_own_hour_and_language(
    program: Program, actor: Actor
) -> None:
    one = member(program)
    west = member(program, time_zone="America/Los_Angeles")
    spanish = member(program, language="es")

    made = call_off(one, actor)

    assert {row.about: row.body for row in told()} == {
        one.graduate.uid: "Your 7:00 PM, today, is off this time. Wishing you well, Harbor",
        west.graduate.uid: "Your 4:00 PM PDT, today, is off this time. Wishing you well, Harbor",
        spanish.graduate.uid: "Lo tuyo, hoy, 7:00 PM, se suspende esta vez."
        " Te deseamos lo mejor, Harbor",
    }
    assert {(row.kind, row.not_before, row.expires_at) for row in told()} == {
        (Kind.REMINDER, AT + 2 * MINUTE, EVENING)
    }
    assert (made.author, made.sent_at, made.title) == (actor.user, AT, "Evening group")


def test_reminders_go_and_nothing_is_expected(program: Program, actor: Actor) -> None:
    one, other = member(program), member(program)

    call_off(one, actor)

    for commitment in (one, other):
        rows = commitment.reminders.filter(recurrence_id=ID)
        assert [(row.state, row.reason) for row in rows] == [(Reminder.State.CANCELLED, "changed")]
        (record,) = commitment.expectations.all()
        assert (record.recurrence_id, record.outcome, record.opened_at) == (
            ID,
            Outcome.CANCELLED,
            EVENING,
        )
        week = agenda.week(graduate=commitment.graduate, at=AT)
        assert [(date.off, date.outcome) for date in week.occurrences] == [
            (occurrences.Why.CALLED_OFF, Outcome.CANCELLED)
        ]
        assert week.planned == 0
    plan.settle_due(at=EVENING + 50 * HOUR)
    assert set(Expectation.objects.values_list("outcome", flat=True)) == {Outcome.CANCELLED}


def test_preview_shows_who_how_many_segments_and_the_first_text(program: Program) -> None:
    one = member(program)
    member(program, scopes=[])
    member(program, with_phone=False)
    member(program, status=Graduate.Status.PAUSED)
    excused = member(program)
    plan.answer(
        commitment=excused, recurrence_id=ID, outcome="excused", actor=Actor(user=None), at=AT
    )

    seen = broadcasts.preview(date=shared(one), note="See you on Friday.", at=AT)

    assert [going.why_not for going in seen.going] == [
        "",
        "no_consent",
        "no_phone",
        "paused",
        "excused",
    ]
    assert all(going.why_not_words for going in seen.going[1:])
    assert (seen.texted, seen.segments) == (1, 1)
    assert seen.body == (
        "Your 7:00 PM, today, is off this time. See you on Friday. Wishing you well, Harbor"
    )
    assert told() == []


def test_preview_takes_the_same_number_of_queries_for_one_and_for_many(
    program: Program, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    one = member(program)
    for number in range(3):
        date_of_all = shared(one)
        with django_assert_num_queries(3):
            seen = broadcasts.preview(date=date_of_all, note="", at=AT)
        assert seen.texted == number + 1
        member(program)


def test_only_those_who_can_be_told_are_and_the_date_is_off_for_all(
    program: Program, actor: Actor
) -> None:
    one = member(program)
    without = member(program, with_phone=False)
    excused = member(program)
    plan.answer(commitment=excused, recurrence_id=ID, outcome="excused", actor=actor, at=AT)

    call_off(one, actor)

    assert [row.about for row in told()] == [one.graduate.uid]
    assert without.expectations.get().outcome == Outcome.CANCELLED
    assert excused.expectations.get().outcome == Outcome.EXCUSED
    assert DateChange.objects.filter(kind="called_off").count() == 3


def test_who_agreed_to_program_texts_alone_gets_an_event(program: Program, actor: Actor) -> None:
    one = member(program, scopes=[Scope.PROGRAM])

    call_off(one, actor)

    assert [row.kind for row in told()] == [Kind.EVENT]


def test_a_person_with_the_group_twice_in_the_plan_gets_one_text(
    program: Program, actor: Actor
) -> None:
    one = member(program)
    twice = build.commitment(
        graduate=one.graduate, kind=Commitment.Kind.GROUP, title="Evening group"
    )

    call_off(one, actor)

    assert len(told()) == 1
    assert {row.commitment_id for row in DateChange.objects.all()} == {one.pk, twice.pk}


@pytest.mark.parametrize(
    ("at", "leaves"),
    [
        # Late on Monday the text waits for Tuesday, nine o'clock.
        (datetime(2026, 3, 10, 3, 0, tzinfo=UTC), datetime(2026, 3, 10, 13, 0, tzinfo=UTC)),
        (AT, AT + 2 * MINUTE),
    ],
)
def test_a_text_waits_for_the_day_where_that_is_soon_enough(
    at: datetime, leaves: datetime, program: Program, actor: Actor
) -> None:
    one = member(program)
    build.address_of(one.graduate)

    call_off(one, actor, at=at)

    (message,) = told()
    local = message.not_before.astimezone(ZoneInfo("America/New_York"))
    assert 9 <= local.hour < 20
    assert leaves <= message.not_before <= leaves + 3 * HOUR
    assert message.not_before <= EVENING - 2 * HOUR


def test_a_text_leaves_at_once_where_the_day_comes_too_late(program: Program, actor: Actor) -> None:
    graduate = build.graduate(program=program)
    early = build.commitment(
        graduate=graduate, kind=Commitment.Kind.GROUP, start_time=time(8, 0), weekdays=(2,)
    )
    at = datetime(2026, 3, 11, 3, 0, tzinfo=UTC)  # eleven at night

    date = shared(early, at, "2026-03-11T08:00")
    broadcasts.call_off(date=date, note="", actor=actor, at=at)

    assert told()[0].not_before == at + 2 * MINUTE


def test_second_colleague_finds_it_called_off(program: Program, actor: Actor) -> None:
    one = member(program)
    seen = shared(one)
    call_off(one, actor)

    with pytest.raises(plan.NoSuchOccurrence):
        broadcasts.call_off(date=seen, note="", actor=actor, at=AT)

    assert len(told()) == 1
    assert Broadcast.objects.count() == 1


def test_words_that_tell_too_much_send_nothing(program: Program, actor: Actor) -> None:
    one = member(program)

    with pytest.raises(wording.SaysTooMuch):
        call_off(one, actor, note="The therapy room is flooded.")

    assert told() == []
    assert not DateChange.objects.exists()


def test_taken_back_in_time_it_is_on_as_before_and_nobody_is_told(
    program: Program, actor: Actor
) -> None:
    one, other = member(program), member(program)
    made = call_off(one, actor)

    done = broadcasts.take_back(broadcast=made, actor=actor, at=AT + MINUTE)

    assert (done.restored, done.told) == (2, 0)
    assert {(row.state, row.reason) for row in told()} == {(Message.State.CANCELLED, "by_staff")}
    for commitment in (one, other):
        fresh = Commitment.objects.get(pk=commitment.pk)
        assert occurrences.one(commitment=fresh, recurrence_id=ID) is not None
        assert not fresh.expectations.exists()
        assert fresh.reminders.get(recurrence_id=ID).state == Reminder.State.PLANNED
    assert made.taken_back_at == AT + MINUTE


def test_for_whom_the_text_has_left_it_stays_off(program: Program, actor: Actor) -> None:
    one, other = member(program), member(program)
    made = call_off(one, actor)
    Message.objects.filter(about=other.graduate.uid, key__startswith="called-off:").update(
        state=Message.State.SENT
    )

    done = broadcasts.take_back(broadcast=made, actor=actor, at=AT + HOUR)

    assert (done.restored, done.told) == (1, 1)
    fresh = Commitment.objects.get(pk=other.pk)
    assert occurrences.one(commitment=fresh, recurrence_id=ID) is None


def test_called_off_again_after_it_was_taken_back_it_is_told_anew(
    program: Program, actor: Actor
) -> None:
    one = member(program)
    made = call_off(one, actor)
    broadcasts.take_back(broadcast=made, actor=actor, at=AT + MINUTE)

    call_off(one, actor, at=AT + 2 * MINUTE)

    assert [row.state for row in told()] == [Message.State.CANCELLED, Message.State.DUE]


def test_a_date_that_was_moved_goes_back_to_where_it_was_moved_to(
    program: Program, actor: Actor
) -> None:
    one = member(program)
    changes.move(
        commitment=one,
        recurrence_id=ID,
        on=date(2026, 3, 10),
        start_time=time(20, 0),
        actor=actor,
        at=AT,
    )
    one = Commitment.objects.get(pk=one.pk)
    made = call_off(one, actor)

    broadcasts.take_back(broadcast=made, actor=actor, at=AT + MINUTE)

    fresh = Commitment.objects.get(pk=one.pk)
    found = occurrences.one(commitment=fresh, recurrence_id=ID)
    assert found is not None
    assert found.starts_at == EVENING + HOUR


def test_the_graduate_does_not_take_back_what_the_program_called_off(
    program: Program, actor: Actor
) -> None:
    one = member(program)
    call_off(one, actor)

    with pytest.raises(plan.NoSuchOccurrence):
        changes.take_back(
            commitment=one, recurrence_id=ID, actor=Actor(user=None, role="graduate"), at=AT
        )


def test_it_is_on_record_and_on_the_list_until_a_day_after(program: Program, actor: Actor) -> None:
    made = call_off(member(program), actor)

    rows = AuditEntry.objects.filter(thing="broadcast")
    assert [(row.verb, row.actor, row.program) for row in rows] == [("sent", actor.user, program)]
    assert broadcasts.recent(programs=[program], at=EVENING) == (made,)
    assert broadcasts.recent(programs=[program], at=EVENING + 25 * HOUR) == ()
    assert broadcasts.of(programs=[program], uid=made.uid, at=AT) == made
    assert broadcasts.of(programs=[program], uid=made.uid, at=EVENING) is None
    assert broadcasts.of(programs=[build.program(name="Else")], uid=made.uid, at=AT) is None
