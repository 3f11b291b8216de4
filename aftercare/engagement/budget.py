"""The weekly alert budget of each counselor: what is inside it, and what overflowed, in order."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.db.models import Count, FilteredRelation, Q, QuerySet
from django.db.models.functions import Coalesce

from aftercare.engagement.alerts import COOL_DOWN, Alert, Place, Placed, allowance, places
from aftercare.engagement.rules import EARLY_DAYS
from aftercare.keys import Keys
from aftercare.models import DisengagementSignal, Graduate, Outreach, SignalSettings
from notifications.models import Program

Band, Kind, State = DisengagementSignal.Band, DisengagementSignal.Kind, DisengagementSignal.State

# Bands that ask for a deed; what is only to be watched is no alert.
ALERTING = (Band.URGENT, Band.LOST_CONTACT, Band.REACH_OUT)
_BUDGETED = (Band.LOST_CONTACT, Band.REACH_OUT)
_CURRENT = (Graduate.Status.ACTIVE, Graduate.Status.PAUSED, Graduate.Status.INVITED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """The week of one counselor: `counselor` is a Role's key, None for those nobody looks after.

    `allowance` alerts fit the week (Monday to Sunday where the program is), `spent` were answered in
    it already. The rest counts people: `inside` and `overflow` wait, `resting` had their turn less
    than three weeks ago, `never_budgeted` need somebody whatever the budget says.
    """

    counselor: int | None
    program: int
    people: int
    allowance: int
    spent: int
    inside: int
    overflow: int
    resting: int
    never_budgeted: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Week:
    """Where each alert stands, by graduate (primary key), and the sums of each counselor.

    Somebody without an alert is not in `places`.
    """

    places: dict[int, Placed]
    shares: tuple[Share, ...]


class _Group(NamedTuple):
    """Those who share one budget: the people of a counselor, or of nobody, in one program."""

    program: int
    counselor: int | None


class _Setting(NamedTuple):
    """What a program's budget goes by."""

    per_fifty: int
    week_began_at: datetime


class _Signal(NamedTuple):
    """The columns of a signal that a budget looks at."""

    graduate: int
    program: int
    holder: int | None
    graduated_on: date
    kind: str
    band: str
    points: float
    opened_at: datetime

    @property
    def group(self) -> _Group:
        """Whose budget it counts in."""
        return _Group(self.program, self.holder)

    @property
    def is_early(self) -> bool:
        """Two missed check-ins in the first ninety days ask for a call whatever the budget says."""
        days = (self.opened_at.date() - self.graduated_on).days
        return self.kind == Kind.MISSED_CHECK_INS and days < EARLY_DAYS


def of_week(*, graduates: Collection[int], at: datetime) -> Week:
    """The budgets of all counselors who look after any of these graduates (primary keys).

    A counselor's week is worked out over the whole caseload, whomever the caller shows of it. A
    constant number of queries; only those with an alert are read one by one.
    """
    groups = _groups(graduates)
    settings = _settings({group.program for group in groups}, at)
    people = _counts(groups)
    alerts = _alerts(groups, at)
    answered = _answered(groups, settings)
    placed: dict[int, Placed] = {}
    shares = []
    for group, count in people.items():
        waiting = {alert.person for alert in alerts[group] if not alert.rests(at)}
        spent = len(answered[group] - waiting)
        most = allowance(people=count, per_fifty=settings[group.program].per_fifty)
        found = places(alerts=alerts[group], room=max(most - spent, 0), at=at)
        placed |= found
        shares.append(_share(group, count, most, spent, found))
    return Week(places=placed, shares=tuple(shares))


def _share(group: _Group, people: int, most: int, spent: int, placed: dict[int, Placed]) -> Share:
    count = Counter(one.place for one in placed.values())
    return Share(
        counselor=group.counselor,
        program=group.program,
        people=people,
        allowance=most,
        spent=spent,
        inside=count[Place.INSIDE],
        overflow=count[Place.OVERFLOW],
        resting=count[Place.RESTING],
        never_budgeted=count[Place.NEVER_BUDGETED],
    )


def _held(way: str = "") -> FilteredRelation:
    """The open assignment of a graduate; `way` leads from a row to its graduate."""
    is_open = Q(**{f"{way}assignments__until__isnull": True})
    return FilteredRelation(f"{way}assignments", condition=is_open)


def _groups(graduates: Collection[int]) -> set[_Group]:
    rows = Graduate.objects.filter(pk__in=Keys(graduates)).annotate(held=_held())
    found = rows.values_list("program_id", "held__counselor").distinct().order_by()
    return {_Group(*row) for row in found}


def _of(groups: Collection[_Group], rows: "QuerySet[Any]", way: str = "") -> "QuerySet[Any]":
    """The rows of everybody who shares one of these budgets; `held` is who looks after them."""
    belongs = Q(held__counselor__in={one.counselor for one in groups if one.counselor is not None})
    alone = {group.program for group in groups if group.counselor is None}
    if alone:
        belongs |= Q(**{"held__isnull": True, f"{way}program__in": alone})
    current = {f"{way}status__in": _CURRENT}
    found: QuerySet[Any] = rows.annotate(held=_held(way)).filter(belongs, **current)
    return found.order_by()


def _counts(groups: Collection[_Group]) -> dict[_Group, int]:
    rows = _of(groups, Graduate.objects.all()).values_list("program_id", "held__counselor")
    return {_Group(program, role): count for program, role, count in rows.annotate(Count("pk"))}


def _settings(programs: Collection[int], at: datetime) -> dict[int, _Setting]:
    per_fifty = Coalesce("signal_settings__per_fifty", SignalSettings.PER_FIFTY)
    rows = Program.objects.filter(pk__in=programs).annotate(per_fifty=per_fifty)
    return {
        program.pk: _Setting(
            per_fifty=program.per_fifty,
            week_began_at=week_began_at(at=at, time_zone=program.time_zone),
        )
        for program in rows.only("time_zone")
    }


def week_began_at(*, at: datetime, time_zone: str) -> datetime:
    """The first instant of the Monday before, by the clock of an IANA zone."""
    zone = ZoneInfo(time_zone)
    today = at.astimezone(zone).date()
    monday = today - timedelta(days=today.weekday())
    return datetime.combine(monday, time(), tzinfo=zone)


def _alerts(groups: Collection[_Group], at: datetime) -> defaultdict[_Group, list[Alert]]:
    """What waits in each budget: all open signals of a person are one alert."""
    waiting = DisengagementSignal.objects.filter(state=State.OPEN, band__in=ALERTING)
    people: defaultdict[int, list[_Signal]] = defaultdict(list)
    for row in _read(groups, waiting):
        people[row[0]].append(_Signal(*row))
    ended = _ended(groups, at)
    found: defaultdict[_Group, list[Alert]] = defaultdict(list)
    for pk, signals in people.items():
        found[signals[0].group].append(_alert(pk, signals, ended.get(pk)))
    return found


def _read(
    groups: Collection[_Group], rows: "QuerySet[Any]", *more: str, signal: str = ""
) -> Iterator[tuple[Any, ...]]:
    """The columns of _Signal, and `more`; `signal` leads from a row to its signal."""
    of_person = ("graduate_id", "graduate__program_id", "held__counselor")
    own = [f"{signal}{name}" for name in ("kind", "band", "points", "opened_at")]
    found = _of(groups, rows, "graduate__")
    return found.values_list(*of_person, "graduate__graduated_on", *own, *more).iterator()


def _ended(groups: Collection[_Group], at: datetime) -> dict[int, tuple[datetime, int]]:
    """When the newest alert of each was brought to an end by somebody, and its rank."""
    closed = DisengagementSignal.objects.filter(
        state=State.CLOSED,
        band__in=_BUDGETED,
        outcome__in=Outreach.Outcome.values,
        closed_at__gt=at - COOL_DOWN,
        closed_at__lte=at,
    )
    rows = _of(groups, closed, "graduate__").values_list("graduate_id", "closed_at", "band")
    found: dict[int, tuple[datetime, int]] = {}
    for pk, closed_at, band in rows:
        ended = (closed_at, DisengagementSignal.rank_of(band))
        found[pk] = max(found.get(pk, ended), ended)
    return found


def _answered(
    groups: Collection[_Group], settings: dict[int, _Setting]
) -> defaultdict[_Group, set[int]]:
    """Those with a budgeted alert that somebody answered in the week of their program."""
    found: defaultdict[_Group, set[int]] = defaultdict(set)
    since = min((one.week_began_at for one in settings.values()), default=None)
    if since is None:
        return found
    answers = Outreach.objects.filter(at__gte=since, signals__band__in=_BUDGETED)
    for *row, at in _read(groups, answers, "at", signal="signals__"):
        signal = _Signal(*row)
        if at >= settings[signal.program].week_began_at and not signal.is_early:
            found[signal.group].add(signal.graduate)
    return found


def _alert(person: int, signals: Sequence[_Signal], ended: tuple[datetime, int] | None) -> Alert:
    was_ended_at, was_rank = ended or (None, 0)
    return Alert(
        person=person,
        rank=max(DisengagementSignal.rank_of(one.band) for one in signals),
        points=max(one.points for one in signals),
        since=min(one.opened_at for one in signals),
        is_never_budgeted=any(one.band == Band.URGENT or one.is_early for one in signals),
        was_ended_at=was_ended_at,
        was_rank=was_rank,
    )
