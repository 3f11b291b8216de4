"""What made-up people do with meetings beside their plans: keep them, go, and say what is wrong."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from aftercare import closing, saved, visits
from aftercare.demo.behaviour import dice
from aftercare.demo.people import MadeUpGraduate, Manner
from aftercare.directory import reports, search
from aftercare.models import Graduate, Meeting, MeetingReport, Role
from aftercare.record import Actor

_KEPT, _FROM = 2, 40
_GOES = (Manner.STEADY, Manner.DRIFTING)


def last_week(*, people: dict[int, MadeUpGraduate], staff: Role, at: datetime) -> None:
    """One week around the directory; `people` are by graduate id, and `staff` looks after entries."""
    meetings = list(
        Meeting.objects.filter(active=True, start_time__isnull=False).order_by("pk")[:_FROM]
    )
    graduates = Graduate.objects.filter(pk__in=people, status=Graduate.Status.ACTIVE)
    for graduate in graduates.select_related("program", "user").order_by("pk"):
        person = people[graduate.pk]
        if person.manner in _GOES:
            chosen = dice(person, "outings").sample(meetings, _KEPT)
            _go(graduate, chosen, at)
    _look_after(meetings, staff, at)


def _go(graduate: Graduate, chosen: Iterable[Meeting], at: datetime) -> None:
    actor = Actor(user=graduate.user, role="graduate")
    for number, meeting in enumerate(chosen):
        saved.keep(graduate=graduate, meeting=meeting, at=at)
        detail = search.detail(slug=meeting.slug, at=at)
        date = visits.last_date(detail=detail, at=at) if detail else None
        if detail is None or date is None:
            continue
        is_fresh = at <= date.starts_at + visits.CODE_LASTS
        code = visits.code_of(meeting=meeting, date=date) if is_fresh and number else ""
        visits.went(graduate=graduate, detail=detail, code=code, actor=actor, at=at)


def _look_after(meetings: list[Meeting], staff: Role, at: datetime) -> None:
    """Two visitors report something, and one room is closed over a long weekend."""
    first, second, third = meetings[:3]
    actor = Actor(user=staff.user, role=staff.kind)
    reports.report(
        meeting=first,
        kind=MeetingReport.Kind.NOT_THERE,
        words="Waited until ten past. The side door was locked.",
        at=at,
    )
    reports.report(meeting=second, kind=MeetingReport.Kind.TIME, words="It begins at 7:30.", at=at)
    closing.close(
        meeting=third,
        first_on=(at + timedelta(days=3)).date(),
        last_on=(at + timedelta(days=10)).date(),
        whole_place=True,
        note="The hall is used for a fair.",
        program=staff.program,
        actor=actor,
        at=at,
    )
