from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection

from aftercare import phones
from aftercare.models import (
    Contact,
    PhoneCode,
)
from aftercare.record import PORTAL
from notifications import consent
from notifications.fields import blind_index
from notifications.kinds import Scope
from notifications.models import Message, Sender
from tests import build
from tests.aftercare.newcomers import (
    AT,
    PHONE,
)

pytestmark = pytest.mark.django_db


# The phone


def contact() -> Contact:
    graduate = build.graduate(with_phone=False)
    return phones.add_contact(graduate=graduate, channel=Sender.Channel.SMS, value=PHONE, at=AT)


def sent_digits(message: Message) -> str:
    return "".join(sign for sign in message.body.partition("code is ")[2][:6])


def test_confirm_takes_the_texted_code_and_confirms_phone_and_address() -> None:
    row = contact()
    phones.send_code(contact=row, at=AT)

    phones.confirm(contact=row, digits=sent_digits(Message.objects.get()), actor=PORTAL, at=AT)

    row.refresh_from_db()
    row.address.refresh_from_db()
    assert (row.confirmed_at, row.address.confirmed_at) == (AT, AT)


def test_the_code_is_kept_as_a_keyed_fingerprint_only() -> None:
    phones.send_code(contact=contact(), at=AT)

    code = PhoneCode.objects.get()
    digits = sent_digits(Message.objects.get())
    assert code.code_hash == blind_index(value=f"{code.uid}:{digits}", purpose="phone-code")


def test_a_code_works_once() -> None:
    row = contact()
    phones.send_code(contact=row, at=AT)
    digits = sent_digits(Message.objects.get())
    phones.confirm(contact=row, digits=digits, actor=PORTAL, at=AT)

    with pytest.raises(phones.NoOpenCode):
        phones.confirm(contact=row, digits=digits, actor=PORTAL, at=AT)


def test_three_wrong_codes_close_it_for_the_right_one_too() -> None:
    row = contact()
    phones.send_code(contact=row, at=AT)
    digits = sent_digits(Message.objects.get())
    wrong = f"{(int(digits) + 1) % 10**6:06d}"
    left = []
    for _ in range(3):
        with pytest.raises(phones.WrongCode) as refused:
            phones.confirm(contact=row, digits=wrong, actor=PORTAL, at=AT)
        left.append(refused.value.tries_left)

    assert left == [2, 1, 0]
    with pytest.raises(phones.NoOpenCode):
        phones.confirm(contact=row, digits=digits, actor=PORTAL, at=AT)


def test_a_code_ends_after_ten_minutes() -> None:
    row = contact()
    phones.send_code(contact=row, at=AT)
    digits = sent_digits(Message.objects.get())

    with pytest.raises(phones.NoOpenCode):
        phones.confirm(contact=row, digits=digits, actor=PORTAL, at=AT + timedelta(minutes=10))


def test_codes_are_one_a_minute_and_five_an_hour() -> None:
    row = contact()
    phones.send_code(contact=row, at=AT)

    with pytest.raises(phones.TooManyCodes) as refused:
        phones.send_code(contact=row, at=AT + timedelta(seconds=59))
    assert refused.value.again_at == AT + timedelta(seconds=60)

    for minute in range(1, 5):
        phones.send_code(contact=row, at=AT + timedelta(minutes=minute))
    with pytest.raises(phones.TooManyCodes) as refused:
        phones.send_code(contact=row, at=AT + timedelta(minutes=30))
    assert refused.value.again_at == AT + timedelta(hours=1)


def test_a_newer_code_ends_the_older_one() -> None:
    row = contact()
    phones.send_code(contact=row, at=AT)
    old = sent_digits(Message.objects.get())
    later = AT + timedelta(minutes=2)
    newer = phones.send_code(contact=row, at=later)
    new = sent_digits(Message.objects.get(key=f"code:{newer.uid}"))

    if old != new:
        with pytest.raises(phones.WrongCode):
            phones.confirm(contact=row, digits=old, actor=PORTAL, at=later)
    phones.confirm(contact=row, digits=new, actor=PORTAL, at=later)


def test_replacing_a_phone_ends_consent_and_waiting_texts_of_the_old_one() -> None:
    graduate = build.graduate(phone=PHONE)
    old = phones.contact_of(graduate=graduate)
    assert old is not None
    waiting = build.message(graduate=graduate, state=Message.State.DUE)

    new = phones.replace(graduate=graduate, value="+12155550143", actor=PORTAL, at=AT)

    old.refresh_from_db()
    waiting.refresh_from_db()
    assert old.until == AT
    assert (waiting.state, waiting.reason) == (Message.State.CANCELLED, "replaced")
    assert consent.scopes(address=old.address, program=graduate.program) == frozenset()
    assert consent.scopes(address=new.address, program=graduate.program) == frozenset()
    assert new.confirmed_at is None
    assert phones.contact_of(graduate=graduate) == new


def test_replacing_a_shared_phone_keeps_the_yes_of_the_other() -> None:
    first = build.graduate(phone=PHONE)
    address = build.address_of(first)
    build.graduate(program=first.program, to=address, first_name="Alex")

    phones.replace(graduate=first, value="+12155550143", actor=PORTAL, at=AT)

    assert consent.scopes(address=address, program=first.program) == frozenset(Scope)


def test_replacing_by_the_same_number_is_refused() -> None:
    graduate = build.graduate(phone=PHONE)

    with pytest.raises(phones.SameNumber):
        phones.replace(graduate=graduate, value=PHONE, actor=PORTAL, at=AT)


# Several guesses at once


@pytest.mark.django_db(transaction=True)
def test_parallel_guesses_share_three_tries() -> None:
    row = contact()
    phones.send_code(contact=row, at=AT)
    wrong = f"{(int(sent_digits(Message.objects.get())) + 1) % 10**6:06d}"

    def guess(_: int) -> str:
        try:
            phones.confirm(contact=row, digits=wrong, actor=PORTAL, at=AT)
        except (phones.WrongCode, phones.NoOpenCode) as error:
            return type(error).__name__
        finally:
            connection.close()
        return "confirmed"

    with ThreadPoolExecutor(max_workers=8) as pool:
        answers = list(pool.map(guess, range(20)))

    assert answers.count("WrongCode") == 3
    assert answers.count("NoOpenCode") == 17
