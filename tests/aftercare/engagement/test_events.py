"""Whatever happens to somebody has their signals looked at in the next tick, and nobody else's."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest

from aftercare import checkins, phones, plan, preferences, rounds, turns
from aftercare.models import CheckIn, Expectation, Graduate, Reply
from aftercare.record import PORTAL
from notifications.models import Message, Sender
from tests import build

# A Tuesday at noon in New York.
AT = datetime(2026, 3, 10, 16, 0, tzinfo=UTC)

pytestmark = pytest.mark.django_db


def writes(graduate: Graduate) -> None:
    received = build.inbound(
        sender=build.sender_of(graduate), address=build.address_of(graduate), body="hello", at=AT
    )
    turns.note(received, graduate, kind=Reply.Kind.NOTE, at=AT)


def answers(graduate: Graduate) -> None:
    row = build.check_in(graduate=graduate, opens_at=AT - timedelta(hours=1))
    checkins.answer(check_in=row, question="rough", value=3, door="web", at=AT)


def misses(graduate: Graduate) -> None:
    row = build.check_in(graduate=graduate, opens_at=AT - timedelta(hours=72))
    row.message = build.message(graduate=graduate, state=Message.State.DELIVERED)
    row.save()
    rounds.close_due(at=AT)
    assert Expectation.objects.get(check_in=row).outcome == "missed"


def went(graduate: Graduate) -> None:
    commitment = build.commitment(graduate=graduate)
    plan.answer(
        commitment=commitment,
        recurrence_id="2026-03-03T19:00",
        outcome="kept",
        actor=PORTAL,
        at=AT,
    )


def plans(graduate: Graduate) -> None:
    plan.end(commitment=build.commitment(graduate=graduate), actor=PORTAL, at=AT)


def pauses(graduate: Graduate) -> None:
    preferences.pause(graduate=graduate, until=date(2026, 3, 20), actor=PORTAL, at=AT)


def resumes(graduate: Graduate) -> None:
    graduate.status = Graduate.Status.PAUSED
    preferences.resume(graduate=graduate, actor=PORTAL, at=AT)


def has_a_new_phone(graduate: Graduate) -> None:
    phones.add_contact(graduate=graduate, channel=Sender.Channel.SMS, value=build.phone(), at=AT)


def loses_a_phone(graduate: Graduate) -> None:
    contact = phones.contact_of(graduate=graduate)
    assert contact is not None
    phones.retire(contact=contact, at=AT)


@pytest.mark.parametrize(
    "happens",
    [
        writes,
        answers,
        misses,
        went,
        plans,
        pauses,
        resumes,
        has_a_new_phone,
        loses_a_phone,
    ],
)
def test_what_happens_is_looked_at_in_the_next_tick(happens: Callable[[Graduate], None]) -> None:
    graduate = build.graduate(assess_at=AT + timedelta(days=7))
    other = build.graduate(assess_at=AT + timedelta(days=7))

    happens(graduate)

    graduate.refresh_from_db()
    other.refresh_from_db()
    assert (graduate.assess_at, other.assess_at) == (AT, AT + timedelta(days=7))
    assert CheckIn.objects.filter(graduate=other).count() == 0
