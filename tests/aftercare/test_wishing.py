"""LATER, LESS, MORE, PAUSE by text: done at once, and answered with what now holds and how to undo it."""

from datetime import UTC, date, datetime, timedelta

import pytest

from aftercare import cadence, replies, rounds
from aftercare.models import CheckIn, Expectation, Graduate, Reply, Role
from notifications.kinds import Kind
from notifications.models import Message
from tests import build
from tests.feeds import imported, row

pytestmark = pytest.mark.django_db

# A Tuesday, ten in the morning in New York.
AT = datetime(2026, 3, 10, 14, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
State, Outcome = CheckIn.State, Expectation.Outcome
LONG_AGO = date(2025, 1, 7)


@pytest.fixture
def counselor() -> Role:
    return build.role(program=build.program())


def somebody(counselor: Role, *, years_ago: bool = False, language: str = "en") -> Graduate:
    """Whose own weekday is a Tuesday, in the middle of the fortnightly stretch or after the first year."""
    while True:
        graduate = build.graduate(
            program=counselor.program,
            counselor=counselor,
            language=language,
            joined_at=datetime(2025, 1, 7, 15, 0, tzinfo=UTC) if years_ago else build.LONG_AGO,
            graduated_on=LONG_AGO if years_ago else date(2026, 1, 2),
        )
        if cadence.weekday_of(key=graduate.pk) == 1:
            return graduate


def opened(graduate: Graduate) -> CheckIn:
    """A check-in that opened at AT and whose question arrived."""
    made = build.check_in(graduate=graduate, opens_at=AT, state=State.PLANNED, questions=())
    rounds.open_due(at=AT)
    Message.objects.filter(state=Message.State.DUE).update(state=Message.State.DELIVERED)
    made.refresh_from_db()
    return made


_ids = iter(range(10**6))


def say(graduate: Graduate, body: str, at: datetime = AT + HOUR) -> str:
    """The graduate texts; returns what the portal answered, "" for nothing."""
    before = Message.objects.count()
    replies.receive(
        to=build.sender_of(graduate).number,
        sender=build.address_of(graduate).value,
        body=body,
        provider_id=f"SMwish{next(_ids)}",
        at=at,
    )
    replies.read_unread(at=at)
    Message.objects.filter(kind=Kind.REPLY, state=Message.State.DUE).update(
        state=Message.State.SENT, sent_at=at
    )
    graduate.refresh_from_db()
    found = Message.objects.filter(address=build.address_of(graduate), kind=Kind.REPLY).order_by(
        "pk"
    )
    return found.last().body if Message.objects.count() > before else ""  # type: ignore[union-attr]


def planned_on(graduate: Graduate) -> list[date]:
    rows = graduate.check_ins.filter(state=State.PLANNED)
    return list(rows.values_list("planned_on", flat=True))


def outcome(check_in: CheckIn) -> tuple[str, str]:
    check_in.refresh_from_db()
    return check_in.state, check_in.expectation.outcome


# Later


def test_later_asks_again_the_next_day_and_gives_the_window_anew(counselor: Role) -> None:
    graduate = somebody(counselor)
    check_in = opened(graduate)

    answer = say(graduate, "LATER")

    assert answer == "All right, I ask again Wednesday. You can still answer any time before."
    check_in.refresh_from_db()
    again_at = check_in.nudge_at
    assert again_at is not None
    assert again_at.astimezone(UTC).date() == date(2026, 3, 11)
    assert check_in.closes_at == again_at + 3 * DAY
    assert rounds.nudge_due(at=AT + DAY - HOUR) == 0
    assert rounds.nudge_due(at=again_at) == 1
    reply = Reply.objects.get()
    assert (reply.kind, reply.needs_person) == (Reply.Kind.WISH, False)


def test_later_a_second_time_leaves_it_out_and_it_is_no_miss(counselor: Role) -> None:
    graduate = somebody(counselor)
    check_in = opened(graduate)
    say(graduate, "later")
    check_in.refresh_from_db()
    assert check_in.nudge_at is not None
    rounds.nudge_due(at=check_in.nudge_at)

    answer = say(graduate, "LATER", AT + DAY + 2 * HOUR)

    assert answer == (
        "All right, I leave this one out. It does not count as missed. The next comes Tuesday, March 24."
        " For one sooner, send MORE."
    )
    assert outcome(check_in) == (State.CANCELLED, Outcome.EXCUSED)
    rounds.close_due(at=AT + 10 * DAY)
    assert outcome(check_in) == (State.CANCELLED, Outcome.EXCUSED)


def test_later_after_a_first_answer_lets_the_rest_wait(counselor: Role) -> None:
    graduate = somebody(counselor)
    check_in = opened(graduate)
    say(graduate, "4")

    assert say(graduate, "later", AT + 2 * HOUR) == (
        "All right, that is enough for now. You can still answer the rest any time."
    )
    say(graduate, "7", AT + 3 * HOUR)
    assert check_in.answers.count() == 2


def test_later_with_nothing_open_says_what_comes(counselor: Role) -> None:
    graduate = somebody(counselor)
    rounds.plan_ahead(at=AT)

    assert say(graduate, "LATER") == (
        "Nothing waits for you now. The next comes Tuesday, March 17. For fewer, send LESS."
        " For a rest, send PAUSE 2 WEEKS."
    )
    assert planned_on(graduate) == [date(2026, 3, 17)]
    assert Reply.objects.get().needs_person


# Less and more


def test_less_steps_down_once_and_more_goes_back_to_the_taper(counselor: Role) -> None:
    graduate = somebody(counselor)
    build.check_in(graduate=graduate, opens_at=AT, state=State.ANSWERED, answered_at=AT)

    less = say(graduate, "LESS")

    assert less == (
        "All right. From now on I ask every four weeks, next Tuesday, April 7."
        " To go back, send MORE."
    )
    assert (graduate.cadence_days, planned_on(graduate)) == (28, [date(2026, 4, 7)])
    more = say(graduate, "MORE", AT + 2 * HOUR)
    assert more == (
        "All right. From now on I ask every two weeks, next Tuesday, March 24."
        " To go back, send LESS."
    )
    assert (graduate.cadence_days, planned_on(graduate)) == (None, [date(2026, 3, 24)])


def test_less_and_more_end_at_their_limits_and_say_so(counselor: Role) -> None:
    graduate = somebody(counselor)
    build.check_in(graduate=graduate, opens_at=AT, state=State.ANSWERED, answered_at=AT)
    for number in range(3):
        said = say(graduate, "more", AT + number * HOUR)
    assert graduate.cadence_days == 3
    assert said.startswith("I ask every three days already, the most I can.")

    for number in range(4):
        said = say(graduate, "less", AT + (4 + number) * HOUR)
    assert graduate.cadence_days == 28
    assert said.startswith("I ask only every four weeks already.")


def test_after_a_year_less_leaves_a_hello_alone_and_more_goes_back(counselor: Role) -> None:
    graduate = somebody(counselor, years_ago=True)
    build.check_in(graduate=graduate, opens_at=AT, state=State.ANSWERED, answered_at=AT)

    assert say(graduate, "LESS") == (
        "All right. From now on only a hello, four times a year. To go back, send MORE."
    )
    assert (graduate.cadence_days, planned_on(graduate)) == (cadence.ONLY_HELLO, [])
    assert say(graduate, "LESS", AT + 2 * HOUR) == (
        "You only get a hello already, four times a year. For more, send MORE."
    )
    say(graduate, "MORE", AT + 3 * HOUR)
    assert (graduate.cadence_days, planned_on(graduate)) == (None, [date(2026, 4, 7)])


# Pauses


def test_pause_rests_everything_for_its_span_and_resume_ends_it(counselor: Role) -> None:
    graduate = somebody(counselor)
    check_in = opened(graduate)

    answer = say(graduate, "PAUSE 2 WEEKS")

    assert answer == (
        "All right. It is quiet here through Tuesday, March 24. Nothing counts as missed."
        " To begin again sooner, send RESUME."
    )
    assert (graduate.status, graduate.paused_until) == (
        Graduate.Status.PAUSED,
        date(2026, 3, 24),
    )
    assert outcome(check_in) == (State.CANCELLED, Outcome.EXCUSED)
    assert say(graduate, "LESS", AT + 2 * HOUR) == answer
    back = say(graduate, "RESUME", AT + 3 * DAY)
    assert back == (
        "Good to have you back. The next comes Tuesday, March 24."
        " For another rest, send PAUSE 2 WEEKS."
    )
    assert (graduate.status, planned_on(graduate)) == (
        Graduate.Status.ACTIVE,
        [date(2026, 3, 24)],
    )


@pytest.mark.parametrize(
    ("body", "until"),
    [
        ("pause", date(2026, 3, 24)),
        ("pause 10 days", date(2026, 3, 20)),
        ("PAUSA 3 SEMANAS", date(2026, 3, 31)),
        ("pausa un mes", date(2026, 4, 9)),
        ("pause 12 months", date(2026, 6, 8)),
        ("pause 0 days", date(2026, 3, 11)),
        ("pause until Friday", date(2026, 3, 13)),
        ("pausa hasta el 3 de mayo", date(2026, 5, 3)),
        ("pause until 8 June", date(2026, 6, 8)),
    ],
)
def test_pause_takes_other_spans_within_ninety_days(
    counselor: Role, body: str, until: date
) -> None:
    graduate = somebody(counselor)

    say(graduate, body)

    assert graduate.paused_until == until


@pytest.mark.parametrize("body", ["pause until 9 June", "pause until March 9", "pause until 5/3"])
def test_pause_until_a_day_too_far_or_not_understood_is_for_a_person(
    counselor: Role, body: str
) -> None:
    graduate = somebody(counselor)
    check_in = opened(graduate)

    say(graduate, body)

    assert (graduate.status, graduate.paused_until) == (Graduate.Status.ACTIVE, None)
    assert list(check_in.answers.all()) == []
    assert Reply.objects.get().needs_person


def test_pause_and_less_are_answered_in_spanish(counselor: Role) -> None:
    graduate = somebody(counselor, language="es")
    build.check_in(graduate=graduate, opens_at=AT, state=State.ANSWERED, answered_at=AT)

    assert say(graduate, "MENOS") == (
        "Bien. Desde ahora pregunto cada cuatro semanas. Siguiente: martes, 7 de abril."
        " Para volver, manda MAS."
    )
    assert say(graduate, "pausa 2 semanas", AT + 2 * HOUR) == (
        "Bien. Descansas hasta el martes, 24 de marzo, inclusive. Nada cuenta como falta."
        " Para empezar antes, manda SEGUIR."
    )
    assert say(graduate, "Pausa hasta el viernes", AT + 3 * HOUR) == (
        "Bien. Descansas hasta el viernes, inclusive. Nada cuenta como falta."
        " Para empezar antes, manda SEGUIR."
    )


# What a wish is not


def test_a_carrier_s_word_wins(counselor: Role) -> None:
    graduate = somebody(counselor)
    opened(graduate)

    say(graduate, "STOP")

    assert (build.address_of(graduate).opted_out_at, graduate.status) == (
        AT + HOUR,
        Graduate.Status.ACTIVE,
    )


def test_in_a_talk_with_a_person_only_a_pause_is_a_wish(counselor: Role) -> None:
    graduate = somebody(counselor)
    build.message(graduate=graduate, kind=Kind.PERSONAL, body="When shall I call?", at=AT)

    assert say(graduate, "later") == ""
    waiting = Reply.objects.get()
    assert (waiting.kind, waiting.needs_person) == (Reply.Kind.NOTE, True)
    say(graduate, "PAUSE", AT + 2 * HOUR)
    assert graduate.status == Graduate.Status.PAUSED


def test_on_a_phone_of_two_a_wish_is_for_a_person(counselor: Role) -> None:
    graduate = somebody(counselor)
    build.graduate(program=graduate.program, to=build.address_of(graduate))

    say(graduate, "PAUSE 2 WEEKS")

    assert graduate.status == Graduate.Status.ACTIVE
    assert Reply.objects.get().needs_person


# What is offered


def test_an_offer_is_taken_up_or_not_now(counselor: Role) -> None:
    graduate = somebody(counselor)
    opened(graduate)
    offered = say(graduate, "9")
    assert offered.startswith(
        "Thanks, that sounds hard. CALL to talk, TONIGHT for company, or NOT NOW."
    )

    assert say(graduate, "not now", AT + 2 * HOUR) == (
        "All right. I am here when you want: send CALL any time. How sure are you about the week"
        " ahead, 0 not sure to 10 very sure?"
    )
    assert say(graduate, "tonight", AT + 3 * HOUR) == (
        "Send a ZIP, like 19104, and we text the next three near it."
        " You can add a day: 19104 friday."
    )


def test_company_tonight_is_near_a_meeting_of_the_plan(counselor: Role) -> None:
    graduate = somebody(counselor)
    (meeting,) = imported(row())
    commitment = build.commitment(graduate=graduate)
    commitment.meeting = meeting
    commitment.save()
    opened(graduate)
    say(graduate, "9")

    answer = say(graduate, "tonight", AT + 2 * HOUR)

    assert answer != ""
    assert "Send a ZIP" not in answer


def test_without_an_offer_not_now_is_later_and_tonight_is_for_a_person(counselor: Role) -> None:
    graduate = somebody(counselor)
    opened(graduate)

    assert say(graduate, "not now") == (
        "All right, I ask again Wednesday. You can still answer any time before."
    )
    build.check_in(graduate=somebody(counselor), opens_at=AT)
    say(graduate, "tonight", AT + 2 * HOUR)
    assert Reply.objects.latest("pk").kind == Reply.Kind.NOT_UNDERSTOOD
