"""What is on record, read for many at once."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from aftercare.engagement import histories
from aftercare.engagement.history import Commitment, Due, History, Reading
from aftercare.models import Answer, CheckIn, Expectation, Graduate, Outreach, Reply, Role
from aftercare.models import Commitment as Plan
from notifications.models import Address
from tests import build

AT = datetime(2026, 3, 8, 9, 0, tzinfo=UTC)
EARLIER = AT - timedelta(days=5)

pytestmark = pytest.mark.django_db


def load_one(graduate: Graduate, at: datetime = AT) -> History:
    return histories.load(graduates=[graduate], at=at)[graduate.pk]


def test_load_tells_check_ins_and_occurrences() -> None:
    graduate = build.graduate()
    group = build.commitment(graduate=graduate, kind=Plan.Kind.GROUP)
    asked = build.check_in(
        graduate=graduate, opens_at=EARLIER, state=CheckIn.State.ANSWERED, answered_at=EARLIER
    )
    build.occurrence(
        commitment=group,
        starts_at=EARLIER,
        recurrence_id="2026-03-03T19:00",
        outcome=Expectation.Outcome.MISSED,
        answered_at=AT,
    )

    found = load_one(graduate)

    assert set(found.dues) == {
        Due(
            kind="check_in",
            opened_at=EARLIER,
            due_at=asked.closes_at,
            outcome="kept",
            answered_at=EARLIER,
        ),
        Due(
            kind="occurrence",
            opened_at=EARLIER,
            due_at=EARLIER + timedelta(hours=1),
            outcome="missed",
            answered_at=AT,
            commitment=group.pk,
        ),
    }
    assert found.commitments == (
        Commitment(key=group.pk, kind="group", created_at=group.created_at, weekday=1),
    )


def test_load_knows_what_staff_told() -> None:
    graduate = build.graduate(user=build.user())
    group = build.commitment(graduate=graduate)
    for index, teller in enumerate([build.user(), graduate.user, None]):
        expected = build.occurrence(
            commitment=group,
            starts_at=EARLIER + timedelta(hours=index),
            recurrence_id=f"2026-03-0{index + 1}T19:00",
        )
        expected.answered_by = teller
        expected.save()

    told = sorted((due.opened_at, due.told_by_staff) for due in load_one(graduate).dues)

    assert [by_staff for _, by_staff in told] == [True, False, False]


def test_load_leaves_out_what_begins_later() -> None:
    graduate = build.graduate()
    build.check_in(graduate=graduate, opens_at=AT + timedelta(minutes=1))

    assert load_one(graduate).dues == ()
    assert len(load_one(graduate, at=AT + timedelta(minutes=1)).dues) == 1


def test_load_reads_numbers_so_that_more_is_harder() -> None:
    graduate = build.graduate()
    asked = build.check_in(graduate=graduate, opens_at=EARLIER)
    build.answer(check_in=asked, question="rough", value=8, at=EARLIER)
    build.answer(check_in=asked, question="sure", value=3, at=EARLIER)
    build.answer(check_in=asked, question="habit", value="no", at=EARLIER)

    assert set(load_one(graduate).readings) == {
        Reading(question="rough", value=8, burden=8, span=10, at=EARLIER),
        Reading(question="sure", value=3, burden=-3, span=10, at=EARLIER),
    }


def test_load_hears_texts_but_no_opt_out() -> None:
    graduate = build.graduate()
    build.reply(graduate=graduate, at=EARLIER)
    build.reply(graduate=graduate, at=AT - timedelta(days=1), kind=Reply.Kind.OPT_OUT)
    build.reply(graduate=graduate, at=AT + timedelta(days=1))

    assert load_one(graduate).heard_at == (EARLIER,)


def test_load_counts_talks_and_not_tries() -> None:
    graduate = build.graduate()
    for outcome, at in [
        ("reached", EARLIER),
        ("no_answer", AT),
        ("reached", AT + timedelta(days=1)),
    ]:
        Outreach.objects.create(graduate=graduate, way="call", outcome=outcome, at=at)

    assert load_one(graduate).reached_at == (EARLIER,)


@pytest.mark.parametrize("field", ["opted_out_at", "unreachable_at"])
def test_load_tells_a_phone_only_where_no_other_is_left(field: str) -> None:
    graduate = build.graduate()
    Address.objects.filter(contacts__graduate=graduate).update(**{field: EARLIER})
    alone = getattr(load_one(graduate), field)
    build.contact(graduate=graduate, address=build.address())

    assert alone == EARLIER
    assert getattr(load_one(graduate), field) is None


def test_load_of_many_keeps_them_apart_and_asks_as_often() -> None:
    program = build.program()
    people = [build.graduate(program=program) for _ in range(3)]
    for graduate in people:
        fill(graduate)

    one = count_queries(lambda: histories.load(graduates=people[:1], at=AT))
    many = count_queries(lambda: histories.load(graduates=people, at=AT))

    assert (one, many) == (5, 5)
    found = histories.load(graduates=people, at=AT)
    assert {len(history.dues) for history in found.values()} == {2}
    assert {len(history.readings) for history in found.values()} == {1}


def fill(graduate: Graduate) -> None:
    """One of everything that a history is made of."""
    asked = build.check_in(
        graduate=graduate, opens_at=EARLIER, state=CheckIn.State.ANSWERED, answered_at=EARLIER
    )
    build.answer(check_in=asked, question="rough", value=4, at=EARLIER, door=Answer.Door.WEB)
    group = build.commitment(graduate=graduate)
    build.occurrence(commitment=group, starts_at=EARLIER, recurrence_id="2026-03-03T19:00")
    build.reply(graduate=graduate, at=EARLIER)
    Outreach.objects.create(graduate=graduate, way="call", outcome="reached", at=EARLIER)


def count_queries(run: Callable[[], Any]) -> int:
    with CaptureQueriesContext(connection) as captured:
        run()
    return len(captured)


def test_load_of_nobody_is_empty() -> None:
    build.role(program=build.program(), kind=Role.Kind.COUNSELOR)

    assert histories.load(graduates=[], at=AT) == {}


def test_what_was_expected_of_somebody_is_read_from_an_index_alone() -> None:
    """A year of it lies scattered over the table, a page for each row."""
    with CaptureQueriesContext(connection) as asked:
        histories.load(graduates=[build.graduate()], at=AT)
    (question,) = [one["sql"] for one in asked if 'FROM "aftercare_expectation"' in one["sql"]]

    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(f"EXPLAIN QUERY PLAN {question}")
            way = "USING COVERING INDEX expectation_of_signals"
        else:
            # An empty table is quickest read whole.
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute(f"EXPLAIN {question}")
            way = "Index Only Scan using expectation_of_signals"
        plan = "\n".join(str(row) for row in cursor.fetchall())

    assert way in plan, plan
