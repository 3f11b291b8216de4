"""By which door a stranger enters the demo, and as whom."""

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aftercare.demo.people import STAFF
from aftercare.models import Graduate, Release, Role

if TYPE_CHECKING:
    from portal.models import User

ROLES = ("graduate", *dict.fromkeys(staff.role for staff in STAFF), "supporter")


@dataclass(frozen=True)
class Person:
    """Somebody with a log-in."""

    uid: uuid.UUID
    name: str
    role: str


def people() -> list[Person]:
    """Everybody in the demo who has a log-in: staff first."""
    roles = Role.objects.filter(program__is_demo=True, until__isnull=True).select_related("user")
    staff = [Person(role.user.uid, role.user.name, role.kind) for role in roles.order_by("pk")]
    graduates = (
        Graduate.objects.filter(program__is_demo=True, user__isnull=False)
        .select_related("user")
        .order_by("pk")
    )
    return staff + [Person(g.user.uid, g.name, "graduate") for g in graduates if g.user]


def user_of(*, role: str, uid: str = "") -> "User | None":
    """The first account of a role, or the one whose user has this uid; None where there is none.

    The first graduate belongs to the first program, around whose city the made-up meetings are.
    """
    if role == "graduate":
        graduates = Graduate.objects.filter(program__is_demo=True, status=Graduate.Status.ACTIVE)
        found = (
            graduates.filter(user__isnull=False, **_whose(uid))
            .select_related("user")
            .order_by("program", "pk")
            .first()
        )
        return found.user if found else None
    if role == "supporter":
        shared = Release.objects.filter(graduate__program__is_demo=True, holder__isnull=False)
        release = shared.select_related("holder").order_by("pk").first()
        return release.holder if release else None
    roles = Role.objects.filter(program__is_demo=True, until__isnull=True, kind=role, **_whose(uid))
    held = roles.select_related("user").order_by("pk").first()
    return held.user if held else None


def _whose(uid: str) -> dict[str, uuid.UUID]:
    try:
        return {"user__uid": uuid.UUID(uid)} if uid else {}
    except ValueError:
        # No account has this id.
        return {"user__uid": uuid.UUID(int=0)}
