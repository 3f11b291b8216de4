import uuid
from datetime import UTC, date, datetime, timedelta

import pytest

from aftercare import disclosure, oversight, worries
from aftercare.models import AuditEntry, Disclosure, Outreach, Role, Worry
from aftercare.record import PORTAL, Actor
from notifications.models import Message
from tests import build

pytestmark = pytest.mark.django_db

AT = datetime(2026, 3, 10, 14, 0, tzinfo=UTC)
TOLD = worries.Told(about="Sam Rivers", words="He does not answer.", writer="Ana", reach="555")


def test_worry_is_kept_once_and_the_leads_hear_that_something_waits() -> None:
    program = build.program()
    lead = build.role(program=program, kind=Role.Kind.LEAD)
    build.role(program=program)
    build.role(program=build.program(name="Elsewhere"), kind=Role.Kind.LEAD)
    key = uuid.uuid4()

    for _ in range(2):
        worries.take_in(program=program, told=TOLD, key=key, at=AT)

    (row,) = Worry.objects.all()
    assert (row.about, row.words, row.writer, row.reach) == (
        "Sam Rivers",
        "He does not answer.",
        "Ana",
        "555",
    )
    (message,) = Message.objects.all()
    assert message.address.value == lead.user.email
    assert [word for word in ("Sam", "Ana", "answer", "unsubscribe") if word in message.body] == []


def test_machine_that_writes_on_and_on_is_kept_no_more() -> None:
    program = build.program()
    for _ in range(worries.MOST_AN_HOUR + 2):
        worries.take_in(program=program, told=TOLD, key=uuid.uuid4(), at=AT)
    assert Worry.objects.count() == worries.MOST_AN_HOUR
    later = AT + timedelta(hours=1, minutes=1)
    worries.take_in(program=program, told=TOLD, key=uuid.uuid4(), at=later)
    assert Worry.objects.count() == worries.MOST_AN_HOUR + 1


def test_worry_about_somebody_becomes_a_task_of_today() -> None:
    graduate = build.graduate()
    row = Worry.objects.create(program=graduate.program, about="Sam", words="Not home.", at=AT)
    lead = Actor(user=build.user(), role="lead")

    for _ in range(2):
        worries.handle(
            row=row, outcome=Worry.Outcome.PASSED_ON, graduate=graduate, actor=lead, at=AT
        )

    (task,) = Outreach.objects.all()
    assert (task.graduate, task.next_on, task.note) == (
        graduate,
        date(2026, 3, 10),
        "Somebody outside is worried: “Not home.”",
    )
    row.refresh_from_db()
    assert (row.outcome, row.handled_at, row.handled_by) == ("passed_on", AT, lead.user)


def test_emergency_needs_who_what_why_and_when_and_is_laid_before_a_lead() -> None:
    graduate = build.graduate()
    lead = build.role(program=graduate.program, kind=Role.Kind.LEAD)
    whole = {
        "recipient": "Dr. Kim, General Hospital",
        "what": "What he takes",
        "nature": "Found unconscious",
        "told_at": AT - timedelta(minutes=20),
    }
    wrong = dict.fromkeys(("recipient", "what", "nature"), " ")
    for field, value in [*wrong.items(), ("told_at", AT + timedelta(minutes=1))]:
        with pytest.raises(disclosure.NotWrittenDown) as error:
            oversight.tell_in_emergency(
                graduate=graduate,
                **whole | {field: value},  # type: ignore[arg-type]
                actor=PORTAL,
                at=AT,
            )
        assert error.value.field == field
    assert Disclosure.objects.count() == 0

    counselor = Actor(user=build.user(), role="counselor")
    row = oversight.tell_in_emergency(
        graduate=graduate,
        **whole,  # type: ignore[arg-type]
        actor=counselor,
        at=AT,
    )

    assert (row.basis, row.at, row.recorded_at, row.discloser) == (
        "emergency",
        whole["told_at"],
        AT,
        counselor.user,
    )
    assert [one.address.value for one in Message.objects.all()] == [lead.user.email]
    by_lead = Actor(user=lead.user, role="lead")
    oversight.see_emergency(row=row, actor=by_lead, at=AT)
    oversight.see_emergency(row=row, actor=PORTAL, at=AT + timedelta(days=1))
    row.refresh_from_db()
    assert (row.seen_at, row.seen_by) == (AT, lead.user)
    assert AuditEntry.objects.filter(verb="disclosed", graduate_uid=graduate.uid).count() == 1
