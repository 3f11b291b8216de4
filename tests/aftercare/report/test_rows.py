"""What the tables know, as it reaches the figures."""

import random
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from aftercare.cadence import working_day_later
from aftercare.models import (
    Alarm,
    CheckIn,
    DisengagementSignal,
    Expectation,
    Graduate,
    Outreach,
    Reply,
    Screening,
)
from aftercare.report import lives, rows
from aftercare.report.figures import Share
from aftercare.report.lives import DAY, Life
from notifications.kinds import Kind
from notifications.models import Address, InboundMessage, Message, Program
from tests import build

AT = datetime(2026, 3, 8, 9, 0, tzinfo=UTC)
ONE_DAY = timedelta(days=1)
NOW = int(AT.timestamp())
Outcome = Expectation.Outcome

pytestmark = pytest.mark.django_db


@pytest.fixture
def program() -> Program:
    return build.program()


def read(program: Program, days: int = 30) -> list[Life]:
    return rows.read(program=program, start=AT - timedelta(days=days), at=AT)


def ago(instant: int) -> float:
    """How many days before AT an instant lies."""
    return (NOW - instant) / DAY


def asked(
    graduate: Graduate, *, days_ago: int, outcome: Outcome, hours: int | None = None
) -> CheckIn:
    """A check-in that ended so many days ago, answered after so many hours."""
    opens_at = AT - (days_ago + 3) * ONE_DAY
    return build.check_in(
        graduate=graduate,
        opens_at=opens_at,
        state=CheckIn.State.MISSED if hours is None else CheckIn.State.ANSWERED,
        outcome=outcome,
        answered_at=None if hours is None else opens_at + timedelta(hours=hours),
    )


def test_people_begin_with_graduation_or_with_joining_where_that_came_later(
    program: Program,
) -> None:
    # Midnight in New York is five in the morning in UTC.
    build.graduate(program=program, graduated_on=date(2026, 1, 10), joined_at=build.LONG_AGO)
    build.graduate(program=program, graduated_on=date(2025, 12, 31), joined_at=build.LONG_AGO)
    build.graduate(program=program, status=Graduate.Status.INVITED, joined_at=None)
    build.graduate(program=build.program(name="Elsewhere"))

    found = read(program)

    midnight = int(datetime(2026, 1, 10, 5, 0, tzinfo=UTC).timestamp())
    assert [one.began for one in found] == [midnight, int(build.LONG_AGO.timestamp()), None]
    assert [one.cohort for one in found] == ["2026-Q1", "2025-Q4", "2026-Q1"]
    assert found[0].days == {0: midnight + DAY, 7: midnight + 8 * DAY, 30: midnight + 31 * DAY}


def test_check_ins_are_answers_or_misses(program: Program) -> None:
    graduate = build.graduate(program=program)
    asked(graduate, days_ago=2, outcome=Outcome.KEPT, hours=1)
    asked(graduate, days_ago=4, outcome=Outcome.LATE, hours=90)
    asked(graduate, days_ago=6, outcome=Outcome.MISSED)
    asked(graduate, days_ago=8, outcome=Outcome.EXCUSED)
    asked(graduate, days_ago=10, outcome=Outcome.UNDELIVERABLE)
    asked(graduate, days_ago=31, outcome=Outcome.MISSED)
    asked(build.graduate(program=build.program(name="Elsewhere")), days_ago=2, outcome=Outcome.KEPT)

    (life,) = read(program)

    assert lives.replies(lives=[life]) == Share(part=2, whole=3)
    assert sorted(life.waits) == [3600, 90 * 3600]
    assert lives.replies(lives=read(program, days=90)) == Share(part=2, whole=4)
    assert [ago(miss) for miss in life.misses] == [31, 6]


def test_whatever_comes_from_somebody_is_a_sign_of_life(program: Program) -> None:
    user = build.user()
    graduate = build.graduate(program=program, user=user)
    asked(graduate, days_ago=20, outcome=Outcome.KEPT, hours=0)
    commitment = build.commitment(graduate=graduate)
    for days, outcome, by in [
        (19, "kept", None),
        (18, "missed", user),
        (17, "missed", build.user()),
    ]:
        build.occurrence(
            commitment=commitment,
            starts_at=AT - days * ONE_DAY,
            recurrence_id=str(days),
            outcome=Outcome(outcome),
            answered_at=AT - days * ONE_DAY,
        )
        Expectation.objects.filter(recurrence_id=str(days)).update(answered_by=by)
    build.reply(graduate=graduate, at=AT - 16 * ONE_DAY)
    build.reply(graduate=graduate, at=AT - 15 * ONE_DAY, kind=Reply.Kind.OPT_OUT)
    build.screening(graduate=graduate, at=AT - 14 * ONE_DAY, scores={"total": 4})
    for days, outcome in [(13, "reached"), (12, "no_answer"), (40, "referred")]:
        Outreach.objects.create(
            graduate=graduate, way="call", outcome=outcome, at=AT - days * ONE_DAY
        )

    (life,) = read(program)

    # A date that staff marked as missed is a miss; one that the person owned up to is a sign.
    assert [round(ago(sign)) for sign in life.signs] == [40, 23, 19, 18, 16, 14, 13]
    assert [round(ago(miss)) for miss in life.misses] == [17]
    assert [round(ago(talk)) for talk in life.talks] == [40, 13]
    assert [round(ago(kept)) for kept in life.kept] == [19]
    assert sorted(life.contacts) == ["no_answer", "reached"]


def test_what_staff_noted_about_somebody_without_a_log_in_is_a_miss(program: Program) -> None:
    commitment = build.commitment(graduate=build.graduate(program=program))
    build.occurrence(
        commitment=commitment,
        starts_at=AT - ONE_DAY,
        recurrence_id="1",
        outcome=Outcome.MISSED,
        answered_at=AT,
    )
    Expectation.objects.update(answered_by=build.user())

    (life,) = read(program)

    assert (life.signs, len(life.misses)) == ([], 1)


def test_answers_of_every_kind_are_read_within_one_working_day_or_late(program: Program) -> None:
    tuesday = datetime(2026, 3, 3, 16, 0, tzinfo=UTC)
    # Friday evening counts from Monday at nine, and so until Tuesday at nine.
    friday_evening = datetime(2026, 2, 21, 1, 0, tzinfo=UTC)
    until = datetime(2026, 2, 24, 14, 0, tzinfo=UTC)
    second = timedelta(seconds=1)
    graduate = build.graduate(program=program)
    for number, (came_at, read_at) in enumerate(
        [
            (tuesday, tuesday + ONE_DAY),
            (tuesday, tuesday + ONE_DAY + second),
            (friday_evening, until),
            (friday_evening, until + second),
            (tuesday, None),
            # Nobody is late yet with what came on Friday afternoon.
            (datetime(2026, 3, 6, 20, 0, tzinfo=UTC), None),
        ]
    ):
        opens_at = came_at - timedelta(hours=1) - number * ONE_DAY
        row = build.check_in(
            graduate=graduate,
            opens_at=opens_at,
            state=CheckIn.State.ANSWERED,
            answered_at=came_at,
        )
        CheckIn.objects.filter(pk=row.pk).update(read_at=read_at)
    form = build.screening(graduate=graduate, at=tuesday, scores={"total": 4})
    Screening.objects.filter(pk=form.pk).update(read_at=tuesday + 2 * ONE_DAY)
    text = build.reply(graduate=graduate, at=tuesday)
    Reply.objects.filter(pk=text.pk).update(read_at=tuesday + timedelta(hours=2))
    build.reply(graduate=graduate, at=tuesday, needs_person=False)

    assert lives.read_in_time(lives=read(program)) == Share(part=3, whole=7)


def test_deadlines_are_those_of_the_working_day(program: Program) -> None:
    # A year with both changes of the clock; two openings a day, and one short day.
    halves = [["09:00", "12:30"], ["13:30", "18:00"]]
    program.staffed_hours = [halves, halves, [], halves, [["08:00", "11:00"]], [], []]
    start, zone = AT - timedelta(days=365), ZoneInfo(program.time_zone)
    roll = random.Random(3)
    came = [start + timedelta(seconds=roll.randrange(365 * DAY)) for _ in range(400)]
    within = rows.deadlines(program=program, start=start, at=AT)

    found = [within(int(one.timestamp())) for one in came]

    assert found == [
        int(working_day_later(at=one, hours=program.staffed_hours, zone=zone).timestamp())
        for one in came
    ]
    program.staffed_hours = []
    assert rows.deadlines(program=program, start=start, at=AT)(5) == 5 + DAY


def test_phones_that_cannot_be_written_to_are_counted(program: Program) -> None:
    stopped, lately, dead = (build.graduate(program=program) for _ in range(3))
    gone = build.graduate(program=program, status=Graduate.Status.LEFT)
    for graduate, days in [(stopped, 31), (lately, 2), (gone, 2)]:
        Address.objects.filter(contacts__graduate=graduate).update(opted_out_at=AT - days * ONE_DAY)
    Address.objects.filter(contacts__graduate=dead).update(unreachable_at=AT)

    found = read(program)

    assert [one.phones for one in found] == [
        [(True, False, False)],
        [(True, True, False)],
        [(False, False, True)],
        [],
    ]


def test_signals_tell_what_became_of_them(program: Program) -> None:
    kinds, states = DisengagementSignal.Kind, DisengagementSignal.State
    graduate = build.graduate(program=program)
    eased = build.signal(graduate=graduate, opened_at=AT - 20 * ONE_DAY, state=states.CLOSED)
    DisengagementSignal.objects.filter(pk=eased.pk).update(
        outcome="eased", closed_at=AT - 18 * ONE_DAY
    )
    tried = build.signal(
        graduate=graduate, kind=kinds.MISSED_COMMITMENTS, opened_at=AT - 9 * ONE_DAY
    )
    for days, outcome in [(8, "no_answer"), (7, "planned")]:
        note = Outreach.objects.create(
            graduate=graduate, way="call", outcome=outcome, at=AT - days * ONE_DAY
        )
        note.signals.add(tried)
    build.signal(graduate=graduate, kind=kinds.MISSED_CHECK_INS, opened_at=AT - 3 * ONE_DAY)
    build.signal(graduate=graduate, kind=kinds.PLAN_EMPTY, opened_at=AT - 31 * ONE_DAY)

    (life,) = read(program)

    assert sorted(life.alerts) == ["eased", "open", "planned"]
    assert sorted(life.signals) == ["missed_check_ins", "missed_commitments", "plan_empty"]
    assert [(ago(one.began), one.ended and ago(one.ended)) for one in life.silences] == [
        (20, 18),
        (3, None),
    ]


def test_danger_tells_how_long_its_answer_and_somebody_took(program: Program) -> None:
    graduate = build.graduate(program=program)
    at_once = build.reply(graduate=graduate, at=AT - ONE_DAY, crisis=True)
    InboundMessage.objects.filter(pk=at_once.inbound_id).get()
    inbound = InboundMessage.objects.get(pk=at_once.inbound_id)
    inbound.answer = {"text": "Call 988."}
    inbound.save()
    later = build.reply(graduate=graduate, at=AT - ONE_DAY, crisis=True)
    sent = build.message(
        graduate=graduate, kind=Kind.CRISIS, at=AT - ONE_DAY, key=f"danger:{later.inbound_id}"
    )
    Message.objects.filter(pk=sent.pk).update(sent_at=AT - ONE_DAY + timedelta(minutes=4))
    build.reply(graduate=graduate, at=AT - timedelta(hours=1), crisis=True)
    facts = {"program": program, "graduate": graduate, "code": "1234"}
    Alarm.objects.create(
        **facts, opened_at=AT - ONE_DAY, acknowledged_at=AT - timedelta(hours=23), closed_at=AT
    )
    Alarm.objects.create(**facts, opened_at=AT - timedelta(hours=2))
    Alarm.objects.create(
        **facts,
        cause=Alarm.Cause.SUPPORT,
        opened_at=AT - ONE_DAY,
        closed_at=AT - timedelta(hours=20),
    )

    (life,) = read(program)

    assert sorted(life.answered_danger) == [(0, True), (240, True), (3600, False)]
    assert sorted(life.taken_danger) == [(3600, True), (7200, False)]
    assert life.taken_support == [(4 * 3600, True)]


def test_scores_are_the_first_and_the_newest(program: Program) -> None:
    graduate, once = build.graduate(program=program), build.graduate(program=program)
    for days, total in [(60, 15), (30, 3), (2, 8)]:
        build.screening(graduate=graduate, at=AT - days * ONE_DAY, scores={"total": total})
    build.screening(graduate=graduate, at=AT - ONE_DAY, instrument="gad_7", scores={"total": 1})
    build.screening(graduate=graduate, at=AT - timedelta(hours=1))
    build.screening(graduate=once, at=AT - ONE_DAY, scores={"total": 9})

    found = read(program)

    assert [one.scores for one in found] == [{("phq_9", "total"): (15, 8)}, {}]
