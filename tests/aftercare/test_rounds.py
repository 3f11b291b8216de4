from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from aftercare import cadence, cadences, checkins, rounds
from aftercare.models import CheckIn, Coverage, Expectation, Graduate
from aftercare.record import PORTAL
from notifications.kinds import Kind
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
