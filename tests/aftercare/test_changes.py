from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from aftercare import agenda, changes, occurrences, plan, reminders
from aftercare.models import (
    AuditEntry,
    Commitment,
    DateChange,
    Expectation,
    Graduate,
    PlanPause,
    Reminder,
)
from aftercare.occurrences import NoSuchOccurrence, Why
from aftercare.record import PORTAL, Actor
from notifications.kinds import Kind
from notifications.models import Message
from tests import build
from tests.aftercare.tuesdays import AT, DRAFT, ID, NEXT_ID, TUESDAY, added, planned

pytestmark = pytest.mark.django_db

State, Outcome = Reminder.State, Expectation.Outcome
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def move(commitment: Commitment, recurrence_id: str = ID, **facts: Any) -> None:
    where = {"on": date(2026, 3, 12), "start_time": time(12, 30), "at": AT} | facts
    changes.move(commitment=commitment, recurrence_id=recurrence_id, actor=PORTAL, **where)  # type: ignore[arg-type]


def skip(commitment: Commitment, recurrence_id: str = ID, at: datetime = AT) -> None:
    changes.skip(commitment=commitment, recurrence_id=recurrence_id, actor=PORTAL, at=at)


def take_back(commitment: Commitment, recurrence_id: str = ID, at: datetime = AT) -> None:
    changes.take_back(commitment=commitment, recurrence_id=recurrence_id, actor=PORTAL, at=at)


def dates(commitment: Commitment, days: int = 14) -> list[str]:
    found = occurrences.of(commitment=commitment, start=AT, end=AT + days * DAY)
    return [one.recurrence_id for one in found]


def shown(graduate: Graduate, at: datetime) -> list[tuple[str, str]]:
    week = agenda.week(graduate=graduate, at=at)
    return [(one.recurrence_id, one.off) for one in week.occurrences]


# Left out


def test_a_date_left_out_is_neither_planned_nor_reminded_of_nor_expected() -> None:
    commitment = added()

    skip(commitment)

    assert dates(commitment) == [NEXT_ID]
    assert planned(commitment) == [(NEXT_ID, TUESDAY + 7 * DAY - 2 * HOUR)]
    plan.settle_due(at=TUESDAY + 8 * DAY)
    assert [row.recurrence_id for row in commitment.expectations.all()] == [NEXT_ID]


def test_a_date_left_out_is_shown_as_such_and_counts_for_nothing() -> None:
    commitment = added()
    skip(commitment)

    week = agenda.week(graduate=commitment.graduate, at=TUESDAY)
    today = agenda.today(graduate=commitment.graduate, at=TUESDAY - HOUR)

    assert shown(commitment.graduate, TUESDAY) == [(ID, Why.SKIPPED)]
    assert (week.kept, week.planned) == (0, 0)
    assert today.next is not None
    assert today.next.recurrence_id == NEXT_ID
    later = agenda.today(graduate=commitment.graduate, at=TUESDAY + 2 * HOUR)
    assert later.unanswered_recent == ()


def test_taken_back_it_is_as_before() -> None:
    commitment = added()
    before = planned(commitment)

    skip(commitment)
    take_back(commitment)

    assert dates(commitment) == [ID, NEXT_ID]
    assert planned(commitment) == before
    assert not DateChange.objects.exists()


def test_leaving_out_cancels_the_text_that_waits_and_taking_back_sends_one_all_the_same() -> None:
    commitment = added()
    due = TUESDAY - 2 * HOUR
    reminders.send_due(at=due)
    skip(commitment, at=due)
    first = Message.objects.get(kind=Kind.REMINDER)
    assert (first.state, first.reason) == (Message.State.CANCELLED, "changed")

    commitment.refresh_from_db()
    Reminder.objects.filter(recurrence_id=ID).update(due_at=due)
    take_back(commitment, at=due - timedelta(seconds=1))
    assert reminders.send_due(at=due) == 1

    again = Message.objects.filter(kind=Kind.REMINDER).latest("pk")
    assert again.state == Message.State.DUE
    assert again.key == f"reminder:{commitment.reminders.get(recurrence_id=ID).pk}:after:{first.pk}"


def test_what_has_begun_cannot_be_left_out_nor_taken_back() -> None:
    commitment = added()
    skip(commitment, NEXT_ID)

    with pytest.raises(NoSuchOccurrence):
        skip(commitment, at=TUESDAY)
    with pytest.raises(NoSuchOccurrence):
        take_back(commitment, NEXT_ID, at=TUESDAY + 7 * DAY)
    assert DateChange.objects.count() == 1


@pytest.mark.parametrize("recurrence_id", ["2026-03-11T19:00", "soon", "", "2026-03-10T20:00"])
def test_a_date_that_the_plan_does_not_make_cannot_be_changed(recurrence_id: str) -> None:
    commitment = added()

    for deed in (skip, move, take_back):
        with pytest.raises(NoSuchOccurrence):
            deed(commitment, recurrence_id)


def test_what_was_said_ahead_is_forgotten_with_the_date() -> None:
    commitment = added()
    plan.answer(commitment=commitment, recurrence_id=ID, outcome="excused", actor=PORTAL, at=AT)

    move(commitment)

    assert not commitment.expectations.exists()
    assert planned(commitment)[0] == (ID, datetime(2026, 3, 12, 14, 30, tzinfo=UTC))


# Moved


def test_a_moved_date_is_where_it_went_for_everybody() -> None:
    commitment = added()
    went = datetime(2026, 3, 12, 16, 30, tzinfo=UTC)

    move(commitment)

    assert planned(commitment) == [
        (ID, went - 2 * HOUR),
        (NEXT_ID, TUESDAY + 7 * DAY - 2 * HOUR),
    ]
    (one,) = agenda.week(graduate=commitment.graduate, at=TUESDAY).occurrences
    assert (one.recurrence_id, one.starts_at, one.is_moved) == (ID, went, True)
    (row,) = agenda.commitments(graduate=commitment.graduate, at=AT)
    assert row.next_at == went
    plan.settle_due(at=went + 2 * HOUR)
    (expected,) = commitment.expectations.all()
    assert (expected.recurrence_id, expected.opened_at) == (ID, went)


def test_a_moved_date_can_be_answered_and_is_not_asked_for_at_its_old_time() -> None:
    commitment = added()
    move(commitment)

    with pytest.raises(plan.NotAnAnswer):
        plan.answer(
            commitment=commitment, recurrence_id=ID, outcome="kept", actor=PORTAL, at=TUESDAY + HOUR
        )
    row = plan.answer(
        commitment=commitment, recurrence_id=ID, outcome="kept", actor=PORTAL, at=AT + 8 * DAY
    )
    assert (row.outcome, row.opened_at) == (Outcome.KEPT, datetime(2026, 3, 12, 16, 30, tzinfo=UTC))


def test_a_move_that_was_told_already_brings_no_second_text() -> None:
    commitment = added()
    reminders.send_due(at=TUESDAY - 2 * HOUR)
    Message.objects.filter(kind=Kind.REMINDER).update(state=Message.State.SENT)

    move(commitment, at=TUESDAY - HOUR)
    reminders.send_due(at=AT + 10 * DAY)

    assert Message.objects.filter(kind=Kind.REMINDER).count() == 1


def test_a_move_takes_back_the_text_with_the_old_time_while_it_waits() -> None:
    commitment = added()
    reminders.send_due(at=TUESDAY - 2 * HOUR)

    move(commitment, at=TUESDAY - HOUR)
    reminders.send_due(at=datetime(2026, 3, 12, 14, 30, tzinfo=UTC))

    old, new = Message.objects.filter(kind=Kind.REMINDER).order_by("pk")
    assert (old.state, old.body[:27]) == (Message.State.CANCELLED, "Reminder: your 7:00 PM, tod")
    assert new.body.startswith("Reminder: your 12:30 PM, today.")


@pytest.mark.parametrize(
    "facts",
    [{"on": date(2026, 3, 5), "start_time": time(9, 59)}, {"on": date(2026, 3, 20)}],
)
def test_a_date_cannot_go_into_the_past_or_into_a_pause(facts: dict[str, Any]) -> None:
    commitment = added()
    changes.pause(
        graduate=commitment.graduate,
        first_on=date(2026, 3, 20),
        last_on=date(2026, 3, 20),
        actor=PORTAL,
        at=AT,
    )

    with pytest.raises(changes.NotThen):
        move(commitment, **facts)

    assert dates(commitment) == [ID, NEXT_ID]


def test_what_was_left_out_stays_so_when_the_hour_changes() -> None:
    commitment = added()
    skip(commitment)

    plan.change(
        commitment=commitment, draft=replace(DRAFT, start_time=time(20, 0)), actor=PORTAL, at=AT
    )

    assert dates(commitment) == ["2026-03-17T20:00"]


@pytest.mark.parametrize(
    ("day", "starts_at"),
    [
        # The clock skips from 2:00 to 3:00 on 8 March, and goes back from 2:00 to 1:00 on 1 November.
        (date(2026, 3, 8), datetime(2026, 3, 8, 7, 30, tzinfo=UTC)),
        (date(2026, 11, 1), datetime(2026, 11, 1, 7, 30, tzinfo=UTC)),
    ],
)
def test_a_date_moved_onto_a_change_of_clock_happens_once(day: date, starts_at: datetime) -> None:
    commitment = added()

    move(commitment, on=day, start_time=time(2, 30))

    one = occurrences.one(commitment=commitment, recurrence_id=ID)
    assert one is not None
    assert one.starts_at == starts_at


# Paused


def test_a_pause_rests_one_commitment_or_all() -> None:
    graduate = build.graduate()
    paused, other = added(graduate), added(graduate, title="Others", weekdays=(2,))
    week = {"first_on": date(2026, 3, 9), "last_on": date(2026, 3, 15)}

    one = changes.pause(graduate=graduate, commitment=paused, **week, actor=PORTAL, at=AT)
    assert dates(paused) == [NEXT_ID]
    assert dates(other) == ["2026-03-11T19:00", "2026-03-18T19:00"]
    assert shown(graduate, TUESDAY) == [(ID, Why.PAUSED), ("2026-03-11T19:00", "")]

    every = changes.pause(graduate=graduate, **week, actor=PORTAL, at=AT)  # type: ignore[arg-type]
    paused, other = (Commitment.objects.get(pk=row.pk) for row in (paused, other))
    assert dates(other) == ["2026-03-18T19:00"]
    assert [id for id, _ in planned(other)] == ["2026-03-18T19:00"]

    for row in (one, every):
        changes.end_pause(pause=row, actor=PORTAL, at=AT)
    paused, other = (Commitment.objects.get(pk=row.pk) for row in (paused, other))
    assert dates(paused) == [ID, NEXT_ID]
    assert [id for id, _ in planned(paused)] == [ID, NEXT_ID]
    assert not PlanPause.objects.exists()


@pytest.mark.parametrize(
    ("first_on", "last_on"),
    [
        (date(2026, 3, 4), date(2026, 3, 9)),
        (date(2026, 3, 9), date(2026, 3, 8)),
        (date(2026, 3, 9), date(2027, 3, 10)),
    ],
)
def test_a_pause_lies_ahead_the_right_way_round_and_ends(first_on: date, last_on: date) -> None:
    commitment = added()

    with pytest.raises(changes.NotThen):
        changes.pause(
            graduate=commitment.graduate, first_on=first_on, last_on=last_on, actor=PORTAL, at=AT
        )


def test_nothing_that_lay_in_a_pause_is_on_record() -> None:
    commitment = added()
    changes.pause(
        graduate=commitment.graduate,
        first_on=date(2026, 3, 9),
        last_on=date(2026, 3, 15),
        actor=PORTAL,
        at=AT,
    )

    plan.settle_due(at=TUESDAY + 9 * DAY)

    assert [row.recurrence_id for row in commitment.expectations.all()] == [NEXT_ID]


# On record, and in the database


def test_every_change_is_recorded_with_who_did_it() -> None:
    commitment, person = added(), Actor(user=build.user(), role="counselor")
    before = AuditEntry.objects.order_by("pk").last()
    assert before is not None
    facts = {"commitment": commitment, "recurrence_id": ID, "actor": person, "at": AT}

    changes.skip(**facts)  # type: ignore[arg-type]
    changes.take_back(**facts)  # type: ignore[arg-type]

    rows = AuditEntry.objects.filter(pk__gt=before.pk).order_by("pk")
    assert [(row.verb, row.thing, row.actor) for row in rows] == [
        ("changed", "commitment", person.user)
    ] * 2


def test_one_change_a_date_and_no_move_to_nowhere() -> None:
    commitment = added()
    skip(commitment)
    row = {"commitment": commitment, "changed_at": AT}

    for facts in (
        {"recurrence_id": ID, "kind": "skipped"},
        {"recurrence_id": NEXT_ID, "kind": "moved"},
        {"recurrence_id": NEXT_ID, "kind": "skipped", "moved_on": date(2026, 3, 12)},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            DateChange.objects.create(**row, **facts)


def test_no_pause_ends_before_it_begins() -> None:
    graduate = build.graduate()
    span = {"first_on": date(2026, 3, 9), "last_on": date(2026, 3, 8), "created_at": AT}

    with pytest.raises(IntegrityError), transaction.atomic():
        PlanPause.objects.create(graduate=graduate, **span)
