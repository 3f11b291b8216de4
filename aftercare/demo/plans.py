"""What stands in a made-up person's plan: one or two support meetings near them, therapy or a group."""

from datetime import date, time

from aftercare.demo.behaviour import dice
from aftercare.demo.people import PROGRAMS, MadeUpGraduate
from aftercare.drafts import CommitmentDraft, draft_from_meeting
from aftercare.models import Commitment, Meeting

_NAMES = {
    "en": {"therapy": "Session with Dr. Amari", "group": "Evening group", "walk": "Walk with Jo"},
    "es": {
        "therapy": "Cita con la Dra. Amari",
        "group": "Grupo de la tarde",
        "walk": "Paseo con Jo",
    },
}


def drafts(*, person: MadeUpGraduate, starts_on: date) -> list[CommitmentDraft]:
    """The first plan of one person, always the same."""
    roll = dice(person, "plan")
    found = [_meeting(person=person, starts_on=starts_on)] if roll.random() < 0.85 else []
    found.append(_own(person=person, kind=Commitment.Kind.THERAPY, starts_on=starts_on))
    if roll.random() < 0.35:
        found.append(_own(person=person, kind=Commitment.Kind.GROUP, starts_on=starts_on))
    return found


def _meeting(*, person: MadeUpGraduate, starts_on: date) -> CommitmentDraft:
    """An evening meeting of the directory; people elsewhere take one online."""
    near = Meeting.objects.filter(active=True, weekday__isnull=False, start_time__gte=time(17, 30))
    near = near.exclude(start_time__gt=time(20, 30))
    if person.program:
        near = near.filter(attendance=Meeting.Attendance.ONLINE)
    count = near.count()
    meeting = near.order_by("pk")[dice(person, "meeting").randrange(count)]
    return draft_from_meeting(meeting=meeting, starts_on=starts_on)


def _own(*, person: MadeUpGraduate, kind: Commitment.Kind, starts_on: date) -> CommitmentDraft:
    roll = dice(person, kind)
    is_therapy = kind == Commitment.Kind.THERAPY
    hour = roll.choice((9, 11, 13, 15)) if is_therapy else roll.choice((17, 18))
    return CommitmentDraft(
        kind=kind,
        title=_NAMES[person.language]["therapy" if is_therapy else "group"],
        weekdays=(roll.randrange(5),),
        start_time=time(hour, roll.choice((0, 30))),
        minutes=50 if is_therapy else 90,
        time_zone=PROGRAMS[person.program].time_zone,
        starts_on=starts_on,
        interval=2 if is_therapy and roll.random() < 0.2 else 1,
        reminders_on=roll.random() < 0.3,
    )
