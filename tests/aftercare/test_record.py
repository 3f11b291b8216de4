"""Rows of the record, and forms taken in once."""

import uuid
from datetime import UTC, datetime

import pytest

from aftercare import record
from aftercare.models import AuditEntry
from aftercare.record import PORTAL
from tests import build

AT = datetime(2026, 3, 8, 9, 0, tzinfo=UTC)

pytestmark = pytest.mark.django_db


def test_write_keeps_ids_and_nothing_else() -> None:
    graduate = build.graduate(first_name="Sam")
    commitment = build.commitment(graduate=graduate)

    entry = record.write(
        actor=PORTAL, verb=AuditEntry.Verb.CREATED, thing=commitment, graduate=graduate, at=AT
    )

    entry.refresh_from_db()
    assert (entry.thing, entry.thing_uid, entry.graduate_uid, entry.program, entry.actor) == (
        "commitment",
        commitment.uid,
        graduate.uid,
        graduate.program,
        None,
    )


def test_write_without_a_program_is_refused() -> None:
    with pytest.raises(ValueError, match="program or a graduate"):
        record.write(actor=PORTAL, verb=AuditEntry.Verb.CHANGED, thing=build.user(), at=AT)


def test_form_is_taken_in_once() -> None:
    key, user = uuid.uuid4(), build.user()

    first = record.take_in(key=key, user=user, at=AT)
    assert first is not None
    record.lead_to(submission=first, location="/plan/")

    assert record.take_in(key=key, user=user, at=AT) is None
    assert record.location_of(key=key) == "/plan/"
