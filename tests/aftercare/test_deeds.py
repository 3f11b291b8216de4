"""What a counselor did today, newest first, with the note for the health record."""

from datetime import UTC, datetime, timedelta

import pytest

from aftercare import access, deeds
from aftercare.models import DisengagementSignal, Graduate, Outreach, Role
from tests import build

AT = datetime(2026, 3, 9, 13, 0, tzinfo=UTC)

pytestmark = pytest.mark.django_db


@pytest.fixture
def counselor() -> Role:
    return build.role(program=build.program())


def of_today(role: Role, *people: Graduate) -> tuple[deeds.Deed, ...]:
    standing = access.roles_of(user=role.user, at=AT)
    return deeds.of_today(standing=standing, graduates=[one.pk for one in people], at=AT)


def test_deeds_are_what_this_counselor_did_with_these_people(counselor: Role) -> None:
    graduate, other = (
        build.graduate(program=counselor.program, with_phone=False, first_name=name)
        for name in ("Sam", "Kim")
    )
    before, recently = AT - timedelta(hours=13), AT - timedelta(hours=1)
    step = {"way": "call", "outcome": "reached", "next_step": "Ask again", "next_on": AT.date()}
    tried = {"way": "call", "outcome": "no_answer"}
    user = counselor.user
    Outreach.objects.create(graduate=graduate, counselor=user, at=before, next_done_at=AT, **step)
    Outreach.objects.create(graduate=graduate, counselor=user, at=recently, **tried)
    Outreach.objects.create(graduate=graduate, counselor=user, at=before, **tried)
    Outreach.objects.create(graduate=other, counselor=user, at=recently, **tried)
    Outreach.objects.create(graduate=graduate, at=AT, next_done_at=AT, **step)

    assert [(row.name, row.outcome, row.kind) for row in of_today(counselor, graduate)] == [
        ("Sam Rivers", "Ask again", "step"),
        ("Sam Rivers", "no answer", "contact"),
    ]


def test_deeds_hold_texts_that_were_read_and_notes_to_copy(counselor: Role) -> None:
    graduate = build.graduate(program=counselor.program)
    reply = build.reply(graduate=graduate)
    reply.read_at, reply.read_by = AT, counselor.user
    reply.save()
    made = Outreach.objects.create(
        graduate=graduate,
        counselor=counselor.user,
        way="call",
        outcome="reached",
        minutes=7,
        note="Good talk.",
        at=AT - timedelta(hours=1),
    )
    closed = DisengagementSignal.State.CLOSED
    made.signals.add(build.signal(graduate=graduate, state=closed))

    text, contact = of_today(counselor, graduate)

    assert (text.kind, text.thing, text.outcome) == ("text", reply.uid, "text read")
    assert contact.note.splitlines()[1:] == ["Call: reached.", "7 minutes.", "Good talk."]
