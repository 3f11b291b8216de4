"""How much a caseload asks for: the week's budget of alerts, who carries how much."""

import uuid
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, F, Q, QuerySet, Sum

from aftercare.access import Standing
from aftercare.engagement import budget
from aftercare.engagement.alerts import Place
from aftercare.models import (
    CheckIn,
    DisengagementSignal,
    Graduate,
    Outreach,
    Reply,
    Role,
)

Band, State = DisengagementSignal.Band, DisengagementSignal.State

WEEK = timedelta(weeks=1)
# Signals that ask for a deed; the others are to be watched.
PRESSING = (Band.URGENT, Band.LOST_CONTACT, Band.REACH_OUT)
# Whom a list shows unless another status is asked for; who has left is found by asking.
CURRENT = (Graduate.Status.ACTIVE, Graduate.Status.PAUSED, Graduate.Status.INVITED)


@dataclass(frozen=True, kw_only=True)
class Budget:
    """The alerts of a caseload this week, in people: what fits, what is beyond, what never waits.

    `beyond` holds the graduates (primary keys) that the week has no room for, whoever is ranked last.
    """

    allowance: int
    inside: int
    never_budgeted: int
    beyond: frozenset[int]


def budget_line(*, graduates: Collection[int], at: datetime) -> Budget:
    """The week's alerts of the counselors who look after these graduates (primary keys)."""
    week = budget.of_week(graduates=graduates, at=at)
    return Budget(
        allowance=sum(share.allowance for share in week.shares),
        inside=sum(share.inside for share in week.shares),
        never_budgeted=sum(share.never_budgeted for share in week.shares),
        beyond=frozenset(pk for pk, one in week.places.items() if one.place == Place.OVERFLOW),
    )


@dataclass(frozen=True, kw_only=True)
class Load:
    """What one counselor carries: people, what waits, what is overdue, minutes recorded in seven days."""

    uid: uuid.UUID
    name: str
    program: str
    people: int
    waiting: int
    overdue: int
    minutes: int

    @property
    def key(self) -> str:
        """The role as a form names it."""
        return str(self.uid)

    @property
    def hours(self) -> float:
        """The minutes as hours."""
        return self.minutes / 60


def balance(*, standing: Standing, at: datetime) -> tuple[Load, ...]:
    """Everybody with a caseload in the programs a log-in leads; a constant number of queries.

    `waiting` counts signals that ask for a deed, unread texts and answers, and steps whose day has
    come; `overdue` those past the instant or the day they were due.
    """
    roles = list(_roles(standing))
    keys = [role.pk for role in roles]
    people = _per_counselor(Graduate.objects.filter(status__in=CURRENT), "", keys)
    signals = DisengagementSignal.objects.filter(state=State.OPEN, band__in=PRESSING)
    steps = Outreach.objects.filter(next_on__lte=at.date(), next_done_at__isnull=True)
    answers = CheckIn.objects.filter(first_answer_at__isnull=False, read_at__isnull=True)
    texts = Reply.objects.filter(needs_person=True, read_at__isnull=True)
    waiting = _sum(
        _per_counselor(rows, "graduate__", keys) for rows in (signals, steps, answers, texts)
    )
    late_signals = signals.filter(answer_by__lt=at, acknowledged_at__isnull=True)
    late_steps = steps.filter(next_on__lt=at.date())
    overdue = _sum(_per_counselor(rows, "graduate__", keys) for rows in (late_signals, late_steps))
    minutes = _minutes(roles, at)
    return tuple(
        Load(
            uid=role.uid,
            name=role.user.name,
            program=role.program.name,
            people=people[role.pk],
            waiting=waiting[role.pk],
            overdue=overdue[role.pk],
            minutes=minutes.get((role.user_id, role.program_id), 0),
        )
        for role in roles
    )


def _roles(standing: Standing) -> "QuerySet[Role]":
    return (
        Role.objects.filter(
            Q(until__isnull=True) | Q(until__gt=standing.at),
            kind=Role.Kind.COUNSELOR,
            program__in=standing.programs(Role.Kind.LEAD),
        )
        .select_related("user", "program")
        .order_by("program__name", "pk")
    )


def _per_counselor(rows: "QuerySet[Any]", way: str, keys: Collection[int]) -> Counter[int]:
    """How many rows hang on the graduates of each counselor; `way` leads from a row to its graduate."""
    open_now = {f"{way}assignments__until__isnull": True, f"{way}assignments__counselor__in": keys}
    counted = (
        rows.filter(**open_now)
        .annotate(holder=F(f"{way}assignments__counselor"))
        .order_by()
        .values_list("holder")
        .annotate(many=Count("pk", distinct=True))
    )
    return Counter(dict(counted))


def _sum(counts: Iterable[Counter[int]]) -> Counter[int]:
    total: Counter[int] = Counter()
    for count in counts:
        total.update(count)
    return total


def _minutes(roles: Collection[Role], at: datetime) -> dict[tuple[int, int], int]:
    spent = Outreach.objects.filter(
        counselor__in=[role.user_id for role in roles], at__gt=at - WEEK, at__lte=at
    )
    rows = spent.order_by().values_list("counselor", "graduate__program").annotate(Sum("minutes"))
    return {(user, program): total or 0 for user, program, total in rows}
