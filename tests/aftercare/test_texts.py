from datetime import UTC, datetime, timedelta

import pytest

from aftercare import texts
from aftercare.models import Contact, Graduate
from notifications import outbox
from notifications.kinds import Kind
from notifications.models import Message, Sender
from tests import build

pytestmark = pytest.mark.django_db

AT = datetime(2026, 3, 10, 14, 0, tzinfo=UTC)


@pytest.fixture
def contact() -> Contact:
    return texts.phone_of(graduate=build.graduate())


def queue(contact: Contact, kind: Kind = Kind.REMINDER, key: str = "key") -> Message:
    return texts.queue(contact=contact, body="Hello", key=key, kind=kind, at=AT)


def test_text_goes_to_the_phone_on_file_from_the_programs_number(contact: Contact) -> None:
    message = queue(contact)

    graduate = contact.graduate
    assert message.address == build.address_of(graduate)
    assert message.sender == build.sender_of(graduate)
    assert (message.about, message.not_before) == (graduate.uid, AT)


def test_newest_phone_is_the_one_that_is_texted(contact: Contact) -> None:
    newer = build.contact(graduate=contact.graduate, address=build.address())
    Contact.objects.filter(pk=newer.pk).update(since=AT)

    assert texts.phone_of(graduate=contact.graduate) == newer


def test_without_a_phone_nobody_can_be_texted() -> None:
    with pytest.raises(texts.NobodyToText, match="no phone number"):
        texts.phone_of(graduate=build.graduate(with_phone=False))


def test_without_a_number_of_the_program_nobody_can_be_texted(contact: Contact) -> None:
    Sender.objects.update(is_on=False)

    with pytest.raises(outbox.NoSender):
        queue(contact)


def test_first_text_of_all_goes_before_the_first_unasked_one_and_once(contact: Contact) -> None:
    queue(contact, key="one")
    queue(contact, key="two")

    first = Message.objects.earliest("pk")
    assert (first.key, first.kind) == (f"welcome:{contact.uid}", Kind.REPLY)
    assert first.expires_at == AT + timedelta(days=1)
    assert Message.objects.count() == 3


def test_an_answer_needs_no_introduction(contact: Contact) -> None:
    queue(contact, kind=Kind.REPLY)

    assert Message.objects.count() == 1


def test_nobody_is_introduced_who_agreed_to_nothing() -> None:
    queue(texts.phone_of(graduate=build.graduate(scopes=[])))

    assert [message.key for message in Message.objects.all()] == ["key"]


def test_shared_is_what_somebody_said_or_what_two_have() -> None:
    alone, said, first = build.graduate(), build.graduate(shared=True), build.graduate()
    second = build.graduate(program=first.program, to=build.address_of(first))

    def is_shared(graduate: Graduate) -> bool:
        return texts.is_shared(contact=texts.phone_of(graduate=graduate))

    assert [is_shared(one) for one in (alone, said, first, second)] == [False, True, True, True]


def test_counselor_is_told_by_first_name() -> None:
    program = build.program()
    known = build.graduate(program=program, counselor=build.role(program=program))

    assert texts.counselor_of(graduate=known) == "Dana"
    assert texts.counselor_of(graduate=build.graduate(program=program)) == ""
