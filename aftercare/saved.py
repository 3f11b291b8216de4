"""Meetings that a graduate keeps at hand, whether or not they are in the plan."""

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


def shelf(*, graduate: Graduate, at: datetime) -> tuple[Row, ...]:
    """The meetings kept at hand, what is on and next first; those that closed stand last and say so."""
    kept = Meeting.objects.filter(saved_by__graduate=graduate)
    found = [one.row for one in search.details(meetings=kept, at=at)]
    return tuple(sorted(found, key=_next_first))


def _next_first(row: Row) -> tuple[bool, bool, float, str]:
    starts = row.moment.starts_at.timestamp() if row.moment else 0.0
    return (not row.active, row.moment is None, starts, row.name)
