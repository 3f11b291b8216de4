from datetime import UTC, datetime, timedelta

import pytest

from aftercare import alarms, replies, rounds, safety
from aftercare.crisis import Crisis, CrisisClass, Tier
from aftercare.models import Alarm, CheckIn, DisengagementSignal, Graduate, Reply
from aftercare.record import PORTAL
from notifications.kinds import Kind
from notifications.models import Message
from tests import build

pytestmark = pytest.mark.django_db

AT = datetime(2026, 3, 10, 14, 0, tzinfo=UTC)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
QUARTER = timedelta(minutes=15)


def meet(
    tier: Tier, kind: CrisisClass, graduate: Graduate | None = None, language: str = "en"
) -> tuple[Reply, str]:
    graduate = graduate or build.graduate()
    reply = build.reply(graduate=graduate, at=AT, needs_person=False)
    said = safety.meet(
        reply=reply,
        crisis=Crisis(tier=tier, kind=kind, words="words"),
        people=safety.people_of(inbound=reply.inbound),
        language=language,
        at=AT,
    )
    return reply, said


def answer(reply: Reply, body: str, at: datetime = AT + MINUTE) -> str | None:
    """The same phone texts again; returns what was said back in the same breath."""
    inbound = reply.inbound
    return replies.receive(
        to=inbound.sender.number,
        sender=inbound.address.value,
        body=body,
        provider_id=f"SM-{body}",
        at=at,
    ).answer


def codes(graduate: Graduate | None) -> list[str]:
    signal = DisengagementSignal.objects.get(graduate=graduate, kind="safety")
    return [reason["code"] for reason in signal.reasons]


UNCLEAR = "That sounds heavy. Are you safe right now? 1 yes, 2 no. Any time, call or text 988."
AT_HOME = "Got your message. Is now an OK time to call you? 1 yes, 2 no."


@pytest.mark.parametrize(
    ("tier", "kind", "begins"),
    [
        (Tier.A, CrisisClass.SUICIDE, "You matter. Call or text 988 now"),
        (Tier.A, CrisisClass.SELF_HARM, "You matter. Call or text 988 now"),
        (Tier.A, CrisisClass.VIOLENCE, "You matter. Call or text 988 now"),
        (Tier.A, CrisisClass.OVERDOSE_MEDICAL, "Call 911 now and stay on the line."),
        (Tier.A, CrisisClass.EATING, "This needs a doctor now: call 911"),
        (Tier.A, CrisisClass.ABUSE, AT_HOME),
        (Tier.B, CrisisClass.ABUSE, AT_HOME),
        (Tier.B, CrisisClass.DISTRESS, UNCLEAR),
        (Tier.B, CrisisClass.SUICIDE, UNCLEAR),
        (Tier.B, CrisisClass.OVERDOSE_MEDICAL, UNCLEAR),
    ],
)
def test_answer_is_fixed_by_the_kind_of_danger(tier: Tier, kind: CrisisClass, begins: str) -> None:
    reply, said = meet(tier, kind)

    reply.refresh_from_db()
    assert said.startswith(begins)
    assert (reply.crisis, reply.tier, reply.crisis_class) == (True, tier, kind)
    assert reply.needs_person
    assert codes(reply.graduate) == ["crisis_words"]


def test_a_program_without_its_own_words_answers_with_those_that_ship() -> None:
    graduate = build.graduate(program=build.program(crisis_texts={}))

    _, said = meet(Tier.A, CrisisClass.SUICIDE, graduate)

    assert "988" in said
    assert "911" in said
    assert "(215) 555-0142" in said


def test_a_language_without_words_of_its_own_gets_the_english_ones() -> None:
    graduate = build.graduate(program=build.program(crisis_texts={"en": "Call 988."}))

    _, said = meet(Tier.A, CrisisClass.SUICIDE, graduate, language="es")

    assert said == "Call 988."


def test_planned_texts_rest_and_own_reminders_go_on() -> None:
    graduate = build.graduate()
    for kind in (Kind.CHECK_IN, Kind.NUDGE, Kind.CARING, Kind.REMINDER, Kind.PERSONAL):
        build.message(graduate=graduate, kind=kind, state=Message.State.DUE, at=AT)

    meet(Tier.A, CrisisClass.SUICIDE, graduate)

    waiting = Message.objects.filter(state=Message.State.DUE)
    assert set(waiting.values_list("kind", flat=True)) == {Kind.REMINDER, Kind.PERSONAL}


def test_check_ins_rest_until_a_person_lets_them_go_on() -> None:
    graduate, neighbour = build.graduate(), build.graduate()
    for person in (graduate, neighbour):
        build.check_in(graduate=person, opens_at=AT, state=CheckIn.State.PLANNED, questions=())
    meet(Tier.A, CrisisClass.SUICIDE, graduate)

    assert rounds.open_due(at=AT) == 1
    resting = CheckIn.objects.get(graduate=graduate)
    assert resting.state == CheckIn.State.PLANNED
    assert AT < resting.opens_at < AT + 2 * DAY

    DisengagementSignal.objects.update(state=DisengagementSignal.State.CLOSED)
    assert rounds.open_due(at=resting.opens_at) == 0
    resting.refresh_from_db()
    alarms.resume(alarm=Alarm.objects.get(), actor=PORTAL, at=resting.opens_at)
    assert rounds.open_due(at=resting.opens_at) == 1


def test_nobody_is_nudged_while_staff_look_after_them() -> None:
    graduate = build.graduate()
    row = build.check_in(graduate=graduate, opens_at=AT - DAY)
    row.message = build.message(graduate=graduate, kind=Kind.CHECK_IN)
    row.save()
    meet(Tier.A, CrisisClass.SUICIDE, graduate)

    assert rounds.nudge_due(at=AT) == 0


# What was asked back


@pytest.mark.parametrize("body", ["1", "yes", "Yes I am"])
def test_safe_is_met_with_thanks_and_a_person_reads_on(body: str) -> None:
    reply, _ = meet(Tier.B, CrisisClass.DISTRESS)

    said = answer(reply, body)

    assert said == ("I am glad you told me. A person will read this. Any time, call or text 988.")
    assert safety.follow_up_due(at=AT + QUARTER) == 0
    assert codes(reply.graduate) == ["crisis_words"]


@pytest.mark.parametrize("body", ["2", "2.", "no", "No im not"])
def test_not_safe_becomes_certain_danger(body: str) -> None:
    reply, _ = meet(Tier.B, CrisisClass.DISTRESS)

    said = answer(reply, body)

    reply.refresh_from_db()
    assert said == build.CRISIS_TEXTS["en"]
    assert reply.tier == "A"
    assert codes(reply.graduate) == ["crisis_words", "not_safe"]


def test_the_answer_to_are_you_safe_is_no_answer_to_a_check_in() -> None:
    graduate = build.graduate()
    row = build.check_in(graduate=graduate, opens_at=AT - DAY)
    reply, _ = meet(Tier.B, CrisisClass.DISTRESS, graduate)

    answer(reply, "1")
    replies.read_unread(at=AT + MINUTE)

    assert row.answers.count() == 0
    assert Reply.objects.latest("pk").kind == Reply.Kind.ANSWER


def test_silence_becomes_certain_danger_after_a_quarter_of_an_hour() -> None:
    reply, _ = meet(Tier.B, CrisisClass.DISTRESS)

    assert safety.follow_up_due(at=AT + QUARTER - timedelta(seconds=1)) == 0
    assert safety.follow_up_due(at=AT + QUARTER) == 1
    assert safety.follow_up_due(at=AT + QUARTER) == 0

    reply.refresh_from_db()
    message = Message.objects.get()
    assert reply.tier == "A"
    assert (message.kind, message.body) == (Kind.CRISIS, build.CRISIS_TEXTS["en"])
    assert message.address == reply.inbound.address
    assert codes(reply.graduate) == ["crisis_words", "no_answer"]


def test_a_second_text_of_danger_overtakes_the_question_of_the_first() -> None:
    reply, _ = meet(Tier.B, CrisisClass.DISTRESS)

    assert answer(reply, "i want to kill myself") == build.CRISIS_TEXTS["en"]

    assert safety.follow_up_due(at=AT + QUARTER) == 0
    assert codes(reply.graduate) == ["crisis_words", "crisis_words"]


def test_words_that_are_neither_yes_nor_no_do_not_end_the_wait() -> None:
    reply, _ = meet(Tier.B, CrisisClass.DISTRESS)

    assert answer(reply, "im just so tired") is None
    assert safety.follow_up_due(at=AT + QUARTER) == 1


def test_a_stranger_in_unclear_danger_is_followed_up_as_well() -> None:
    program = build.program()
    inbound = build.inbound(
        sender=program.senders.get(), address=build.address(), body="i cant go on", at=AT
    )
    reply = Reply.objects.create(
        inbound=inbound, kind=Reply.Kind.UNKNOWN_NUMBER, at=AT, needs_person=True
    )
    safety.meet(
        reply=reply,
        crisis=Crisis(tier=Tier.B, kind=CrisisClass.DISTRESS, words="cant go on"),
        people=[],
        language="en",
        at=AT,
    )

    assert safety.follow_up_due(at=AT + QUARTER) == 1
    assert Message.objects.get().address == inbound.address


def test_where_somebody_else_may_hold_the_phone_silence_sends_nothing() -> None:
    reply, _ = meet(Tier.A, CrisisClass.ABUSE)

    assert safety.follow_up_due(at=AT + QUARTER) == 0
    assert Message.objects.count() == 0
    assert codes(reply.graduate) == ["crisis_words"]


@pytest.mark.parametrize(
    ("body", "code", "said"),
    [
        ("1", "call_now", "Thank you. We will call soon."),
        ("2", "call_later", "Thank you. Text us when it is a good time."),
    ],
)
def test_staff_learn_if_now_is_a_good_time_to_call(body: str, code: str, said: str) -> None:
    reply, _ = meet(Tier.A, CrisisClass.ABUSE)

    assert answer(reply, body) == said
    assert codes(reply.graduate) == ["crisis_words", code]
