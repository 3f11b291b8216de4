from datetime import UTC, datetime, timedelta

import pytest

from aftercare import calls, conversation, inbox, replies
from aftercare.access import roles_of
from aftercare.models import Graduate, Reply, Role
from notifications.models import InboundMessage, Message
from tests import build

pytestmark = pytest.mark.django_db

# A Tuesday, ten in the morning in New York.
AT = datetime(2026, 3, 10, 14, 0, tzinfo=UTC)


@pytest.fixture
def counselor() -> Role:
    return build.role(program=build.program())


@pytest.fixture
def graduate(counselor: Role) -> Graduate:
    return build.graduate(program=counselor.program, counselor=counselor)


def call(graduate: Graduate, provider_id: str = "CA1", sender: str | None = None) -> str:
    """Somebody calls the number the graduate gets texts from; returns what is dialled."""
    return calls.receive(
        to=build.sender_of(graduate).number,
        sender=sender or build.address_of(graduate).value,
        provider_id=provider_id,
        at=AT,
    ).dial


def test_a_call_is_a_task_for_the_counselor(graduate: Graduate, counselor: Role) -> None:
    assert call(graduate) == "+12155550142"

    reply = Reply.objects.get()
    assert (reply.graduate, reply.kind, reply.needs_person, reply.at) == (
        graduate,
        Reply.Kind.CALL,
        True,
        AT,
    )
    (row,) = inbox.read(standing=roles_of(user=counselor.user, at=AT), at=AT).waiting
    assert (row.name, row.kind_title, row.body) == ("Sam Rivers", "called", "Called this number.")
    (bubble,) = conversation.thread(graduate=graduate, until=AT).bubbles
    assert (bubble.is_incoming, bubble.body) == (True, "Called this number.")
    graduate.refresh_from_db()
    assert graduate.assess_at == AT


def test_copies_of_a_call_are_one_task(graduate: Graduate) -> None:
    assert {call(graduate) for _ in range(3)} == {"+12155550142"}

    assert Reply.objects.count() == 1
    assert InboundMessage.objects.get().is_call


def test_a_call_is_not_read_as_a_text(graduate: Graduate) -> None:
    call(graduate)

    assert replies.read_unread(at=AT + timedelta(minutes=1)) == 0
    assert Message.objects.count() == 0


def test_a_call_from_a_number_nobody_knows_is_a_task_of_the_program(
    graduate: Graduate, counselor: Role
) -> None:
    number = build.phone()
    call(graduate, sender=number)

    shown = inbox.read(standing=roles_of(user=counselor.user, at=AT), at=AT)
    assert [(row.graduate, row.number) for row in shown.unknown] == [(None, number)]
    assert shown.waiting == ()


def test_a_call_to_a_number_on_no_list_is_answered_and_no_task(graduate: Graduate) -> None:
    spoken = calls.receive(to=build.phone(), sender=build.phone(), provider_id="CA2", at=AT)

    assert "9 8 8" in spoken.greeting[0][1]
    assert (Reply.objects.count(), InboundMessage.objects.count()) == (0, 0)
