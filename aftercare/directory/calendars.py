"""Pure: one meeting as a calendar file that other calendars repeat week by week, or month by month."""

from collections.abc import Sequence
from datetime import date, datetime

from icalendar import Calendar, Event, vRecur

_WEEKDAYS = ("SU", "MO", "TU", "WE", "TH", "FR", "SA")


def render(
    *,
    uid: str,
    name: str,
    place: str,
    link: str,
    weekday: int,
    starts_at: datetime,
    ends_at: datetime,
    positions: Sequence[int] = (),
    left_out: Sequence[datetime] = (),
    at: datetime,
) -> bytes:
    """An RFC 5545 file with one event that comes back, and the clock changes of its zone.

    `starts_at` and `ends_at` are aware in the meeting's zone and stand for the first occurrence;
    `weekday` 0 is Sunday; `positions` are the weeks of the month it meets in (1 to 5, -1 for the
    last), none for every week; `left_out` are starts on which it does not happen. The event says no
    more than its own name, for calendars show it on lock screens.
    """
    event = Event()
    event.add("UID", uid)
    event.add("DTSTAMP", at)
    event.add("SUMMARY", name)
    event.add("DTSTART", starts_at)
    event.add("DURATION", ends_at - starts_at)
    day = _WEEKDAYS[weekday]
    days = [f"{position}{day}" for position in positions] or [day]
    event.add("RRULE", vRecur(FREQ="MONTHLY" if positions else "WEEKLY", BYDAY=days))
    if left_out:
        event.add("EXDATE", list(left_out))
    if place:
        event.add("LOCATION", place)
    event.add("URL", link)
    event.add("TRANSP", "OPAQUE")
    calendar = Calendar()
    calendar.add("VERSION", "2.0")
    calendar.add("PRODID", "-//aftercare portal//meetings//EN")
    calendar.add("CALSCALE", "GREGORIAN")
    calendar.add_component(event)
    # From before the first occurrence on; older clock changes would only fill the file.
    calendar.add_missing_timezones(first_date=date(starts_at.year - 1, 1, 1))
    return bytes(calendar.to_ical())
