"""How much a caseload asks for: the week's budget, who carries how much."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from aftercare import access, workload
from aftercare.models import Assignment, CheckIn, DisengagementSignal, Graduate, Outreach, Role
from tests import build

Band, Kind, State = DisengagementSignal.Band, DisengagementSignal.Kind, DisengagementSignal.State

AT = datetime(2026, 6, 8, 14, 0, tzinfo=UTC)
DAY = timedelta(days=1)

pytestmark = pytest.mark.django_db


@pytest.fixture
def lead() -> Role:
    return build.role(program=build.program(), kind=Role.Kind.LEAD, name="Lee Park")


def counselor(lead: Role, name: str) -> Role:
    return build.role(program=lead.program, name=name)


def of(role: Role, **about: Any) -> Graduate:
    return build.graduate(program=role.program, counselor=role, **about)


def contact(graduate: Graduate, role: Role, at: datetime, **about: Any) -> Outreach:
    fields = {"way": "call", "outcome": "reached", "counselor": role.user, **about}
    return Outreach.objects.create(graduate=graduate, at=at, **fields)


def test_budget_ranks_what_it_has_no_room_for_and_never_leaves_out_what_cannot_wait(
    lead: Role,
) -> None:
    dana = counselor(lead, "Dana Reyes")
    high, low, lost, asked, early, watched = [
        of(dana, graduated_on=AT.date() - timedelta(days=89 if name == "early" else 91))
        for name in ("high", "low", "lost", "asked", "early", "watched")
    ]
    build.signal(graduate=high, points=8)
    build.signal(graduate=low, points=3)
    build.signal(graduate=lost, band=Band.LOST_CONTACT, points=1)
    build.signal(graduate=asked, kind=Kind.NEED_SUPPORT, band=Band.URGENT)
    build.signal(graduate=early, kind=Kind.MISSED_CHECK_INS)
    build.signal(graduate=watched, band=Band.WATCH)
    build.signal(graduate=watched, kind=Kind.MISSED_CHECK_INS, state=State.SNOOZED)
    keys = [one.pk for one in (high, low, lost, asked, early, watched)]

    found = workload.budget_line(graduates=keys, at=AT)

    assert (found.allowance, found.inside, found.never_budgeted) == (1, 1, 2)
    assert found.beyond == {high.pk, low.pk}


def test_balance_counts_people_what_waits_what_is_late_and_minutes(lead: Role) -> None:
    dana, luis = counselor(lead, "Dana Reyes"), counselor(lead, "Luis Vega")
    sam, ida = of(dana), of(dana)
    # Who was with somebody before is no part of their load.
    Assignment.objects.create(graduate=sam, counselor=luis, since=AT - 9 * DAY, until=AT - 8 * DAY)
    of(dana, status=Graduate.Status.LEFT)
    late = build.signal(graduate=sam, kind=Kind.NEED_SUPPORT, band=Band.URGENT)
    late.answer_by = AT - DAY
    late.save()
    build.signal(graduate=ida, band=Band.WATCH)
    build.reply(graduate=sam)
    build.check_in(
        graduate=ida, opens_at=AT - DAY, state=CheckIn.State.ANSWERED, answered_at=AT - DAY
    )
    contact(sam, dana, AT - DAY, minutes=50, next_on=AT.date() - DAY)
    contact(ida, dana, AT - 6 * DAY, minutes=25, next_on=AT.date() + DAY)
    contact(ida, dana, AT - 8 * DAY, minutes=99)
    build.graduate(program=build.program(name="Elsewhere"))
    standing = access.roles_of(user=lead.user, at=AT)

    with CaptureQueriesContext(connection) as queries:
        loads = workload.balance(standing=standing, at=AT)

    assert [
        (one.name, one.people, one.waiting, one.overdue, one.minutes, one.hours) for one in loads
    ] == [("Dana Reyes", 2, 4, 2, 75, 1.25), ("Luis Vega", 0, 0, 0, 0, 0)]
    assert len(queries) == 9
