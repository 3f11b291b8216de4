"""Who answers for a graduate."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from aftercare import access, handling
from aftercare.handling import Because
from aftercare.models import AuditEntry, Coverage, Graduate, Role, Takeover
from tests import build

pytestmark = pytest.mark.django_db

AT = datetime(2026, 3, 10, 14, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def counselor() -> Role:
    return build.role(program=build.program(), name="Dana Reyes")


@pytest.fixture
def graduate(counselor: Role) -> Graduate:
    return build.graduate(program=counselor.program, counselor=counselor)


def who(graduate: Graduate, at: datetime = AT) -> tuple[str, str] | None:
    found = handling.handler_of(graduate=graduate, at=at)
    return (found.name, found.because) if found else None


def test_counselor_answers_cover_while_away_and_whoever_took_over(
    graduate: Graduate, counselor: Role
) -> None:
    cover = build.role(program=counselor.program, name="Lee Park")
    lead = build.role(program=counselor.program, kind=Role.Kind.LEAD, name="Ana Ruiz")
    Coverage.objects.create(
        counselor=counselor, cover=cover, starts_at=AT + HOUR, ends_at=AT + 9 * HOUR
    )
    standing = access.roles_of(user=lead.user, at=AT)

    assert who(graduate) == ("Dana Reyes", Because.ASSIGNED)
    assert who(graduate, AT + HOUR) == ("Lee Park", Because.COVERS)
    handling.take_over(graduate=graduate, standing=standing, at=AT)
    assert who(graduate, AT + HOUR) == ("Ana Ruiz", Because.TOOK_OVER)
    handling.take_over(graduate=graduate, standing=standing, at=AT + HOUR)
    back = handling.hand_back(graduate=graduate, standing=standing, at=AT + 2 * HOUR)
    assert back is not None
    assert (back.name, back.until) == ("Lee Park", AT + 9 * HOUR)
    handling.hand_back(graduate=graduate, standing=standing, at=AT + 2 * HOUR)

    assert [row.until for row in Takeover.objects.order_by("pk")] == [AT + HOUR, AT + 2 * HOUR]
    assert [entry.verb for entry in AuditEntry.objects.order_by("pk")] == [
        *("created", "created", "changed")
    ]
    assert who(build.graduate(program=counselor.program)) is None


def test_only_staff_of_the_program_take_over(graduate: Graduate) -> None:
    stranger = build.role(program=build.program(name="Elsewhere"))

    with pytest.raises(access.NotYours):
        handling.take_over(
            graduate=graduate, standing=access.roles_of(user=stranger.user, at=AT), at=AT
        )
    assert not Takeover.objects.exists()


def test_one_person_has_taken_over_at_a_time(graduate: Graduate, counselor: Role) -> None:
    Takeover.objects.create(graduate=graduate, role=counselor, since=AT)

    with pytest.raises(IntegrityError), transaction.atomic():
        Takeover.objects.create(graduate=graduate, role=counselor, since=AT)
