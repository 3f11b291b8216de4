from datetime import UTC, date, datetime, timedelta

import pytest

from aftercare import checkins, replies, rounds, safety
from aftercare.models import (
    Answer,
    Attestation,
    CheckIn,
    Coverage,
    DisengagementSignal,
    Expectation,
    Graduate,
    Outreach,
    Reply,
    Role,
)
from notifications import inbound as arrivals
from notifications.kinds import Kind, Scope
from notifications.models import Address, InboundMessage, Message
from tests import build

pytestmark = pytest.mark.django_db

Kinds = Reply.Kind
# A Tuesday, ten in the morning in New York.
AT = datetime(2026, 3, 10, 14, 0, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
QUESTIONS = ("rough", "sure", "kept")


@pytest.fixture
def graduate() -> Graduate:
    program = build.program()
    return build.graduate(program=program, counselor=build.role(program=program))


def asked(graduate: Graduate, questions: tuple[str, ...] = QUESTIONS) -> CheckIn:
    return build.check_in(graduate=graduate, opens_at=AT, questions=questions)


def text(graduate: Graduate, body: str, at: datetime = AT + HOUR, media: int = 0) -> str | None:
    """The graduate texts the program's number; returns what was said back in the same breath."""
    return receive(graduate, body, at=at, media=media).answer


_ids = iter(range(10**6))


def receive(
    graduate: Graduate,
    body: str,
    at: datetime = AT + HOUR,
    media: int = 0,
    provider_id: str | None = None,
) -> replies.Received:
    return replies.receive(
        to=build.sender_of(graduate).number,
        sender=build.address_of(graduate).value,
        body=body,
        provider_id=provider_id or f"SM{next(_ids)}",
        media=media,
        at=at,
    )


def say(graduate: Graduate, body: str, at: datetime = AT + HOUR, media: int = 0) -> Reply:
    """The same, the job reads it, and what it says to it leaves."""
    received = receive(graduate, body, at=at, media=media)
    replies.read_unread(at=at)
    Message.objects.filter(kind=Kind.REPLY, state=Message.State.DUE).update(
        state=Message.State.SENT, sent_at=at
    )
    return Reply.objects.get(inbound=received.inbound)


def said(graduate: Graduate) -> list[str]:
    """What the portal answered."""
    found = Message.objects.filter(about=graduate.uid, kind=Kind.REPLY).order_by("pk")
    return [message.body for message in found]


def kept(graduate: Graduate) -> dict[str, object]:
    found = Answer.objects.filter(check_in__graduate=graduate)
    return {answer.question: answer.content["value"] for answer in found}


def urgent(graduate: Graduate) -> list[tuple[str, str]]:
    found = DisengagementSignal.objects.filter(graduate=graduate).order_by("pk")
    return [(signal.kind, signal.reasons[0]["code"]) for signal in found]


# Answering a check-in


def test_check_in_is_answered_question_by_question(graduate: Graduate) -> None:
    check_in = asked(graduate)

    reply = say(graduate, "4")
    say(graduate, "8", AT + HOUR + MINUTE)
    say(graduate, "2", AT + HOUR + 2 * MINUTE)

    check_in.refresh_from_db()
    assert kept(graduate) == {"rough": 4, "sure": 8, "kept": 2}
    assert check_in.state == CheckIn.State.ANSWERED
    assert said(graduate) == [
        "Thank you for telling me. How sure are you about the week ahead, 0 not sure to 10 very"
        " sure? A number is enough.",
        "Good to hear, thank you. How many things in your plan did you get to in the last 7 days?"
        " A number is enough.",
        "Thank you for telling me. That is all for now. Dana",
    ]
    assert (reply.kind, reply.check_in, reply.needs_person) == (Kinds.ANSWER, check_in, False)
    assert Answer.objects.earliest("pk").inbound == reply.inbound


def test_a_hard_week_is_met_with_a_kind_line_and_an_offer(graduate: Graduate) -> None:
    asked(graduate)

    say(graduate, "8")

    assert said(graduate)[0].startswith(
        "That sounds hard, thanks. CALL to talk, TONIGHT for company, or NOT NOW."
    )
    say(graduate, "8", AT + HOUR + MINUTE)
    say(graduate, "2", AT + HOUR + 2 * MINUTE)
    assert said(graduate)[-1] == ("Thank you for telling me. That is all for now. Dana")


def test_an_answer_far_above_the_own_usual_is_met_with_the_offer_too(graduate: Graduate) -> None:
    for weeks in range(1, 5):
        opens_at = AT - weeks * 7 * DAY
        row = build.check_in(
            graduate=graduate, opens_at=opens_at, state=CheckIn.State.ANSWERED, answered_at=opens_at
        )
        build.answer(check_in=row, question="rough", value=1, at=opens_at)
    asked(graduate)

    say(graduate, "5")

    assert said(graduate)[0].startswith("That sounds hard, thanks. CALL to talk,")


def test_while_the_counselor_is_away_the_thanks_say_who_reads(graduate: Graduate) -> None:
    dana = Role.objects.get()
    noor = build.role(program=graduate.program, name="Noor Haddad")
    Coverage.objects.create(
        counselor=dana, cover=noor, starts_at=AT - DAY, ends_at=datetime(2026, 3, 14, tzinfo=UTC)
    )
    asked(graduate, ("rough",))

    say(graduate, "4")

    assert said(graduate) == ["Thank you for telling me. Noor reads these until Monday. Dana"]


def test_a_return_of_the_habit_is_met_without_shame(graduate: Graduate) -> None:
    check_in = asked(graduate, ("rough", "habit"))
    say(graduate, "5")

    say(graduate, "yes", AT + HOUR + MINUTE)

    assert said(graduate)[-1] == (
        "Thank you for being honest. A hard moment does not undo what you built. Want to talk?"
        " Send CALL. That is all for now. Dana"
    )
    assert Expectation.objects.get(check_in=check_in).reported_use is True


def test_answers_leave_from_the_texted_number_to_the_texting_phone(graduate: Graduate) -> None:
    asked(graduate)
    older = build.address()
    build.contact(graduate=graduate, address=older)
    received = replies.receive(
        to=build.sender_of(graduate).number,
        sender=older.value,
        body="4",
        provider_id="SM-older",
        at=AT + HOUR,
    )

    replies.read_unread(at=AT + HOUR)

    message = Message.objects.get(kind=Kind.REPLY)
    assert (message.sender, message.address) == (received.inbound.sender, older)
    assert message.key == f"reply:{received.inbound.pk}"


def test_a_number_with_a_story_is_kept_and_the_story_read_by_a_person(graduate: Graduate) -> None:
    asked(graduate)

    reply = say(graduate, "8. my sister came to visit and we went to the lake")

    assert kept(graduate) == {"rough": 8}
    assert (reply.kind, reply.needs_person) == (Kinds.ANSWER, True)


def test_an_answer_after_the_window_lands_on_its_question(graduate: Graduate) -> None:
    check_in = build.check_in(
        graduate=graduate, opens_at=AT, questions=QUESTIONS, state=CheckIn.State.MISSED
    )

    reply = say(graduate, "4", AT + 5 * DAY)

    assert kept(graduate) == {"rough": 4}
    assert reply.check_in == check_in
    assert Expectation.objects.get(check_in=check_in).outcome == Expectation.Outcome.LATE


def test_an_answer_goes_to_the_newest_check_in(graduate: Graduate) -> None:
    build.check_in(
        graduate=graduate, opens_at=AT - 7 * DAY, questions=QUESTIONS, state=CheckIn.State.MISSED
    )
    newest = asked(graduate)

    assert say(graduate, "4").check_in == newest


def test_a_text_lands_on_the_question_that_the_phone_shows(graduate: Graduate) -> None:
    check_in = asked(graduate)
    say(graduate, "4")
    checkins.answer(check_in=check_in, question="sure", value=9, door="web", at=AT + HOUR + MINUTE)

    say(graduate, "7", AT + HOUR + 2 * MINUTE)
    assert kept(graduate) == {"rough": 4, "sure": 7}
    say(graduate, "2", AT + HOUR + 3 * MINUTE)

    check_in.refresh_from_db()
    assert kept(graduate) == {"rough": 4, "sure": 7, "kept": 2}
    assert check_in.state == CheckIn.State.ANSWERED


def test_a_check_in_begun_on_the_web_goes_on_by_text(graduate: Graduate) -> None:
    check_in = asked(graduate)
    checkins.answer(check_in=check_in, question="rough", value=5, door="web", at=AT + MINUTE)

    say(graduate, "5")
    assert said(graduate)[0].endswith("0 not sure to 10 very sure? A number is enough.")
    say(graduate, "8", AT + HOUR + MINUTE)

    assert kept(graduate) == {"rough": 5, "sure": 8}


def test_a_text_that_crosses_with_the_next_question_is_no_answer_to_it(graduate: Graduate) -> None:
    asked(graduate)
    for body in ("4", "4", "no wait", "6"):
        receive(graduate, body)

    replies.read_unread(at=AT + HOUR)

    assert kept(graduate) == {"rough": 4}
    found = Reply.objects.order_by("pk").values_list("kind", "needs_person")
    assert list(found) == [
        (Kinds.ANSWER, False),
        (Kinds.ANSWER, False),
        (Kinds.NOTE, True),
        (Kinds.NOTE, True),
    ]
    assert len(said(graduate)) == 1


def test_an_answer_before_the_new_question_left_goes_to_the_old_one(graduate: Graduate) -> None:
    old = build.check_in(
        graduate=graduate, opens_at=AT - 7 * DAY, questions=("mood",), state=CheckIn.State.MISSED
    )
    new = asked(graduate)
    new.message = build.message(
        graduate=graduate, kind=Kind.CHECK_IN, state=Message.State.DEFERRED, at=AT
    )
    new.save()

    say(graduate, "6")

    assert [(one.check_in, one.question) for one in Answer.objects.all()] == [(old, "mood")]


def test_a_spanish_speaker_is_read_in_spanish(graduate: Graduate) -> None:
    graduate.language = "es"
    graduate.save()
    asked(graduate, ("habit",))

    say(graduate, "no gracias a dios")

    assert kept(graduate) == {"habit": "no"}


def test_a_number_in_a_talk_with_a_person_is_for_that_person(graduate: Graduate) -> None:
    asked(graduate)
    build.message(graduate=graduate, kind=Kind.PERSONAL, at=AT + 30 * MINUTE)

    reply = say(graduate, "5")

    assert kept(graduate) == {}
    assert (reply.kind, reply.needs_person) == (Kinds.NOTE, True)
    assert said(graduate) == []


def test_words_after_a_reminder_are_left_to_a_person_and_a_number_is_an_answer(
    graduate: Graduate,
) -> None:
    asked(graduate)
    build.message(graduate=graduate, kind=Kind.REMINDER, at=AT + 30 * MINUTE)

    words = say(graduate, "cant make it tonight")
    say(graduate, "5", AT + HOUR + MINUTE)

    assert words.needs_person
    assert said(graduate)[0].startswith("Thank you. A person reads this")
    assert kept(graduate) == {"rough": 5}


def test_the_note_that_answers_were_read_is_no_talk(graduate: Graduate) -> None:
    asked(graduate)
    build.message(graduate=graduate, kind=Kind.PERSONAL, at=AT + 30 * MINUTE, key="read:1")

    say(graduate, "5")

    assert kept(graduate) == {"rough": 5}


# Not understood


def test_what_is_not_understood_is_asked_once_more_and_then_passed_on(graduate: Graduate) -> None:
    check_in = asked(graduate)

    first = say(graduate, "so so")
    second = say(graduate, "well it was a week", AT + HOUR + MINUTE)
    third = say(graduate, "hm", AT + HOUR + 2 * MINUTE)

    check_in.refresh_from_db()
    assert said(graduate) == [
        "Sorry, I did not get that. Just a number, please: 0 is an easy week, 10 a very rough one.",
        "Thank you. A person reads this in office hours. To be phoned, send CALL. In danger call or"
        " text 988.",
    ]
    assert {reply.kind for reply in (first, second, third)} == {Kinds.NOT_UNDERSTOOD}
    assert all(reply.needs_person for reply in (first, second, third))
    assert kept(graduate) == {}


def test_an_answer_after_a_misunderstanding_goes_on(graduate: Graduate) -> None:
    check_in = asked(graduate)
    say(graduate, "so so")

    say(graduate, "4", AT + HOUR + MINUTE)

    check_in.refresh_from_db()
    assert kept(graduate) == {"rough": 4}
    assert check_in.misunderstood == 0


def test_a_note_out_of_the_blue_goes_to_the_inbox_with_one_line_a_day(graduate: Graduate) -> None:
    first = say(graduate, "can we move my tuesday? my shift changed", AT)
    second = say(graduate, "sorry, wednesday i mean", AT + MINUTE)
    say(graduate, "and thank you", AT + DAY)

    assert [(reply.kind, reply.needs_person) for reply in (first, second)] == [
        (Kinds.NOTE, True),
        (Kinds.NOTE, True),
    ]
    assert len(said(graduate)) == 2


def test_a_picture_without_words_goes_to_the_inbox(graduate: Graduate) -> None:
    reply = say(graduate, "", media=1)

    assert reply.needs_person


def test_a_note_long_after_a_check_in_is_not_asked_for_a_number(graduate: Graduate) -> None:
    build.check_in(graduate=graduate, opens_at=AT, questions=QUESTIONS, state=CheckIn.State.MISSED)

    say(graduate, "happy to be here still", AT + 10 * DAY)

    assert said(graduate)[0].startswith("Thank you. A person reads this")


def test_nobody_answers_on_the_phone_of_somebody_who_died(graduate: Graduate) -> None:
    graduate.status = Graduate.Status.DECEASED
    graduate.save()

    reply = say(graduate, "this is her mother")

    assert reply.needs_person
    assert said(graduate) == []


# Asking for support


@pytest.mark.parametrize("body", ["CALL", "llamar", "please call me", "3"])
def test_a_wish_for_a_call_is_urgent_and_answered(graduate: Graduate, body: str) -> None:
    asked(graduate, ("habit",))

    reply = say(graduate, body)

    signal = DisengagementSignal.objects.get(graduate=graduate)
    assert (signal.kind, signal.band) == ("need_support", "urgent")
    assert signal.answer_by == AT + 3 * HOUR  # two staffed hours
    assert (reply.kind, reply.needs_person) == (Kinds.NEED_SUPPORT, True)
    assert said(graduate) == [
        "Thank you for reaching out. We will phone you as soon as we can. In danger call or text"
        " 988, or call 911."
    ]
    assert kept(graduate) == {}


def test_out_of_hours_the_answer_says_when_somebody_is_back(graduate: Graduate) -> None:
    saturday = datetime(2026, 3, 14, 16, 0, tzinfo=UTC)

    say(graduate, "CALL", saturday)

    assert said(graduate) == [
        "Thank you for reaching out. We are back Monday at 9:00 AM and will phone you then. Until"
        " then, any time: call or text 988."
    ]
    signal = DisengagementSignal.objects.get()
    assert signal.answer_by == datetime(2026, 3, 16, 15, 0, tzinfo=UTC)


def test_when_somebody_is_back_is_told_by_the_persons_clock() -> None:
    graduate = build.graduate(time_zone="America/Los_Angeles")

    say(graduate, "CALL", datetime(2026, 3, 14, 16, 0, tzinfo=UTC))

    assert "We are back Monday at 6:00 AM PDT" in said(graduate)[0]


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


def attested(body: str) -> tuple[Graduate, Reply]:
    graduate = build.graduate(status=Graduate.Status.INVITED, scopes=[], joined_at=None)
    Attestation.objects.create(
        contact=graduate.contacts.get(),
        about=Attestation.About.CONSENT,
        words="May we text you?",
        scopes=[Scope.CHECK_INS],
        at=AT,
    )
    reply = say(graduate, body)
    graduate.refresh_from_db()
    return graduate, reply


@pytest.mark.parametrize("body", ["1", "yes", "Si"])
def test_one_agrees_to_what_was_read_aloud(body: str) -> None:
    graduate, reply = attested(body)

    assert (graduate.status, reply.kind) == (Graduate.Status.ACTIVE, Kinds.OPT_IN)
    assert not reply.needs_person


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


def stranger(body: str, at: datetime = AT) -> replies.Received:
    program = build.program()
    received = replies.receive(
        to=program.senders.get().number,
        sender=build.phone(),
        body=body,
        provider_id=f"SM{next(_ids)}",
        at=at,
    )
    replies.read_unread(at=at)
    return received


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
                provider_id=f"SM{next(_ids)}",
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


# Danger


def test_danger_is_answered_in_the_same_breath_and_laid_before_staff(graduate: Graduate) -> None:
    answer = text(graduate, "i want to kill myself")

    assert answer == graduate.program.crisis_texts["en"]
    signal = DisengagementSignal.objects.get()
    assert (signal.kind, signal.band, signal.graduate) == ("safety", "urgent", graduate)
    assert signal.answer_by == AT + HOUR + 15 * MINUTE
    reply = Reply.objects.get()
    assert (reply.crisis, reply.tier, reply.needs_person) == (True, "A", True)
    assert reply.inbound.read_at == AT + HOUR
    assert said(graduate) == []


def test_danger_is_answered_in_the_persons_language(graduate: Graduate) -> None:
    graduate.language = "es"
    graduate.save()

    assert text(graduate, "me quiero matar") == graduate.program.crisis_texts["es"]


def test_a_copy_of_a_text_gets_the_same_answer_and_changes_nothing(graduate: Graduate) -> None:
    first = receive(graduate, "i want to kill myself", provider_id="SM-twice")
    second = receive(graduate, "i want to kill myself", provider_id="SM-twice")

    assert first.answer == second.answer == graduate.program.crisis_texts["en"]
    assert Reply.objects.count() == InboundMessage.objects.count() == 1
    assert len(DisengagementSignal.objects.get().reasons) == 1


def test_each_text_of_danger_asks_staff_anew(graduate: Graduate) -> None:
    text(graduate, "i want to kill myself")
    DisengagementSignal.objects.update(acknowledged_at=AT + HOUR + MINUTE)

    text(graduate, "i want to kill myself", AT + 3 * HOUR)

    signal = DisengagementSignal.objects.get()
    assert signal.acknowledged_at is None
    assert signal.answer_by == AT + 3 * HOUR + 15 * MINUTE


def test_danger_in_an_answer_keeps_the_answer_and_asks_nothing_more(graduate: Graduate) -> None:
    asked(graduate)

    text(graduate, "10, i want to kill myself")

    assert kept(graduate) == {"rough": 10}
    assert said(graduate) == []


def test_text_is_stored_whatever_fails_after_it(
    graduate: Graduate, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(**facts: object) -> str:
        raise RuntimeError("made up")

    monkeypatch.setattr(safety, "meet", fail)

    answer = text(graduate, "i want to kill myself")

    assert answer == graduate.program.crisis_texts["en"]
    assert [row.body for row in InboundMessage.objects.all()] == ["i want to kill myself"]
    replies.read_unread(at=AT + MINUTE)
    assert Reply.objects.get().needs_person
    assert Message.objects.count() == 0


def test_danger_that_nobody_met_on_arrival_is_met_by_the_job(graduate: Graduate) -> None:
    """As after a process that died between storing a text and answering it."""
    arrivals.accept(
        to=build.sender_of(graduate).number,
        sender=build.address_of(graduate).value,
        body="i want to kill myself",
        provider_id="SM1",
        at=AT,
    )

    replies.read_unread(at=AT + MINUTE)
    replies.read_unread(at=AT + 2 * MINUTE)

    (message,) = Message.objects.all()
    assert (message.kind, message.body) == (Kind.CRISIS, graduate.program.crisis_texts["en"])
    assert urgent(graduate) == [("safety", "crisis_words")]
    assert Reply.objects.get().crisis


def test_danger_that_the_job_met_is_not_met_again_by_a_copy(graduate: Graduate) -> None:
    terms = {
        "to": build.sender_of(graduate).number,
        "sender": build.address_of(graduate).value,
        "body": "i want to kill myself",
        "provider_id": "SM1",
    }
    arrivals.accept(**terms, at=AT)
    replies.read_unread(at=AT)

    copy = replies.receive(**terms, at=AT + MINUTE)

    assert copy.answer is None
    assert Message.objects.count() == 1


def test_danger_is_met_by_the_copy_of_a_text_whose_first_request_broke_off(
    graduate: Graduate,
) -> None:
    terms = {
        "to": build.sender_of(graduate).number,
        "sender": build.address_of(graduate).value,
        "body": "i want to kill myself",
        "provider_id": "SM1",
    }
    arrivals.accept(**terms, at=AT)

    answers = [replies.receive(**terms, at=AT + MINUTE).answer for _ in range(2)]

    assert answers == [graduate.program.crisis_texts["en"]] * 2
    assert Message.objects.count() == 0


def test_danger_is_looked_for_in_a_stop(graduate: Graduate) -> None:
    answer = text(graduate, "stop texting me. i want to kill myself")

    assert answer is not None
    assert answer.startswith(graduate.program.crisis_texts["en"])
    assert "No more texts from us" in answer
    reply = Reply.objects.get()
    assert (reply.kind, reply.crisis) == (Kinds.OPT_OUT, True)
    codes = [reason["code"] for reason in DisengagementSignal.objects.get().reasons]
    assert codes == ["crisis_words", "texts_off"]


def test_danger_is_looked_for_in_the_texts_of_strangers() -> None:
    received = stranger("i want to kill myself")

    reply = Reply.objects.get()
    assert received.answer == build.CRISIS_TEXTS["en"]
    assert (reply.kind, reply.crisis, reply.needs_person) == (Kinds.UNKNOWN_NUMBER, True, True)
    assert Message.objects.count() == 0


def test_danger_on_a_shared_phone_concerns_everybody_on_it(graduate: Graduate) -> None:
    other = build.graduate(program=graduate.program, to=build.address_of(graduate))

    text(graduate, "i want to kill myself")

    assert urgent(graduate) == urgent(other) == [("safety", "crisis_words")]


def test_a_fault_in_reading_holds_back_no_answer_to_danger(graduate: Graduate) -> None:
    # A check-in that asks a question of an earlier release cannot be read.
    asked(graduate, ("no_such_question",))

    assert text(graduate, "i want to kill myself") == graduate.program.crisis_texts["en"]
    assert urgent(graduate) == [("safety", "crisis_words")]
    assert Reply.objects.get().needs_person


def test_texts_without_danger_are_left_to_the_job(graduate: Graduate) -> None:
    asked(graduate)

    assert text(graduate, "4") is None
    assert Reply.objects.count() == 0


# The job


def test_read_unread_reads_each_text_once_in_the_order_they_came(graduate: Graduate) -> None:
    other = build.graduate(program=graduate.program)
    for one in (other, graduate):
        asked(one)
    for minutes, (one, body) in enumerate([(graduate, "4"), (other, "8"), (graduate, "hello")]):
        receive(one, body, at=AT + minutes * MINUTE)

    assert replies.read_unread(at=AT + HOUR) == 3
    assert replies.read_unread(at=AT + HOUR) == 0
    assert [reply.inbound.body for reply in Reply.objects.order_by("pk")] == ["4", "8", "hello"]
    assert (kept(graduate), kept(other)) == ({"rough": 4}, {"rough": 8})


def test_reading_the_same_text_again_does_nothing(graduate: Graduate) -> None:
    asked(graduate)
    first = say(graduate, "4")
    arrivals.mark_read(inbound=first.inbound, at=AT)

    assert replies.read(inbound=first.inbound, at=AT + DAY) == first
    assert len(said(graduate)) == 1


def test_a_text_that_cannot_be_read_keeps_no_other_waiting(graduate: Graduate) -> None:
    broken = build.graduate(program=graduate.program)
    asked(broken, ("no_such_question",))
    asked(graduate)
    receive(broken, "4")
    receive(graduate, "4")

    assert replies.read_unread(at=AT + HOUR) == 1
    assert kept(graduate) == {"rough": 4}
    assert InboundMessage.objects.filter(read_at__isnull=True).count() == 1


def test_graduation_day_in_a_text_is_no_answer(graduate: Graduate) -> None:
    asked(graduate)

    say(graduate, f"my day was {date(2026, 3, 1):%m/%d}")

    assert kept(graduate) == {}


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
