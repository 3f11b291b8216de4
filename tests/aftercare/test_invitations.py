from datetime import UTC, date, datetime, timedelta

import pytest

from aftercare import invitations
from aftercare.models import (
    Graduate,
    Invitation,
)
from aftercare.record import PORTAL
from notifications.models import Message
from tests import build
from tests.aftercare.newcomers import (
    AT,
)

pytestmark = pytest.mark.django_db


# Staged invitations


def stage(graduate: Graduate, *, way: Invitation.Way = Invitation.Way.TEXT) -> Invitation:
    return invitations.stage(
        graduate=graduate,
        way=way,
        email="",
        send_on=date(2026, 3, 10),
        actor=PORTAL,
        at=AT,
    )


def test_staged_invitations_leave_on_their_local_day_once() -> None:
    graduate = build.graduate(status=Graduate.Status.INVITED, scopes=())
    staged = stage(graduate)
    eve = datetime(2026, 3, 10, 3, 59, tzinfo=UTC)  # still 9 March in New York
    day = datetime(2026, 3, 10, 4, 0, tzinfo=UTC)

    assert invitations.send_staged(at=eve) == 0
    assert invitations.send_staged(at=day) == 1
    assert invitations.send_staged(at=day) == 0

    staged.refresh_from_db()
    message = Message.objects.get()
    assert (staged.sent_at, staged.expires_at) == (day, day + timedelta(hours=72))
    token = message.body.partition("/join/")[2].partition("/")[0]
    assert invitations.find(token=token, at=day) == staged


def test_a_staged_link_does_not_exist_before_its_day() -> None:
    staged = stage(build.graduate(status=Graduate.Status.INVITED))

    assert staged.is_open(AT) is False


def test_a_staged_invitation_is_dropped_for_who_is_in_by_then() -> None:
    stage(build.graduate(status=Graduate.Status.ACTIVE))

    assert invitations.send_staged(at=datetime(2026, 3, 10, 15, tzinfo=UTC)) == 0
    assert Message.objects.count() == 0


def test_a_staged_invitation_waits_while_its_program_has_no_number() -> None:
    program = build.program(with_sender=False)
    staged = stage(build.graduate(program=program, status=Graduate.Status.INVITED))
    day = datetime(2026, 3, 10, 15, tzinfo=UTC)

    assert invitations.send_staged(at=day) == 0
    build.sender(program=program)
    assert invitations.send_staged(at=day) == 1
    assert staged.sent_at is None
