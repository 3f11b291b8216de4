"""Who may decide about a text, what is put on record, and whom nothing is sent to again."""

import uuid
from datetime import UTC, datetime, timedelta
from itertools import islice

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from aftercare import access, occurrences, outgoing
from aftercare.access import NotYours, Standing
from aftercare.models import AuditEntry, Expectation, Graduate, Reminder, Role
from aftercare.outgoing import UNDO, Deed
from aftercare.record import Actor
from notifications.kinds import Kind
from notifications.models import Message
from tests import build

pytestmark = pytest.mark.django_db

AT = datetime(2026, 3, 9, 17, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
State = Message.State


def unclear(graduate: Graduate, *, kind: Kind = Kind.PERSONAL, body: str = "Hello.") -> Message:
    message = build.message(
        graduate=graduate, kind=kind, body=body, state=State.UNKNOWN, reason="unsettled", at=AT
    )
    message.claimed_at, message.unsettled_at = AT, AT + timedelta(minutes=4)
    message.expires_at = AT + 48 * HOUR
    message.save()
    return message


def standing(role: Role) -> Standing:
    return access.roles_of(user=role.user, at=AT + HOUR)


@pytest.fixture
def counselor() -> Role:
    return build.role(program=build.program())


@pytest.fixture
def graduate(counselor: Role) -> Graduate:
    return build.graduate(program=counselor.program, counselor=counselor)


def test_text_is_in_reach_of_caseload_lead_and_operator(
    counselor: Role, graduate: Graduate
) -> None:
    message = unclear(graduate)
    lead = build.role(program=counselor.program, kind=Role.Kind.LEAD)
    operator = build.role(program=counselor.program, kind=Role.Kind.OPERATOR)

    for role in (counselor, lead, operator):
        assert outgoing.message(standing=standing(role), uid=message.uid) == message


def test_text_is_out_of_reach_of_everybody_else(counselor: Role, graduate: Graduate) -> None:
    message = unclear(graduate)
    elsewhere = build.program(name="Elsewhere")
    others = [
        build.role(program=counselor.program),
        build.role(program=counselor.program, kind=Role.Kind.COORDINATOR),
        build.role(program=elsewhere, kind=Role.Kind.LEAD),
        build.role(program=elsewhere, kind=Role.Kind.OPERATOR),
        build.role(program=counselor.program, kind=Role.Kind.OPERATOR, until=AT),
    ]

    for role in others:
        with pytest.raises(NotYours):
            outgoing.message(standing=standing(role), uid=message.uid)
    with pytest.raises(NotYours):
        outgoing.message(standing=standing(counselor), uid=uuid.uuid4())


def test_story_for_a_counselor_has_the_words_and_is_put_on_record(
    counselor: Role, graduate: Graduate
) -> None:
    message = unclear(graduate, body="Thinking of you.")

    told = outgoing.story(standing=standing(counselor), uid=message.uid)

    assert (told.graduate, told.body) == (graduate, "Thinking of you.")
    assert told.trace.choices == (Deed.ARRIVED, Deed.AGAIN)
    entry = AuditEntry.objects.get()
    assert (entry.verb, entry.thing, entry.thing_uid, entry.graduate_uid) == (
        "read",
        "message",
        message.uid,
        graduate.uid,
    )


def test_story_for_an_operator_has_neither_person_nor_words(
    counselor: Role, graduate: Graduate
) -> None:
    operator = build.role(program=counselor.program, kind=Role.Kind.OPERATOR)
    message = unclear(graduate, body="Thinking of you.")

    told = outgoing.story(standing=standing(operator), uid=message.uid)

    assert (told.graduate, told.body) == (None, "")
    assert told.trace.choices == (Deed.ARRIVED, Deed.AGAIN)
    assert not AuditEntry.objects.exists()


def test_story_of_a_code_keeps_the_code(counselor: Role, graduate: Graduate) -> None:
    message = unclear(graduate, kind=Kind.CODE, body="Your code is 428197.")

    assert outgoing.story(standing=standing(counselor), uid=message.uid).body == ""


def test_decision_is_put_on_record_once(counselor: Role, graduate: Graduate) -> None:
    message = unclear(graduate)
    actor = Actor(user=counselor.user, role="counselor")

    for minutes in (0, 1):
        at = AT + HOUR + timedelta(minutes=minutes)
        outgoing.decide(message=message, deed="arrived", actor=actor, at=at)

    entry = AuditEntry.objects.get()
    assert (entry.verb, entry.actor, entry.thing_uid, entry.graduate_uid, entry.at) == (
        "changed",
        counselor.user,
        message.uid,
        graduate.uid,
        AT + HOUR,
    )
    assert message.decisions.get().actor == counselor.user


def test_undo_is_put_on_record_as_well(counselor: Role, graduate: Graduate) -> None:
    message = unclear(graduate)
    actor = Actor(user=counselor.user, role="counselor")
    outgoing.decide(message=message, deed="again", actor=actor, at=AT + HOUR)

    outgoing.decide(message=message, deed=UNDO, actor=actor, at=AT + HOUR + HOUR / 2)

    message.refresh_from_db()
    assert message.state == State.UNKNOWN
    assert AuditEntry.objects.count() == 2


@pytest.mark.parametrize("status", outgoing.OVER)
def test_nothing_is_sent_again_to_somebody_who_left(
    counselor: Role, graduate: Graduate, status: Graduate.Status
) -> None:
    message = unclear(graduate)
    Graduate.objects.update(status=status)

    with pytest.raises(outgoing.NotPossible, match="Nobody waits"):
        outgoing.decide(message=message, deed="again", actor=Actor(), at=AT + HOUR)

    lead = build.role(program=counselor.program, kind=Role.Kind.LEAD)
    told = outgoing.story(standing=standing(lead), uid=message.uid)
    assert told.trace.choices == (Deed.ARRIVED,)
    message.refresh_from_db()
    assert message.state == State.UNKNOWN


def test_reminder_of_what_was_answered_or_ended_is_not_sent_again(graduate: Graduate) -> None:
    commitment = build.commitment(graduate=graduate)
    month = occurrences.of(commitment=commitment, start=AT + 2 * HOUR, end=AT + 30 * 24 * HOUR)
    reminders = [
        Reminder.objects.create(
            commitment=commitment,
            recurrence_id=one.recurrence_id,
            lead_minutes=120,
            starts_at=one.starts_at,
            due_at=AT,
            state=Reminder.State.QUEUED,
            message=unclear(graduate, kind=Kind.REMINDER),
        )
        for one in islice(month, 2)
    ]
    build.occurrence(
        commitment=commitment,
        starts_at=reminders[1].starts_at,
        recurrence_id=reminders[1].recurrence_id,
        outcome=Expectation.Outcome.KEPT,
    )

    with pytest.raises(outgoing.NotPossible):
        again(reminders[1])
    again(reminders[0])
    outgoing.decide(message=message_of(reminders[0]), deed=UNDO, actor=Actor(), at=AT + HOUR)
    commitment.ended_at = AT
    commitment.save()
    with pytest.raises(outgoing.NotPossible):
        again(reminders[0])


def message_of(reminder: Reminder) -> Message:
    assert reminder.message is not None
    return reminder.message


def again(reminder: Reminder) -> None:
    outgoing.decide(message=message_of(reminder), deed="again", actor=Actor(), at=AT + HOUR)


def test_unclear_texts_are_told_by_person(counselor: Role, graduate: Graduate) -> None:
    other = build.graduate(program=counselor.program)
    words = unclear(graduate, body="Hello.")
    code = unclear(graduate, kind=Kind.CODE, body="Your code is 428197.")
    build.message(graduate=graduate, state=State.UNKNOWN, reason="asking_provider")

    found = outgoing.unclear_of(graduates=[graduate.uid, other.uid], at=AT + HOUR)

    assert [(row.uid, row.words) for row in found[graduate.uid]] == [
        (words.uid, "Hello."),
        (code.uid, "Code"),
    ]
    assert found[other.uid] == ()
    assert found[graduate.uid][0].choices == (Deed.ARRIVED, Deed.AGAIN)


def test_unclear_texts_cost_one_query(graduate: Graduate) -> None:
    for _ in range(3):
        unclear(graduate)

    with CaptureQueriesContext(connection) as queries:
        outgoing.unclear_of(graduates=[graduate.uid], at=AT)

    assert len(queries) == 1
