"""A commitment as somebody wants it, before it is in the plan; what cannot be, and why, in plain words."""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlsplit

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from aftercare import recurrence
from aftercare.models import Commitment, Meeting
from aftercare.recurrence import Repeats

LONGEST_MINUTES = 24 * 60
LONGEST_LEAD_MINUTES = 7 * 24 * 60
LONGEST_TRAVEL_MINUTES = 300
LONGEST_TEXT = 200
LONGEST_INTERVAL = 52
# A rule that makes no date within this long never does.
_SEARCH = timedelta(days=800)


class UnusableDraft(ValueError):
    """A draft that cannot go into the plan; `field` is the one to mend and `words` say how."""

    field = ""
    words: str | Promise = ""

    def __str__(self) -> str:
        return str(self.words)


class NoTitle(UnusableDraft):
    """It has no name."""

    field, words = "title", _("Give it a name, so that you know it in your plan.")


class TitleTooLong(UnusableDraft):
    """Its name is longer than a line."""

    field, words = "title", _("This name is too long. Use 200 letters or fewer.")


class NoSuchTimeZone(UnusableDraft):
    """Its time zone is no IANA name."""

    field, words = "time_zone", _("We do not know this time zone. Please choose one from the list.")


class NoWeekday(UnusableDraft):
    """It comes back on a weekday, but on none in particular."""

    field, words = "weekdays", _("Choose at least one day of the week.")


class NoSuchPosition(UnusableDraft):
    """It comes back on a weekday of the month that no month has."""

    field, words = "position", _("Choose the first to the fourth week of the month, or the last.")


class NoSuchDay(UnusableDraft):
    """It comes back on a day that no month has."""

    field, words = "month_day", _("Choose a day from 1 to 31, or the last day of the month.")


class NoSuchInterval(UnusableDraft):
    """It comes back too seldom or never."""

    field, words = "interval", _("Choose a number from 1 to 52.")


class NoSuchLength(UnusableDraft):
    """It lasts no time, or longer than a day."""

    field, words = "minutes", _("Choose a length from 1 minute to 24 hours.")


class NoSuchLead(UnusableDraft):
    """Its reminder comes after it began, or more than a week before."""

    field, words = (
        "remind_minutes",
        _("Choose a reminder from the same minute to one week before."),
    )


class NoSuchWay(UnusableDraft):
    """The way there takes longer than a day's journey."""

    field, words = "travel_minutes", _("Choose up to 300 minutes to get there.")


class NotALink(UnusableDraft):
    """Its link is no web address."""

    field, words = "join_link", _("A link starts with https:// or http://. Please check it.")


class EndsBeforeStart(UnusableDraft):
    """Its last day lies before its first."""

    field, words = "until_on", _("The last day is before the first day. Please change one of them.")


class NeverHappens(UnusableDraft):
    """No date lies between its first day and its last."""

    field, words = "until_on", _("Between these two days it would never happen.")


class MeetingHasNoTime(UnusableDraft):
    """The directory does not say when the support meeting is."""

    field, words = (
        "start_time",
        _("This meeting has no fixed day and time. Add it yourself once you know them."),
    )


@dataclass(frozen=True, kw_only=True)
class CommitmentDraft:
    """The fields of a commitment (aftercare.models.Commitment says what each means)."""

    kind: str = Commitment.Kind.CUSTOM
    title: str
    place: str = ""
    join_link: str = ""
    meeting: Meeting | None = None
    repeats: str = Commitment.Repeats.WEEKLY
    interval: int = 1
    weekdays: tuple[int, ...] = ()
    position: int | None = None
    month_day: int | None = None
    start_time: time
    minutes: int = 60
    time_zone: str
    starts_on: date
    until_on: date | None = None
    reminders_on: bool = True
    remind_minutes: int = 120
    more_leads: tuple[tuple[int, str], ...] = ()
    travel_minutes: int = 0

    def check(self) -> None:
        """Raises the first fault, an UnusableDraft."""
        for fault, found in self._faults():
            if found:
                raise fault
        try:
            rule = Commitment(**self.columns()).rule
        except recurrence.UnknownTimeZone as error:
            raise NoSuchTimeZone from error
        start = recurrence.localize(
            wall=datetime.combine(self.starts_on, time()), zone=recurrence.load_zone(self.time_zone)
        )
        dates = recurrence.occurrences(rule=rule, start=start, end=start + _SEARCH)
        if next(dates, None) is None:
            raise NeverHappens

    def columns(self) -> dict[str, Any]:
        """The values as the commitment's row keeps them."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {
            **values,
            "title": self.title.strip(),
            "weekdays": sorted(self.weekdays),
            "more_leads": [list(lead) for lead in self.more_leads],
        }

    def _faults(self) -> Iterator[tuple[type[UnusableDraft], bool]]:
        yield NoTitle, not self.title.strip()
        yield TitleTooLong, len(self.title) > LONGEST_TEXT
        yield NotALink, bool(self.join_link) and not _is_link(self.join_link)
        yield NoSuchInterval, not 1 <= self.interval <= LONGEST_INTERVAL
        yield NoSuchLength, not 1 <= self.minutes <= LONGEST_MINUTES
        yield NoSuchLead, not all(0 <= one <= LONGEST_LEAD_MINUTES for one in self._leads())
        yield NoSuchWay, not 0 <= self.travel_minutes <= LONGEST_TRAVEL_MINUTES
        yield EndsBeforeStart, self.until_on is not None and self.until_on < self.starts_on
        yield from self._faults_of_days()

    def _leads(self) -> Iterator[int]:
        yield self.remind_minutes
        yield from (minutes for minutes, _clock in self.more_leads)

    def _faults_of_days(self) -> Iterator[tuple[type[UnusableDraft], bool]]:
        by_weekday = self.repeats in (Repeats.WEEKLY, Repeats.MONTHLY_POSITION)
        yield NoWeekday, by_weekday and not self.weekdays
        yield NoWeekday, not set(self.weekdays) <= set(range(7))
        by_position = self.repeats == Repeats.MONTHLY_POSITION
        yield NoSuchPosition, by_position and self.position not in (1, 2, 3, 4, 5, -1)
        by_date = self.repeats == Repeats.MONTHLY_DATE
        yield NoSuchDay, by_date and self.month_day not in (*range(1, 32), -1)


def _is_link(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)


def draft_from_meeting(
    *,
    meeting: Meeting,
    starts_on: date,
    position: int | None = None,
    reminders_on: bool = True,
    remind_minutes: int = 120,
) -> CommitmentDraft:
    """A weekly draft with the day, time, zone, name and place that the directory lists.

    With a `position`, it comes back in that week of the month only. Raises MeetingHasNoTime for a
    meeting by appointment.
    """
    if meeting.weekday is None or meeting.start_time is None:
        raise MeetingHasNoTime
    # Nobody can go to where an online meeting is listed.
    is_place = meeting.attendance != Meeting.Attendance.ONLINE
    place = ", ".join(part for part in (meeting.location, meeting.address) if part and is_place)
    return CommitmentDraft(
        kind=Commitment.Kind.SUPPORT_MEETING,
        title=meeting.name[:LONGEST_TEXT],
        place=place,
        join_link=meeting.conference_url if _is_link(meeting.conference_url) else "",
        meeting=meeting,
        repeats=Repeats.MONTHLY_POSITION if position else Repeats.WEEKLY,
        position=position,
        # The directory counts from Sunday, a plan from Monday.
        weekdays=((meeting.weekday - 1) % 7,),
        start_time=meeting.start_time,
        minutes=meeting.minutes or 60,
        time_zone=meeting.timezone,
        starts_on=starts_on,
        reminders_on=reminders_on,
        remind_minutes=remind_minutes,
    )


def draft_of(commitment: Commitment) -> CommitmentDraft:
    """A commitment of a plan as a draft, to be changed."""
    values = {field.name: getattr(commitment, field.name) for field in fields(CommitmentDraft)}
    return CommitmentDraft(
        **{
            **values,
            "weekdays": tuple(commitment.weekdays),
            "more_leads": tuple((minutes, clock) for minutes, clock in commitment.more_leads),
        }
    )


def listed_meeting(*, slug: str) -> Meeting | None:
    """The support meeting of the directory with this slug."""
    return Meeting.objects.filter(slug=slug).first()
