"""Graduates who get another counselor: many at once, on record, and taken back while it is fresh."""

from datetime import UTC, datetime, timedelta

import pytest

from aftercare import access, handover
from aftercare.access import NotYours, Standing
from aftercare.models import Assignment, AuditEntry, Graduate, Role
from tests import build

AT = datetime(2026, 3, 10, 14, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)

pytestmark = pytest.mark.django_db


@pytest.fixture
def lead() -> Role:
    return build.role(program=build.program(), kind=Role.Kind.LEAD, name="Lee Park")


@pytest.fixture
def dana(lead: Role) -> Role:
    return build.role(program=lead.program, name="Dana Reyes")


@pytest.fixture
def luis(lead: Role) -> Role:
    return build.role(program=lead.program, name="Luis Vega")


def standing(role: Role, at: datetime = AT) -> Standing:
    return access.roles_of(user=role.user, at=at)


def of(role: Role) -> Graduate:
    return build.graduate(program=role.program, counselor=role)


def now_with(graduate: Graduate) -> list[str]:
    held = Assignment.objects.filter(graduate=graduate, until__isnull=True)
    return [row.counselor.user.name for row in held]


def test_some_are_given_and_the_rest_stays(lead: Role, dana: Role, luis: Role) -> None:
    sam, ida, ben = of(dana), of(dana), of(luis)
    nobody = build.graduate(program=lead.program)

    came = handover.give(
        standing=standing(lead),
        graduates=[sam.uid, ben.uid, nobody.uid],
        to=luis.uid,
        at=AT,
    )

    assert came == 2
    assert [now_with(one) for one in (sam, ida, ben, nobody)] == [
        ["Luis Vega"],
        ["Dana Reyes"],
        ["Luis Vega"],
        ["Luis Vega"],
    ]
    assert Assignment.objects.get(graduate=sam, until__isnull=False).until == AT
    assert list(
        AuditEntry.objects.order_by("pk").values_list("verb", "thing", "graduate_uid", "actor")
    ) == [("changed", "assignment", one.uid, lead.user.pk) for one in (sam, nobody)]


def test_a_whole_caseload_is_given_and_taken_back(lead: Role, dana: Role, luis: Role) -> None:
    sam, ida, ben = of(dana), of(dana), of(luis)

    assert handover.give_all(standing=standing(lead), of=dana.uid, to=luis.uid, at=AT) == 2
    (moved,) = handover.recent(standing=standing(lead), at=AT + HOUR)
    later = AT + 13 * HOUR
    too_late = handover.take_back(standing=standing(lead, later), uids=moved.uids, at=later)
    back = handover.take_back(standing=standing(lead), uids=moved.uids, at=AT + HOUR)
    again = handover.take_back(standing=standing(lead), uids=moved.uids, at=AT + HOUR)

    assert (moved.name, moved.at, len(moved.uids)) == ("Luis Vega", AT, 2)
    assert (too_late, back, again) == (0, 2, 0)
    assert [now_with(one) for one in (sam, ida, ben)] == [
        ["Dana Reyes"],
        ["Dana Reyes"],
        ["Luis Vega"],
    ]
    assert Assignment.objects.count() == 3
    assert handover.recent(standing=standing(lead), at=AT + HOUR) == ()


def test_only_who_leads_the_program_of_all_of_them_may(lead: Role, dana: Role, luis: Role) -> None:
    sam, elsewhere = of(dana), build.graduate(program=build.program(name="Elsewhere"))
    other = build.role(program=build.program(name="Other"), kind=Role.Kind.LEAD)
    former = build.role(program=lead.program, name="Former", until=AT - HOUR)
    tries = [
        (dana, [sam.uid], luis.uid),
        (other, [sam.uid], luis.uid),
        (lead, [sam.uid, elsewhere.uid], luis.uid),
        (lead, [sam.uid], former.uid),
        (lead, [sam.uid], lead.uid),
    ]

    for role, people, to in tries:
        with pytest.raises(NotYours):
            handover.give(standing=standing(role), graduates=people, to=to, at=AT)
    with pytest.raises(NotYours):
        handover.give_all(standing=standing(other), of=dana.uid, to=luis.uid, at=AT)
    assert handover.recent(standing=standing(dana), at=AT) == ()
    assert (now_with(sam), Assignment.objects.count()) == (["Dana Reyes"], 1)
