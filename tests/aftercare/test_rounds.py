from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from aftercare import cadence, cadences, checkins, preferences, rounds
from aftercare.engagement import facts, histories, rules
from aftercare.models import CheckIn, Coverage, Expectation, Graduate
from aftercare.record import PORTAL
from notifications.kinds import Kind, Scope
from notifications.models import Address, Message, Sender
from tests import build

pytestmark = pytest.mark.django_db

State = CheckIn.State
Outcome = Expectation.Outcome
# A Tuesday, ten in the morning in New York.
AT = datetime(2026, 3, 10, 14, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def due(graduate: Graduate | None = None, opens_at: datetime = AT) -> CheckIn:
    return build.check_in(
        graduate=graduate or build.graduate(), opens_at=opens_at, state=State.PLANNED, questions=()
    )


def opened(graduate: Graduate | None = None) -> CheckIn:
    """A check-in that opened at AT and whose question arrived."""
    row = due(graduate)
    rounds.open_due(at=AT)
    Message.objects.filter(state=Message.State.DUE).update(state=Message.State.DELIVERED)
    row.refresh_from_db()
    return row


def state(row: CheckIn) -> tuple[str, str]:
    row.refresh_from_db()
    return row.state, Expectation.objects.get(check_in=row).outcome


def own_day(graduate: Graduate, tuesday: int) -> date:
    """The person's own weekday in the week of a Tuesday of March 2026."""
    return date(2026, 3, tuesday) + timedelta(days=cadence.weekday_of(key=graduate.pk) - 1)


# Planning


def test_plan_ahead_gives_each_active_graduate_one_check_in_on_tuesday_to_thursday() -> None:
    program = build.program()
    people = [build.graduate(program=program) for _ in range(4)]

    assert rounds.plan_ahead(at=AT) == 4
    assert rounds.plan_ahead(at=AT) == 0

    rows = CheckIn.objects.order_by("graduate")
    assert [row.graduate for row in rows] == people
    for row in rows:
        local = row.opens_at.astimezone(ZoneInfo("America/New_York"))
        assert row.planned_on == local.date()
        assert row.planned_on.weekday() in (1, 2, 3)
        assert 9 <= local.hour < 14
        assert AT < row.opens_at < AT + 8 * DAY
        assert (row.nudge_at, row.closes_at) == (row.opens_at + DAY, row.opens_at + 3 * DAY)


@pytest.mark.parametrize(
    "status",
    [
        Graduate.Status.INVITED,
        Graduate.Status.PAUSED,
        Graduate.Status.LEFT,
        Graduate.Status.DECEASED,
    ],
)
def test_plan_ahead_plans_nothing_for_people_who_are_not_written_to(
    status: Graduate.Status,
) -> None:
    build.graduate(status=status)
    active = build.graduate()

    rounds.plan_ahead(at=AT)

    assert CheckIn.objects.get().graduate == active


def test_plan_ahead_needs_an_office_where_somebody_reads() -> None:
    build.graduate(program=build.program(staffed_hours=[[] for _ in range(7)]))

    assert rounds.plan_ahead(at=AT) == 0


def test_plan_ahead_follows_the_taper_from_the_last_check_in() -> None:
    graduate = build.graduate(joined_at=AT - 120 * DAY)
    build.check_in(graduate=graduate, opens_at=AT - HOUR)

    rounds.plan_ahead(at=AT)

    assert CheckIn.objects.get(state=State.PLANNED).planned_on == own_day(graduate, 24)


def test_plan_ahead_follows_the_chosen_cadence() -> None:
    graduate = build.graduate(joined_at=AT - 120 * DAY, cadence_days=7)
    build.check_in(graduate=graduate, opens_at=AT - HOUR)

    rounds.plan_ahead(at=AT)

    assert CheckIn.objects.get(state=State.PLANNED).planned_on == own_day(graduate, 17)


def test_plan_ahead_keeps_out_of_quiet_hours_and_near_the_preferred_hour() -> None:
    graduate = build.graduate(preferred_hour=9)
    Address.objects.update(quiet_windows=[["08:00", "12:00"]])

    rounds.plan_ahead(at=AT)

    row = CheckIn.objects.get(graduate=graduate)
    assert row.opens_at.astimezone(ZoneInfo("America/New_York")).strftime("%H:%M") == "12:00"


# Opening


def test_open_asks_the_first_question_in_the_counselors_name() -> None:
    program = build.program()
    graduate = build.graduate(program=program, counselor=build.role(program=program))
    row = due(graduate)

    assert rounds.open_due(at=AT - timedelta(seconds=1)) == 0
    assert rounds.open_due(at=AT) == 1
    assert rounds.open_due(at=AT) == 0

    row.refresh_from_db()
    message = Message.objects.get(kind=Kind.CHECK_IN)
    assert row.message == message
    assert row.questions == ["rough", "sure", "kept"]
    assert message.key == f"checkin:{row.pk}"
    assert message.body == (
        "Hi, it is Dana at Harbor. How rough was this week, 0 easy to 10 very rough?"
        " A number is enough. Or CALL, and I will phone you."
    )
    assert (message.about, message.expires_at) == (graduate.uid, AT + DAY)


def test_open_creates_the_expectation() -> None:
    row = opened()

    expectation = Expectation.objects.get(check_in=row)
    assert (expectation.opened_at, expectation.due_at) == (AT, AT + 3 * DAY)
    assert state(row) == (State.OPEN, Outcome.PENDING)


def test_open_follows_the_first_text_of_all() -> None:
    due()

    rounds.open_due(at=AT)

    assert [message.kind for message in Message.objects.order_by("pk")] == [
        Kind.REPLY,
        Kind.CHECK_IN,
    ]


def test_a_shared_phone_gets_no_name_and_no_score() -> None:
    program = build.program()
    graduate = build.graduate(program=program, counselor=build.role(program=program), shared=True)
    row = due(graduate)

    rounds.open_due(at=AT)

    row.refresh_from_db()
    assert row.questions == ["okay"]
    assert Message.objects.get(kind=Kind.CHECK_IN).body == (
        "Hello from Harbor. All right this week? 1 yes, 0 not really, 3 please call me."
    )


def test_a_phone_of_two_graduates_counts_as_shared() -> None:
    graduate = build.graduate()
    build.graduate(program=graduate.program, to=build.address_of(graduate))
    row = due(graduate)

    rounds.open_due(at=AT)

    row.refresh_from_db()
    assert row.questions == ["okay"]


def test_questions_take_turns_from_one_check_in_to_the_next() -> None:
    graduate = build.graduate()
    build.check_in(graduate=graduate, opens_at=AT - 7 * DAY, state=State.MISSED)
    build.check_in(graduate=graduate, opens_at=AT - 14 * DAY, state=State.CANCELLED)
    row = due(graduate)

    rounds.open_due(at=AT)

    row.refresh_from_db()
    assert row.questions == ["rough", "sure", "sleep"]


def test_a_pause_cancels_what_would_have_opened() -> None:
    row = due(build.graduate(status=Graduate.Status.PAUSED))

    assert rounds.open_due(at=AT) == 0
    row.refresh_from_db()
    assert row.state == State.CANCELLED
    assert Expectation.objects.count() == 0


def test_somebody_who_said_stop_is_asked_nothing() -> None:
    graduate = build.graduate()
    Address.objects.update(opted_out_at=AT - DAY)
    row = due(graduate)

    assert rounds.open_due(at=AT) == 0
    assert state(row) == (State.CANCELLED, Outcome.CANCELLED)
    assert Message.objects.count() == 0


def test_somebody_without_phone_or_log_in_cannot_be_asked() -> None:
    row = due(build.graduate(with_phone=False))

    assert rounds.open_due(at=AT) == 0
    assert state(row) == (State.UNDELIVERABLE, Outcome.UNDELIVERABLE)


def test_somebody_with_a_log_in_only_is_asked_on_the_web() -> None:
    graduate = build.graduate(with_phone=False, user=build.user())
    row = due(graduate)

    assert rounds.open_due(at=AT) == 0
    assert state(row) == (State.OPEN, Outcome.PENDING)
    assert checkins.open_for(graduate=graduate, at=AT) == row


def test_what_was_overslept_opens_at_the_next_good_hour() -> None:
    row = due()
    late = AT + timedelta(hours=9)  # seven in the evening

    assert rounds.open_due(at=late) == 0

    row.refresh_from_db()
    assert row.state == State.PLANNED
    local = row.opens_at.astimezone(ZoneInfo("America/New_York"))
    assert (local.date(), 10 <= local.hour < 11) == (date(2026, 3, 11), True)


def test_a_program_without_a_number_cannot_ask_by_text() -> None:
    row = due()
    Sender.objects.update(is_on=False)

    assert rounds.open_due(at=AT) == 0
    assert state(row) == (State.UNDELIVERABLE, Outcome.UNDELIVERABLE)


# Nudging


def test_nudge_asks_once_more_after_a_day_of_silence() -> None:
    row = opened()

    assert rounds.nudge_due(at=AT + DAY - timedelta(seconds=1)) == 0
    assert rounds.nudge_due(at=AT + DAY) == 1
    assert rounds.nudge_due(at=AT + DAY) == 0

    row.refresh_from_db()
    assert row.nudge == Message.objects.get(kind=Kind.NUDGE)
    assert row.nudge.body == (
        "Harbor again, no rush. How rough was this week, 0 easy to 10 very rough?"
        " A number is enough."
    )


def test_nobody_who_answered_or_was_never_reached_is_nudged() -> None:
    answered, unreached, silent = opened(), due(opens_at=AT + HOUR), opened()
    rounds.open_due(at=AT + HOUR)
    Message.objects.filter(key=f"checkin:{unreached.pk}").update(state=Message.State.FAILED)
    checkins.answer(check_in=answered, question="rough", value=2, door="text", at=AT + HOUR)

    assert rounds.nudge_due(at=AT + DAY + 2 * HOUR) == 1
    silent.refresh_from_db()
    assert silent.nudge is not None


def test_who_wrote_something_we_did_not_understand_is_not_nudged() -> None:
    row = opened()
    CheckIn.objects.filter(pk=row.pk).update(misunderstood=1)

    assert rounds.nudge_due(at=AT + DAY) == 0


def test_nobody_is_nudged_in_the_last_day() -> None:
    opened()

    assert rounds.nudge_due(at=AT + 2 * DAY) == 0


# Closing


def test_silence_after_a_question_that_arrived_is_a_miss() -> None:
    row = opened()

    assert rounds.close_due(at=AT + 3 * DAY - timedelta(seconds=1)) == 0
    assert rounds.close_due(at=AT + 3 * DAY) == 1
    assert rounds.close_due(at=AT + 3 * DAY) == 0
    assert state(row) == (State.MISSED, Outcome.MISSED)


def test_closing_has_the_signals_looked_at_again() -> None:
    row = opened(build.graduate(assess_at=AT + 30 * DAY))

    rounds.close_due(at=AT + 3 * DAY)

    row.graduate.refresh_from_db()
    assert row.graduate.assess_at == AT + 3 * DAY


@pytest.mark.parametrize(
    ("message_state", "expected"),
    [
        (Message.State.FAILED, State.UNDELIVERABLE),
        (Message.State.UNDELIVERED, State.UNDELIVERABLE),
        (Message.State.EXPIRED, State.UNDELIVERABLE),
        (Message.State.SUPPRESSED, State.UNDELIVERABLE),
        (Message.State.UNKNOWN, State.UNDELIVERABLE),
        (Message.State.CANCELLED, State.CANCELLED),
        (Message.State.SENT, State.MISSED),
        (Message.State.DELIVERED, State.MISSED),
    ],
)
def test_silence_counts_only_where_the_question_arrived(
    message_state: Message.State, expected: State
) -> None:
    row = opened()
    Message.objects.filter(key=f"checkin:{row.pk}").update(state=message_state)

    rounds.close_due(at=AT + 3 * DAY)

    assert state(row)[0] == expected


def test_an_opt_out_or_a_pause_on_the_way_is_no_miss() -> None:
    stopped, paused, neighbour = opened(), opened(), opened()
    address = build.address_of(stopped.graduate)
    address.opted_out_at = AT + DAY
    address.save()
    Graduate.objects.filter(pk=paused.graduate_id).update(status=Graduate.Status.PAUSED)

    rounds.close_due(at=AT + 3 * DAY)

    assert [state(row)[1] for row in (stopped, paused, neighbour)] == [
        Outcome.CANCELLED,
        Outcome.CANCELLED,
        Outcome.MISSED,
    ]


def test_nobody_misses_what_only_stood_on_the_web() -> None:
    row = due(build.graduate(with_phone=False, user=build.user()))
    rounds.open_due(at=AT)

    rounds.close_due(at=AT + 3 * DAY)

    assert state(row) == (State.CANCELLED, Outcome.CANCELLED)


def test_part_of_the_answers_keeps_the_check_in() -> None:
    row = opened()
    checkins.answer(check_in=row, question="rough", value=4, door="text", at=AT + HOUR)

    rounds.close_due(at=AT + 3 * DAY)

    assert state(row) == (State.PARTIAL, Outcome.KEPT)


def test_consent_is_not_asked_here_but_at_the_gate() -> None:
    row = due(build.graduate(scopes=[Scope.REMINDERS]))

    assert rounds.open_due(at=AT) == 1
    row.refresh_from_db()
    assert row.message is not None
    assert row.message.state == Message.State.DUE


def test_a_broken_row_stops_no_other() -> None:
    broken, fine = due(), due()
    Graduate.objects.filter(pk=broken.graduate_id).update(tracks=5)

    assert rounds.open_due(at=AT) == 1
    broken.refresh_from_db()
    assert broken.state == State.PLANNED
    assert state(fine) == (State.OPEN, Outcome.PENDING)


# Away, at weekends, and after the first year


def test_while_the_counselor_is_away_the_question_says_who_reads_until_when() -> None:
    program = build.program()
    dana, noor = build.role(program=program), build.role(program=program, name="Noor Haddad")
    Coverage.objects.create(
        counselor=dana, cover=noor, starts_at=AT - DAY, ends_at=datetime(2026, 3, 14, tzinfo=UTC)
    )
    due(build.graduate(program=program, counselor=dana))

    rounds.open_due(at=AT)

    assert Message.objects.get(kind=Kind.CHECK_IN).body == (
        "Hi, it is Dana at Harbor. How rough was this week, 0 easy to 10 very rough?"
        " Noor reads these until Monday. Or CALL."
    )


def test_a_question_that_stood_still_over_a_weekend_waits_for_a_working_day() -> None:
    sunday = datetime(2026, 3, 8, 17, 0, tzinfo=UTC)
    check_in = build.check_in(
        graduate=build.graduate(), opens_at=sunday, state=CheckIn.State.PLANNED, questions=()
    )

    assert rounds.open_due(at=sunday) == 0

    check_in.refresh_from_db()
    local = check_in.opens_at.astimezone(ZoneInfo(build.NEW_YORK))
    assert (check_in.state, local.weekday() < 5) == (CheckIn.State.PLANNED, True)
    assert sunday < check_in.opens_at < sunday + timedelta(days=5)
    assert not Message.objects.exists()


def test_a_nudge_that_stood_still_over_a_weekend_is_not_sent_then() -> None:
    wednesday = AT + DAY
    row = due(opens_at=wednesday)
    rounds.open_due(at=wednesday)
    Message.objects.filter(state=Message.State.DUE).update(state=Message.State.DELIVERED)
    CheckIn.objects.update(closes_at=AT + 8 * DAY)

    assert rounds.nudge_due(at=AT + 4 * DAY) == 0  # a Saturday

    row.refresh_from_db()
    assert (row.nudge, row.nudge_at) == (None, None)


def test_a_question_that_waits_leaves_by_friday_evening_unless_somebody_is_on_call() -> None:
    friday = AT + 3 * DAY
    rows = [due(opens_at=friday), due(opens_at=friday)]
    cadences.change(
        program=rows[1].graduate.program,
        track="",
        template=replace(cadence.USUAL, has_on_call=True),
        actor=PORTAL,
        at=AT - DAY,
    )
    CheckIn.objects.filter(pk=rows[1].pk).update(state=State.PLANNED)
    again = due(rows[1].graduate, opens_at=friday)

    rounds.open_due(at=friday)

    def expiry(row: CheckIn) -> datetime | None:
        return Message.objects.get(key=f"checkin:{row.pk}").expires_at

    assert expiry(rows[0]) == datetime(2026, 3, 13, 21, 0, tzinfo=UTC)
    assert expiry(again) == friday + DAY


def long_ago(**changes: Any) -> Graduate:
    """Who graduated and joined more than a year ago."""
    return build.graduate(joined_at=AT - 400 * DAY, graduated_on=date(2025, 2, 1), **changes)


def test_after_a_year_silence_is_no_miss_unless_more_was_chosen() -> None:
    quiet, eager, young = opened(long_ago()), due(long_ago(cadence_days=7)), due()
    rounds.open_due(at=AT)
    Message.objects.filter(state=Message.State.DUE).update(state=Message.State.DELIVERED)

    rounds.close_due(at=AT + 3 * DAY)

    assert [state(row) for row in (quiet, eager, young)] == [
        (State.MISSED, Outcome.CANCELLED),
        (State.MISSED, Outcome.MISSED),
        (State.MISSED, Outcome.MISSED),
    ]


def test_after_a_year_use_is_asked_about_only_where_that_was_chosen() -> None:
    usual, chosen, young = long_ago(asks_use=True), long_ago(), build.graduate(asks_use=True)
    Graduate.objects.filter(pk=chosen.pk).update(asks_use_later=True)
    rows = [due(usual), due(Graduate.objects.get(pk=chosen.pk)), due(young)]

    rounds.open_due(at=AT)

    for row in rows:
        row.refresh_from_db()
    assert ["habit" in row.questions for row in rows] == [False, True, True]


def test_neither_the_taper_nor_a_pause_is_ever_silence() -> None:
    """Who answers all there is, every four weeks, and rests for two months, gives no finding."""
    graduate = build.graduate(joined_at=AT - 300 * DAY, graduated_on=date(2025, 5, 14))
    build.commitment(graduate=graduate)
    build.check_in(graduate=graduate, opens_at=AT - DAY, state=State.CANCELLED)
    Graduate.objects.update(cadence_days=28)
    now, looked = AT, []
    for number in range(5):
        if number == 2:
            until = (now + 61 * DAY).date()
            preferences.pause(graduate=graduate, until=until, actor=PORTAL, at=now)
            looked += [now + days * DAY for days in (20, 40, 60)]
            now += 63 * DAY
            preferences.resume_due(at=now)
            rounds.open_due(at=now)
        rounds.plan_ahead(at=now)
        row = CheckIn.objects.get(state=State.PLANNED)
        looked += [row.opens_at - HOUR, row.opens_at + HOUR, row.closes_at + DAY]
        rounds.open_due(at=row.opens_at)
        checkins.answer(
            check_in=row, question="rough", value=3, door="text", at=row.opens_at + HOUR
        )
        rounds.close_due(at=row.closes_at)
        now = row.closes_at

    graduate.refresh_from_db()
    for at in looked:
        found = facts.at(history=histories.load(graduates=[graduate], at=at)[graduate.pk], at=at)
        assert (found.silence.unanswered, found.pattern.missed_of_last) == (0, 0)
        assert rules.findings(found) == ()
    answered = Expectation.objects.filter(outcome=Outcome.KEPT)
    assert (answered.count(), len(looked)) == (5, 18)
    assert now > AT + 170 * DAY
