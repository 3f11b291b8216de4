"""Closed for some days. It is Saturday, 7 March 2026, six in the evening in New York."""

from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import recurring_ical_events
from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.test import Client
from icalendar import Calendar

from aftercare import closing, nearby, plan, reminders
from aftercare.directory import asking, calendars, closures, search
from aftercare.models import AuditEntry, Closure, Expectation, Meeting
from aftercare.record import Actor
from notifications.models import Program
from tests import build
from tests.feeds import AT, NEW_YORK, feed, find, imported, named, row, take

pytestmark = pytest.mark.django_db

SATURDAY, SUNDAY = date(2026, 3, 7), date(2026, 3, 8)
SPELLED = "1418 Alderbrook St., Philadelphia, PA"
ELSEWHERE = "9 Kestrel Street, Philadelphia, PA 19104, USA"


@pytest.fixture
def program() -> Program:
    return build.program()


def close(meeting: Meeting, program: Program, **changes: Any) -> Closure:
    plain: dict[str, Any] = {
        "first_on": SATURDAY,
        "last_on": SATURDAY,
        "whole_place": False,
        "note": "",
    }
    return closing.close(meeting=meeting, program=program, actor=Actor(), at=AT, **plain | changes)


def three() -> list[Meeting]:
    return imported(
        named("Harbor", day=6, time="18:30"),
        named("Upstairs", day=6, time="19:00", formatted_address=SPELLED),
        named("Elsewhere", day=6, time="19:30", formatted_address=ELSEWHERE),
    )  # fmt: skip


def closed() -> list[str]:
    return [one.name for one in find("sort=name").rows if one.closed]


def test_one_meeting_is_closed_on_its_days_alone(program: Program) -> None:
    harbor, *_ = three()
    assert closed() == []

    closure = close(harbor, program)
    assert closed() == ["Harbor"]
    closing.reopen(uid=closure.uid, program=program, actor=Actor(), at=AT)
    assert closed() == []
    close(harbor, program, first_on=SUNDAY, last_on=SUNDAY + timedelta(days=5))
    assert closed() == []
    assert [row.verb for row in AuditEntry.objects.order_by("pk")] == [
        "created",
        "changed",
        "created",
    ]
    with pytest.raises(closing.NoSuchClosure):
        closing.reopen(uid=closure.uid, program=program, actor=Actor(), at=AT)


def test_whole_place_is_closed_however_its_address_is_spelled(program: Program) -> None:
    harbor, upstairs, elsewhere = three()

    close(harbor, program, whole_place=True)

    assert closed() == ["Harbor", "Upstairs"]
    assert len(closures.coming(meeting=upstairs, at=AT)) == 1
    assert closures.coming(meeting=elsewhere, at=AT) == ()


def test_closures_that_are_over_are_forgotten(program: Program) -> None:
    harbor, *_ = three()
    close(harbor, program, first_on=SATURDAY - timedelta(days=9), last_on=SATURDAY)

    assert len(closures.coming(meeting=harbor, at=AT)) == 1
    # Past midnight in New York.
    assert closures.coming(meeting=harbor, at=AT + timedelta(hours=6, minutes=1)) == ()


def test_page_says_that_it_is_closed_and_a_text_leaves_it_out(
    program: Program, client: Client
) -> None:
    harbor, *_ = three()
    close(harbor, program, note="The roof is mended.", last_on=date(2099, 1, 1))
    asked = asking.read(text="19104")
    assert asked is not None

    assert nearby.answer(asked=asked, language="en", zone=ZoneInfo(NEW_YORK), at=AT).startswith(
        "7:00 PM, Upstairs"
    )
    assert (
        client.get("/meetings/?at=2026-03-07T23:00:00Z").content.decode().count("Closed March 7")
        == 1
    )
    shown = client.get(f"/meetings/{harbor.slug}/").content.decode()
    assert "Closed for some days" in shown
    assert "The roof is mended." in shown


def test_calendar_leaves_closed_dates_out_over_a_change_of_clocks(program: Program) -> None:
    (meeting,) = imported(row(day=0, time="19:00"))
    close(meeting, program, first_on=SATURDAY, last_on=date(2026, 3, 22))
    detail = search.detail(slug=meeting.slug, at=AT)
    assert detail is not None
    assert detail.row.moment is not None

    body = calendars.render(
        uid="1@example.org",
        name="Quiet Harbor",
        place="",
        link="https://portal.example.org/",
        weekday=0,
        starts_at=detail.row.moment.starts_at,
        ends_at=detail.row.moment.ends_at,
        left_out=closures.left_out(meeting=meeting, at=AT),
        at=AT,
    )
    dates = recurring_ical_events.of(Calendar.from_ical(body)).between(SATURDAY, date(2026, 4, 13))

    assert [f"{one['DTSTART'].dt:%m-%d %H:%M}" for one in dates] == [
        "03-29 19:00", "04-05 19:00", "04-12 19:00",
    ]  # fmt: skip
    (other,) = imported(row(day=None, time=None), name="Other")
    assert closures.left_out(meeting=other, at=AT) == []


def test_what_is_closed_comes_on_its_next_date_instead(program: Program) -> None:
    harbor, *_ = three()
    close(harbor, program, whole_place=True)

    found = find().rows

    assert [one.name for one in found] == ["Elsewhere", "Harbor", "Upstairs"]
    assert [one.moment.starts_at.date() for one in found if one.moment] == [
        SATURDAY, SATURDAY + timedelta(days=7), SATURDAY + timedelta(days=7),
    ]  # fmt: skip
    assert [one.name for one in find("now=1").rows] == []


def test_what_comes_to_a_closed_place_later_is_closed_too(program: Program) -> None:
    source = feed()
    take(source, named("Harbor", day=6, time="18:30"))
    close(Meeting.objects.get(), program, whole_place=True)

    late = named("Late", day=6, time="20:00", formatted_address=SPELLED)
    take(source, named("Harbor", day=6, time="18:30"), late)

    assert closed() == ["Harbor", "Late"]


def test_plan_leaves_closed_dates_out_and_has_them_again_when_it_opens(program: Program) -> None:
    (meeting,) = imported(named("Harbor", day=6, time="18:30"))
    graduate = build.graduate(program=program)
    draft = plan.draft_from_meeting(meeting=meeting, starts_on=SATURDAY)
    commitment = plan.add(graduate=graduate, draft=draft, actor=Actor(), at=AT - timedelta(days=1))
    closure = close(meeting, program, note="The roof is mended.")
    commitment.refresh_from_db()

    def dates() -> list[tuple[date, str, str]]:
        week = plan.week(graduate=graduate, at=AT)
        found = [one for day in week.days for one in day.occurrences]
        return [(one.starts_at.date(), one.off or "", one.off_name) for one in found]

    assert dates() == [(SATURDAY, "closed", "The roof is mended.")]
    assert commitment.planned_until == AT
    reminders.plan_ahead(at=AT)
    plan.settle_due(at=AT + timedelta(days=1))
    assert not Expectation.objects.filter(commitment=commitment).exists()

    closing.reopen(uid=closure.uid, program=program, actor=Actor(), at=AT)
    assert dates() == [(SATURDAY, "", "")]


def test_staff_close_and_open_again(client: Client) -> None:
    harbor, *_ = three()
    role = build.role(program=build.program(), kind="coordinator")  # type: ignore[arg-type]
    build.second_step(user=role.user)
    client.force_login(role.user)
    page = f"/meetings/{harbor.slug}/close/"

    wrong = client.post(page, {"first_on": "2099-12-26", "last_on": "2099-12-24"})
    client.post(page, {"first_on": "2099-12-24", "whole_place": "on", "note": "Holiday"})

    assert (wrong.status_code, "The last day is before" in wrong.content.decode()) == (422, True)
    made = Closure.objects.get()
    assert (made.first_on, made.last_on, made.note, made.added_by) == (
        date(2099, 12, 24), date(2099, 12, 24), "Holiday", role.user,
    )  # fmt: skip
    assert made.place == "1418 alderbrook st philadelphia pa"
    assert "All meetings at this address" in client.get(page).content.decode()
    assert client.post(f"/meetings/closures/{made.uid}/open/")["Location"] == page
    assert not Closure.objects.exists()
    assert client.post(f"/meetings/closures/{made.uid}/open/").status_code == 404
    assert client.get("/meetings/nobody/close/").status_code == 404


def test_last_day_is_not_before_the_first(program: Program) -> None:
    (meeting,) = imported(row())

    with pytest.raises((IntegrityError, ValidationError), match="closure_last_not_before_first"):
        close(meeting, program, last_on=SATURDAY - timedelta(days=1))
