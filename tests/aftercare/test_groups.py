from datetime import UTC, datetime, time, timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from aftercare import changes, groups
from aftercare.models import Commitment, Graduate
from aftercare.occurrences import NoSuchOccurrence
from aftercare.record import PORTAL
from notifications.models import Program
from tests import build

pytestmark = pytest.mark.django_db

Kind = Commitment.Kind
# A Thursday; the clocks of New York change on Sunday.
AT = datetime(2026, 3, 5, 15, 0, tzinfo=UTC)
TUESDAY = datetime(2026, 3, 10, 23, 0, tzinfo=UTC)
ID = "2026-03-10T19:00"


def member(program: Program, title: str = "Evening group", **facts: object) -> Commitment:
    graduate = build.graduate(program=program)
    return build.commitment(graduate=graduate, title=title, **{"kind": Kind.GROUP, **facts})  # type: ignore[arg-type]


def test_a_group_is_one_date_however_its_members_write_it() -> None:
    program = build.program()
    first = member(program)
    member(program, title=" evening GROUP ")
    member(program, title="Another group")
    member(build.program(name="Elsewhere"))

    found = groups.upcoming(programs=[program], at=AT)

    assert [(date.title, date.starts_at, date.count) for date in found[:2]] == [
        ("Another group", TUESDAY, 1),
        ("Evening group", TUESDAY, 2),
    ]
    assert (found[1].uid, found[1].recurrence_id) == (first.uid, ID)
    assert len(found) == 4


def test_what_one_person_alone_goes_to_is_nobody_elses_to_read() -> None:
    program = build.program()
    for kind in (Kind.SUPPORT_MEETING, Kind.THERAPY, Kind.CUSTOM):
        member(program, title=f"My {kind}", kind=kind)
    for _ in range(2):
        member(program, title="Lantern", kind=Kind.SUPPORT_MEETING)
        member(program, title="Therapy", kind=Kind.THERAPY)

    assert {date.title for date in groups.upcoming(programs=[program], at=AT)} == {"Lantern"}


def test_another_hour_is_another_date() -> None:
    program = build.program()
    one = member(program)
    member(program, start_time=time(18, 0))

    found = groups.find(programs=[program], uid=one.uid, recurrence_id=ID, at=AT)

    assert [row.pk for row, _ in found.commitments] == [one.pk]


def test_who_left_it_out_or_is_gone_is_not_expected() -> None:
    program = build.program()
    one, away, gone, ended = (member(program) for _ in range(4))
    changes.skip(commitment=away, recurrence_id=ID, actor=PORTAL, at=AT)
    Graduate.objects.filter(pk=gone.graduate_id).update(status=Graduate.Status.LEFT)
    Commitment.objects.filter(pk=ended.pk).update(ended_at=AT)

    found = groups.find(programs=[program], uid=one.uid, recurrence_id=ID, at=AT)

    assert [row.pk for row, _ in found.commitments] == [one.pk]


@pytest.mark.parametrize(
    ("recurrence_id", "at"),
    [("2026-03-11T19:00", AT), ("nonsense", AT), (ID, TUESDAY)],
)
def test_a_date_that_is_none_or_has_begun_is_not_found(recurrence_id: str, at: datetime) -> None:
    program = build.program()
    one = member(program)

    with pytest.raises(NoSuchOccurrence):
        groups.find(programs=[program], uid=one.uid, recurrence_id=recurrence_id, at=at)


def test_dates_of_another_program_are_not_found() -> None:
    one = member(build.program())

    with pytest.raises(NoSuchOccurrence):
        groups.find(
            programs=[build.program(name="Elsewhere")], uid=one.uid, recurrence_id=ID, at=AT
        )


def test_list_takes_the_same_number_of_queries_for_one_and_for_many(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    program = build.program()
    for number in range(3):
        member(program)
        with django_assert_num_queries(4):
            found = groups.upcoming(programs=[program], at=AT)
        assert found[0].count == number + 1
    assert found[0].starts_at - AT < timedelta(days=6)
