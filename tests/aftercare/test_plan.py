from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest

from aftercare import drafts, plan, reminders
from aftercare.models import AuditEntry, Commitment, Expectation, Graduate, Meeting, Reminder
from aftercare.record import PORTAL, Actor
from notifications.kinds import Kind
from notifications.models import Message
from tests import build

pytestmark = pytest.mark.django_db

Outcome = Expectation.Outcome
# A Thursday morning; the clocks of New York change on Sunday 8 March.
AT = datetime(2026, 3, 5, 15, 0, tzinfo=UTC)
TUESDAY = datetime(2026, 3, 10, 23, 0, tzinfo=UTC)
AFTER = datetime(2026, 3, 11, 1, 0, tzinfo=UTC)
ID = "2026-03-10T19:00"

DRAFT = plan.CommitmentDraft(
    kind=Commitment.Kind.THERAPY,
    title="Thursdays with Kim",
    weekdays=(1,),
    start_time=time(19, 0),
    time_zone="America/New_York",
    starts_on=date(2026, 3, 5),
)


def added(graduate: Graduate | None = None, draft: plan.CommitmentDraft = DRAFT) -> Commitment:
    return plan.add(graduate=graduate or build.graduate(), draft=draft, actor=PORTAL, at=AT)


def outcomes(commitment: Commitment) -> list[tuple[str, str]]:
    found = commitment.expectations.order_by("opened_at")
    return [(row.recurrence_id, row.outcome) for row in found]


def test_add_saves_the_commitment_with_its_reminders() -> None:
    graduate, counselor = build.graduate(), build.user()

    made = plan.add(
        graduate=graduate, draft=DRAFT, actor=Actor(user=counselor, role="counselor"), at=AT
    )

    kept = Commitment.objects.get()
    assert (kept, kept.title, kept.place, kept.added_by) == (
        made,
        "Thursdays with Kim",
        "",
        counselor,
    )
    assert (kept.planned_until, kept.settle_at) == (
        AT + reminders.HORIZON,
        AFTER - timedelta(hours=1),
    )
    assert list(Reminder.objects.order_by("due_at").values_list("recurrence_id", flat=True)) == [
        ID,
        "2026-03-17T19:00",
    ]


def test_every_deed_on_a_plan_is_recorded_with_who_did_it() -> None:
    counselor = Actor(user=build.user(), role="counselor")
    graduate = build.graduate()
    commitment = plan.add(graduate=graduate, draft=DRAFT, actor=counselor, at=AT)
    plan.change(commitment=commitment, draft=DRAFT, actor=counselor, at=AT)
    plan.end(commitment=commitment, actor=counselor, at=AT)
    plan.restore(commitment=commitment, actor=counselor, at=AT)
    plan.answer(commitment=commitment, recurrence_id=ID, outcome="excused", actor=counselor, at=AT)

    rows = AuditEntry.objects.order_by("pk")
    assert [(row.verb, row.thing, row.role) for row in rows] == [
        ("created", "commitment", "counselor"),
        ("changed", "commitment", "counselor"),
        ("changed", "commitment", "counselor"),
        ("changed", "commitment", "counselor"),
        ("changed", "expectation", "counselor"),
    ]
    assert {(row.actor, row.graduate_uid, row.at) for row in rows} == {
        (counselor.user, graduate.uid, AT)
    }


def test_a_change_of_plan_has_the_signals_looked_at_again() -> None:
    graduate = build.graduate(assess_at=AT + timedelta(days=7))

    added(graduate)

    graduate.refresh_from_db()
    assert graduate.assess_at == AT


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"title": "  "}, drafts.NoTitle),
        ({"title": "x" * 201}, drafts.TitleTooLong),
        ({"time_zone": "America/Philadelphia"}, drafts.NoSuchTimeZone),
        ({"weekdays": ()}, drafts.NoWeekday),
        ({"weekdays": (7,)}, drafts.NoWeekday),
        ({"repeats": "monthly_position"}, drafts.NoSuchPosition),
        ({"repeats": "monthly_date", "month_day": 32}, drafts.NoSuchDay),
        ({"interval": 0}, drafts.NoSuchInterval),
        ({"minutes": 0}, drafts.NoSuchLength),
        ({"minutes": 1441}, drafts.NoSuchLength),
        ({"remind_minutes": 10_081}, drafts.NoSuchLead),
        ({"join_link": "javascript:alert(1)"}, drafts.NotALink),
        ({"join_link": "https://["}, drafts.NotALink),
        ({"until_on": date(2026, 3, 4)}, drafts.EndsBeforeStart),
        ({"until_on": date(2026, 3, 9)}, drafts.NeverHappens),
    ],
)
def test_what_cannot_be_is_refused_with_plain_words(
    changes: dict[str, object], fault: type[drafts.UnusableDraft]
) -> None:
    with pytest.raises(fault) as raised:
        added(draft=replace(DRAFT, **changes))  # type: ignore[arg-type]

    assert str(raised.value).endswith((".", "?"))
    assert raised.value.field in set(DRAFT.columns())
    assert Commitment.objects.count() == 0


@pytest.mark.parametrize(
    "changes",
    [
        {"repeats": "once", "weekdays": ()},
        {"interval": 2},
        {"repeats": "monthly_position", "position": -1},
        {"repeats": "monthly_date", "month_day": -1, "weekdays": ()},
        {"join_link": "https://example.org/room"},
        {"reminders_on": False, "remind_minutes": 0},
    ],
)
def test_every_kind_of_rule_can_be_planned(changes: dict[str, object]) -> None:
    made = added(draft=replace(DRAFT, **changes))  # type: ignore[arg-type]

    assert made.settle_at is not None


def meeting(**facts: object) -> Meeting:
    defaults: dict[str, object] = {
        "slug": "lantern-tuesday",
        "name": "Lantern",
        "fellowship": "aa",
        "weekday": 2,  # the directory counts from Sunday
        "start_time": time(20, 0),
        "minutes": 90,
        "timezone": "America/Chicago",
        "location": "Grange Hall",
        "address": "12 Elm Street, Springfield, IL",
        "attendance": Meeting.Attendance.IN_PERSON,
        "created_at": AT,
        "changed_at": AT,
    }
    return Meeting.objects.create(**(defaults | facts))


def test_a_meeting_of_the_directory_brings_its_own_day_time_and_zone() -> None:
    listed = meeting()

    made = added(draft=plan.draft_from_meeting(meeting=listed, starts_on=date(2026, 3, 5)))

    assert made.meeting == listed
    assert (made.title, made.place) == ("Lantern", "Grange Hall, 12 Elm Street, Springfield, IL")
    assert (made.weekdays, made.start_time, made.minutes) == ([1], time(20, 0), 90)
    assert made.kind == Commitment.Kind.SUPPORT_MEETING
    reminder = Reminder.objects.earliest("due_at")
    assert reminder.starts_at == datetime(2026, 3, 11, 1, 0, tzinfo=UTC)  # 20:00 in Chicago


def test_a_meeting_on_sunday_stays_on_sunday() -> None:
    draft = plan.draft_from_meeting(meeting=meeting(weekday=0), starts_on=date(2026, 3, 5))

    assert draft.weekdays == (6,)


def test_a_meeting_online_has_no_place_to_go_to() -> None:
    online = meeting(attendance=Meeting.Attendance.ONLINE, location="Online")

    draft = plan.draft_from_meeting(meeting=online, starts_on=date(2026, 3, 5))

    assert draft.place == ""


def test_a_meeting_by_appointment_cannot_be_planned() -> None:
    with pytest.raises(plan.MeetingHasNoTime):
        plan.draft_from_meeting(
            meeting=meeting(weekday=None, start_time=None), starts_on=date(2026, 3, 5)
        )


def test_change_moves_what_comes_and_keeps_what_has_been() -> None:
    commitment = added()

    plan.change(
        commitment=commitment,
        draft=replace(DRAFT, start_time=time(12, 0), weekdays=(2,)),
        actor=PORTAL,
        at=AFTER,
    )

    assert outcomes(commitment) == [(ID, Outcome.PENDING)]
    planned = commitment.reminders.filter(state=Reminder.State.PLANNED, starts_at__gt=AFTER)
    assert list(planned.order_by("due_at").values_list("recurrence_id", flat=True)) == [
        "2026-03-11T12:00",
        "2026-03-18T12:00",
    ]
    assert commitment.settle_at == datetime(2026, 3, 11, 17, 0, tzinfo=UTC)


def test_end_cancels_what_is_planned_and_what_waits() -> None:
    commitment = added()
    reminders.send_due(at=TUESDAY - timedelta(hours=2))

    plan.end(commitment=commitment, actor=PORTAL, at=TUESDAY - timedelta(hours=1))

    assert set(commitment.reminders.values_list("state", flat=True)) == {Reminder.State.CANCELLED}
    assert Message.objects.get(kind=Kind.REMINDER).state == Message.State.CANCELLED
    assert commitment.settle_at is None
    assert plan.settle_due(at=AFTER) == 0


def test_restore_brings_the_plan_back_and_expects_nothing_of_the_gap() -> None:
    commitment = added()
    plan.end(commitment=commitment, actor=PORTAL, at=AT)

    plan.restore(commitment=commitment, actor=PORTAL, at=AFTER)
    plan.settle_due(at=AFTER + timedelta(days=7))

    assert commitment.ended_at is None
    assert outcomes(commitment) == [("2026-03-17T19:00", Outcome.PENDING)]
    planned = commitment.reminders.filter(state=Reminder.State.PLANNED, starts_at__gt=AFTER)
    assert set(planned.values_list("recurrence_id", flat=True)) == {
        "2026-03-17T19:00",
        "2026-03-24T19:00",
    }


def test_end_and_restore_happen_once() -> None:
    commitment = added()
    plan.restore(commitment=commitment, actor=PORTAL, at=AT)
    plan.end(commitment=commitment, actor=PORTAL, at=AT)
    plan.end(commitment=commitment, actor=PORTAL, at=AFTER)

    assert commitment.ended_at == AT
    assert AuditEntry.objects.filter(verb="changed").count() == 1


# Answers


@pytest.mark.parametrize("outcome", [Outcome.KEPT, Outcome.MISSED, Outcome.EXCUSED])
def test_answer_says_what_became_of_a_date(outcome: Outcome) -> None:
    commitment, person = added(), build.user()

    row = plan.answer(
        commitment=commitment,
        recurrence_id=ID,
        outcome=outcome,
        reason="illness",
        actor=Actor(user=person, role="graduate"),
        at=AFTER,
    )

    assert (row.outcome, row.answered_at, row.answered_by) == (outcome, AFTER, person)
    assert row.reason == ("illness" if outcome == Outcome.EXCUSED else "")
    assert (row.opened_at, row.due_at) == (TUESDAY, TUESDAY + timedelta(hours=1))


def test_answer_may_be_changed_and_taken_back() -> None:
    commitment = added()

    def say(outcome: str) -> Expectation:
        return plan.answer(
            commitment=commitment, recurrence_id=ID, outcome=outcome, actor=PORTAL, at=AFTER
        )

    say("missed")
    assert say("kept").outcome == Outcome.KEPT
    taken_back = say("pending")
    assert (taken_back.outcome, taken_back.answered_at) == (Outcome.PENDING, None)
    assert outcomes(commitment) == [(ID, Outcome.PENDING)]


def test_ahead_of_time_a_date_can_only_be_excused() -> None:
    commitment = added()

    with pytest.raises(plan.NotAnAnswer, match="not begun"):
        plan.answer(commitment=commitment, recurrence_id=ID, outcome="kept", actor=PORTAL, at=AT)

    plan.answer(
        commitment=commitment,
        recurrence_id=ID,
        outcome="excused",
        reason="work",
        actor=PORTAL,
        at=AT,
    )
    assert outcomes(commitment) == [(ID, Outcome.EXCUSED)]


def test_excused_ahead_cancels_the_reminder_and_taking_it_back_plans_it_again() -> None:
    commitment = added()

    plan.answer(commitment=commitment, recurrence_id=ID, outcome="excused", actor=PORTAL, at=AT)
    assert commitment.reminders.get(recurrence_id=ID).state == Reminder.State.CANCELLED

    plan.answer(commitment=commitment, recurrence_id=ID, outcome="pending", actor=PORTAL, at=AT)
    assert commitment.reminders.get(recurrence_id=ID).state == Reminder.State.PLANNED


@pytest.mark.parametrize("outcome", ["late", "cancelled", "undeliverable", "nonsense", ""])
def test_other_outcomes_are_not_for_a_person_to_say(outcome: str) -> None:
    with pytest.raises(plan.NotAnAnswer):
        plan.answer(commitment=added(), recurrence_id=ID, outcome=outcome, actor=PORTAL, at=AFTER)


@pytest.mark.parametrize("recurrence_id", ["2026-03-11T19:00", "2026-03-10T20:00", "soon", ""])
def test_a_date_that_the_plan_does_not_make_cannot_be_answered(recurrence_id: str) -> None:
    with pytest.raises(plan.NoSuchOccurrence):
        plan.answer(
            commitment=added(),
            recurrence_id=recurrence_id,
            outcome="kept",
            actor=PORTAL,
            at=AFTER,
        )
