from datetime import timedelta

import pytest

from aftercare import replies
from aftercare.models import (
    CheckIn,
    Graduate,
    Reply,
)
from notifications.kinds import Kind
from notifications.models import Message
from tests import build
from tests.aftercare.texting import (
    AT,
    HOUR,
    MINUTE,
    Kinds,
    asked,
    ids,
    kept,
    said,
    say,
    stranger,
    text,
    urgent,
)
from tests.feeds import imported, row

pytestmark = pytest.mark.django_db


@pytest.fixture
def graduate() -> Graduate:
    program = build.program()
    return build.graduate(program=program, counselor=build.role(program=program))


# Shared phones and strangers


def test_on_a_shared_phone_a_question_to_one_tells_who_answers(graduate: Graduate) -> None:
    other = build.graduate(program=graduate.program, to=build.address_of(graduate))
    check_in = asked(other, ("okay",))

    reply = say(graduate, "1")

    assert (reply.graduate, reply.check_in) == (other, check_in)
    assert kept(other) == {"okay": "yes"}
    assert said(other) == ["Thank you for telling me. That is all for now."]


def test_on_a_shared_phone_a_name_tells_who_writes(graduate: Graduate) -> None:
    phone = build.address_of(graduate)
    other = build.graduate(program=graduate.program, to=phone, first_name="Ana")
    for one in (graduate, other):
        asked(one)

    mine = say(graduate, "Ana: 8")
    theirs = say(graduate, "4 sam", AT + HOUR + MINUTE)

    assert (kept(other), kept(graduate)) == ({"rough": 8}, {"rough": 4})
    assert (mine.graduate, theirs.graduate) == (other, graduate)


def test_where_two_share_a_phone_and_nothing_tells_a_person_decides(graduate: Graduate) -> None:
    other = build.graduate(program=graduate.program, to=build.address_of(graduate))
    asked(graduate, ("okay",))
    asked(other, ("okay",))

    reply = say(graduate, "1")

    assert (reply.graduate, reply.needs_person) == (None, True)
    assert (kept(graduate), kept(other)) == ({}, {})


def test_a_wish_for_a_call_from_a_shared_phone_is_everybodys(graduate: Graduate) -> None:
    other = build.graduate(program=graduate.program, to=build.address_of(graduate))

    say(graduate, "CALL")

    assert urgent(graduate) == urgent(other) == [("need_support", "asked_for_support")]


def test_a_stranger_gets_an_answer_that_confirms_nobody() -> None:
    received = stranger("hi its me from group")

    reply = Reply.objects.get()
    message = Message.objects.get()
    assert (reply.kind, reply.graduate, reply.needs_person) == (Kinds.UNKNOWN_NUMBER, None, True)
    assert message.body == (
        "Thanks, we got this. We do not know this number yet. Call (215) 555-0142 to set it up."
        " In danger: call or text 988, or call 911."
    )
    assert (message.address, message.about) == (received.inbound.address, None)


def test_a_stranger_may_ask_what_is_near_only_where_the_program_says_so() -> None:
    program = build.program()
    number, nearby = build.phone(), "We found nothing near there"

    def ask(body: str, count: int = 1) -> list[str]:
        for _ in range(count):
            replies.receive(
                to=program.senders.get().number,
                sender=number,
                body=body,
                provider_id=f"SM{next(ids)}",
                at=AT,
            )
            replies.read_unread(at=AT)
        return list(Message.objects.order_by("pk").values_list("key", flat=True))

    assert [key.partition(":")[0] for key in ask("19104")] == ["unknown"]
    program.answers_strangers = True
    program.save()
    kinds = [key.partition(":")[0] for key in ask("meetings 19104", count=4)]

    assert {row.body[: len(nearby)] for row in Message.objects.order_by("pk")[1:]} == {nearby}
    assert kinds == ["unknown"] + ["nearby"] * 4
    told = Reply.objects.filter(kind=Kinds.FINDER)
    assert {(one.graduate, one.needs_person) for one in told} == {(None, False)}
    ask("hello")
    assert Reply.objects.filter(kind=Kinds.UNKNOWN_NUMBER).count() == 2


def test_a_stranger_is_answered_once_a_day(graduate: Graduate) -> None:
    number = build.phone()
    for minutes, body in enumerate(["hi", "hello?"]):
        replies.receive(
            to=build.sender_of(graduate).number,
            sender=number,
            body=body,
            provider_id=f"SM-stranger-{minutes}",
            at=AT + minutes * MINUTE,
        )
    replies.read_unread(at=AT + HOUR)

    assert Message.objects.count() == 1
    assert Reply.objects.filter(needs_person=True).count() == 2


def test_the_graduate_of_another_program_is_a_stranger_here(graduate: Graduate) -> None:
    elsewhere = build.program()

    replies.receive(
        to=elsewhere.senders.get().number,
        sender=build.address_of(graduate).value,
        body="hello",
        provider_id="SM-elsewhere",
        at=AT,
    )
    replies.read_unread(at=AT)

    assert Reply.objects.get().kind == Kinds.UNKNOWN_NUMBER


# What is near


def test_a_zip_is_answered_with_what_is_near_and_needs_no_person(graduate: Graduate) -> None:
    check_in = asked(graduate)

    reply = say(graduate, "19104")

    assert (reply.kind, reply.needs_person) == (Kinds.FINDER, False)
    assert said(graduate) == [
        "We found nothing near there today or tomorrow. Send another day, like 19104 friday, or "
        "online. To talk to somebody now, call or text 988."
    ]
    assert kept(graduate) == {}
    assert CheckIn.objects.get(pk=check_in.pk).misunderstood == 0


def test_a_city_alone_is_told_what_is_near_unless_something_was_asked(graduate: Graduate) -> None:
    imported(row(day=None))
    reply = say(graduate, "Philadelphia", at=AT)
    thanks = say(graduate, "thank you", at=AT + MINUTE)

    assert (reply.kind, reply.needs_person) == (Kinds.FINDER, True)
    assert said(graduate)[0].startswith("We found nothing near there today or tomorrow.")
    assert (thanks.kind, thanks.needs_person) == (Kinds.NOTE, True)
    asked(graduate)
    answered = say(graduate, "Philadelphia", at=AT + HOUR)
    assert (answered.kind, answered.needs_person) == (Kinds.NOT_UNDERSTOOD, True)


def test_one_phone_is_told_six_times_an_hour(graduate: Graduate) -> None:
    for turn in range(8):
        reply = say(graduate, "19104", at=AT + 2 * turn * MINUTE)
    later = say(graduate, "19104", at=AT + 3 * HOUR)

    assert reply.kind == later.kind == Kinds.FINDER
    assert len(said(graduate)) == 7


def test_two_machines_that_answer_each_other_are_stopped(
    graduate: Graduate, caplog: pytest.LogCaptureFixture
) -> None:
    for number in range(8):
        text(graduate, "call", at=AT + timedelta(seconds=number))
        replies.read_unread(at=AT + timedelta(seconds=number))

    answers = Message.objects.filter(kind=Kind.REPLY)
    assert answers.count() == 5
    assert Reply.objects.count() == 8
    assert "is not answered" in caplog.text
    # Danger is answered however many answers there were.
    assert text(graduate, "i want to kill myself", at=AT + timedelta(seconds=9)) is not None
    text(graduate, "call", at=AT + 2 * MINUTE)
    replies.read_unread(at=AT + 2 * MINUTE)
    assert answers.count() == 6
