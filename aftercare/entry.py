"""Read: one entry of the directory as whoever asks may see it, with what they said of it before."""

from dataclasses import dataclass
from datetime import datetime

from aftercare import plan, saved, visits
from aftercare.access import Standing
from aftercare.directory import closures, search
from aftercare.directory.formats.links import phone_without_passcode, without_passcode
from aftercare.directory.search import Detail
from aftercare.models import Closure
from aftercare.recurrence import Occurrence
from aftercare.visits import Line


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A meeting in full, with its closures to come.

    For a graduate, `date` is its newest one that has begun, with the `line` of the log; for staff,
    `code` is what to read out at `code_date`. `may_join` opens the way in and its passcode.
    """

    detail: Detail
    may_join: bool
    closures: tuple[Closure, ...] = ()
    is_kept: bool = False
    is_planned: bool = False
    date: Occurrence | None = None
    line: Line | None = None
    code_date: Occurrence | None = None
    code: str = ""

    @property
    def has_passcode(self) -> bool:
        """The page holds what no search engine should keep, behind a tap or within a link."""
        meeting = self.detail.meeting
        return bool(
            meeting.conference_url_notes
            or meeting.conference_phone_notes
            or without_passcode(link=meeting.conference_url) != meeting.conference_url
            or phone_without_passcode(phone=meeting.conference_phone) != meeting.conference_phone
        )


def read(*, slug: str, standing: Standing, at: datetime) -> Entry | None:
    """The entry of that slug; null where there is none. A visitor's standing costs no query."""
    detail = search.detail(slug=slug, at=at)
    if detail is None:
        return None
    shut = closures.coming(meeting=detail.meeting, at=at)
    may_join = standing.user is not None or not detail.meeting.join_needs_login
    graduate = standing.graduates[0] if standing.graduates else None
    is_staff = standing.is_staff or standing.is_coordinator
    if graduate is None and not is_staff:
        return Entry(detail=detail, may_join=may_join, closures=shut)
    meeting = detail.meeting
    date = visits.last_date(detail=detail, at=at) if graduate else None
    code_date = visits.code_date(detail=detail, at=at) if is_staff else None
    return Entry(
        detail=detail,
        may_join=may_join,
        closures=shut,
        is_kept=graduate is not None and saved.is_kept(graduate=graduate, meeting=meeting),
        is_planned=graduate is not None and plan.has_meeting(graduate=graduate, meeting=meeting),
        date=date,
        line=visits.visit_of(graduate=graduate, meeting=meeting, date=date)
        if graduate and date
        else None,
        code_date=code_date,
        code=visits.code_of(meeting=meeting, date=code_date) if code_date else "",
    )
