from datetime import date

import pytest

from aftercare import replies, safety
from aftercare.directory import geo
from aftercare.models import (
    DisengagementSignal,
    Graduate,
    Reply,
)
from notifications import inbound as arrivals
from notifications.kinds import Kind
from notifications.models import InboundMessage, Message
from tests import build
from tests.aftercare.texting import (
    AT,
    DAY,
    HOUR,
    MINUTE,
    Kinds,
    asked,
    kept,
    receive,
    said,
    say,
    stranger,
    text,
    urgent,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def graduate() -> Graduate:
    program = build.program()
    return build.graduate(program=program, counselor=build.role(program=program))


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


def test_a_craving_is_met_with_what_helps_and_not_with_a_question(graduate: Graduate) -> None:
    assert text(graduate, "craving bad right now") is None
    replies.read_unread(at=AT + HOUR)
    assert text(graduate, "craving bad and i want to die", AT + 2 * HOUR) is not None

    first, second = Reply.objects.order_by("at")
    assert (first.kind, first.crisis, first.needs_person) == (Kinds.HARD_MOMENT, False, True)
    assert (second.crisis, second.tier) == (True, "A")


def test_a_craving_of_a_stranger_is_asked_about() -> None:
    assert stranger("craving bad right now").answer is not None


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


def test_words_and_cities_are_read_in_before_a_text_is_taken() -> None:
    """Not with the database held: there is no text, and they are known all the same."""
    for read_in in (replies.make_ready, replies.know_words, geo._names):
        read_in.cache_clear()

    assert replies.read_unread(at=AT) == 0

    assert geo._names.cache_info().currsize == 1
    assert geo.is_city(name="st. louis")
