"""Dates that several graduates of a program share: a group, or a meeting that stands in several plans."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from aftercare import occurrences
from aftercare.models import Commitment, Graduate
from aftercare.occurrences import NoSuchOccurrence
from aftercare.recurrence import Occurrence
from notifications import text
from notifications.models import Program

# How far ahead shared dates are offered.
AHEAD = timedelta(days=14)
# Groups of the program are shared as such; what people find for themselves, where several go to it.
GROUPS = (Commitment.Kind.GROUP, Commitment.Kind.FAMILY)
SHARED = (*GROUPS, Commitment.Kind.SUPPORT_MEETING, Commitment.Kind.ACTIVITY)


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedDate:
    """One date that stands in several plans, or is a group's; `uid` is that of one of the commitments."""

    uid: UUID
    recurrence_id: str
    program: Program
    title: str
    starts_at: datetime
    time_zone: str
    commitments: tuple[tuple[Commitment, Occurrence], ...]

    @property
    def count(self) -> int:
        """In how many plans it stands."""
        return len(self.commitments)


def upcoming(*, programs: Iterable[Program], at: datetime) -> tuple[SharedDate, ...]:
    """The shared dates of the next two weeks in some programs, the nearest first."""
    rows = _plans(programs)
    found: dict[tuple[object, ...], list[tuple[Commitment, Occurrence]]] = defaultdict(list)
    for row in rows:
        for one in occurrences.of(commitment=row, start=at, end=at + AHEAD):
            found[(*_shared_key(row), one.starts_at)].append((row, one))
    dates = (_shared(pairs) for pairs in found.values())
    return tuple(sorted((one for one in dates if one), key=lambda one: (one.starts_at, one.title)))


def find(*, programs: Iterable[Program], uid: UUID, recurrence_id: str, at: datetime) -> SharedDate:
    """The shared date that one commitment has under an id; raises NoSuchOccurrence."""
    rows = list(_plans(programs))
    named = next((row for row in rows if row.uid == uid), None)
    if named is None:
        raise NoSuchOccurrence(recurrence_id)
    one = occurrences.one(commitment=named, recurrence_id=recurrence_id)
    if one is None or one.starts_at <= at:
        raise NoSuchOccurrence(recurrence_id)
    same = [(named, one)]
    for row in rows:
        if row != named and _shared_key(row) == _shared_key(named):
            span = {"start": one.starts_at, "end": one.starts_at + timedelta(seconds=1)}
            same += [(row, made) for made in occurrences.of(commitment=row, **span)]
    found = _shared(same)
    if found is None:
        raise NoSuchOccurrence(recurrence_id)
    return found


def _plans(programs: Iterable[Program]) -> Collection[Commitment]:
    rows = Commitment.objects.filter(
        graduate__program__in=list(programs),
        graduate__status__in=Graduate.REACHED,
        kind__in=SHARED,
        ended_at__isnull=True,
    )
    return occurrences.with_changes(rows).order_by("pk")


def _shared_key(row: Commitment) -> tuple[object, ...]:
    name = f"meeting {row.meeting_id}" if row.meeting_id else text.fold(row.title.strip())
    return row.graduate.program_id, row.kind, name


def _shared(pairs: list[tuple[Commitment, Occurrence]]) -> SharedDate | None:
    commitment, one = pairs[0]
    people = {row.graduate_id for row, _one in pairs}
    # A title that one person alone chose is nobody else's to read.
    if len(people) < 2 and commitment.kind not in GROUPS:
        return None
    return SharedDate(
        uid=commitment.uid,
        recurrence_id=one.recurrence_id,
        program=commitment.graduate.program,
        title=commitment.title,
        starts_at=one.starts_at,
        time_zone=commitment.time_zone,
        commitments=tuple(pairs),
    )
