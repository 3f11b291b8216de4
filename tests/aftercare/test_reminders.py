from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, transaction

from aftercare import plan, reminders
from aftercare.models import Commitment, Expectation, Graduate, Reminder
from aftercare.record import PORTAL
from notifications.kinds import Kind, Scope
from notifications.models import Message, Sender
from tests import build

pytestmark = pytest.mark.django_db

State = Reminder.State
# A Thursday morning; the clocks of New York change on Sunday 8 March.
AT = datetime(2026, 3, 5, 15, 0, tzinfo=UTC)
TUESDAY = datetime(2026, 3, 10, 23, 0, tzinfo=UTC)  # 19:00 after the change
DUE = datetime(2026, 3, 10, 21, 0, tzinfo=UTC)
FOLLOWING = datetime(2026, 3, 17, 23, 0, tzinfo=UTC)


def rows(commitment: Commitment) -> list[tuple[str, datetime, str]]:
    found = commitment.reminders.order_by("due_at", "pk")
    return [(row.recurrence_id, row.due_at, row.state) for row in found]


def planned(**facts: object) -> Commitment:
    """A commitment on Tuesdays at seven whose reminders are planned at AT."""
    made = build.commitment(graduate=build.graduate(), **facts)  # type: ignore[arg-type]
    reminders.refresh(commitment=made, at=AT)
    return made


def test_refresh_plans_two_weeks_two_hours_before_over_daylight_saving() -> None:
    commitment = build.commitment(graduate=build.graduate())

    count = reminders.refresh(commitment=commitment, at=datetime(2026, 2, 26, 15, 0, tzinfo=UTC))

    assert count == 2
    assert rows(commitment) == [
        ("2026-03-03T19:00", datetime(2026, 3, 3, 22, 0, tzinfo=UTC), State.PLANNED),
        ("2026-03-10T19:00", DUE, State.PLANNED),
    ]


def test_refresh_again_changes_nothing() -> None:
    commitment = planned()
    before = rows(commitment)

    assert reminders.refresh(commitment=commitment, at=AT) == 0
    assert rows(commitment) == before


def test_refresh_never_plans_in_the_past() -> None:
    commitment = build.commitment(graduate=build.graduate())

    reminders.refresh(commitment=commitment, at=DUE)  # the very minute it would be due

    assert [id for id, _, _ in rows(commitment)] == ["2026-03-17T19:00"]


def tonight(**facts: object) -> tuple[Graduate, plan.CommitmentDraft]:
    """A meeting at 22:30 on the Thursday of AT, to be reminded of two hours before."""
    known: dict[str, Any] = {
        "title": "Choir",
        "weekdays": (3,),
        "start_time": time(22, 30),
        "time_zone": build.NEW_YORK,
        "starts_on": date(2026, 3, 5),
        "remind_minutes": 120,
    }
    return build.graduate(), plan.CommitmentDraft(**known | facts)


def at_clock(hour: int, minute: int) -> datetime:
    """A time of that evening in New York."""
    return datetime(2026, 3, 5, hour, minute, tzinfo=ZoneInfo(build.NEW_YORK))


@pytest.mark.parametrize(
    ("added_at", "due_at"),
    [
        (at_clock(20, 29), at_clock(20, 30)),
        (at_clock(20, 30), at_clock(22, 0)),
        (at_clock(20, 40), at_clock(22, 0)),
        (at_clock(21, 59), at_clock(22, 0)),
        (at_clock(22, 0), None),
    ],
)
def test_a_date_that_entered_the_plan_late_is_told_of_half_an_hour_before(
    added_at: datetime, due_at: datetime | None
) -> None:
    graduate, draft = tonight()

    commitment = plan.add(graduate=graduate, draft=draft, actor=PORTAL, at=added_at)

    due = commitment.reminders.filter(recurrence_id="2026-03-05T22:30")
    assert list(due.values_list("due_at", flat=True)) == ([due_at] if due_at else [])
    following = commitment.reminders.get(recurrence_id="2026-03-12T22:30")
    assert following.due_at == at_clock(20, 30) + timedelta(days=7)


def test_of_several_reminders_that_are_over_one_comes_late() -> None:
    graduate, draft = tonight(more_leads=((1440, "18:00"), (60, "")))

    commitment = plan.add(graduate=graduate, draft=draft, actor=PORTAL, at=at_clock(21, 40))

    due = commitment.reminders.filter(recurrence_id="2026-03-05T22:30")
    assert list(due.values_list("due_at", "lead_minutes")) == [(at_clock(22, 0), 60)]


def test_a_reminder_that_is_still_to_come_needs_no_late_one() -> None:
    graduate, draft = tonight(more_leads=((60, ""),))

    commitment = plan.add(graduate=graduate, draft=draft, actor=PORTAL, at=at_clock(20, 40))

    due = commitment.reminders.filter(recurrence_id="2026-03-05T22:30")
    assert list(due.values_list("due_at", "lead_minutes")) == [(at_clock(21, 30), 60)]


@pytest.mark.parametrize("minutes", [120, 180])
def test_a_change_after_the_text_left_brings_no_late_one(minutes: int) -> None:
    graduate, draft = tonight()
    commitment = plan.add(graduate=graduate, draft=draft, actor=PORTAL, at=AT)
    reminders.send_due(at=at_clock(20, 30))
    Message.objects.filter(kind=Kind.REMINDER).update(state=Message.State.SENT)

    changed = replace(draft, title="Choir, upstairs", remind_minutes=minutes)
    plan.change(commitment=commitment, draft=changed, actor=PORTAL, at=at_clock(20, 40))
    reminders.send_due(at=at_clock(22, 0))

    assert Message.objects.filter(kind=Kind.REMINDER).count() == 1


def test_a_late_reminder_is_one_text_whatever_is_changed_afterwards() -> None:
    graduate, draft = tonight()
    commitment = plan.add(graduate=graduate, draft=draft, actor=PORTAL, at=at_clock(20, 40))
    plan.change(commitment=commitment, draft=draft, actor=PORTAL, at=at_clock(21, 0))
    assert reminders.send_due(at=at_clock(21, 59)) == 0
    assert reminders.send_due(at=at_clock(22, 0)) == 1
    Message.objects.filter(kind=Kind.REMINDER).update(state=Message.State.SENT)

    plan.change(commitment=commitment, draft=draft, actor=PORTAL, at=at_clock(22, 5))

    assert reminders.send_due(at=at_clock(22, 29)) == 0


def test_another_time_cancels_the_old_reminder_and_plans_the_new() -> None:
    commitment = planned(until_on=date(2026, 3, 12))
    commitment.start_time = time(20, 30)
    commitment.save()

    reminders.refresh(commitment=commitment, at=AT)

    assert rows(commitment) == [
        ("2026-03-10T19:00", DUE, State.CANCELLED),
        ("2026-03-10T20:30", DUE + timedelta(minutes=90), State.PLANNED),
    ]
    assert commitment.reminders.get(state=State.CANCELLED).reason == "changed"


def test_another_lead_takes_the_place_of_the_old() -> None:
    commitment = planned(until_on=date(2026, 3, 12))
    commitment.remind_minutes = 30
    commitment.save()

    reminders.refresh(commitment=commitment, at=AT)

    assert rows(commitment) == [
        ("2026-03-10T19:00", DUE, State.CANCELLED),
        ("2026-03-10T19:00", TUESDAY - timedelta(minutes=30), State.PLANNED),
    ]


def test_another_lead_does_not_remind_twice_of_one_occurrence() -> None:
    commitment = planned(until_on=date(2026, 3, 12))
    reminders.send_due(at=DUE)
    Message.objects.filter(kind=Kind.REMINDER).update(state=Message.State.SENT)
    commitment.remind_minutes = 30
    commitment.save()

    reminders.refresh(commitment=commitment, at=DUE + timedelta(minutes=1))

    assert rows(commitment) == [("2026-03-10T19:00", DUE, State.QUEUED)]


def test_reminders_off_cancels_what_is_planned_and_what_waits() -> None:
    commitment = planned()
    reminders.send_due(at=DUE)
    commitment.reminders_on = False
    commitment.save()

    reminders.refresh(commitment=commitment, at=DUE)

    assert {state for _, _, state in rows(commitment)} == {State.CANCELLED}
    message = Message.objects.get(kind=Kind.REMINDER)
    assert (message.state, message.reason) == (Message.State.CANCELLED, "changed")


def test_a_reminder_that_has_left_stays_on_record() -> None:
    commitment = planned(until_on=date(2026, 3, 12))
    reminders.send_due(at=DUE)
    Message.objects.filter(kind=Kind.REMINDER).update(state=Message.State.DELIVERED)
    commitment.reminders_on = False
    commitment.save()

    reminders.refresh(commitment=commitment, at=DUE)

    assert rows(commitment) == [("2026-03-10T19:00", DUE, State.QUEUED)]


def test_switching_reminders_on_again_plans_the_cancelled_ones_anew() -> None:
    commitment = planned(until_on=date(2026, 3, 12))
    commitment.reminders_on = False
    reminders.refresh(commitment=commitment, at=AT)
    commitment.reminders_on = True

    assert reminders.refresh(commitment=commitment, at=AT) == 1
    assert rows(commitment) == [("2026-03-10T19:00", DUE, State.PLANNED)]


def test_a_zone_that_changes_its_rules_moves_the_row() -> None:
    commitment = planned(until_on=date(2026, 3, 12))
    # As if the row had been planned under rules without the change of March.
    commitment.reminders.update(
        starts_at=TUESDAY + timedelta(hours=1), due_at=DUE + timedelta(hours=1)
    )

    reminders.refresh(commitment=commitment, at=AT)

    assert rows(commitment) == [("2026-03-10T19:00", DUE, State.PLANNED)]


def test_excused_date_gets_no_reminder_and_its_neighbour_does() -> None:
    commitment = planned()
    build.occurrence(
        commitment=commitment,
        starts_at=TUESDAY,
        recurrence_id="2026-03-10T19:00",
        outcome=Expectation.Outcome.EXCUSED,
    )

    reminders.refresh(commitment=commitment, at=AT)

    assert [(id, state) for id, _, state in rows(commitment)] == [
        ("2026-03-10T19:00", State.CANCELLED),
        ("2026-03-17T19:00", State.PLANNED),
    ]


def test_plan_ahead_tops_up_only_where_a_week_is_left() -> None:
    commitment = planned()

    assert reminders.plan_ahead(at=AT + timedelta(days=6)) == 0
    assert reminders.plan_ahead(at=AT + timedelta(days=8)) == 1
    assert rows(commitment)[-1][0] == "2026-03-24T19:00"


def test_plan_ahead_leaves_out_ended_commitments_and_people_who_left() -> None:
    build.commitment(graduate=build.graduate(), ended_at=AT)
    build.commitment(graduate=build.graduate(status=Graduate.Status.LEFT))
    running = build.commitment(graduate=build.graduate())

    assert reminders.plan_ahead(at=AT) == 2
    assert set(Reminder.objects.values_list("commitment", flat=True)) == {running.pk}


def test_send_due_queues_the_text_once() -> None:
    commitment = planned()

    assert reminders.send_due(at=DUE - timedelta(seconds=1)) == 0
    assert reminders.send_due(at=DUE) == 1
    assert reminders.send_due(at=DUE) == 0

    row = commitment.reminders.get(state=State.QUEUED)
    message = Message.objects.get(kind=Kind.REMINDER)
    assert message == row.message
    assert message.key == f"reminder:{row.pk}"
    assert message.body == "Reminder: your 7:00 PM, today. Wishing you well, Harbor"
    assert message.expires_at == TUESDAY
    assert message.about == commitment.graduate.uid
    assert message.address == build.address_of(commitment.graduate)


def test_text_tells_the_persons_time_and_zone_where_it_differs() -> None:
    graduate = build.graduate(time_zone="America/Chicago")
    commitment = build.commitment(graduate=graduate)
    reminders.refresh(commitment=commitment, at=AT)

    reminders.send_due(at=DUE)

    message = Message.objects.get(kind=Kind.REMINDER)
    assert message.body == "Reminder: your 6:00 PM CDT, today. Wishing you well, Harbor"


def test_fuller_words_need_the_persons_choice_and_a_phone_of_their_own() -> None:
    chosen, shared = build.graduate(), build.graduate(shared=True)
    for graduate in (chosen, shared):
        graduate.discreet = False
        graduate.save()
        reminders.refresh(commitment=build.commitment(graduate=graduate), at=AT)

    reminders.send_due(at=DUE)

    bodies = {message.about: message.body for message in Message.objects.filter(kind=Kind.REMINDER)}
    assert bodies == {
        chosen.uid: "Reminder: Tuesday Lantern, today at 7:00 PM, 12 Elm Street."
        " Wishing you well, Harbor",
        shared.uid: "Reminder: your 7:00 PM, today. Wishing you well, Harbor",
    }


def test_the_first_text_of_all_says_who_how_often_and_how_to_stop() -> None:
    planned()

    reminders.send_due(at=DUE)

    first, second = Message.objects.order_by("pk")
    assert (first.kind, second.kind) == (Kind.REPLY, Kind.REMINDER)
    assert first.body == (
        "Harbor here. A few automated texts a week, not read day and night. Msg & data rates may"
        " apply. HELP for help, STOP to stop. In danger call or text 988."
    )


def test_nobody_is_introduced_to_who_agreed_to_nothing() -> None:
    commitment = build.commitment(graduate=build.graduate(scopes=[]))
    reminders.refresh(commitment=commitment, at=AT)

    reminders.send_due(at=DUE)

    assert [message.kind for message in Message.objects.all()] == [Kind.REMINDER]


@pytest.mark.parametrize("status", [Graduate.Status.PAUSED, Graduate.Status.LEFT])
def test_nothing_leaves_to_somebody_whose_texts_rest(status: Graduate.Status) -> None:
    resting, neighbour = planned(), planned()
    resting.graduate.status = status
    resting.graduate.save()

    assert reminders.send_due(at=DUE) == 1
    assert Message.objects.get(kind=Kind.REMINDER).about == neighbour.graduate.uid
    row = resting.reminders.get(due_at=DUE)
    assert (row.state, row.reason) == (State.SKIPPED, "not_active")


def test_what_was_answered_meanwhile_is_not_reminded_of() -> None:
    commitment = planned()
    build.occurrence(
        commitment=commitment,
        starts_at=TUESDAY,
        recurrence_id="2026-03-10T19:00",
        outcome=Expectation.Outcome.EXCUSED,
    )

    assert reminders.send_due(at=DUE) == 0
    assert commitment.reminders.get(due_at=DUE).reason == "answered"


def test_what_was_overslept_until_the_start_is_skipped() -> None:
    commitment = planned()

    assert reminders.send_due(at=TUESDAY) == 0
    assert commitment.reminders.get(due_at=DUE).reason == "too_late"


def test_somebody_without_a_phone_is_told_apart() -> None:
    commitment = build.commitment(graduate=build.graduate(with_phone=False))
    reminders.refresh(commitment=commitment, at=AT)

    assert reminders.send_due(at=DUE) == 0
    assert commitment.reminders.get(due_at=DUE).reason == "no_phone"


def test_a_program_without_a_number_is_told_apart() -> None:
    commitment = planned()
    Sender.objects.update(is_on=False)

    assert reminders.send_due(at=DUE) == 0
    assert commitment.reminders.get(due_at=DUE).reason == "no_sender"


def test_a_telling_name_of_the_program_holds_back_its_texts_and_no_others() -> None:
    telling = build.graduate(program=build.program(alias="Bay Recovery"), scopes=[])
    told, neighbour = build.commitment(graduate=telling), planned()
    reminders.refresh(commitment=told, at=AT)

    assert reminders.send_due(at=DUE) == 1
    assert told.reminders.get(due_at=DUE).reason == "says_too_much"
    assert Message.objects.get(kind=Kind.REMINDER).about == neighbour.graduate.uid


def test_a_broken_row_stops_no_other() -> None:
    broken, fine = planned(), planned()
    Graduate.objects.filter(pk=broken.graduate.pk).update(time_zone="Nowhere/Land")

    assert reminders.send_due(at=DUE) == 1
    assert broken.reminders.get(due_at=DUE).state == State.PLANNED
    assert fine.reminders.get(due_at=DUE).state == State.QUEUED


def test_consent_is_not_asked_here_but_at_the_gate() -> None:
    commitment = build.commitment(graduate=build.graduate(scopes=[Scope.PROGRAM]))
    reminders.refresh(commitment=commitment, at=AT)

    assert reminders.send_due(at=DUE) == 1
    assert Message.objects.get(kind=Kind.REMINDER).state == Message.State.DUE


def test_one_reminder_per_commitment_occurrence_and_lead() -> None:
    row = planned().reminders.earliest("due_at")

    with pytest.raises(IntegrityError), transaction.atomic():
        Reminder.objects.create(
            commitment=row.commitment,
            recurrence_id=row.recurrence_id,
            lead_minutes=row.lead_minutes,
            starts_at=row.starts_at,
            due_at=row.due_at,
        )


def test_every_reason_has_words() -> None:
    assert all(str(words) for words in reminders.REASONS.values())
