import uuid
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from pytest_django import DjangoAssertNumQueries

from notifications import delivery, outbox
from notifications.kinds import Kind, Lane
from notifications.models import Message, Sender
from notifications.transports.memory import Memory
from tests import build
from tests.notifications.person import NOON, Person

pytestmark = pytest.mark.django_db

State = Message.State


def test_queue_keeps_what_it_was_told() -> None:
    person, about, author = Person(), uuid.uuid4(), build.user()

    made = outbox.queue(
        sender=person.sender,
        address=person.address,
        body="“Hola” — ñ",
        key="reminder:42",
        kind=Kind.REMINDER,
        not_before=NOON + timedelta(hours=1),
        expires_at=NOON + timedelta(hours=2),
        about=about,
        author=author,
        at=NOON,
    )

    stored = Message.objects.get()
    assert stored == made
    assert (stored.program, stored.lane, stored.state) == (person.program, Lane.ASKED, State.DUE)
    # Curly quotes and dashes would make a text of two parts out of one.
    assert (stored.body, stored.segments) == ('"Hola" - ñ', 1)
    assert (stored.not_before, stored.next_at) == (NOON + timedelta(hours=1),) * 2
    assert (stored.expires_at, stored.queued_at) == (NOON + timedelta(hours=2), NOON)
    assert (stored.about, stored.author) == (about, author)


def test_queue_is_idempotent_by_key() -> None:
    person = Person()

    first = person.queue(key="reminder:42", body="First.")
    second = person.queue(key="reminder:42", body="Second.", at=NOON + timedelta(days=1))

    assert second == first
    assert second.body == "First."
    assert Message.objects.count() == 1


def test_queue_costs_one_insert_and_one_look(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    person = Person()

    for _ in range(2):
        with django_assert_num_queries(2):
            person.queue(key="reminder:42")


def test_queue_gives_everything_an_end() -> None:
    message = Person().queue()

    assert message.expires_at == NOON + outbox.LONGEST_USE


@pytest.mark.parametrize("body", ["", " \n", "a" * 1601])
def test_queue_refuses_a_body_that_no_phone_company_takes(body: str) -> None:
    person = Person()

    with pytest.raises(outbox.BodyNotSendable):
        person.queue(body=body)

    assert person.queue(body="a" * 1600).segments == 11


def test_queue_takes_long_mails_as_they_are() -> None:
    program = build.program()
    sender = Sender.objects.create(program=program, channel=Sender.Channel.EMAIL)

    message = outbox.queue(
        sender=sender,
        address=build.address(value="sam@example.org", channel="email"),
        body="Subject\n\n“Quoted” " + "a" * 3000,
        key="mail:1",
        kind=Kind.CODE,
        not_before=NOON,
    )

    assert message.body.startswith("Subject\n\n“Quoted” aaa")
    # A mail is one piece to the pace of its mailbox.
    assert message.segments == 1


def test_message_key_is_unique() -> None:
    message = Person().queue(key="reminder:42")

    with pytest.raises(IntegrityError), transaction.atomic():
        Message.objects.filter(pk=Person().queue().pk).update(key=message.key)


def test_message_expires_after_it_is_due() -> None:
    person = Person()

    with pytest.raises(IntegrityError), transaction.atomic():
        person.queue(expires_at=NOON)


def test_sender_for_finds_the_one_that_is_on() -> None:
    program = build.program()
    first = Sender.objects.get(program=program)
    second = build.sender(program=program)

    assert outbox.sender_for(program=program) == first
    Sender.objects.filter(pk=first.pk).update(is_on=False)
    assert outbox.sender_for(program=program) == second


def test_sender_for_names_the_remedy_where_there_is_none() -> None:
    program = build.program()

    with pytest.raises(outbox.NoSender, match=r"mailbox.*manage\.py setup"):
        outbox.sender_for(program=program, channel="email")


def test_cancel_takes_back_what_waits_by_whom_it_is_about(provider: Memory) -> None:
    person, about = Person(), uuid.uuid4()
    gone, waiting, code, other = (
        person.queue(kind) for kind in (Kind.REMINDER, Kind.REMINDER, Kind.CODE, Kind.REMINDER)
    )
    Message.objects.filter(pk__in=[gone.pk, waiting.pk, code.pk]).update(about=about)
    delivery.deliver(message_id=gone.pk, at=NOON)

    cancelled = outbox.cancel(at=NOON, reason="left", about=about, kinds=[Kind.REMINDER])

    assert cancelled == 1
    states = {
        pk: (state, reason)
        for pk, state, reason in Message.objects.values_list("pk", "state", "reason")
    }
    assert states == {
        gone.pk: (State.SENT, ""),
        waiting.pk: (State.CANCELLED, "left"),
        code.pk: (State.DUE, ""),
        other.pk: (State.DUE, ""),
    }
    assert outbox.cancel(at=NOON, reason="left", about=about) == 1


def test_cancel_takes_back_one_by_key() -> None:
    person = Person()
    wanted, other = person.queue(key="a"), person.queue(key="b")

    assert outbox.cancel(at=NOON, reason="answered", key="a") == 1

    wanted.refresh_from_db()
    other.refresh_from_db()
    assert (wanted.state, wanted.next_at, other.state) == (State.CANCELLED, None, State.DUE)


def test_cancel_never_means_everything() -> None:
    with pytest.raises(ValueError, match="about"):
        outbox.cancel(at=NOON, reason="left")
