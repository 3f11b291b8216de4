from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from aftercare import checkins
from aftercare.models import Answer, AuditEntry, CheckIn, Expectation
from aftercare.questions import Value
from aftercare.record import Actor
from notifications.kinds import Kind
from notifications.models import Message
from tests import build

pytestmark = pytest.mark.django_db

State = CheckIn.State
Outcome = Expectation.Outcome
AT = datetime(2026, 3, 10, 14, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
QUESTIONS = ("rough", "sure", "kept")


def opened(**facts: object) -> CheckIn:
    return build.check_in(graduate=build.graduate(), opens_at=AT, questions=QUESTIONS, **facts)  # type: ignore[arg-type]


def say(row: CheckIn, question: str, value: Value, at: datetime = AT + HOUR) -> str | None:
    return checkins.answer(check_in=row, question=question, value=value, door="text", at=at)


def state(row: CheckIn) -> tuple[str, str]:
    row.refresh_from_db()
    return row.state, Expectation.objects.get(check_in=row).outcome


def test_each_answer_is_kept_as_it_arrives_and_leads_to_the_next_question() -> None:
    row = opened()

    assert say(row, "rough", 4) == "sure"
    assert state(row) == (State.OPEN, Outcome.KEPT)
    assert say(row, "sure", 8, AT + 2 * HOUR) == "kept"
    assert say(row, "kept", 2.0, AT + 3 * HOUR) is None
    assert state(row) == (State.ANSWERED, Outcome.KEPT)

    kept = Answer.objects.order_by("pk")
    assert [(one.question, one.content, one.door) for one in kept] == [
        ("rough", {"value": 4}, "text"),
        ("sure", {"value": 8}, "text"),
        ("kept", {"value": 2}, "text"),
    ]
    assert (row.first_answer_at, row.finished_at) == (AT + HOUR, AT + 3 * HOUR)
    assert Expectation.objects.get().answered_at == AT + HOUR


def test_an_answer_keeps_the_text_it_came_in() -> None:
    row = opened()
    text = build.inbound(
        sender=build.sender_of(row.graduate),
        address=build.address_of(row.graduate),
        body="4",
        at=AT,
    )

    checkins.answer(check_in=row, question="rough", value=4, door="text", inbound=text, at=AT)

    assert Answer.objects.get().inbound == text


def test_the_same_question_again_replaces_the_answer() -> None:
    row = opened()

    say(row, "rough", 4)
    say(row, "rough", 6, AT + 2 * HOUR)

    assert [one.content for one in Answer.objects.all()] == [{"value": 6}]
    row.refresh_from_db()
    assert row.first_answer_at == AT + HOUR


def test_an_answer_after_the_window_is_late_and_not_lost() -> None:
    row = opened(state=State.MISSED)

    assert say(row, "rough", 4, AT + 4 * DAY) == "sure"

    assert state(row) == (State.PARTIAL, Outcome.LATE)
    assert Expectation.objects.get().answered_at == AT + 4 * DAY


def test_the_window_ends_at_its_very_end() -> None:
    in_time, late = opened(), opened()

    say(in_time, "rough", 4, AT + 3 * DAY - timedelta(seconds=1))
    say(late, "rough", 4, AT + 3 * DAY)

    assert (state(in_time)[1], state(late)[1]) == (Outcome.KEPT, Outcome.LATE)


def test_what_was_taken_for_undeliverable_was_not_when_an_answer_comes() -> None:
    row = opened(state=State.UNDELIVERABLE)

    say(row, "rough", 4, AT + 4 * DAY)

    assert state(row) == (State.PARTIAL, Outcome.LATE)


def test_use_is_noted_on_the_expectation() -> None:
    asked = build.check_in(
        graduate=build.graduate(asks_use=True), opens_at=AT, questions=("rough", "habit")
    )
    not_asked = opened()

    say(asked, "habit", "yes")
    say(not_asked, "rough", 3)

    reported = {row.check_in_id: row.reported_use for row in Expectation.objects.all()}
    assert reported == {asked.pk: True, not_asked.pk: None}


def test_the_count_question_settles_the_week() -> None:
    row = opened()
    date = build.occurrence(
        commitment=build.commitment(graduate=row.graduate),
        starts_at=AT - 2 * DAY,
        recurrence_id="2026-03-08T10:00",
        outcome=Outcome.UNREPORTED,
    )

    say(row, "kept", 1)

    date.refresh_from_db()
    assert date.outcome == Outcome.KEPT


def test_an_answer_has_the_signals_looked_at_again() -> None:
    row = opened()

    say(row, "rough", 9)

    row.graduate.refresh_from_db()
    assert row.graduate.assess_at == AT + HOUR


def test_an_answer_is_recorded() -> None:
    row, person = opened(), build.user()

    checkins.answer(
        check_in=row,
        question="rough",
        value=9,
        door="web",
        actor=Actor(user=person, role="graduate"),
        at=AT,
    )

    entry = AuditEntry.objects.get()
    assert (entry.verb, entry.thing, entry.actor) == ("created", "answer", person)
    assert entry.thing_uid == Answer.objects.get().uid


def test_what_was_told_to_staff_says_who_was_told() -> None:
    row, counselor = opened(), build.user()

    checkins.answer(
        check_in=row,
        question="rough",
        value=3,
        door="staff",
        actor=Actor(user=counselor, role="counselor"),
        at=AT,
    )

    assert Expectation.objects.get().answered_by == counselor


def test_a_question_that_was_not_asked_takes_no_answer() -> None:
    with pytest.raises(checkins.NotAsked):
        say(opened(), "mood", 3)

    assert Answer.objects.count() == 0


@pytest.mark.parametrize(
    ("question", "value"),
    [("rough", 11), ("rough", -1), ("rough", "yes"), ("habit", 1), ("habit", "maybe")],
)
def test_a_value_off_the_scale_is_refused(question: str, value: Value) -> None:
    row = build.check_in(graduate=build.graduate(), opens_at=AT, questions=("rough", "habit"))

    with pytest.raises(checkins.NoSuchAnswer):
        say(row, question, value)


def test_one_answer_per_question() -> None:
    row = opened()
    build.answer(check_in=row, question="rough", value=1, at=AT)

    with pytest.raises(IntegrityError), transaction.atomic():
        build.answer(check_in=row, question="rough", value=2, at=AT)


def test_several_answers_at_once() -> None:
    row = opened()

    assert not checkins.answer_all(check_in=row, values={"sure": 3}, door="web", at=AT)
    assert checkins.answer_all(check_in=row, values={"rough": 1, "kept": 0}, door="web", at=AT)
    assert checkins.values_of(check_in=row) == {"sure": 3, "rough": 1, "kept": 0}


# Being read


def reader() -> Actor:
    return Actor(user=build.user(name="Dana Reyes"), role="counselor")


def test_the_graduate_is_told_that_the_answers_were_read_once() -> None:
    row, actor = opened(), reader()
    say(row, "rough", 4)

    checkins.mark_read(check_in=row, actor=actor, at=AT + 2 * HOUR)
    checkins.mark_read(check_in=row, actor=reader(), at=AT + 3 * HOUR)

    row.refresh_from_db()
    message = Message.objects.get(kind=Kind.PERSONAL)
    assert row.read_at == AT + 2 * HOUR
    assert message.body == "Dana read your answers. Thank you for telling me."
    assert (message.author, message.key) == (actor.user, f"read:{row.pk}")
    assert AuditEntry.objects.filter(verb="read", thing_uid=row.uid).count() == 1


def test_nobody_is_told_that_silence_was_read() -> None:
    row = opened()

    checkins.mark_read(check_in=row, actor=reader(), at=AT + HOUR)

    row.refresh_from_db()
    assert row.read_at is None
    assert Message.objects.count() == 0


def test_a_shared_phone_is_not_told_who_read() -> None:
    row = build.check_in(graduate=build.graduate(shared=True), opens_at=AT, questions=("okay",))
    say(row, "okay", "yes")

    checkins.mark_read(check_in=row, actor=reader(), at=AT + 2 * HOUR)

    row.refresh_from_db()
    assert row.read_at is not None
    assert Message.objects.count() == 0


# Reading


def test_open_for_finds_what_may_be_answered_in_time() -> None:
    row = opened()

    assert checkins.open_for(graduate=row.graduate, at=AT) == row
    assert checkins.open_for(graduate=row.graduate, at=AT + 3 * DAY) is None
    assert checkins.open_for(graduate=build.graduate(), at=AT) is None


def test_asked_is_the_first_open_question_of_the_newest_check_in() -> None:
    graduate = build.graduate()
    build.check_in(graduate=graduate, opens_at=AT - 7 * DAY, state=State.MISSED)
    newest = build.check_in(graduate=graduate, opens_at=AT, questions=QUESTIONS)
    say(newest, "rough", 1)

    found = checkins.asked(graduate=graduate, at=AT + HOUR)

    assert found is not None
    assert (found.check_in, found.question.code, found.given) == (newest, "sure", None)


def test_asked_remembers_a_check_in_two_weeks_after_it_closed() -> None:
    row = opened(state=State.MISSED)

    assert checkins.asked(graduate=row.graduate, at=AT + 17 * DAY) is None
    found = checkins.asked(graduate=row.graduate, at=AT + 17 * DAY - HOUR)
    assert found is not None
    assert found.check_in == row


def test_nothing_is_asked_once_the_newest_check_in_is_answered() -> None:
    graduate = build.graduate()
    build.check_in(graduate=graduate, opens_at=AT - 7 * DAY, state=State.MISSED)
    newest = build.check_in(graduate=graduate, opens_at=AT, questions=("rough",))
    say(newest, "rough", 1)

    assert checkins.asked(graduate=graduate, at=AT + HOUR) is None


def test_history_tells_what_was_asked_and_answered_newest_first() -> None:
    graduate = build.graduate()
    build.check_in(graduate=graduate, opens_at=AT - 7 * DAY, state=State.MISSED)
    newest = build.check_in(graduate=graduate, opens_at=AT, questions=QUESTIONS)
    build.check_in(graduate=graduate, opens_at=AT + 7 * DAY, state=State.PLANNED)
    say(newest, "rough", 7)

    first, second = checkins.history(graduate=graduate)

    assert (first.uid, first.values, first.outcome) == (newest.uid, {"rough": 7}, Outcome.KEPT)
    assert [question.code for question in first.questions] == list(QUESTIONS)
    assert first.waits_for_reader
    assert (second.values, second.outcome, second.waits_for_reader) == ({}, Outcome.MISSED, False)


def test_history_takes_the_same_number_of_queries_for_one_and_for_many(
    django_assert_num_queries: pytest.FixtureRequest,
) -> None:
    graduate = build.graduate()
    for weeks in range(3):
        row = build.check_in(graduate=graduate, opens_at=AT - weeks * 7 * DAY)
        build.answer(check_in=row, question="rough", value=1, at=AT)

        with django_assert_num_queries(2):  # type: ignore[operator]
            assert len(checkins.history(graduate=graduate)) == weeks + 1
