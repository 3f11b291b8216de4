"""The inbox: who wrote, who answers, and marking as read."""

import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from aftercare import access, inbox
from aftercare.models import AuditEntry, CheckIn, Coverage, Graduate, Reply, Role
from notifications.kinds import Kind
from notifications.models import Address, Message
from tests import build

AT = datetime(2026, 3, 8, 9, 0, tzinfo=UTC)

pytestmark = pytest.mark.django_db


@pytest.fixture
def counselor() -> Role:
    return build.role(program=build.program(), name="Dana Reyes")


@pytest.fixture
def graduate(counselor: Role) -> Graduate:
    return build.graduate(program=counselor.program, counselor=counselor)


def standing_of(role: Role) -> access.Standing:
    return access.roles_of(user=role.user, at=AT)


def read(role: Role, *, mine_only: bool = False) -> inbox.Inbox:
    return inbox.read(standing=standing_of(role), at=AT, mine_only=mine_only)


def from_nobody(role: Role, address: Address, body: str = "Hi, new phone.") -> Reply:
    received = build.inbound(sender=role.program.senders.get(), address=address, body=body, at=AT)
    return Reply.objects.create(
        inbound=received, kind=Reply.Kind.UNKNOWN_NUMBER, needs_person=True, at=AT
    )


def test_inbox_tells_who_wrote_what_and_who_answers(graduate: Graduate, counselor: Role) -> None:
    reply = build.reply(graduate=graduate, body="Can we shift it?", at=AT)

    (row,) = read(counselor).waiting

    assert (row.uid, row.graduate, row.name) == (reply.uid, graduate.uid, "Sam Rivers")
    assert (row.body, row.handler, row.number) == ("Can we shift it?", "Dana Reyes", "")


def test_inbox_names_who_covers(graduate: Graduate, counselor: Role) -> None:
    cover = build.role(program=counselor.program, name="Ana Ortiz")
    Coverage.objects.create(
        counselor=counselor,
        cover=cover,
        starts_at=AT - timedelta(days=1),
        ends_at=AT + timedelta(days=1),
    )
    build.reply(graduate=graduate)

    assert [row.handler for row in read(cover).waiting] == ["Ana Ortiz"]


def test_inbox_puts_danger_first_then_the_oldest(graduate: Graduate, counselor: Role) -> None:
    for body, hours, crisis in [("new", 1, False), ("old", 5, False), ("danger", 0, True)]:
        build.reply(graduate=graduate, body=body, at=AT - timedelta(hours=hours), crisis=crisis)

    assert [row.body for row in read(counselor).waiting] == ["danger", "old", "new"]


def test_inbox_holds_the_own_caseload(graduate: Graduate, counselor: Role) -> None:
    lead = build.role(program=counselor.program, kind=Role.Kind.LEAD)
    other = build.role(program=counselor.program)
    build.reply(graduate=graduate)

    assert len(read(counselor).waiting) == 1
    assert read(other).waiting == ()
    assert len(read(lead).waiting) == 1
    assert read(lead, mine_only=True).waiting == ()


def test_inbox_asks_whose_a_new_number_is(counselor: Role) -> None:
    address = build.address(value="+12155550177")
    from_nobody(counselor, address)
    elsewhere = build.role(program=build.program(name="Elsewhere"))

    (row,) = read(counselor).unknown

    assert (row.graduate, row.name, row.number) == (None, "", "+12155550177")
    assert read(elsewhere).unknown == ()


def test_inbox_names_all_who_share_a_phone(graduate: Graduate, counselor: Role) -> None:
    shared = build.address_of(graduate)
    build.graduate(program=counselor.program, counselor=counselor, first_name="June", to=shared)
    from_nobody(counselor, shared)

    (row,) = read(counselor).unknown

    assert (row.name, row.number) == ("Sam Rivers, June Rivers", "")


def test_mark_read_takes_texts_out_and_records_who_read(
    graduate: Graduate, counselor: Role
) -> None:
    reply = build.reply(graduate=graduate)

    done = inbox.mark_read(standing=standing_of(counselor), at=AT, replies=[reply.uid])

    reply.refresh_from_db()
    assert done == inbox.Read(texts=1, answers=0)
    assert (reply.read_at, reply.read_by) == (AT, counselor.user)
    entry = AuditEntry.objects.get()
    assert (entry.verb, entry.thing, entry.graduate_uid) == ("read", "reply", graduate.uid)
    assert read(counselor).waiting == ()
    assert [row.uid for row in read(counselor).read] == [reply.uid]


def test_mark_read_tells_who_answered_a_check_in(graduate: Graduate, counselor: Role) -> None:
    check_in = build.check_in(
        graduate=graduate,
        opens_at=AT - timedelta(days=1),
        state=CheckIn.State.ANSWERED,
        answered_at=AT - timedelta(hours=20),
    )

    done = inbox.mark_read(standing=standing_of(counselor), at=AT, check_ins=[check_in.uid])

    check_in.refresh_from_db()
    assert (done, check_in.read_at) == (inbox.Read(texts=0, answers=1), AT)
    bodies = [row.body for row in Message.objects.filter(about=graduate.uid, kind=Kind.PERSONAL)]
    assert bodies == ["Dana read your answers. Thank you for telling me."]


def test_mark_read_twice_changes_nothing_more(graduate: Graduate, counselor: Role) -> None:
    reply = build.reply(graduate=graduate)
    standing = standing_of(counselor)
    inbox.mark_read(standing=standing, at=AT, replies=[reply.uid])

    again = inbox.mark_read(standing=standing, at=AT + timedelta(hours=1), replies=[reply.uid])

    reply.refresh_from_db()
    assert (again, reply.read_at) == (inbox.Read(texts=0, answers=0), AT)


def test_mark_read_leaves_alone_what_is_not_visible(graduate: Graduate, counselor: Role) -> None:
    stranger = build.role(program=build.program(name="Elsewhere"))
    reply = build.reply(graduate=graduate)
    unknown = from_nobody(counselor, build.address())
    check_in = build.check_in(
        graduate=graduate, opens_at=AT, state=CheckIn.State.ANSWERED, answered_at=AT
    )

    done = inbox.mark_read(
        standing=standing_of(stranger),
        at=AT,
        replies=[reply.uid, unknown.uid],
        check_ins=[check_in.uid],
    )

    assert done == inbox.Read(texts=0, answers=0)
    assert len(read(counselor).waiting) == 1
    assert len(read(counselor).unknown) == 1


def test_mark_unread_puts_a_text_back(graduate: Graduate, counselor: Role) -> None:
    reply = build.reply(graduate=graduate)
    standing = standing_of(counselor)
    inbox.mark_read(standing=standing, at=AT, replies=[reply.uid])

    inbox.mark_unread(standing=standing, reply=reply.uid, at=AT)

    assert [row.uid for row in read(counselor).waiting] == [reply.uid]
    with pytest.raises(access.NotYours):
        inbox.mark_unread(standing=standing, reply=uuid.uuid4(), at=AT)


def test_inbox_asks_as_often_for_many_as_for_one(graduate: Graduate, counselor: Role) -> None:
    build.reply(graduate=graduate)
    from_nobody(counselor, build.address())
    one = count_queries(lambda: read(counselor))
    for _ in range(2):
        build.reply(graduate=build.graduate(program=counselor.program, counselor=counselor))
        from_nobody(counselor, build.address())
    three = count_queries(lambda: read(counselor))

    assert one == three
    assert (len(read(counselor).waiting), len(read(counselor).unknown)) == (3, 3)


def count_queries(run: Callable[[], Any]) -> int:
    with CaptureQueriesContext(connection) as captured:
        run()
    return len(captured)
