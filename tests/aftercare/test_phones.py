from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from aftercare import phones, profile
from aftercare.models import Contact, Graduate
from aftercare.record import PORTAL
from notifications import consent, facts, gates
from notifications.kinds import Kind, Scope
from notifications.models import ConsentEvent, Message, Sender
from tests import build

pytestmark = pytest.mark.django_db

AT = datetime(2026, 3, 8, 9, 0, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
OLD, NEW = "+12155550142", "+12155550143"


@pytest.fixture
def graduate() -> Graduate:
    return build.graduate(phone=OLD, scopes=[Scope.REMINDERS, Scope.PROGRAM])


def number(graduate: Graduate) -> str:
    contact = phones.contact_of(graduate=graduate)
    assert contact is not None
    return str(contact.address.value)


def held(contact: Contact) -> frozenset[Scope]:
    return consent.scopes(address=contact.address, program=contact.graduate.program)


def replace(graduate: Graduate, at: datetime = AT) -> tuple[Contact, Contact]:
    """A new number in the old one's place, as (old, new)."""
    old = phones.contact_of(graduate=graduate)
    assert old is not None
    new = phones.replace(graduate=graduate, value=NEW, actor=PORTAL, at=at)
    return old, new


def test_replace_ends_consent_on_the_old_number_and_cancels_what_waits(graduate: Graduate) -> None:
    waiting = build.message(graduate=graduate, kind=Kind.REMINDER, state=Message.State.DUE)

    old, new = replace(graduate)

    waiting.refresh_from_db()
    assert number(graduate) == NEW
    assert (held(old), held(new)) == (frozenset(), frozenset())
    assert (waiting.state, waiting.reason) == (Message.State.CANCELLED, "replaced")
    assert new.confirmed_at is None


def test_undo_puts_the_old_number_back_with_what_was_agreed_to(graduate: Graduate) -> None:
    old, new = replace(graduate)

    phones.undo_replace(graduate=graduate, actor=PORTAL, at=AT + DAY - MINUTE)

    old.refresh_from_db()
    new.refresh_from_db()
    assert number(graduate) == OLD
    assert held(old) == {Scope.REMINDERS, Scope.PROGRAM}
    assert (old.until, old.confirmed_at, new.until) == (None, build.LONG_AGO, AT + DAY - MINUTE)
    assert held(new) == frozenset()


def test_undo_ends_what_was_agreed_to_on_the_new_number(graduate: Graduate) -> None:
    _, new = replace(graduate)
    build.consents(address=new.address, program=graduate.program)
    waiting = build.message(graduate=graduate, kind=Kind.REMINDER, state=Message.State.DUE)

    phones.undo_replace(graduate=graduate, actor=PORTAL, at=AT + HOUR)

    waiting.refresh_from_db()
    assert held(new) == frozenset()
    assert waiting.state == Message.State.CANCELLED


def test_undo_does_not_lift_a_stop_from_the_old_number(graduate: Graduate) -> None:
    old, _ = replace(graduate)
    consent.revoke(address=old.address, source=ConsentEvent.Source.TEXT, at=AT + HOUR)

    phones.undo_replace(graduate=graduate, actor=PORTAL, at=AT + 2 * HOUR)

    old.address.refresh_from_db()
    assert held(old) == frozenset()
    assert old.address.opted_out_at == AT + HOUR


def test_undo_is_for_a_day_and_for_a_change(graduate: Graduate) -> None:
    with pytest.raises(phones.NothingToUndo):
        phones.undo_replace(graduate=graduate, actor=PORTAL, at=AT)
    replace(graduate)

    with pytest.raises(phones.NothingToUndo):
        phones.undo_replace(graduate=graduate, actor=PORTAL, at=AT + DAY)

    assert number(graduate) == NEW


def test_undo_twice_changes_nothing_more(graduate: Graduate) -> None:
    replace(graduate)
    phones.undo_replace(graduate=graduate, actor=PORTAL, at=AT + HOUR)

    with pytest.raises(phones.NothingToUndo):
        phones.undo_replace(graduate=graduate, actor=PORTAL, at=AT + HOUR)

    assert number(graduate) == OLD


def test_a_phone_is_silent_after_ninety_days_without_a_sign(graduate: Graduate) -> None:
    contact = phones.contact_of(graduate=graduate)
    assert contact is not None
    ninety = build.LONG_AGO + 90 * DAY
    assert not phones.is_silent(contact=contact, at=ninety - MINUTE)
    assert phones.is_silent(contact=contact, at=ninety)
    seen = profile.phone_of(graduate=graduate, at=ninety)
    assert seen is not None
    assert seen.is_silent

    build.inbound(
        sender=build.sender_of(graduate), address=contact.address, body="Hi", at=ninety - DAY
    )

    assert not phones.is_silent(contact=contact, at=ninety)
    assert phones.is_silent(contact=contact, at=ninety + 90 * DAY)


def test_a_silent_phone_speaks_again_once_it_is_confirmed_anew(graduate: Graduate) -> None:
    contact = phones.contact_of(graduate=graduate)
    assert contact is not None
    later = build.LONG_AGO + 120 * DAY

    phones.mark_confirmed(contact=contact, at=later)

    assert not phones.is_silent(contact=contact, at=later)


def test_a_phone_that_was_never_confirmed_is_not_called_silent(graduate: Graduate) -> None:
    _, new = replace(graduate)

    assert not phones.is_silent(contact=new, at=AT + 200 * DAY)


def test_state_goes_on_with_the_person_to_another_number(graduate: Graduate) -> None:
    phones.set_state(graduate=graduate, state="TX")
    old, new = replace(graduate)

    assert (old.address.value, new.address.value) == (OLD, NEW)
    assert phones.state_of(graduate=graduate) == "TX"
    stranger = build.graduate()
    phones.replace(graduate=stranger, value=OLD, actor=PORTAL, at=AT)
    assert phones.state_of(graduate=stranger) == ""


def test_state_is_one_of_the_list(graduate: Graduate) -> None:
    with pytest.raises(ValueError, match="There is no state 'ZZ'"):
        phones.set_state(graduate=graduate, state="ZZ")


@pytest.mark.parametrize(
    ("state", "hour", "way"),
    [
        ("", 17, gates.Way.GO),
        ("", 19, gates.Way.WAIT),  # Rhode Island ends at 18, and it may be there
        ("PA", 19, gates.Way.GO),
        ("PA", 20, gates.Way.WAIT),
        ("RI", 19, gates.Way.WAIT),
    ],
)
def test_state_sets_the_hours_of_what_the_program_texts(
    state: str, hour: int, way: gates.Way
) -> None:
    graduate = build.graduate()
    phones.set_state(graduate=graduate, state=state)
    at = datetime(2026, 3, 10, hour, 30, tzinfo=ZoneInfo(build.NEW_YORK))
    message = build.message(graduate=graduate, kind=Kind.CHECK_IN, state=Message.State.DUE, at=at)

    known = facts.Reader([message], at=at).of(message)

    assert gates.verdict(known, at=at).way is way


def silent(graduate: Graduate) -> str:
    return phones.silent_number(graduate=graduate, at=AT)


def quiet_since(graduate: Graduate, days: int) -> Contact:
    contact = phones.contact_of(graduate=graduate)
    assert contact is not None
    phones.mark_confirmed(contact=contact, at=AT - days * DAY)
    return contact


def test_silent_number_is_asked_about_until_it_is_confirmed_anew(graduate: Graduate) -> None:
    contact = quiet_since(graduate, 89)
    assert silent(graduate) == ""

    quiet_since(graduate, 90)
    assert silent(graduate) == "(•••) •••-0142"

    phones.mark_confirmed(contact=contact, at=AT)
    assert silent(graduate) == ""


def test_number_that_others_see_or_have_or_that_said_stop_is_not_asked_about(
    graduate: Graduate,
) -> None:
    contact = quiet_since(graduate, 100)

    Contact.objects.update(shared=True)
    assert silent(graduate) == ""
    Contact.objects.update(shared=False)
    contact.address.opted_out_at = AT
    contact.address.save()
    assert silent(graduate) == ""
    contact.address.opted_out_at = None
    contact.address.save()
    other = build.graduate(with_phone=False)
    assert silent(other) == ""
    phones.add_contact(graduate=other, channel=Sender.Channel.SMS, value=OLD, at=AT)
    assert silent(graduate) == ""
    Contact.objects.filter(graduate=other).update(until=AT)
    assert silent(graduate) == "(•••) •••-0142"
