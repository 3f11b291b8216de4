"""Our own feed: meetings as Meeting Guide JSON (code4recovery/spec) that other viewers read."""

from datetime import UTC
from typing import Any

from aftercare.directory import codes, vocabulary
from aftercare.directory.formats.links import phone_without_passcode, without_passcode
from aftercare.directory.search import Detail, Row
from aftercare.models.directory import Meeting


def as_meeting_guide(*, detail: Detail, url: str) -> dict[str, Any]:
    """One listing under the specification's keys; what is unknown is left out.

    Never in it: passcodes and notes on how to join, which stand behind a tap on the page; and of a
    group that shows its way in to people with a log-in only, that way in.
    """
    row, meeting = detail.row, detail.meeting
    found = {
        "slug": row.slug,
        "name": row.name,
        "day": row.weekday,
        "time": f"{row.start_time:%H:%M}" if row.start_time else None,
        "end_time": f"{row.end_time:%H:%M}" if row.end_time else None,
        "timezone": row.timezone,
        "location": row.location,
        "location_notes": meeting.location_notes,
        "formatted_address": row.address or _whereabouts(row),
        "approximate": "yes" if row.is_approximate else "no",
        "latitude": row.latitude,
        "longitude": row.longitude,
        "regions": row.region.split(" > ") if row.region else None,
        "group": row.group,
        "notes": meeting.notes,
        "types": _types(row.tags, meeting),
        **_way_in(meeting, url=url),
        "attendance_option": row.attendance,
        "entity": str(vocabulary.fellowship_of(row.fellowship).name),
        "updated": f"{(meeting.source_updated_at or meeting.changed_at).astimezone(UTC):%Y-%m-%d %H:%M:%S}",
        "url": url,
    }
    return {key: value for key, value in found.items() if value not in (None, "")}


def _whereabouts(row: Row) -> str:
    """Something in place of an address, without which viewers leave a meeting out."""
    return ", ".join(reversed(row.region.split(" > "))) or "Online"


def _way_in(meeting: Meeting, *, url: str) -> dict[str, str]:
    """How to join from afar; where one must log in first, our page is the link."""
    if meeting.join_needs_login and (meeting.conference_url or meeting.conference_phone):
        return {"conference_url": url}
    return {
        "conference_url": without_passcode(link=meeting.conference_url),
        "conference_phone": phone_without_passcode(phone=meeting.conference_phone),
    }


def _types(tags: tuple[str, ...], meeting: Meeting) -> list[str]:
    types = codes.spec_codes(tags=tags)
    if meeting.attendance == Meeting.Attendance.ONLINE and not meeting.is_approximate:
        # The one code that says "do not go there", without which viewers send people to the door.
        types.append("TC")
    return types
