"""Somebody new to a program, and how they come in."""

from datetime import UTC, date, datetime

from aftercare import enrolment
from aftercare.models import (
    Invitation,
    Role,
)
from aftercare.record import PORTAL
from notifications.models import Program
from portal.models import User
from tests import build

AT = datetime(2026, 3, 8, 15, 0, tzinfo=UTC)
PHONE = "+12155550142"
WORDS = "They asked me for one text with the link."


def newcomer(**changes: object) -> enrolment.Newcomer:
    known: dict[str, object] = {
        "first_name": "Sam",
        "last_name": "Rivers",
        "phone": PHONE,
        "tracks": ("substance_use",),
        "graduated_on": date(2026, 3, 20),
        "time_zone": build.NEW_YORK,
    }
    return enrolment.Newcomer(**(known | changes))  # type: ignore[arg-type]


def invite(
    program: Program,
    *,
    way: Invitation.Way = Invitation.Way.BY_HAND,
    at: datetime = AT,
    counselor: Role | None = None,
    words: str = "",
    **changes: object,
) -> enrolment.Invited:
    return enrolment.invite(
        program=program,
        newcomer=newcomer(**changes),
        counselor=counselor,
        actor=PORTAL,
        at=at,
        way=way,
        attested_words=words,
    )


def account(email: str = "sam@example.org") -> User:
    return User.objects.create_user(email=email, at=AT)


def redeem(token: str, *, at: datetime = AT, user: User | None = None) -> enrolment.Joined:
    return enrolment.redeem(token=token, account=lambda _: user or account(), at=at)
