from datetime import UTC, datetime

import pytest

from aftercare import checkins, replies
from aftercare.models import (
    Answer,
    CheckIn,
    Coverage,
    DisengagementSignal,
    Expectation,
    Graduate,
    Reply,
    Role,
)
from notifications.kinds import Kind
from notifications.models import Message
from tests import build
from tests.aftercare.texting import (
    AT,
    DAY,
    HOUR,
    MINUTE,
    QUESTIONS,
    Kinds,
    asked,
    kept,
    receive,
    said,
    say,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def graduate() -> Graduate:
    program = build.program()
    return build.graduate(program=program, counselor=build.role(program=program))


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
        "Thanks, that sounds hard. CALL to talk, TONIGHT for company, or NOT NOW."
    )
    say(graduate, "8", AT + HOUR + MINUTE)
    say(graduate, "2", AT + HOUR + 2 * MINUTE)
    assert said(graduate)[-1] == ("Thank you for telling me. That is all for now. Dana")


def test_an_offer_is_made_once_in_a_sitting(graduate: Graduate) -> None:
    asked(graduate)

    for number, body in enumerate(("8", "1", "2")):
        say(graduate, body, AT + HOUR + number * MINUTE)

    assert [words.split(". ")[0] for words in said(graduate)] == [
        "Thanks, that sounds hard",
        "Thank you for telling me that, too",
        "Thank you for telling me",
    ]


def test_an_answer_far_above_the_own_usual_is_met_with_the_offer_too(graduate: Graduate) -> None:
    for weeks in range(1, 5):
        opens_at = AT - weeks * 7 * DAY
        row = build.check_in(
            graduate=graduate, opens_at=opens_at, state=CheckIn.State.ANSWERED, answered_at=opens_at
        )
        build.answer(check_in=row, question="rough", value=1, at=opens_at)
    asked(graduate)

    say(graduate, "5")

    assert said(graduate)[0].startswith("Thanks, that sounds hard. CALL to talk,")


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


@pytest.mark.parametrize(
    ("body", "more"),
    [
        ("8. my sister came to visit and we went to the lake", True),
        ("8, a bad week", True),
        ("about an 8 I guess, thank you", False),
    ],
)
def test_a_number_is_kept_and_the_words_beside_it_are_read_by_a_person(
    graduate: Graduate, body: str, more: bool
) -> None:
    asked(graduate)

    reply = say(graduate, body)

    assert kept(graduate) == {"rough": 8}
    assert (reply.kind, reply.needs_person) == (Kinds.ANSWER, more)


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


@pytest.mark.parametrize("rough", [4, 6])
def test_text_lands_on_the_question_the_phone_shows_whatever_a_page_sent_back(
    rough: int, graduate: Graduate
) -> None:
    check_in = asked(graduate)
    say(graduate, "4")

    # The page shows the 4, and sends it back as it is or changed, with an answer of its own.
    page = {"rough": rough, "sure": 9}
    checkins.answer_all(check_in=check_in, values=page, door="web", at=AT + HOUR + MINUTE)
    say(graduate, "2", AT + HOUR + 2 * MINUTE)

    assert kept(graduate) == {"rough": rough, "sure": 2}


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
