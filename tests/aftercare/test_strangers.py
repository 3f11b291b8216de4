from datetime import UTC, datetime
from functools import partial

import pytest

from aftercare import phones, strangers
from aftercare.access import NotYours, roles_of
from aftercare.models import Reply
from tests import build

pytestmark = pytest.mark.django_db

AT = datetime(2026, 3, 10, 14, 0, tzinfo=UTC)


def test_a_number_goes_on_file_once_somebody_has_heard_the_person() -> None:
    role = build.role(program=build.program())
    graduate = build.graduate(program=role.program, counselor=role)
    old = build.address_of(graduate)
    text = build.stranger(graduate=graduate, at=AT)
    standing = roles_of(user=role.user, at=AT)
    attach = partial(
        strangers.attach, standing=standing, reply=text.uid, graduate=graduate.uid, at=AT
    )

    with pytest.raises(strangers.NotHeard):
        attach(is_heard=False)
    assert strangers.ask(standing=standing, reply=text.uid).people == (
        (graduate.uid, "Sam Rivers"),
    )
    attach(is_heard=True)

    contact = phones.contact_of(graduate=graduate)
    assert contact is not None
    assert (contact.address, contact.confirmed_at) == (text.inbound.address, AT)
    assert contact.address != old
    text.refresh_from_db()
    assert (text.graduate, text.kind) == (graduate, Reply.Kind.NOTE)


def test_nobody_else_says_whose_number_it_is() -> None:
    graduate = build.graduate()
    text = build.stranger(graduate=graduate, at=AT)
    other = build.role(program=build.program(name="Elsewhere", alias="Else"))

    with pytest.raises(NotYours):
        strangers.ask(standing=roles_of(user=other.user, at=AT), reply=text.uid)
