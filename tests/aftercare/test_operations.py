"""What an operator sees of the own programs, page by page."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from aftercare import access, health, operations
from aftercare.models import Role
from aftercare.operations import Operations
from notifications import queue
from notifications.kinds import RULES, Kind
from notifications.models import Message, Program
from tests import build

pytestmark = pytest.mark.django_db

AT = datetime(2026, 3, 9, 17, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
State = Message.State


@pytest.fixture
def operator() -> Role:
    return build.role(program=build.program(), kind=Role.Kind.OPERATOR)


def read(role: Role, which: str = "", page: str = "1") -> Operations:
    standing = access.roles_of(user=role.user, at=AT)
    return operations.read(standing=standing, at=AT, which=which, page=page)


def messages(program: Program, count: int, **facts: object) -> list[Message]:
    address = build.address()
    sender = program.senders.get()
    made = [
        Message(
            key=str(uuid.uuid4()),
            program=program,
            sender=sender,
            address=address,
            kind=Kind.REMINDER,
            lane=RULES[Kind.REMINDER].lane,
            body="At 7 PM.",
            not_before=AT,
            queued_at=AT,
            **facts,
        )
        for _ in range(count)
    ]
    return Message.objects.bulk_create(made)


def waits() -> dict[str, object]:
    return {"state": State.DUE, "next_at": AT + HOUR}


def test_operator_sees_the_own_programs_alone(operator: Role) -> None:
    mine = messages(operator.program, 2, **waits())
    messages(build.program(name="Elsewhere"), 3, **waits())

    found = read(operator, operations.WAITING)

    assert [row.uid for row in found.messages] == [message.uid for message in mine]
    assert sum(lane.later for lane in found.overview.lanes) == 2


def test_rows_tell_where_a_message_stands_and_what_can_be_decided(operator: Role) -> None:
    messages(
        operator.program, 1, state=State.FAILED, reason="number_not_reached", ended_at=AT - HOUR
    )

    (row,) = read(operator, operations.STOPPED).messages

    assert (row.program, row.kind, row.lane, row.state) == (
        "Harbor House",
        "reminder",
        "Asked for",
        "failed",
    )
    assert row.why == "The phone was off or out of reach, or the number is out of service."
    assert row.choices == ("again",)


def test_first_list_is_what_is_to_be_decided(operator: Role) -> None:
    messages(operator.program, 1, **waits())
    (mine,) = messages(
        operator.program, 1, state=State.UNKNOWN, reason="unsettled", unsettled_at=AT
    )

    for which in ("", "nonsense"):
        found = read(operator, which)
        assert (found.which, [row.uid for row in found.messages]) == ("unsettled", [mine.uid])


def test_ten_thousandth_row_is_on_its_page_and_no_more_are_listed(operator: Role) -> None:
    messages(operator.program, 10_050, **waits())

    last = read(operator, operations.WAITING, page="200")

    assert (last.rows.paginator.count, last.rows.paginator.num_pages) == (10_000, 200)
    assert len(last.messages) == 50
    assert read(operator, operations.WAITING, page="nonsense").rows.number == 1
    assert read(operator, operations.WAITING, page="9999").rows.number == 200


def test_missing_tick_is_told(operator: Role) -> None:
    assert read(operator).stands_still
    queue.beat(name=health.TICK, at=AT - timedelta(seconds=89))
    assert not read(operator).stands_still
    queue.beat(name=health.TICK, at=AT - timedelta(seconds=91))
    assert read(operator).stands_still


def test_page_costs_the_same_queries_with_one_row_and_with_three(operator: Role) -> None:
    counts = []
    for more in (1, 2):
        messages(operator.program, more, **waits())
        with CaptureQueriesContext(connection) as queries:
            read(operator, operations.WAITING)
        counts.append(len(queries))

    assert counts[0] == counts[1]
