"""Our own feed: meetings as Meeting Guide JSON (code4recovery/spec) that other viewers read."""

from datetime import UTC
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from aftercare.directory import codes, vocabulary
from aftercare.directory.search import Detail, Row
from aftercare.models.directory import Meeting

_PASSCODES = frozenset({"pwd", "passcode", "password", "pin"})


def as_meeting_guide(*, detail: Detail, url: str) -> dict[str, Any]:
    """One listing under the specification's keys; what is unknown is left out.

    Never in it: passcodes and notes on how to join, which stand behind a tap on the page.
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
        "conference_url": _without_passcode(meeting.conference_url),
        "conference_phone": meeting.conference_phone.partition("*")[0].rstrip(","),
        "attendance_option": row.attendance,
        "entity": str(vocabulary.fellowship_of(row.fellowship).name),
        "updated": f"{(meeting.source_updated_at or meeting.changed_at).astimezone(UTC):%Y-%m-%d %H:%M:%S}",
        "url": url,
    }
    return {key: value for key, value in found.items() if value not in (None, "")}


def _whereabouts(row: Row) -> str:
    """Something in place of an address, without which viewers leave a meeting out."""
    return ", ".join(reversed(row.region.split(" > "))) or "Online"


def _without_passcode(link: str) -> str:
    """The link without the passcode that conference services put into it."""
    parts = urlsplit(link)
    if not parts.query:
        return link
    kept = [(name, value) for name, value in parse_qsl(parts.query) if name not in _PASSCODES]
    return urlunsplit(parts._replace(query=urlencode(kept)))


def _types(tags: tuple[str, ...], meeting: Meeting) -> list[str]:
    types = codes.spec_codes(tags=tags)
    if meeting.attendance == Meeting.Attendance.ONLINE and not meeting.is_approximate:
        # The one code that says "do not go there", without which viewers send people to the door.
        types.append("TC")
    return types
