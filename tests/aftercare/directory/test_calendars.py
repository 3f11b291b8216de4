from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import recurring_ical_events
from icalendar import Calendar

from aftercare.directory import calendars

ZONE = ZoneInfo("America/New_York")
STARTS_AT = datetime(2026, 3, 7, 23, 30, tzinfo=ZONE)


def render(**changes: Any) -> bytes:
    plain: dict[str, Any] = {
        "uid": "41@portal.example.org",
        "name": "Quiet; Harbor, Group",
        "place": "Alderbrook Hall, 1418 Alderbrook Street",
        "link": "https://portal.example.org/meetings/quiet-harbor-abcde/",
        "weekday": 6,
        "starts_at": STARTS_AT,
        "ends_at": STARTS_AT + timedelta(hours=1),
        "at": datetime(2026, 3, 7, 23, 0, tzinfo=UTC),
    }
    return calendars.render(**plain | changes)


def test_render_reads_back_to_the_same_wall_time_for_a_year() -> None:
    calendar = Calendar.from_ical(render())

    events = recurring_ical_events.of(calendar).between(date(2026, 3, 1), date(2027, 3, 7))

    starts = [event["DTSTART"].dt for event in events]
    assert len(starts) == 53
    assert {(one.strftime("%a %H:%M"), one.utcoffset()) for one in starts} == {
        ("Sat 23:30", timedelta(hours=-5)),
        ("Sat 23:30", timedelta(hours=-4)),
    }
    assert {event["DTEND"].dt - event["DTSTART"].dt for event in events} == {timedelta(hours=1)}


def test_render_has_what_calendars_need() -> None:
    calendar = Calendar.from_ical(render())
    (event,) = calendar.walk("VEVENT")
    (zone,) = calendar.walk("VTIMEZONE")

    assert event["UID"] == "41@portal.example.org"
    assert event["RRULE"].to_ical() == b"FREQ=WEEKLY;BYDAY=SA"
    assert event["DTSTART"].params["TZID"] == zone["TZID"] == "America/New_York"
    assert event["SUMMARY"] == "Quiet; Harbor, Group"
    assert event["LOCATION"] == "Alderbrook Hall, 1418 Alderbrook Street"
    assert event["URL"] == "https://portal.example.org/meetings/quiet-harbor-abcde/"


def test_render_of_a_meeting_online_names_no_place() -> None:
    (event,) = Calendar.from_ical(render(place="")).walk("VEVENT")

    assert "LOCATION" not in event


def test_render_of_some_weeks_of_the_month_reads_back_to_those_days() -> None:
    calendar = Calendar.from_ical(render(positions=(1, -1)))

    events = recurring_ical_events.of(calendar).between(date(2026, 3, 1), date(2026, 6, 1))

    assert [f"{event['DTSTART'].dt:%m-%d %H:%M}" for event in events] == [
        "03-07 23:30", "03-28 23:30", "04-04 23:30", "04-25 23:30", "05-02 23:30", "05-30 23:30",
    ]  # fmt: skip
