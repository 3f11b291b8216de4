"""What comes and what came in a graduate's plan: reads for the screens, as frozen rows."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from aftercare import occurrences, recurrence, wording
from aftercare.models import CheckIn, Commitment, Expectation, Graduate, PlanPause
from aftercare.occurrences import Off
from aftercare.recurrence import Occurrence

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
    # Why it does not happen, of occurrences.Why, with the name of a holiday; "" where it does.
    off: str = ""
    off_name: str = ""
    is_moved: bool = False

    @property
    def is_answered(self) -> bool:
        """Whether somebody said what became of it, or will."""
        return self.outcome not in (Outcome.PENDING, Outcome.UNREPORTED)

    @property
    def is_open(self) -> bool:
        """Whether it happens, and nobody has said anything of it."""
        return not self.off and not self.is_answered


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanDay:
    """One local day of a week."""

    on: date
    is_today: bool
    occurrences: tuple[PlannedOccurrence, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanWeek:
    """Monday to Sunday by the graduate's clock; `planned` leaves out what was excused or is off."""

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
    rested_at: datetime | None


def week(*, graduate: Graduate, at: datetime) -> PlanWeek:
    """The week of a graduate that holds the instant."""
    start, end = _week_of(graduate, at)
    return _as_week(graduate, _dates(graduate, start, end, at), at)


def today(*, graduate: Graduate, at: datetime) -> Today:
    """The first page of a graduate at an instant."""
    start, end = _week_of(graduate, at)
    dates = _dates(graduate, min(start, at - RECENT), max(end, at + AHEAD), at)
    coming = [one for one in dates if not one.has_ended and one.is_open]
    zone = ZoneInfo(graduate.time_zone)
    day = at.astimezone(zone).date()
    return Today(
        next=coming[0] if coming else None,
        later=tuple(one for one in coming[1:] if one.starts_at.astimezone(zone).date() == day),
        unanswered_recent=tuple(
            one for one in dates if one.has_ended and one.is_open and one.ends_at > at - RECENT
        ),
        check_in=CheckIn.objects.open_at(at).filter(graduate=graduate).first(),
        week=_as_week(graduate, [one for one in dates if start <= one.starts_at < end], at),
    )


def commitments(*, graduate: Graduate, at: datetime) -> tuple[CommitmentRow, ...]:
    """What is in the plan of a graduate now, by next date."""
    rows = Commitment.objects.filter(graduate=graduate, ended_at__isnull=True)
    rows = occurrences.with_changes(rows.select_related("meeting"))
    found = [_row(row, at) for row in rows.order_by("pk")]
    return tuple(sorted(found, key=lambda row: (row.next_at is None, row.next_at or at)))


def coming(
    *, commitment: Commitment, at: datetime, count: int = 4
) -> tuple[PlannedOccurrence, ...]:
    """The next dates of one commitment, those that are off among them."""
    end = at + timedelta(days=100)
    made = sorted(_made(commitment, at, end), key=lambda pair: pair[0].starts_at)
    answers = {row.recurrence_id: row for row in commitment.expectations.filter(opened_at__gt=at)}
    return tuple(
        _planned(commitment, one, answers.get(one.recurrence_id), off, at)
        for one, off in made[:count]
    )


def pauses(*, graduate: Graduate, at: datetime) -> tuple[PlanPause, ...]:
    """The pauses of a plan that are not over, the nearest first."""
    today = at.astimezone(ZoneInfo(graduate.time_zone)).date()
    rows = PlanPause.objects.filter(graduate=graduate, last_on__gte=today)
    return tuple(rows.select_related("commitment").order_by("first_on", "pk"))


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
    excused = (Outcome.EXCUSED, Outcome.CANCELLED)
    counted = [one for one in dates if not one.off and one.outcome not in excused]
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
    for commitment in occurrences.with_changes(live.select_related("meeting")):
        for one, off in _made(commitment, start, end):
            row = known.pop((commitment.pk, one.recurrence_id), None)
            if row is not None or one.ends_at > commitment.created_at:
                planned.append(_planned(commitment, one, row, off, at))
    past = (
        _occurrence(row.commitment, _span(row), row, at)
        for row in known.values()
        if row.commitment is not None and row.opened_at <= at
    )
    return sorted([*planned, *past], key=lambda one: (one.starts_at, one.title))


def _made(
    commitment: Commitment, start: datetime, end: datetime
) -> Iterator[tuple[Occurrence, Off | None]]:
    """The dates that happen, and those that the rule makes and that do not."""
    for one in occurrences.of(commitment=commitment, start=start, end=end):
        yield one, None
    for off in occurrences.off(commitment=commitment, start=start, end=end):
        yield off.occurrence, off


def _span(row: Expectation) -> Occurrence:
    return Occurrence(recurrence_id=row.recurrence_id, starts_at=row.opened_at, ends_at=row.due_at)


def _planned(
    commitment: Commitment,
    one: Occurrence,
    row: Expectation | None,
    off: Off | None,
    at: datetime,
) -> PlannedOccurrence:
    """A date that the plan makes, as it goes there now; who went to one that is off was there all the same."""
    made = _occurrence(commitment, one, row, at)
    if off is None:
        is_moved = occurrences.is_moved(commitment=commitment, recurrence_id=one.recurrence_id)
        return replace(made, is_moved=is_moved)
    is_said = row is not None and row.outcome in (*Expectation.CAME, Outcome.MISSED)
    return made if is_said else replace(made, off=off.why, off_name=off.name)


def _occurrence(
    commitment: Commitment, one: Occurrence, row: Expectation | None, at: datetime
) -> PlannedOccurrence:
    return PlannedOccurrence(
        commitment_uid=commitment.uid,
        recurrence_id=one.recurrence_id,
        starts_at=one.starts_at,
        ends_at=one.ends_at,
        time_zone=commitment.time_zone,
        title=commitment.title,
        kind=commitment.kind,
        kind_words=commitment.get_kind_display(),
        place=commitment.place,
        join_link=commitment.join_link,
        meeting_slug=commitment.meeting.slug if commitment.meeting else "",
        outcome=row.outcome if row else Outcome.PENDING,
        reason=row.reason if row else "",
        is_now=one.starts_at <= at < one.ends_at,
        has_begun=one.starts_at <= at,
        has_ended=one.ends_at <= at,
    )


def _row(commitment: Commitment, at: datetime) -> CommitmentRow:
    following = occurrences.first(commitment=commitment, start=at, far=timedelta(days=400))
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
        next_at=following.starts_at if following else None,
        until_on=commitment.until_on,
        reminders_on=commitment.reminders_on,
        remind_minutes=commitment.remind_minutes,
        rested_at=commitment.rested_at,
    )
