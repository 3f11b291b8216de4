"""Meetings that a graduate keeps at hand, whether or not they are in the plan."""

from dataclasses import dataclass
from datetime import datetime

from aftercare.directory import search
from aftercare.directory.search import Row
from aftercare.models import Graduate, Meeting, SavedMeeting


def keep(*, graduate: Graduate, meeting: Meeting, at: datetime) -> None:
    """Put a meeting among those kept at hand; once is enough."""
    SavedMeeting.objects.get_or_create(
        graduate=graduate, meeting=meeting, defaults={"saved_at": at}
    )


def drop(*, graduate: Graduate, meeting: Meeting) -> None:
    """Take a meeting from among those kept at hand."""
    SavedMeeting.objects.filter(graduate=graduate, meeting=meeting).delete()


def is_kept(*, graduate: Graduate, meeting: Meeting) -> bool:
    """Whether a meeting is kept at hand."""
    return SavedMeeting.objects.filter(graduate=graduate, meeting=meeting).exists()


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A meeting kept at hand; `has_moved` since then to another day, time or place."""

    row: Row
    has_moved: bool


def shelf(*, graduate: Graduate, at: datetime) -> tuple[Kept, ...]:
    """The meetings kept at hand, what is on and next first; those that closed stand last and say so."""
    kept = SavedMeeting.objects.filter(graduate=graduate)
    since = dict(kept.values_list("meeting", "saved_at"))
    found = search.details(meetings=Meeting.objects.filter(pk__in=since), at=at)
    shown = [
        Kept(row=one.row, has_moved=_has_moved(one.meeting, since[one.meeting.pk])) for one in found
    ]
    return tuple(sorted(shown, key=lambda one: _next_first(one.row)))


def _has_moved(meeting: Meeting, since: datetime) -> bool:
    return meeting.active and meeting.moved_at is not None and meeting.moved_at > since


def _next_first(row: Row) -> tuple[bool, bool, float, str]:
    starts = row.moment.starts_at.timestamp() if row.moment else 0.0
    return (not row.active, row.moment is None, starts, row.name)
