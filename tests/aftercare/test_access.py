"""Who may see whom."""

import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser

from aftercare import access
from aftercare.models import AuditEntry, Coverage, Graduate, Role
from tests import build

AT = datetime(2026, 3, 8, 9, 0, tzinfo=UTC)

pytestmark = pytest.mark.django_db


def standing_of(role: Role, at: datetime = AT) -> access.Standing:
    return access.roles_of(user=role.user, at=at)


def visible(role: Role, at: datetime = AT) -> set[int]:
    return set(access.caseload(standing=standing_of(role, at)).values_list("pk", flat=True))


def test_anonymous_has_no_standing() -> None:
    standing = access.roles_of(user=AnonymousUser(), at=AT)

    assert (standing.is_graduate, standing.is_staff, standing.is_lead, standing.is_operator) == (
        False,
        False,
        False,
        False,
    )


def test_counselor_sees_own_caseload_only() -> None:
    program = build.program()
    mine, other = build.role(program=program), build.role(program=program)
    graduate = build.graduate(program=program, counselor=mine)
    build.graduate(program=program, counselor=other)
    build.graduate(program=program)

    assert visible(mine) == {graduate.pk}


def test_lead_sees_own_program_only() -> None:
    program = build.program()
    lead = build.role(program=program, kind=Role.Kind.LEAD)
    graduate = build.graduate(program=program)
    build.graduate()

    assert visible(lead) == {graduate.pk}


@pytest.mark.parametrize("kind", [Role.Kind.COORDINATOR, Role.Kind.OPERATOR, Role.Kind.AUDITOR])
def test_other_roles_see_nobody(kind: Role.Kind) -> None:
    program = build.program()
    build.graduate(program=program)

    assert visible(build.role(program=program, kind=kind)) == set()


def test_ended_role_sees_nobody_at_once() -> None:
    program = build.program()
    role = build.role(program=program, until=AT)
    build.graduate(program=program, counselor=role)

    assert visible(role) == set()


def test_former_caseload_is_out_of_sight() -> None:
    program = build.program()
    before, after = build.role(program=program), build.role(program=program)
    graduate = build.graduate(program=program, counselor=before)
    graduate.assignments.update(until=AT - timedelta(days=1))
    build.assignment(graduate=graduate, counselor=after)

    assert (visible(before), visible(after)) == (set(), {graduate.pk})


def test_cover_sees_the_caseload_while_it_lasts() -> None:
    program = build.program()
    away, cover = build.role(program=program), build.role(program=program)
    graduate = build.graduate(program=program, counselor=away)
    Coverage.objects.create(
        counselor=away, cover=cover, starts_at=AT, ends_at=AT + timedelta(days=2)
    )

    assert visible(cover) == {graduate.pk}
    assert visible(cover, AT - timedelta(minutes=1)) == set()
    assert visible(cover, AT + timedelta(days=2)) == set()


def test_mine_only_leaves_out_what_the_lead_sees() -> None:
    program = build.program()
    role = build.role(program=program)
    Role.objects.create(user=role.user, program=program, kind=Role.Kind.LEAD, since=build.LONG_AGO)
    mine = build.graduate(program=program, counselor=role)
    other = build.graduate(program=program)

    assert visible(role) == {mine.pk, other.pk}
    own = access.caseload(standing=standing_of(role), mine_only=True)
    assert set(own.values_list("pk", flat=True)) == {mine.pk}


def test_opening_a_graduate_is_recorded_as_a_read() -> None:
    program = build.program()
    role = build.role(program=program)
    graduate = build.graduate(program=program, counselor=role)

    standing = replace(standing_of(role), is_looking=True)

    assert access.graduate_of_caseload(standing=standing, uid=graduate.uid) == graduate
    assert access.graduate_of_caseload(standing=standing_of(role), uid=graduate.uid) == graduate

    entry = AuditEntry.objects.get()
    assert (entry.verb, entry.actor, entry.role, entry.graduate_uid, entry.program, entry.at) == (
        AuditEntry.Verb.READ,
        role.user,
        Role.Kind.COUNSELOR,
        graduate.uid,
        program,
        AT,
    )


def test_a_commitment_looked_at_by_staff_is_a_look_at_its_owner_and_by_the_owner_none() -> None:
    program = build.program()
    role = build.role(program=program)
    graduate = build.graduate(program=program, counselor=role, user=build.user())
    commitment = build.commitment(graduate=graduate)
    assert graduate.user is not None
    for user, uid in ((role.user, graduate.uid), (graduate.user, None)):
        standing = access.roles_of(user=user, at=AT, is_looking=True)
        assert access.commitment(standing=standing, uid=commitment.uid) == commitment
        assert access.to_plan_for(standing=standing, uid=uid) == graduate

    rows = AuditEntry.objects.values_list("actor", "verb", "thing", "thing_uid")
    assert list(rows) == [(role.user.pk, "read", "graduate", graduate.uid)] * 2


def test_people_on_a_list_are_recorded_once_an_hour_whatever_their_number(
    django_assert_num_queries: Any,
) -> None:
    program = build.program()
    role = build.role(program=program)
    people = [build.graduate(program=program, counselor=role) for _ in range(3)]
    uids = {one.uid for one in people}

    def look(minutes: int, page: str = "inbox") -> set[uuid.UUID | None]:
        before = set(AuditEntry.objects.values_list("pk", flat=True))
        standing = access.roles_of(user=role.user, at=AT + timedelta(minutes=minutes))
        # Around the second stand the two of a transaction.
        with django_assert_num_queries(1 if (minutes, page) == (59, "inbox") else 4):
            access.note_looks(standing=standing, uids=uids, page=page)
        new = AuditEntry.objects.exclude(pk__in=before)
        found = new.filter(verb="read", thing=page, actor=role.user, program=program)
        return set(found.values_list("graduate_uid", flat=True))

    assert look(0) == uids
    assert look(59) == set()
    assert look(59, "morning") == uids
    assert look(60) == uids
    assert AuditEntry.objects.count() == 9


def test_graduate_of_somebody_else_does_not_exist() -> None:
    role = build.role(program=build.program())
    stranger = build.graduate()

    with pytest.raises(access.NotYours):
        access.graduate_of_caseload(standing=standing_of(role), uid=stranger.uid)
    with pytest.raises(access.NotYours):
        access.graduate_of_caseload(standing=standing_of(role), uid=uuid.uuid4())
    assert not AuditEntry.objects.exists()


def test_one_person_can_be_graduate_and_staff() -> None:
    program = build.program()
    role = build.role(program=program)
    graduate = build.graduate(program=program, user=role.user)

    standing = standing_of(role)

    assert (standing.is_graduate, standing.is_staff) == (True, True)
    assert access.own_graduate(standing=standing) == graduate


@pytest.mark.parametrize("status", [Graduate.Status.LEFT, Graduate.Status.DECEASED])
def test_closed_accounts_have_no_standing(status: Graduate.Status) -> None:
    graduate = build.graduate(user=build.user(), status=status)
    assert graduate.user is not None

    assert not access.roles_of(user=graduate.user, at=AT).is_graduate


def test_own_graduate_needs_one() -> None:
    with pytest.raises(access.NotYours):
        access.own_graduate(standing=standing_of(build.role(program=build.program())))


def test_actor_acts_in_the_strongest_role_of_the_program() -> None:
    program, elsewhere = build.program(), build.program(name="Elsewhere")
    role = build.role(program=program)
    Role.objects.create(
        user=role.user, program=elsewhere, kind=Role.Kind.LEAD, since=build.LONG_AGO
    )

    standing = standing_of(role)

    assert (standing.actor(program).role, standing.actor(elsewhere).role) == ("counselor", "lead")
    assert [p.name for p in standing.programs(Role.Kind.LEAD)] == ["Elsewhere"]
