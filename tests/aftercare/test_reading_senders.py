from datetime import timedelta
from typing import Any

import pytest

from aftercare import replies, rounds
from aftercare.models import (
    Attestation,
    CheckIn,
    Graduate,
    Outreach,
    Reply,
)
from notifications.kinds import Kind, Scope
from notifications.models import Address, Message
from tests import build
from tests.aftercare.texting import (
    AT,
    DAY,
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


# STOP, START, HELP


def test_stop_is_kept_in_the_story_and_has_the_signals_looked_at(graduate: Graduate) -> None:
    reply = say(graduate, "STOP")

    graduate.refresh_from_db()
    assert Address.objects.get(contacts__graduate=graduate).opted_out_at == AT + HOUR
    assert (reply.kind, reply.needs_person) == (Kinds.OPT_OUT, False)
    assert graduate.assess_at == AT + HOUR
    assert said(graduate) == []


def test_stop_from_a_phone_that_others_see_is_asked_about_by_another_way() -> None:
    program = build.program()
    shared, own = (build.graduate(program=program, shared=is_shared) for is_shared in (True, False))

    for one in (shared, own):
        say(one, "STOP")
        say(one, "HELP", AT + HOUR + MINUTE)

    task = Outreach.objects.get()
    assert (task.graduate, task.way, task.outcome, task.next_on) == (
        shared,
        "mail",
        "planned",
        AT.date(),
    )
    assert task.next_step.startswith("STOP came from a phone that others see.")


def test_stop_in_other_words_is_read_by_a_person_as_well(graduate: Graduate) -> None:
    reply = say(graduate, "please stop texting me")

    assert (reply.kind, reply.needs_person) == (Kinds.OPT_OUT, True)


def test_start_after_stop_resumes_the_check_ins(graduate: Graduate) -> None:
    say(graduate, "STOP", AT)
    reply = say(graduate, "START", AT + HOUR)
    build.check_in(graduate=graduate, opens_at=AT + DAY, state=CheckIn.State.PLANNED, questions=())

    assert reply.kind == Kinds.OPT_IN
    assert rounds.open_due(at=AT + DAY) == 1


def test_help_is_no_business_of_a_person(graduate: Graduate) -> None:
    asked(graduate)

    assert text(graduate, "HELP") is not None
    replies.read_unread(at=AT + HOUR)

    reply = Reply.objects.get()
    assert (reply.kind, reply.needs_person) == (Kinds.HELP, False)
    assert kept(graduate) == {}


# Enrolment face to face


def invited(**facts: Any) -> Graduate:
    """Somebody who said yes to what was read aloud, and has not answered the one text."""
    graduate = build.graduate(status=Graduate.Status.INVITED, scopes=[], joined_at=None, **facts)
    Attestation.objects.create(
        contact=graduate.contacts.get(),
        about=Attestation.About.CONSENT,
        words="May we text you?",
        scopes=[Scope.CHECK_INS],
        at=AT,
    )
    return graduate


def has_agreed(graduate: Graduate) -> bool:
    return graduate.contacts.get().attestations.filter(agreed_at__isnull=False).exists()


def attested(body: str) -> tuple[Graduate, Reply]:
    graduate = invited()
    reply = say(graduate, body)
    graduate.refresh_from_db()
    return graduate, reply


@pytest.mark.parametrize("body", ["1", "yes", "Si"])
def test_one_agrees_to_what_was_read_aloud(body: str) -> None:
    graduate, reply = attested(body)

    assert (graduate.status, reply.kind) == (Graduate.Status.ACTIVE, Kinds.OPT_IN)
    assert not reply.needs_person


def test_a_one_to_another_program_agrees_to_nothing(graduate: Graduate) -> None:
    """Each program has its own number, and only its own question is answered there."""
    elsewhere = invited(program=build.program(alias="Willow"), to=build.address_of(graduate))
    check_in = asked(graduate, ("okay",))

    reply = say(graduate, "1")

    assert not has_agreed(elsewhere)
    assert (reply.graduate, reply.check_in) == (graduate, check_in)


def test_on_a_shared_phone_a_name_tells_who_agrees(graduate: Graduate) -> None:
    phone, program = build.address_of(graduate), graduate.program
    ana, bo = (invited(program=program, to=phone, first_name=name) for name in ("Ana", "Bo"))

    reply = say(graduate, "1 ana")

    assert (has_agreed(ana), has_agreed(bo)) == (True, False)
    assert (reply.graduate, reply.kind) == (ana, Kinds.OPT_IN)


def test_on_a_shared_phone_a_lone_one_is_theirs_who_alone_was_asked(graduate: Graduate) -> None:
    other = invited(program=graduate.program, to=build.address_of(graduate), first_name="Ana")

    reply = say(graduate, "1")

    assert has_agreed(other)
    assert reply.graduate == other


def test_on_a_shared_phone_a_one_that_may_answer_either_goes_to_a_person(
    graduate: Graduate,
) -> None:
    phone, program = build.address_of(graduate), graduate.program
    other = invited(program=program, to=phone, first_name="Ana")
    asked(graduate, ("okay",))

    reply = say(graduate, "1")

    assert not has_agreed(other)
    assert kept(graduate) == {}
    assert (reply.graduate, reply.needs_person) == (None, True)


def test_start_on_a_phone_where_two_are_asked_agrees_for_nobody(graduate: Graduate) -> None:
    phone, program = build.address_of(graduate), graduate.program
    ana, bo = (invited(program=program, to=phone, first_name=name) for name in ("Ana", "Bo"))

    reply = say(graduate, "START")

    assert not has_agreed(ana)
    assert not has_agreed(bo)
    assert reply.needs_person


def test_another_answer_agrees_to_nothing() -> None:
    graduate, reply = attested("what is this?")

    assert (graduate.status, reply.kind) == (Graduate.Status.INVITED, Kinds.NOTE)


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
