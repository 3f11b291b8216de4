from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest

from aftercare import changes, reminders
from aftercare.models import Commitment, Graduate, Reminder
from aftercare.record import PORTAL
from notifications.kinds import Kind
from notifications.models import Message
from tests import build

pytestmark = pytest.mark.django_db

State = Reminder.State
AT = datetime(2026, 3, 5, 15, 0, tzinfo=UTC)
TUESDAY = datetime(2026, 3, 10, 23, 0, tzinfo=UTC)  # 19:00 in New York
DUE = TUESDAY - timedelta(hours=2)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def planned(graduate: Graduate, **facts: Any) -> Commitment:
    more = facts.pop("more_leads", [])
    made = build.commitment(graduate=graduate, **facts)
    made.more_leads = more
    made.travel_minutes = facts.pop("travel_minutes", 0)
    made.save()
    reminders.refresh(commitment=made, at=AT)
    return made


def bodies() -> list[str]:
    rows = Message.objects.filter(kind=Kind.REMINDER).exclude(state=Message.State.CANCELLED)
    return [row.body for row in rows.order_by("pk")]


def test_two_dates_close_together_make_one_text_that_both_point_to() -> None:
    graduate = build.graduate()
    early, late = planned(graduate), planned(graduate, start_time=time(20, 30))

    assert reminders.send_due(at=DUE) == 1
    assert reminders.send_due(at=DUE + 90 * MINUTE) == 0

    assert bodies() == ["Reminder: your 7:00 PM and 8:30 PM, today. Wishing you well, Harbor"]
    rows = Reminder.objects.filter(state=State.QUEUED)
    assert {(row.commitment_id, row.message_id) for row in rows} == {
        (commitment.pk, Message.objects.get(kind=Kind.REMINDER).pk) for commitment in (early, late)
    }
    assert Message.objects.get(kind=Kind.REMINDER).expires_at == TUESDAY


def test_two_dates_at_the_same_time_are_said_once() -> None:
    graduate = build.graduate()
    planned(graduate)
    planned(graduate)

    reminders.send_due(at=DUE)

    assert bodies() == ["Reminder: your 7:00 PM, today. Wishing you well, Harbor"]


@pytest.mark.parametrize("other", [time(22, 1), time(15, 59)])
def test_dates_far_apart_make_a_text_each(other: time) -> None:
    graduate = build.graduate()
    planned(graduate)
    planned(graduate, start_time=other)

    for at in (DUE - 181 * MINUTE, DUE, DUE + 181 * MINUTE):
        reminders.send_due(at=at)

    assert len(bodies()) == 2


def test_another_person_gets_a_text_of_their_own() -> None:
    program = build.program()
    planned(build.graduate(program=program))
    planned(build.graduate(program=program))

    assert reminders.send_due(at=DUE) == 2


def test_what_is_answered_is_not_told_along() -> None:
    graduate = build.graduate()
    planned(graduate)
    said = planned(graduate, start_time=time(20, 30))
    build.occurrence(
        commitment=said,
        starts_at=TUESDAY + 90 * MINUTE,
        recurrence_id="2026-03-10T20:30",
        outcome="excused",  # type: ignore[arg-type]
    )

    reminders.send_due(at=DUE)

    assert bodies() == ["Reminder: your 7:00 PM, today. Wishing you well, Harbor"]


def test_names_are_said_of_several_where_the_person_chose_so() -> None:
    graduate = build.graduate()
    graduate.discreet = False
    graduate.save()
    planned(graduate)
    planned(graduate, title="Choir", start_time=time(20, 30))

    reminders.send_due(at=DUE)

    assert bodies() == [
        "Reminder, today: Tuesday Lantern, 7:00 PM; Choir, 8:30 PM. Wishing you well, Harbor"
    ]


def test_in_quiet_hours_each_has_its_own_text_so_that_none_is_lost_with_another() -> None:
    graduate = build.graduate()
    address = build.address_of(graduate)
    address.quiet_windows = [["16:00", "19:30"]]
    address.save()
    planned(graduate)
    planned(graduate, start_time=time(20, 30))

    reminders.send_due(at=DUE)
    reminders.send_due(at=DUE + 90 * MINUTE)

    ends = Message.objects.filter(kind=Kind.REMINDER).order_by("pk")
    assert [row.expires_at for row in ends] == [TUESDAY, TUESDAY + 90 * MINUTE]


def test_when_one_of_a_text_that_waits_is_left_out_the_other_is_told_anew() -> None:
    graduate = build.graduate()
    early = planned(graduate)
    planned(graduate, start_time=time(20, 30))
    reminders.send_due(at=DUE)

    changes.skip(commitment=early, recurrence_id="2026-03-10T19:00", actor=PORTAL, at=DUE + MINUTE)
    assert bodies() == []
    reminders.send_due(at=DUE + 90 * MINUTE)

    assert bodies() == ["Reminder: your 8:30 PM, today. Wishing you well, Harbor"]


# Leads


def test_several_leads_remind_several_times() -> None:
    graduate = build.graduate()
    planned(graduate, more_leads=[[1440, "18:00"], [0, "08:00"]])

    for at in (DUE - 23 * HOUR, DUE - 9 * HOUR, DUE):
        assert reminders.send_due(at=at) == 1

    assert bodies() == [
        "Reminder: your 7:00 PM, Tuesday. Wishing you well, Harbor",
        "Reminder: your 7:00 PM, today. Wishing you well, Harbor",
        "Reminder: your 7:00 PM, today. Wishing you well, Harbor",
    ]


def test_the_day_before_is_counted_by_the_persons_clock_over_a_change_of_it() -> None:
    # The clock changes on Sunday, 8 March: 18:00 of Saturday is 23:00 UTC, of Sunday 22:00 UTC.
    graduate = build.graduate()
    commitment = planned(graduate, weekdays=(6, 0), more_leads=[[1440, "18:00"]])

    rows = commitment.reminders.filter(lead_clock="18:00").order_by("due_at")[:2]

    assert [row.due_at for row in rows] == [
        datetime(2026, 3, 7, 23, 0, tzinfo=UTC),
        datetime(2026, 3, 8, 22, 0, tzinfo=UTC),
    ]


@pytest.mark.parametrize(
    ("place", "link", "minutes"),
    [
        ("12 Elm Street", "", 150),
        ("12 Elm Street", "https://example.org/room", 150),
        ("", "https://example.org/room", 120),
    ],
)
def test_the_way_there_is_added_where_there_is_one(place: str, link: str, minutes: int) -> None:
    commitment = build.commitment(graduate=build.graduate(), place=place)
    commitment.travel_minutes, commitment.join_link = 30, link
    commitment.save()

    reminders.refresh(commitment=commitment, at=AT)

    assert commitment.reminders.earliest("due_at").due_at == TUESDAY - minutes * MINUTE


def test_another_lead_in_the_place_of_one_that_was_told_brings_no_text_more() -> None:
    commitment = planned(build.graduate(), more_leads=[[1440, "18:00"]])
    reminders.send_due(at=DUE - 23 * HOUR)
    Message.objects.filter(kind=Kind.REMINDER).update(state=Message.State.SENT)
    commitment.more_leads = [[0, "08:00"]]
    commitment.save()

    reminders.refresh(commitment=commitment, at=DUE - 22 * HOUR)

    rows = commitment.reminders.filter(recurrence_id="2026-03-10T19:00", state=State.PLANNED)
    assert [row.due_at for row in rows] == [DUE]
