"""A support meeting of somebody's plan moved, changed its time, or closed: they are told once, with others near it.

What to tell is a row of the directory (`Meeting.moved_at`, or a `Closure`) that no news in `MeetingNews`
answers yet, so a process that dies between an import and the telling loses nothing.
"""

import base64
import logging
import uuid
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from urllib.parse import urljoin
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, OuterRef, QuerySet
from django.urls import reverse

from aftercare import batch, occurrences, texts, wording
from aftercare.directory import geo, moments, reviews, search
from aftercare.directory.criteria import Criteria
from aftercare.directory.importing import Outcome
from aftercare.directory.search import Row
from aftercare.engagement import watch
from aftercare.models import Closure, Commitment, Contact, Graduate, ImportRun, Meeting, MeetingNews
from aftercare.record import Actor
from aftercare.recurrence import Occurrence
from notifications import consent, outbox
from notifications.kinds import Kind, Scope
from notifications.models import Program

log = logging.getLogger(__name__)

OTHERS = 3
# From the circle people walk or ride to, to the ones in which there is something at all.
MILES = (10.0, 25.0, 50.0)
LIKE_TIME = timedelta(minutes=90)
# Whoever has no date to come is told all the same, within a week.
OF_USE = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """What became of a meeting in a plan; `was` are day (0 is Sunday) and time in the plan.

    With a `closure`, it is only closed for some days.
    """

    meeting: Meeting
    was_weekday: int | None
    was_time: time
    is_over: bool
    others: tuple[Row, ...]
    closure: Closure | None = None


def accept(*, run: ImportRun, actor: Actor, program: Program, at: datetime) -> Outcome:
    """Take in an import that was held, and tell whom it concerns.

    Raises reviews.NoLongerHeld, reviews.NothingToAccept.
    """
    outcome = reviews.accept(run=run, actor=actor, program=program, at=at)
    tell(at=at)
    return outcome


def tell(*, at: datetime) -> int:
    """Tell everybody whose meeting became another since they planned it, or is closed on their next
    date; returns how many texts. One person's trouble is logged and keeps it from nobody else.
    """
    moved = batch.each(
        rows=occurrences.with_changes(_moved().order_by("pk")),
        do=lambda row: _tell_moved(row, at),
    )
    shut = batch.each(
        rows=occurrences.with_changes(_shut(at).order_by("pk")),
        do=lambda row: _tell_shut(row, at),
    )
    return moved + shut


def _moved() -> "QuerySet[Commitment]":
    told = MeetingNews.objects.filter(
        commitment=OuterRef("pk"), moved_at=OuterRef("meeting__moved_at")
    )
    return Commitment.objects.filter(
        ~Exists(told),
        ended_at__isnull=True,
        meeting__moved_at__isnull=False,
        meeting__moved_at__gt=F("created_at"),
    )


def _shut(at: datetime) -> "QuerySet[Commitment]":
    """Those whose meeting has a closure in the days ahead that they were not told of."""
    told = MeetingNews.objects.filter(
        commitment=OuterRef("pk"), moved_at=OuterRef("meeting__closed_days__created_at")
    )
    return Commitment.objects.filter(
        ~Exists(told),
        ended_at__isnull=True,
        meeting__active=True,
        meeting__closed_days__first_on__lte=at.date() + OF_USE,
        meeting__closed_days__last_on__gte=at.date() - timedelta(days=1),
    ).distinct()


@transaction.atomic
def _tell_moved(commitment: Commitment, at: datetime) -> bool:
    """Whether a text was queued; that it was dealt with is noted in any case."""
    meeting = commitment.meeting
    if meeting is None or meeting.moved_at is None or _is_as_planned(commitment, meeting):
        return False
    if not meeting.active:
        watch.look_again(graduates=[commitment.graduate_id], at=at)
    following = occurrences.first(commitment=commitment, start=at, far=OF_USE)
    return _tell(commitment, meeting.moved_at, following, at)


@transaction.atomic
def _tell_shut(commitment: Commitment, at: datetime) -> bool:
    """Whether a text was queued: for the first date of the week ahead that a closure keeps from happening."""
    off = occurrences.off(commitment=commitment, start=at, end=at + OF_USE)
    date = next((one.occurrence for one in off if one.why == occurrences.Why.CLOSED), None)
    if date is None:
        return False
    on = date.starts_at.astimezone(occurrences.zone_of(commitment=commitment)).date()
    closures = occurrences.changes_of(commitment=commitment).closures
    closure = next(one for one in closures if one.days.covers(on))
    return _tell(commitment, closure.created_at, date, at, is_shut=True)


def _tell(
    commitment: Commitment,
    moved_at: datetime,
    following: Occurrence | None,
    at: datetime,
    *,
    is_shut: bool = False,
) -> bool:
    news, is_new = MeetingNews.objects.get_or_create(
        commitment=commitment, moved_at=moved_at, defaults={"told_at": at}
    )
    if not is_new or not commitment.graduate.is_written_to:
        return False
    try:
        _queue(news, commitment, following, at, is_shut=is_shut)
    except (texts.NobodyToText, wording.SaysTooMuch, outbox.NoSender) as error:
        log.warning("News #%s could not be told: %s", news.pk, type(error).__name__)
        return False
    return True


def _is_as_planned(commitment: Commitment, meeting: Meeting) -> bool:
    """The meeting is where and when the plan has it, whatever happened in between."""
    if not meeting.active or meeting.weekday is None:
        return False
    return (
        (meeting.weekday - 1) % 7 in commitment.weekdays
        and meeting.start_time == commitment.start_time
        and (not commitment.place or meeting.address in commitment.place)
        and meeting.timezone == commitment.time_zone
        and _is_in_its_weeks(commitment, meeting)
    )


def _is_in_its_weeks(commitment: Commitment, meeting: Meeting) -> bool:
    """Who goes every month to what is held every week knows why."""
    if not meeting.weeks:
        return True
    return (
        commitment.repeats == Commitment.Repeats.MONTHLY_POSITION
        and commitment.position in moments.positions_of(weeks=meeting.weeks)
    )


def _queue(
    news: MeetingNews,
    commitment: Commitment,
    following: Occurrence | None,
    at: datetime,
    *,
    is_shut: bool,
) -> None:
    graduate = commitment.graduate
    contact = texts.way_of(graduate=graduate, kind=Kind.REMINDER)
    starts_at = following.starts_at if following else at + OF_USE
    texts.queue(
        contact=contact,
        body=_body(news, commitment, following, at, is_shut=is_shut),
        key=f"news:{news.pk}",
        kind=_kind(contact, graduate),
        not_before=texts.decent_time(contact=contact, soon=at, starts_at=starts_at),
        # On the evening itself it is still of use: the door may be shut.
        expires_at=starts_at + LIKE_TIME,
        at=at,
    )


def _kind(contact: Contact, graduate: Graduate) -> Kind:
    """Of an own appointment, so a reminder to those who agreed to these."""
    agreed = consent.scopes(address=contact.address, program=graduate.program)
    return Kind.REMINDER if Scope.REMINDERS in agreed else Kind.EVENT


def _body(
    news: MeetingNews,
    commitment: Commitment,
    following: Occurrence | None,
    at: datetime,
    *,
    is_shut: bool,
) -> str:
    graduate = commitment.graduate
    zone, language = ZoneInfo(graduate.time_zone), graduate.language
    facts = {"day": "", "clock": ""}
    if following is not None:
        facts = {
            "day": wording.day(at=following.starts_at, now=at, zone=zone, language=language),
            "clock": wording.clock(
                at=following.starts_at,
                zone=zone,
                language=language,
                other=ZoneInfo(commitment.time_zone),
            ),
        }
    return wording.text(
        name="place_changed",
        language=language,
        is_shut=is_shut,
        is_over=bool(commitment.meeting and not commitment.meeting.active),
        link=urljoin(f"{settings.PUBLIC_URL}/", reverse("news", args=[token_of(news=news)])),
        alias=graduate.program.alias,
        **facts,
    )


def token_of(*, news: MeetingNews) -> str:
    """What the address of a news ends with: its uid in 22 letters, for a text has few."""
    return base64.urlsafe_b64encode(news.uid.bytes).decode().rstrip("=")


def _uid_of(token: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(bytes=base64.urlsafe_b64decode(f"{token}=="))
    except ValueError:
        return None


def read(*, token: str, at: datetime) -> News | None:
    """What a text pointed to: the meeting as it is now, and three others near it at a like time.

    It says nothing of the person, for whoever has the address may look.
    """
    uid = _uid_of(token)
    if uid is None:
        return None
    row = MeetingNews.objects.filter(uid=uid).select_related("commitment__meeting").first()
    if row is None or row.commitment.meeting is None:
        return None
    commitment, meeting = row.commitment, row.commitment.meeting
    weekday = (commitment.weekdays[0] + 1) % 7 if commitment.weekdays else meeting.weekday
    return News(
        meeting=meeting,
        was_weekday=weekday,
        was_time=commitment.start_time,
        is_over=not meeting.active,
        closure=meeting.closed_days.filter(created_at=row.moved_at).first(),
        others=others(meeting=meeting, weekday=weekday, start_time=commitment.start_time, at=at),
    )


def others(
    *, meeting: Meeting, weekday: int | None, start_time: time, at: datetime
) -> tuple[Row, ...]:
    """Three active meetings of the same day at a like time, the nearest first, else of any day.

    Of a room the others are rooms, too, and online only where these are too few; a meeting without
    a point has its others online.
    """
    after, before = _around(start_time)
    days = (weekday,) if weekday is not None else ()
    found: dict[str, Row] = {}
    for circle in _circles(meeting):
        for on in dict.fromkeys((days, ())):
            asked = replace(circle, days=on, after=after, before=before, per_page=OTHERS + 1)
            rows = search.find(criteria=asked, at=at).rows
            found |= {row.slug: row for row in rows if row.slug not in {*found, meeting.slug}}
            if len(found) >= OTHERS:
                return tuple(found.values())[:OTHERS]
    return tuple(found.values())


def _around(start_time: time) -> tuple[time, time]:
    """From and until when a time is like another, on the same day."""
    minute = start_time.hour * 60 + start_time.minute
    span = int(LIKE_TIME.total_seconds()) // 60
    first, last = max(minute - span, 0), min(minute + span + 1, 1439)
    return time(first // 60, first % 60), time(last // 60, last % 60)


def _circles(meeting: Meeting) -> list[Criteria]:
    online = Criteria(attendance=("online",))
    if meeting.latitude is None or meeting.longitude is None:
        return [online]
    point = geo.Point(meeting.latitude, meeting.longitude)
    # Where nobody can come any more, nothing says how they came; the point says there was a place.
    is_online = meeting.attendance == Meeting.Attendance.ONLINE
    near = Criteria(near=point, sort="distance", attendance=() if is_online else ("in_person",))
    return [*(replace(near, within_miles=miles) for miles in MILES), online]
