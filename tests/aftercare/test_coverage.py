from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from aftercare import access, coverage
from aftercare.coverage import NotAway, Voice
from aftercare.models import AuditEntry, Coverage, Role
from aftercare.record import Actor
from notifications.models import Program
from tests import build

pytestmark = pytest.mark.django_db

# A Tuesday, ten in the morning in New York.
AT = datetime(2026, 3, 10, 14, 0, tzinfo=UTC)
DAY = timedelta(days=1)
MONDAY_NINE = datetime(2026, 3, 16, 13, 0, tzinfo=UTC)


@pytest.fixture
def program() -> Program:
    return build.program()


@pytest.fixture
def dana(program: Program) -> Role:
    return build.role(program=program)


@pytest.fixture
def noor(program: Program) -> Role:
    return build.role(program=program, name="Noor Haddad")


def away(dana: Role, noor: Role, **changes: Any) -> Coverage:
    facts = {
        "counselor": dana,
        "cover": noor,
        "first_on": date(2026, 3, 10),
        "last_on": date(2026, 3, 13),
        "actor": Actor(user=dana.user, role="counselor"),
        "at": AT,
        **changes,
    }
    return coverage.add(**facts)


def test_absence_lasts_from_the_first_midnight_to_the_one_after_the_last(
    dana: Role, noor: Role
) -> None:
    made = away(dana, noor)

    assert (made.starts_at, made.ends_at) == (
        datetime(2026, 3, 10, 4, 0, tzinfo=UTC),
        datetime(2026, 3, 14, 4, 0, tzinfo=UTC),
    )
    assert (made.first_on, made.last_on) == (date(2026, 3, 10), date(2026, 3, 13))
    entry = AuditEntry.objects.get()
    assert (entry.verb, entry.thing_uid) == (AuditEntry.Verb.CREATED, made.uid)


def test_voice_is_the_known_counselor_s_and_names_the_cover_until_somebody_is_back(
    dana: Role, noor: Role
) -> None:
    graduate = build.graduate(program=dana.program, counselor=dana)
    nobodys = build.graduate(program=dana.program)
    before = coverage.voice_of(graduate=graduate, at=AT)
    made = away(dana, noor)

    during = coverage.voice_of(graduate=graduate, at=AT)

    assert before == Voice(counselor="Dana")
    # The absence ends on a Friday; the office is staffed again on Monday at nine.
    assert during == Voice(counselor="Dana", cover="Noor", back_at=MONDAY_NINE)
    assert during.facts(graduate=graduate, at=AT) == {
        "counselor": "Dana",
        "cover": "Noor",
        "back_day": "Monday",
    }
    assert coverage.voice_of(graduate=graduate, at=made.ends_at) == before
    assert coverage.voice_of(graduate=nobodys, at=AT) == Voice()


def test_cover_sees_the_caseload_while_it_lasts(dana: Role, noor: Role) -> None:
    graduate = build.graduate(program=dana.program, counselor=dana)
    made = away(dana, noor)

    def seen(at: datetime) -> list[Any]:
        standing = access.roles_of(user=noor.user, at=at)
        return list(access.caseload(standing=standing))

    assert (seen(AT), seen(made.ends_at)) == ([graduate], [])


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"last_on": date(2026, 3, 9)}, "The last day comes on or after"),
        (
            {"first_on": date(2026, 3, 1), "last_on": date(2026, 3, 8)},
            "The last day comes on or after",
        ),
        ({"last_on": date(2027, 3, 9)}, "The last day comes on or after"),
    ],
)
def test_days_that_cannot_be_are_refused(
    dana: Role, noor: Role, changes: dict[str, Any], words: str
) -> None:
    with pytest.raises(NotAway, match=words):
        away(dana, noor, **changes)
    assert Coverage.objects.count() == 0


def test_cover_is_another_of_the_same_program_who_is_there(dana: Role, noor: Role) -> None:
    stranger = build.role(program=build.program(name="Elsewhere"))
    away(noor, dana, first_on=date(2026, 3, 13), last_on=date(2026, 3, 16))

    with pytest.raises(NotAway, match="same program"):
        away(dana, dana)
    with pytest.raises(NotAway, match="same program"):
        away(dana, stranger)
    with pytest.raises(NotAway, match="This colleague is away"):
        away(dana, noor)
    away(dana, noor, last_on=date(2026, 3, 12))
    with pytest.raises(NotAway, match="away on some of these days already"):
        away(dana, noor, first_on=date(2026, 3, 12), last_on=date(2026, 3, 12))


def test_absence_ends_now_and_one_to_come_is_taken_back(dana: Role, noor: Role) -> None:
    now = away(dana, noor)
    later = away(dana, noor, first_on=date(2026, 4, 1), last_on=date(2026, 4, 2))

    for one in (now, later):
        coverage.end(absence=one, actor=Actor(user=dana.user), at=AT + DAY)

    assert [row.ends_at for row in Coverage.objects.all()] == [AT + DAY]
    assert coverage.covers_of(counselors=[dana.pk], at=AT + DAY) == {}


def test_a_counselor_sets_own_absences_and_a_lead_everybody_s(dana: Role, noor: Role) -> None:
    lead = build.role(program=dana.program, kind=Role.Kind.LEAD, name="Lee Ames")
    made = away(dana, noor)
    standings = [access.roles_of(user=role.user, at=AT) for role in (dana, noor, lead)]

    assert [coverage.counselors_for(standing=one) for one in standings] == [
        [dana],
        [noor],
        [dana, noor],
    ]
    assert [coverage.coming(standing=one, at=AT) for one in standings] == [
        (made,),
        (made,),
        (made,),
    ]
    stranger = build.role(program=dana.program, name="Ann Onym")
    standing = access.roles_of(user=stranger.user, at=AT)
    assert coverage.coming(standing=standing, at=AT) == ()
    with pytest.raises(access.NotYours):
        coverage.one(standing=standings[1], uid=made.uid)
