from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from aftercare import conversation, writing
from aftercare.conversation import Bubble
from aftercare.models import AuditEntry, Graduate
from notifications import inbound as arrivals
from notifications.kinds import Kind
from notifications.models import Message
from tests import build

pytestmark = pytest.mark.django_db

AT = datetime(2026, 3, 10, 14, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def graduate() -> Graduate:
    return build.graduate()


def thread_of(graduate: Graduate) -> tuple[Bubble, ...]:
    return conversation.thread(graduate=graduate, until=AT + timedelta(hours=1)).bubbles


def test_write_queues_the_words_once_and_records_who_wrote(graduate: Graduate) -> None:
    dana = build.user(name="Dana Reyes")

    first = conversation.write(
        graduate=graduate, body="Thinking of you. Dana", author=dana, key="personal:1", at=AT
    )
    again = conversation.write(
        graduate=graduate, body="Thinking of you. Dana", author=dana, key="personal:1", at=AT
    )

    message = Message.objects.get(kind=Kind.PERSONAL)
    assert first == again == message
    assert (message.body, message.author, message.about) == (
        "Thinking of you. Dana",
        dana,
        graduate.uid,
    )
    entry = AuditEntry.objects.earliest("pk")
    assert (entry.verb, entry.actor, entry.thing_uid) == ("sent", dana, message.uid)


def test_nobody_is_written_to_without_a_number() -> None:
    with pytest.raises(conversation.NobodyToText, match="no phone number"):
        conversation.write(
            graduate=build.graduate(with_phone=False),
            body="Hello",
            author=build.user(),
            key="personal:1",
            at=AT,
        )


def test_thread_has_an_answer_of_the_same_instant_after_the_text(graduate: Graduate) -> None:
    build.message(graduate=graduate, kind=Kind.REPLY, body="Thank you.", at=AT)
    build.reply(graduate=graduate, body="8", at=AT)

    assert [one.body for one in thread_of(graduate)] == ["8", "Thank you."]


def test_thread_holds_both_sides_in_order(graduate: Graduate) -> None:
    build.message(graduate=graduate, kind=Kind.CHECK_IN, body="How rough?", at=AT)
    came = build.reply(graduate=graduate, body="8", at=AT + MINUTE)
    build.message(graduate=graduate, body="I call you.", at=AT + 2 * MINUTE)
    build.message(graduate=build.graduate(), body="Not yours.", at=AT)

    thread = thread_of(graduate)

    assert [(one.is_incoming, one.body, one.at) for one in thread] == [
        (False, "How rough?", AT),
        (True, "8", AT + MINUTE),
        (False, "I call you.", AT + 2 * MINUTE),
    ]
    assert (thread[1].reply, thread[1].waits_for_person) == (came.uid, True)


def test_thread_holds_what_was_said_back_at_once(graduate: Graduate) -> None:
    reply = build.reply(graduate=graduate, body="i cant go on", at=AT, crisis=True)
    arrivals.keep_answer(inbound=reply.inbound, text="Call or text 988.")

    came, answered = thread_of(graduate)

    assert (came.is_crisis, answered.is_incoming, answered.body) == (
        True,
        False,
        "Call or text 988.",
    )


@pytest.mark.parametrize(
    ("state", "tone"),
    [
        (Message.State.DUE, "waiting"),
        (Message.State.SENDING, "waiting"),
        (Message.State.DELIVERED, "done"),
        (Message.State.CANCELLED, "done"),
        (Message.State.FAILED, "problem"),
        (Message.State.SUPPRESSED, "problem"),
    ],
)
def test_thread_tells_what_became_of_a_text(
    graduate: Graduate, state: Message.State, tone: str
) -> None:
    build.message(graduate=graduate, state=state, reason="opted_out", at=AT)

    (one,) = thread_of(graduate)

    assert (one.state, one.tone) == (state, tone)
    assert one.why == "This person asked for no more texts."


def test_thread_keeps_keys_to_itself(graduate: Graduate) -> None:
    build.message(graduate=graduate, kind=Kind.CODE, body="Your code is 123456.", at=AT)

    (one,) = thread_of(graduate)

    assert one.body == ""


def many(graduate: Graduate, count: int) -> None:
    for minute in range(count):
        build.message(graduate=graduate, body=f"out {minute}", at=AT + minute * MINUTE)
        build.reply(graduate=graduate, body=f"in {minute}", at=AT + minute * MINUTE)


def test_thread_is_read_page_by_page_and_loses_no_text(graduate: Graduate) -> None:
    many(graduate, 5)

    pages, until = [], AT + 5 * MINUTE
    while True:
        found = conversation.thread(graduate=graduate, until=until, most=3)
        pages.append([one.body for one in found.bubbles])
        if not found.has_older or found.oldest_at is None:
            break
        until = found.oldest_at - timedelta(microseconds=1)

    assert pages == [
        ["in 3", "out 3", "in 4", "out 4"],
        ["in 1", "out 1", "in 2", "out 2"],
        ["in 0", "out 0"],
    ]


def test_thread_shows_the_newest_sixty(graduate: Graduate) -> None:
    many(graduate, 31)

    found = conversation.thread(graduate=graduate, until=AT + timedelta(hours=1))

    assert (len(found.bubbles), found.has_older, found.oldest_at) == (60, True, AT + MINUTE)


def test_thread_ends_at_the_instant_of_the_page_by_when_texts_left(graduate: Graduate) -> None:
    build.message(graduate=graduate, body="early", at=AT)
    late = build.message(graduate=graduate, body="late", at=AT)
    Message.objects.filter(pk=late.pk).update(sent_at=AT + 2 * MINUTE)
    build.reply(graduate=graduate, body="after", at=AT + 3 * MINUTE)

    found = conversation.thread(graduate=graduate, until=AT + MINUTE)

    assert ([one.body for one in found.bubbles], found.has_older) == (["early"], False)


def test_thread_costs_the_same_queries_with_one_text_and_with_forty(graduate: Graduate) -> None:
    counts = []
    for more in (1, 39):
        many(graduate, more)
        with CaptureQueriesContext(connection) as queries:
            thread_of(graduate)
        counts.append(len(queries))

    assert counts == [3, 3]


def test_thread_holds_what_was_answered_on_a_page_or_told_to_staff(graduate: Graduate) -> None:
    week = build.check_in(graduate=graduate, opens_at=AT, questions=("rough", "sure", "sleep"))
    build.answer(check_in=week, question="rough", value=7, at=AT + MINUTE)
    for question, value in (("sure", 6), ("sleep", 5)):
        answer = build.answer(check_in=week, question=question, value=value, at=AT + 2 * MINUTE)
        answer.door = "web"
        answer.save()

    (bubble,) = thread_of(graduate)

    assert (bubble.is_incoming, bubble.body, bubble.at, bubble.is_from_page) == (
        True,
        "Sure of the week ahead: 6 of 10\nHours of sleep: 5",
        AT + 2 * MINUTE,
        True,
    )


def test_graduates_see_what_reached_them_and_what_people_wrote(graduate: Graduate) -> None:
    build.message(graduate=graduate, kind=Kind.CHECK_IN, body="How rough?", at=AT)
    build.message(
        graduate=graduate, kind=Kind.NUDGE, body="Again", state=Message.State.CANCELLED, at=AT
    )
    build.message(graduate=graduate, kind=Kind.CODE, body="123456", at=AT)
    build.message(graduate=graduate, body="I call.", state=Message.State.SUPPRESSED, at=AT)
    build.reply(graduate=graduate, body="8", at=AT + MINUTE)

    told = conversation.own_thread(graduate=graduate, until=AT + timedelta(hours=1))

    assert sorted(one.body for one in told.bubbles) == ["8", "How rough?", "I call."]


def test_a_text_that_is_sent_is_no_draft_any_more(graduate: Graduate) -> None:
    dana = build.user()
    writing.keep(graduate=graduate, author=dana, body="Hi", at=AT)

    conversation.write(graduate=graduate, body="Hi Sam", author=dana, key="personal:1", at=AT)

    assert writing.begun(graduate=graduate, author=dana) == ""
