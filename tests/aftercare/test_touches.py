from datetime import UTC, date, datetime, timedelta

import pytest

from aftercare import access, openings, rounds, safety, touches
from aftercare.models import (
    AuditEntry,
    CheckIn,
    Contact,
    Expectation,
    Graduate,
    Touch,
    ToughDay,
)
from aftercare.record import PORTAL
from notifications.kinds import Kind
from notifications.models import Address, Message, Sender
from tests import build

pytestmark = pytest.mark.django_db

# A Tuesday, ten in the morning in New York.
AT = datetime(2026, 3, 10, 14, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SATURDAY = date(2026, 3, 14)
Kinds, State = Touch.Kind, Touch.State


def newcomer(**changes: object) -> Graduate:
    """Who graduated and joined on the day of AT, a Tuesday."""
    program = build.program()
    return build.graduate(
        program=program,
        counselor=build.role(program=program),
        joined_at=AT,
        graduated_on=date(2026, 3, 10),
        **changes,  # type: ignore[arg-type]
    )


def due(
    graduate: Graduate, *, kind: Touch.Kind = Kinds.CARING, on: date = date(2026, 3, 10)
) -> Touch:
    return Touch.objects.create(graduate=graduate, kind=kind, on=on, send_at=AT)


def state(row: Touch) -> str:
    row.refresh_from_db()
    return row.state


def planned(graduate: Graduate) -> list[tuple[str, date, date]]:
    """Kind, the day it is for, and the local day it leaves on."""
    return [
        (row.kind, row.on, openings.today_of(graduate=graduate, at=row.send_at))
        for row in graduate.touches.filter(state=State.PLANNED).order_by("send_at")
    ]


def said() -> list[str]:
    return [one.body for one in Message.objects.filter(kind=Kind.CARING).order_by("pk")]


# Planning


def test_with_the_first_check_in_the_touches_before_it_are_planned() -> None:
    graduate = newcomer()

    rounds.plan_ahead(at=AT)

    assert CheckIn.objects.get().planned_on == date(2026, 3, 12)
    assert planned(graduate) == [("caring", date(2026, 3, 11), date(2026, 3, 11))]
    rounds.plan_ahead(at=AT)
    assert Touch.objects.count() == 1


def test_a_touch_on_a_day_that_has_something_comes_on_the_next_free_one() -> None:
    graduate = newcomer()
    template = openings.template_of(graduate=graduate)
    day = date(2026, 3, 17)
    build.check_in(graduate=graduate, opens_at=AT + 7 * DAY, state=CheckIn.State.PLANNED)
    due(graduate, kind=Kinds.AFTER, on=day)
    Touch.objects.update(send_at=AT + 8 * DAY)

    touches.plan(graduate=graduate, template=template, until=day, at=AT + DAY)

    assert planned(graduate) == [
        ("after", day, date(2026, 3, 18)),
        ("caring", day, date(2026, 3, 19)),
    ]


def test_who_chose_only_a_hello_has_the_next_one_planned_and_no_check_in() -> None:
    graduate = newcomer(cadence_days=0)
    Graduate.objects.update(joined_at=AT - 400 * DAY, graduated_on=date(2025, 2, 3))

    for _ in range(2):
        rounds.plan_ahead(at=AT)

    assert CheckIn.objects.count() == 0
    assert planned(graduate) == [("hello", date(2026, 5, 5), date(2026, 5, 5))]
    touches.leave_out(touch=Touch.objects.get(), actor=PORTAL, at=AT)
    rounds.plan_ahead(at=AT)
    assert planned(graduate) == [("hello", date(2026, 8, 4), date(2026, 8, 4))]


# Sending


def test_caring_contact_goes_out_in_the_counselor_s_name_and_asks_nothing() -> None:
    graduate = newcomer()
    row = due(graduate)

    assert touches.send_due(at=AT - timedelta(seconds=1)) == 0
    assert touches.send_due(at=AT) == 1
    assert touches.send_due(at=AT) == 0

    message = Message.objects.get(kind=Kind.CARING)
    row.refresh_from_db()
    assert (row.state, row.message) == (State.SENT, message)
    assert message.body == (
        "Hi, it is Dana at Harbor. I am glad you are here, and I am thinking of you."
        " No need to answer."
    )
    assert (message.about, message.expires_at) == (graduate.uid, AT + 2 * DAY)
    assert Expectation.objects.count() == 0


def test_words_of_caring_contacts_take_turns() -> None:
    graduate = newcomer()
    for days in range(5):
        due(graduate, on=date(2026, 3, 10) + timedelta(days=days))

    touches.send_due(at=AT)

    bodies = said()
    assert (len(set(bodies)), bodies[0]) == (4, bodies[4])


def test_a_shared_phone_gets_no_name() -> None:
    due(newcomer(shared=True))

    touches.send_due(at=AT)

    assert Message.objects.get(kind=Kind.CARING).body.startswith("Hello from Harbor. I am glad")


def test_anniversary_counts_the_years_since_graduating() -> None:
    graduate = newcomer()
    Graduate.objects.update(graduated_on=date(2024, 3, 10))
    due(graduate, kind=Kinds.ANNIVERSARY)

    touches.send_due(at=AT)

    assert "It was 2 years ago that we said goodbye" in Message.objects.get(kind=Kind.CARING).body


def test_what_waits_at_the_gates_never_leaves_into_a_weekend() -> None:
    thursday = AT + 2 * DAY
    row = due(newcomer())
    Touch.objects.update(send_at=thursday)

    touches.send_due(at=thursday)

    row.refresh_from_db()
    assert row.message is not None
    assert row.message.expires_at == datetime(2026, 3, 13, 21, 0, tzinfo=UTC)


def test_what_waits_never_takes_the_place_of_a_check_in() -> None:
    row = due(newcomer())
    build.check_in(graduate=row.graduate, opens_at=AT + DAY, state=CheckIn.State.PLANNED)

    touches.send_due(at=AT)

    row.refresh_from_db()
    assert row.message is not None
    assert row.message.expires_at == datetime(2026, 3, 11, 4, 0, tzinfo=UTC)


def test_a_touch_leaves_room_in_the_week_for_the_check_in() -> None:
    graduate = newcomer()
    row, hard = due(graduate), due(graduate, kind=Kinds.BEFORE)
    day = ToughDay.objects.create(graduate=graduate, on=AT.date(), created_at=AT)
    Touch.objects.filter(pk=hard.pk).update(tough_day=day)
    build.check_in(graduate=graduate, opens_at=AT + DAY, state=CheckIn.State.PLANNED)
    for days, kind in ((6, Kind.CHECK_IN), (4, Kind.CHECK_IN), (3, Kind.NUDGE)):
        build.message(graduate=graduate, kind=kind, at=AT - days * DAY)

    assert touches.send_due(at=AT) == 1

    assert (state(row), state(hard)) == (State.PLANNED, State.SENT)
    # The day after the check-in is its nudge's.
    assert planned(graduate) == [("caring", date(2026, 3, 10), date(2026, 3, 13))]


def test_nobody_is_greeted_who_paused_said_stop_or_has_no_phone() -> None:
    paused, stopped, phoneless, neighbour = (newcomer() for _ in range(4))
    rows = [due(one) for one in (paused, stopped, phoneless, neighbour)]
    Graduate.objects.filter(pk=paused.pk).update(status=Graduate.Status.PAUSED)
    Address.objects.filter(contacts__graduate=stopped).update(opted_out_at=AT)
    Contact.objects.filter(graduate=phoneless).update(until=AT)

    assert touches.send_due(at=AT) == 1
    assert [state(row) for row in rows] == [State.CANCELLED] * 3 + [State.SENT]


def test_a_program_without_a_number_greets_nobody() -> None:
    row = due(newcomer())
    Sender.objects.update(is_on=False)

    assert touches.send_due(at=AT) == 0
    assert state(row) == State.CANCELLED


def test_what_was_overslept_waits_for_the_next_good_hour_and_then_for_nothing() -> None:
    graduate = newcomer()
    row = due(graduate)

    assert touches.send_due(at=AT + 9 * HOUR) == 0
    row.refresh_from_db()
    assert (row.state, openings.today_of(graduate=graduate, at=row.send_at)) == (
        State.PLANNED,
        date(2026, 3, 11),
    )
    touches.send_due(at=AT + 30 * DAY)
    assert state(row) == State.CANCELLED


def test_while_somebody_looks_after_a_person_nothing_cheerful_arrives() -> None:
    graduate = newcomer()
    row = due(graduate)
    safety.open_for(graduate=graduate, code="danger_answer", name="PHQ-9", at=AT)

    assert touches.send_due(at=AT) == 0
    assert (state(row), planned(graduate)[0][2]) == (State.PLANNED, date(2026, 3, 11))


# Hard days


def expect(graduate: Graduate, on: date, at: datetime = AT) -> None:
    touches.expect_tough_day(graduate=graduate, on=on, note="A wedding", actor=PORTAL, at=at)


def test_a_wedding_on_saturday_has_a_text_on_friday_and_a_hello_on_monday() -> None:
    graduate = newcomer()

    expect(graduate, SATURDAY)

    assert planned(graduate) == [
        ("before", SATURDAY, date(2026, 3, 13)),
        ("after", SATURDAY, date(2026, 3, 16)),
    ]
    for row in graduate.touches.order_by("send_at"):
        touches.send_due(at=row.send_at)
    assert said() == [
        "Hi, it is Dana at Harbor. I am thinking of you and Saturday. You know what helps you."
        " To talk, send CALL. No need to answer.",
        "Hi, it is Dana at Harbor. A hello after Saturday. However it went, I am here."
        " To talk, send CALL. No need to answer.",
    ]
    assert AuditEntry.objects.filter(thing="toughday", verb=AuditEntry.Verb.CREATED).count() == 1


def test_a_hard_day_keeps_off_the_day_of_a_check_in() -> None:
    graduate = newcomer()
    for days in (3, 6):
        when = AT + days * DAY
        build.check_in(graduate=graduate, opens_at=when, state=CheckIn.State.PLANNED)

    expect(graduate, SATURDAY)

    assert planned(graduate) == [
        ("before", SATURDAY, date(2026, 3, 12)),
        ("after", SATURDAY, date(2026, 3, 17)),
    ]


def test_a_hard_day_said_on_the_day_itself_is_met_the_same_day_while_somebody_is_there() -> None:
    early, late = newcomer(), newcomer()

    expect(early, date(2026, 3, 10), at=AT - HOUR)
    expect(late, date(2026, 3, 10), at=AT + 8 * HOUR)

    assert [kind for kind, _, _ in planned(early)] == ["before", "after"]
    assert [kind for kind, _, _ in planned(late)] == ["after"]


@pytest.mark.parametrize("on", [date(2026, 3, 9), date(2027, 3, 11), SATURDAY])
def test_a_hard_day_lies_ahead_within_a_year_and_is_said_once(on: date) -> None:
    graduate = newcomer()
    expect(graduate, SATURDAY)

    with pytest.raises(touches.NotADayAhead):
        expect(graduate, on)


def test_a_hard_day_can_be_taken_out_by_who_has_it() -> None:
    graduate, stranger = newcomer(), newcomer()
    expect(graduate, SATURDAY)
    (day,) = touches.tough_days(graduate=graduate, at=AT)

    with pytest.raises(access.NotYours):
        touches.forget_tough_day(graduate=stranger, uid=day.uid, actor=PORTAL, at=AT)
    touches.forget_tough_day(graduate=graduate, uid=day.uid, actor=PORTAL, at=AT)

    assert (touches.tough_days(graduate=graduate, at=AT), planned(graduate)) == ((), [])
