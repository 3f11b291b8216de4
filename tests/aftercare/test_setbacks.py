from datetime import UTC, date, datetime, timedelta

import pytest

from aftercare import checkins, replies, setbacks
from aftercare.models import Alarm, DisengagementSignal, Graduate, Reply, Setback
from aftercare.record import PORTAL
from notifications.kinds import Kind
from notifications.models import Message
from tests import build

pytestmark = pytest.mark.django_db

# A Tuesday, ten in the morning in New York.
AT = datetime(2026, 3, 10, 14, 0, tzinfo=UTC)
DAY = timedelta(days=1)
NOTE = "A short safety note from Dana: http://localhost:8000/safety-note/"


def notes(graduate: Graduate) -> list[tuple[datetime, str]]:
    rows = Message.objects.filter(about=graduate.uid, kind=Kind.SAFETY).exclude(state="cancelled")
    return [(row.not_before, row.body) for row in rows.order_by("not_before", "pk")]


def person(**facts: object) -> Graduate:
    program = build.program()
    made = build.graduate(program=program, counselor=build.role(program=program))
    Graduate.objects.filter(pk=made.pk).update(**facts)
    made.refresh_from_db()
    return made


def test_a_setback_is_met_with_a_hello_a_day_later_and_tells_nobody() -> None:
    graduate = person()

    setbacks.take_in(graduate=graduate, at=AT)
    setbacks.take_in(graduate=graduate, at=AT + timedelta(hours=3))

    assert notes(graduate) == [
        (
            AT + DAY,
            "Hello from Dana. I am glad you told me. How is today? No need to answer. "
            "Send CALL and I will phone you.",
        )
    ]
    assert Setback.objects.count() == 1
    assert not DisengagementSignal.objects.exists()


def test_an_answer_that_the_habit_came_back_is_a_setback_by_every_door() -> None:
    for door in ("text", "web"):
        graduate = person()
        row = build.check_in(graduate=graduate, opens_at=AT, questions=["habit"])
        checkins.answer(check_in=row, question="habit", value="yes", door=door, at=AT)

        assert setbacks.latest(graduate=graduate, at=AT) is not None
    assert Setback.objects.count() == 2


def test_the_counselor_is_told_only_after_a_yes() -> None:
    graduate = person()
    setback = setbacks.take_in(graduate=graduate, at=AT)

    setbacks.let_know(setback=setback, may_be_told=False, actor=PORTAL, at=AT)
    assert not DisengagementSignal.objects.exists()
    setbacks.let_know(setback=setback, may_be_told=True, actor=PORTAL, at=AT)
    signal = DisengagementSignal.objects.get()
    assert [reason["code"] for reason in signal.reasons] == ["told_setback"]


@pytest.mark.parametrize(
    ("choice", "words"),
    [
        ("discreet", NOTE),
        (
            "full",
            "After a break your body is used to less: the old amount can kill. Keep naloxone "
            "near, never use alone. Overdose: 911. http://localhost:8000/safety-note/",
        ),
    ],
)
def test_notes_are_planned_for_the_first_days_and_the_fourteenth(choice: str, words: str) -> None:
    graduate = person(graduated_on=date(2026, 3, 9))

    setbacks.choose_notes(graduate=graduate, choice=choice, actor=PORTAL, at=AT)
    setbacks.plan_notes(graduate=graduate, at=AT)

    # Day 0 is over; the others leave at eleven in the morning, New York.
    days = [date(2026, 3, day) for day in (10, 11, 12, 23)]
    assert [at.date() for at, _ in notes(graduate)] == days
    assert {(at.hour, body) for at, body in notes(graduate)} == {(15, words)}


def test_a_note_follows_reported_use_where_it_was_chosen() -> None:
    chosen, other = person(safety_notes="discreet"), person()

    for graduate in (chosen, other):
        setbacks.take_in(graduate=graduate, at=AT)

    assert notes(chosen)[0] == (AT, NOTE)
    assert [at for at, _ in notes(other)] == [AT + DAY]


def test_a_shared_phone_gets_no_full_words_and_no_name() -> None:
    graduate = person(safety_notes="full")
    graduate.contacts.update(shared=True)

    setbacks.take_in(graduate=graduate, at=AT)

    assert notes(graduate)[0][1] == (
        "A short safety note from Harbor: http://localhost:8000/safety-note/"
    )


def test_who_changes_the_choice_gets_no_note_of_the_old_one() -> None:
    graduate = person(graduated_on=date(2026, 3, 10))
    setbacks.choose_notes(graduate=graduate, choice="full", actor=PORTAL, at=AT)

    setbacks.choose_notes(graduate=graduate, choice="", actor=PORTAL, at=AT)

    assert notes(graduate) == []


@pytest.mark.parametrize(
    "text",
    [
        "I relapsed", "relapsed friday but back at meetings", "I used last night", "i drank on saturday",
        "had a slip tuesday", "slipped up again", "back to day 1", "Recaí el sábado", "volví a tomar",
        "consumi anoche",
    ],
)  # fmt: skip
def test_a_text_may_tell_of_a_setback(text: str) -> None:
    assert setbacks.is_told(text=text)


@pytest.mark.parametrize(
    "text",
    [
        "", "I almost relapsed", "relapse prevention class was good", "I used my tools last night",
        "i used to drink", "had a dream I used last night", "no recai", "casi recai",
        "I'm scared I relapsed on purpose", "i relapsed 3 years ago", "didnt use today",
    ],
)  # fmt: skip
def test_other_texts_do_not(text: str) -> None:
    assert not setbacks.is_told(text=text)


def test_use_without_danger_is_met_kindly_and_pages_nobody() -> None:
    graduate = person()
    replies.receive(
        to=build.sender_of(graduate).number,
        sender=build.address_of(graduate).value,
        body="I relapsed friday, back at meetings",
        provider_id="SM1",
        at=AT,
    )
    replies.read_unread(at=AT)

    said = Message.objects.get(about=graduate.uid, key__startswith="reply:")
    assert said.body == (
        "Thank you for being honest. A hard moment does not undo what you built. "
        "Want to talk? Send CALL. One step right now? Send HARD."
    )
    assert setbacks.latest(graduate=graduate, at=AT) is not None
    assert not Alarm.objects.exists()
    assert Reply.objects.get().needs_person
