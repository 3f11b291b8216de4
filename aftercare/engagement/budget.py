"""The weekly alert budget of each counselor: what is inside it, and what overflowed, in order."""

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef
from django.db.models.functions import Coalesce

from aftercare.engagement.alerts import COOL_DOWN, Alert, Place, Placed, allowance, places
from aftercare.engagement.rules import EARLY_DAYS
from aftercare.keys import Keys
from aftercare.models import Assignment, DisengagementSignal, Graduate, Outreach, SignalSettings
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
    kind: str
    band: str
    points: float
    opened_at: datetime


def of_week(*, graduates: Collection[int], at: datetime) -> Week:
    """The budgets of all counselors who look after any of these graduates (primary keys).

    A counselor's week is worked out over the whole caseload, whomever the caller shows of it. A
    constant number of queries.
    """
    people = _people(graduates)
    keys = list(people)
    settings = _settings({group.program for group, _ in people.values()}, at)
    signals = _signals(keys)
    ended = _ended(keys, at)
    answered = _answered(people, settings)
    groups: defaultdict[_Group, list[int]] = defaultdict(list)
    for pk, (group, _) in people.items():
        groups[group].append(pk)
    placed: dict[int, Placed] = {}
    shares = []
    for group, members in groups.items():
        alerts = [
            _alert(pk, signals[pk], people[pk][1], ended.get(pk)) for pk in members if signals[pk]
        ]
        waiting = {alert.person for alert in alerts if not alert.rests(at)}
        spent = len(answered.intersection(members) - waiting)
        most = allowance(people=len(members), per_fifty=settings[group.program].per_fifty)
        found = places(alerts=alerts, room=max(most - spent, 0), at=at)
        placed |= found
        shares.append(_share(group, len(members), most, spent, found))
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


def _people(graduates: Collection[int]) -> dict[int, tuple[_Group, date]]:
    """Everybody who shares a budget with one of these, and the day each graduated on."""
    open_ones = Assignment.objects.filter(until__isnull=True)
    held = open_ones.filter(graduate__in=Keys(graduates))
    mine = dict(held.values_list("graduate_id", "counselor_id"))
    rows = open_ones.filter(
        counselor__in=set(mine.values()), graduate__status__in=_CURRENT
    ).values_list("graduate_id", "graduate__program_id", "counselor_id", "graduate__graduated_on")
    found = {pk: (_Group(program, role), on) for pk, program, role, on in rows}
    alone = [pk for pk in graduates if pk not in mine]
    return found | (_unassigned(alone) if alone else {})


def _unassigned(graduates: Collection[int]) -> dict[int, tuple[_Group, date]]:
    """Everybody whom nobody looks after in the programs of these."""
    looked_after = Assignment.objects.filter(graduate=OuterRef("pk"), until__isnull=True)
    programs = Graduate.objects.filter(pk__in=Keys(graduates)).values("program")
    rows = Graduate.objects.filter(
        ~Exists(looked_after), program__in=programs, status__in=_CURRENT
    ).values_list("pk", "program_id", "graduated_on")
    return {pk: (_Group(program, None), on) for pk, program, on in rows}


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


def _signals(keys: Sequence[int]) -> defaultdict[int, list[_Signal]]:
    rows = DisengagementSignal.objects.filter(
        graduate__in=Keys(keys), state=State.OPEN, band__in=ALERTING
    ).values_list("graduate_id", "kind", "band", "points", "opened_at")
    found: defaultdict[int, list[_Signal]] = defaultdict(list)
    for row in rows:
        found[row[0]].append(_Signal(*row))
    return found


def _ended(keys: Sequence[int], at: datetime) -> dict[int, tuple[datetime, int]]:
    """When the newest alert of each was brought to an end by somebody, and its rank."""
    rows = DisengagementSignal.objects.filter(
        graduate__in=Keys(keys),
        state=State.CLOSED,
        band__in=_BUDGETED,
        outcome__in=Outreach.Outcome.values,
        closed_at__gt=at - COOL_DOWN,
        closed_at__lte=at,
    ).values_list("graduate_id", "closed_at", "band")
    found: dict[int, tuple[datetime, int]] = {}
    for pk, closed_at, band in rows:
        if closed_at is not None:
            ended = (closed_at, DisengagementSignal.rank_of(band))
            found[pk] = max(found.get(pk, ended), ended)
    return found


def _answered(people: dict[int, tuple[_Group, date]], settings: dict[int, _Setting]) -> set[int]:
    """Those with a budgeted alert that somebody answered in the week of their program."""
    since = min((one.week_began_at for one in settings.values()), default=None)
    if since is None:
        return set()
    rows = Outreach.objects.filter(
        graduate__in=Keys(people), at__gte=since, signals__band__in=_BUDGETED
    ).values_list("graduate_id", "at", "signals__kind", "signals__opened_at")
    return {
        pk
        for pk, when, kind, opened_at in rows
        if when >= settings[people[pk][0].program].week_began_at
        and not _is_early(kind, opened_at, people[pk][1])
    }


def _alert(
    person: int,
    signals: Sequence[_Signal],
    graduated_on: date,
    ended: tuple[datetime, int] | None,
) -> Alert:
    was_ended_at, was_rank = ended or (None, 0)
    return Alert(
        person=person,
        rank=max(DisengagementSignal.rank_of(one.band) for one in signals),
        points=max(one.points for one in signals),
        since=min(one.opened_at for one in signals),
        is_never_budgeted=any(
            one.band == Band.URGENT or _is_early(one.kind, one.opened_at, graduated_on)
            for one in signals
        ),
        was_ended_at=was_ended_at,
        was_rank=was_rank,
    )


def _is_early(kind: str, opened_at: datetime, graduated_on: date) -> bool:
    """Two missed check-ins in the first ninety days ask for a call whatever the budget says."""
    return kind == Kind.MISSED_CHECK_INS and (opened_at.date() - graduated_on).days < EARLY_DAYS
