"""What comes and what came in a graduate's plan: reads for the screens, as frozen rows."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from aftercare import recurrence, wording
from aftercare.models import CheckIn, Commitment, Expectation, Graduate

Outcome = Expectation.Outcome

# How long a date may be answered from the first page, and how far ahead "next" looks.
RECENT, AHEAD = timedelta(hours=48), timedelta(days=8)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedOccurrence:
    """One date of a plan with what is known of it; instants are UTC, `outcome` of Expectation."""

    commitment_uid: UUID
    recurrence_id: str
    starts_at: datetime
    ends_at: datetime
    time_zone: str
    title: str
    kind: str
    kind_words: str
    place: str
    join_link: str
    meeting_slug: str
    outcome: str
    reason: str
    is_now: bool
    has_begun: bool
    has_ended: bool

    @property
    def is_answered(self) -> bool:
        """Whether somebody said what became of it, or will."""
        return self.outcome not in (Outcome.PENDING, Outcome.UNREPORTED)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanDay:
    """One local day of a week."""

    on: date
    is_today: bool
    occurrences: tuple[PlannedOccurrence, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanWeek:
    """Monday to Sunday by the graduate's clock; `planned` leaves out what was excused or cancelled."""

    days: tuple[PlanDay, ...]
    occurrences: tuple[PlannedOccurrence, ...]
    kept: int
    planned: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Today:
    """What the first page shows: what is next, what follows today, what wants an answer."""

    next: PlannedOccurrence | None
    later: tuple[PlannedOccurrence, ...]
    unanswered_recent: tuple[PlannedOccurrence, ...]
    check_in: CheckIn | None
    week: PlanWeek


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitmentRow:
    """One commitment of a plan, with its rule in words and its next date."""

    uid: UUID
    kind: str
    kind_words: str
    title: str
    place: str
    join_link: str
    meeting_slug: str
    when: str
    time_zone: str
    next_at: datetime | None
    until_on: date | None
    reminders_on: bool
    remind_minutes: int


def week(*, graduate: Graduate, at: datetime) -> PlanWeek:
    """The week of a graduate that holds the instant."""
    start, end = _week_of(graduate, at)
    return _as_week(graduate, _dates(graduate, start, end, at), at)


def today(*, graduate: Graduate, at: datetime) -> Today:
    """The first page of a graduate at an instant."""
    start, end = _week_of(graduate, at)
    dates = _dates(graduate, min(start, at - RECENT), max(end, at + AHEAD), at)
    coming = [one for one in dates if not one.has_ended and not one.is_answered]
    zone = ZoneInfo(graduate.time_zone)
    day = at.astimezone(zone).date()
    return Today(
        next=coming[0] if coming else None,
        later=tuple(one for one in coming[1:] if one.starts_at.astimezone(zone).date() == day),
        unanswered_recent=tuple(
            one
            for one in dates
            if one.has_ended and not one.is_answered and one.ends_at > at - RECENT
        ),
        check_in=CheckIn.objects.open_at(at).filter(graduate=graduate).first(),
        week=_as_week(graduate, [one for one in dates if start <= one.starts_at < end], at),
    )


def commitments(*, graduate: Graduate, at: datetime) -> tuple[CommitmentRow, ...]:
    """What is in the plan of a graduate now, by next date."""
    rows = Commitment.objects.filter(graduate=graduate, ended_at__isnull=True)
    found = [_row(row, at) for row in rows.select_related("meeting").order_by("pk")]
    return tuple(sorted(found, key=lambda row: (row.next_at is None, row.next_at or at)))


def _week_of(graduate: Graduate, at: datetime) -> tuple[datetime, datetime]:
    zone = ZoneInfo(graduate.time_zone)
    local = at.astimezone(zone).date()
    monday = local - timedelta(days=local.weekday())
    return _midnight(monday, zone), _midnight(monday + timedelta(days=7), zone)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return recurrence.localize(wall=datetime.combine(day, time()), zone=zone)


def _as_week(graduate: Graduate, dates: list[PlannedOccurrence], at: datetime) -> PlanWeek:
    zone = ZoneInfo(graduate.time_zone)
    local = at.astimezone(zone).date()
    monday = local - timedelta(days=local.weekday())
    days = tuple(
        PlanDay(
            on=day,
            is_today=day == local,
            occurrences=tuple(one for one in dates if one.starts_at.astimezone(zone).date() == day),
        )
        for day in (monday + timedelta(days=number) for number in range(7))
    )
    counted = [one for one in dates if one.outcome not in (Outcome.EXCUSED, Outcome.CANCELLED)]
    kept = sum(one.outcome in Expectation.CAME for one in counted)
    return PlanWeek(days=days, occurrences=tuple(dates), kept=kept, planned=len(counted))


def _dates(
    graduate: Graduate, start: datetime, end: datetime, at: datetime
) -> list[PlannedOccurrence]:
    """Every date that starts in the range: those on record, and those that the plan makes.

    What has been is told by the record, also where its commitment has ended or changed since.
    """
    known = {
        (row.commitment_id, row.recurrence_id): row
        for row in Expectation.objects.filter(
            graduate=graduate,
            kind=Expectation.Kind.OCCURRENCE,
            opened_at__gte=start,
            opened_at__lt=end,
        ).select_related("commitment__meeting")
    }
    live = Commitment.objects.filter(graduate=graduate, ended_at__isnull=True)
    planned: list[PlannedOccurrence] = []
    for commitment in live.select_related("meeting"):
        for one in recurrence.occurrences(rule=commitment.rule, start=start, end=end):
            row = known.pop((commitment.pk, one.recurrence_id), None)
            if row is not None or one.ends_at > commitment.created_at:
                planned.append(_occurrence(commitment, one.recurrence_id, one, row, at))
    past = (
        _occurrence(row.commitment, row.recurrence_id, row, row, at)
        for row in known.values()
        if row.commitment is not None and row.opened_at <= at
    )
    return sorted([*planned, *past], key=lambda one: (one.starts_at, one.title))


def _occurrence(
    commitment: Commitment,
    recurrence_id: str,
    span: recurrence.Occurrence | Expectation,
    row: Expectation | None,
    at: datetime,
) -> PlannedOccurrence:
    starts_at, ends_at = _ends(span)
    return PlannedOccurrence(
        commitment_uid=commitment.uid,
        recurrence_id=recurrence_id,
        starts_at=starts_at,
        ends_at=ends_at,
        time_zone=commitment.time_zone,
        title=commitment.title,
        kind=commitment.kind,
        kind_words=commitment.get_kind_display(),
        place=commitment.place,
        join_link=commitment.join_link,
        meeting_slug=commitment.meeting.slug if commitment.meeting else "",
        outcome=row.outcome if row else Outcome.PENDING,
        reason=row.reason if row else "",
        is_now=starts_at <= at < ends_at,
        has_begun=starts_at <= at,
        has_ended=ends_at <= at,
    )


def _ends(span: recurrence.Occurrence | Expectation) -> tuple[datetime, datetime]:
    if isinstance(span, Expectation):
        return span.opened_at, span.due_at
    return span.starts_at, span.ends_at


def _row(commitment: Commitment, at: datetime) -> CommitmentRow:
    return CommitmentRow(
        uid=commitment.uid,
        kind=commitment.kind,
        kind_words=commitment.get_kind_display(),
        title=commitment.title,
        place=commitment.place,
        join_link=commitment.join_link,
        meeting_slug=commitment.meeting.slug if commitment.meeting else "",
        when=wording.schedule(commitment.rule),
        time_zone=commitment.time_zone,
        next_at=next(_coming(commitment, at), None),
        until_on=commitment.until_on,
        reminders_on=commitment.reminders_on,
        remind_minutes=commitment.remind_minutes,
    )


def _coming(commitment: Commitment, at: datetime) -> Iterator[datetime]:
    for far in (timedelta(days=32), timedelta(days=400)):
        for one in recurrence.occurrences(rule=commitment.rule, start=at, end=at + far):
            yield one.starts_at
