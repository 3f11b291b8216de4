"""Days on which a meeting, or everything at its address, does not happen: what they concern, and when they come."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from aftercare.directory import identity, moments
from aftercare.directory.moments import weekday_of
from aftercare.models import Closure, Meeting
from aftercare.recurrence import localize

_DAY = timedelta(days=1)


def place_of(*, meeting: Meeting) -> str:
    """The address in the one spelling by which imports compare places; "" for none."""
    return identity.address_key(meeting.address)[:500] if meeting.address else ""


def meetings_at(*, place: str) -> list[Meeting]:
    """All that meets at an address, as `place_of` spells it."""
    number = place.split(" ", 1)[0]
    # The number of the house is spelt the same by everybody, and few share it.
    near = Meeting.objects.filter(address__icontains=number) if number else Meeting.objects.none()
    return [meeting for meeting in near if place_of(meeting=meeting) == place]


def spread(*, at: datetime) -> None:
    """Let what has come to a closed address since be closed, too."""
    for closure in Closure.objects.filter(place__gt="", last_on__gte=at.date() - 2 * _DAY):
        closure.meetings.add(*meetings_at(place=closure.place))


def coming(*, meeting: Meeting, at: datetime) -> tuple[Closure, ...]:
    """The closures of a meeting that are not over, the nearest first."""
    today = at.astimezone(ZoneInfo(meeting.timezone)).date()
    rows = meeting.closed_days.filter(last_on__gte=today).select_related("meeting")
    return tuple(rows.order_by("first_on", "pk"))


def was_closed(*, meeting: Meeting, starts_at: datetime) -> bool:
    """Whether a date of a meeting did not happen: closed on that local day, or gone before it."""
    if not meeting.active and (meeting.moved_at is None or meeting.moved_at <= starts_at):
        return True
    on = starts_at.astimezone(ZoneInfo(meeting.timezone)).date()
    return meeting.closed_days.filter(first_on__lte=on, last_on__gte=on).exists()


def left_out(*, meeting: Meeting, at: datetime) -> Sequence[datetime]:
    """The starts of a meeting that fall on closed days to come, aware in its zone."""
    if meeting.weekday is None or meeting.start_time is None:
        return []
    zone = ZoneInfo(meeting.timezone)
    days = {
        closure.first_on + number * _DAY
        for closure in coming(meeting=meeting, at=at)
        for number in range((closure.last_on - closure.first_on).days + 1)
    }
    return [
        localize(wall=datetime.combine(day, meeting.start_time), zone=zone).astimezone(zone)
        for day in sorted(days)
        if weekday_of(day) == meeting.weekday and moments.is_held(weeks=meeting.weeks, day=day)
    ]
