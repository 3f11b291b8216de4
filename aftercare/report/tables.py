"""The report of a program: everybody and each group, every figure of the catalogue."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from operator import attrgetter
from zoneinfo import ZoneInfo

from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from aftercare.engagement.watch import EASED
from aftercare.instruments.structure import Scale, structures
from aftercare.models import DisengagementSignal, Graduate, Outreach, Track
from aftercare.report import catalogue, lives, rows
from aftercare.report.catalogue import Meaning, ShareOf, WaitOf
from aftercare.report.curve import Curve
from aftercare.report.figures import Change, Share, Waits
from aftercare.report.lives import Life
from notifications.models import Program

PERIODS = (30, 90, 365)
# So many in a hundred answers are to be read within one working day.
READ_AIM = 95
EVERYBODY, TRACK, COHORT = "everybody", "track", "cohort"
# What the tables of groups show on the page; an export has every figure.
COMPARED = ("follow_up_30", "active_90", "replies", "read")

Words = str | Promise


@dataclass(frozen=True, kw_only=True)
class Tally:
    """How many there are of one kind, of `whole` in all."""

    code: str
    title: Words
    count: int
    whole: int


@dataclass(frozen=True, kw_only=True)
class Course:
    """What became of one score of a questionnaire; `names` are those of the score by language."""

    code: str
    instrument: str
    scale: Scale
    change: Change


@dataclass(frozen=True, kw_only=True)
class Group:
    """Everybody, a track or a cohort, with its figures by the codes of the catalogue."""

    kind: str
    code: str
    title: Words
    people: int
    retention: Curve
    shares: dict[str, Share]
    waits: dict[str, Waits]
    tallies: dict[str, tuple[Tally, ...]]
    courses: tuple[Course, ...]

    @property
    def is_read_in_time(self) -> bool:
        """Whether the aim for reading answers is met; so it is where there was nothing to read."""
        percent = self.shares["read"].percent
        return percent is None or percent >= READ_AIM


@dataclass(frozen=True, kw_only=True)
class Report:
    """Everything the page shows; `weeks` are the reply rate in percent by the week's first day.

    `chosen` is who was asked for; `groups` are the tracks and the cohorts of the whole program, with
    the figures of COMPARED, or with all of them where everything was asked for.
    """

    program: Program
    days: int
    first_on: date
    last_on: date
    track: str
    cohort: str
    chosen: Group
    groups: tuple[Group, ...]
    weeks: tuple[tuple[date, float | None], ...]

    @property
    def tracks(self) -> tuple[Group, ...]:
        """The groups by what the program treated; a person may be in several."""
        return tuple(group for group in self.groups if group.kind == TRACK)

    @property
    def cohorts(self) -> tuple[Group, ...]:
        """The groups by the quarter of graduation, the newest first."""
        return tuple(group for group in self.groups if group.kind == COHORT)


def read(
    *,
    program: Program,
    at: datetime,
    days: int,
    track: str = "",
    cohort: str = "",
    with_all: bool = False,
) -> Report:
    """The figures of the `days` up to an instant, of everybody or of one track or cohort ("2026-Q1").

    A constant number of queries. With `with_all` the groups have every figure, too. A track or
    cohort that nobody is of is as good as none.
    """
    start, now = at - timedelta(days=days), int(at.timestamp())
    everybody = rows.read(program=program, start=start, at=at)
    known = [_named(kind, code) for kind, code in _groups(everybody)]
    track = track if (TRACK, track) in [(kind, code) for kind, code, _ in known] else ""
    cohort = cohort if (COHORT, cohort) in [(kind, code) for kind, code, _ in known] else ""
    chosen = [life for life in everybody if _is_of(life, track, cohort)]
    title = _("Everybody") if not track and not cohort else _("The chosen people")
    zone = ZoneInfo(program.time_zone)
    return Report(
        program=program,
        days=days,
        first_on=start.astimezone(zone).date(),
        last_on=at.astimezone(zone).date(),
        track=track,
        cohort=cohort,
        chosen=_group(EVERYBODY, "", title, chosen, now),
        groups=tuple(
            _group(kind, code, title, _members(everybody, kind, code), now, with_all=with_all)
            for kind, code, title in known
        ),
        weeks=_weeks(chosen, at, days, zone),
    )


def _groups(everybody: Sequence[Life]) -> list[tuple[str, str]]:
    tracks = {track for life in everybody for track in life.tracks}
    cohorts = {life.cohort for life in everybody}
    found = [(TRACK, track) for track in Track.values if track in tracks]
    return found + [(COHORT, cohort) for cohort in sorted(cohorts, reverse=True)]


def _named(kind: str, code: str) -> tuple[str, str, Words]:
    if kind == TRACK:
        return kind, code, Track(code).label
    year, _, quarter = code.partition("-Q")
    return kind, code, format_lazy(_QUARTER, quarter=quarter, year=year)


_QUARTER = _("Quarter {quarter} of {year}")


def _is_of(life: Life, track: str, cohort: str) -> bool:
    return (not track or track in life.tracks) and (not cohort or life.cohort == cohort)


def _members(everybody: Iterable[Life], kind: str, code: str) -> list[Life]:
    is_track = kind == TRACK
    return [
        life for life in everybody if (code in life.tracks if is_track else life.cohort == code)
    ]


def _group(
    kind: str, code: str, title: Words, people: list[Life], now: int, *, with_all: bool = True
) -> Group:
    wanted = [
        one for one in (*catalogue.SINCE, *catalogue.LATELY) if with_all or one.code in COMPARED
    ]
    return Group(
        kind=kind,
        code=code,
        title=title,
        people=len(people),
        retention=lives.retention(lives=people),
        shares={one.code: one.count(people, now) for one in wanted if isinstance(one, ShareOf)},
        waits={one.code: one.measure(people, now) for one in wanted if isinstance(one, WaitOf)},
        tallies={
            meaning.code: _tallies(people, titles, of)
            for meaning, titles, of in (_TALLIES if with_all else ())
        },
        courses=_courses(people) if with_all else (),
    )


# What is tallied: every kind there can be, in its order, and where each person's are.
_ALERTS: dict[str, Words] = {
    **dict(Outreach.Outcome.choices),
    EASED: _("eased"),
    rows.OPEN: _("no contact yet"),
}
_TALLIES: tuple[tuple[Meaning, dict[str, Words], Callable[[Life], Iterable[str]]], ...] = (
    (catalogue.STANDING, dict(Graduate.Status.choices), lambda life: [life.status]),
    (catalogue.OPEN, dict(DisengagementSignal.Kind.choices), lambda life: life.signals),
    (catalogue.ALERTS, _ALERTS, lambda life: life.alerts),
    (catalogue.CONTACTS, dict(Outreach.Outcome.choices), lambda life: life.contacts),
)


def _tallies(
    people: Iterable[Life], titles: dict[str, Words], of: Callable[[Life], Iterable[str]]
) -> tuple[Tally, ...]:
    """Every kind, those that nobody has as well."""
    counts = Counter(code for life in people for code in of(life))
    whole = counts.total()
    return tuple(
        Tally(code=code, title=title, count=counts[code], whole=whole)
        for code, title in titles.items()
    )


def _courses(people: Sequence[Life]) -> tuple[Course, ...]:
    found = []
    for structure in structures().values():
        for scale in structure.scales:
            key = (structure.code, scale.code)
            pairs = [life.scores[key] for life in people if key in life.scores]
            if pairs:
                code = f"{structure.code}_{scale.code}"
                change = _change(scale, pairs)
                found.append(
                    Course(code=code, instrument=structure.name, scale=scale, change=change)
                )
    return tuple(found)


def _change(scale: Scale, pairs: Sequence[tuple[int, int]]) -> Change:
    moves = [move(scale=scale, first=first, newest=newest) for first, newest in pairs]
    return Change(
        people=len(pairs),
        mean=sum(newest - first for first, newest in pairs) / len(pairs),
        improved=moves.count(1),
        worsened=moves.count(-1),
    )


def move(*, scale: Scale, first: int, newest: int) -> int:
    """1 for better, -1 for worse, 0 for a change too small to say.

    By the published step of the score, or, where there is none, by its own ranges.
    """
    if scale.step is not None:
        up = (newest - first >= scale.step) - (first - newest >= scale.step)
    else:
        low, high = (scale.bands.index(scale.band(value)) for value in (first, newest))
        up = (high > low) - (high < low)
    return up if scale.better == "high" else -up


def _weeks(
    people: Iterable[Life], at: datetime, days: int, zone: ZoneInfo
) -> tuple[tuple[date, float | None], ...]:
    """The reply rate of each seven days counted back from now, oldest first."""
    now, week = int(at.timestamp()), 7 * lives.DAY
    members = list(people)
    came, out = (
        Counter((now - due) // week for life in members for due in of(life))
        for of in (attrgetter("answered"), attrgetter("unanswered"))
    )
    found = []
    for number in range(days // 7 - 1, -1, -1):
        first = at - timedelta(weeks=number + 1)
        share = Share(part=came[number], whole=came[number] + out[number])
        found.append((first.astimezone(zone).date(), share.percent))
    return tuple(found)
