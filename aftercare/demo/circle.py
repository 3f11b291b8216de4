"""Whom the made-up people let see how it goes, and what was done out of the usual."""

from datetime import datetime, timedelta
from uuid import UUID

from django.contrib.auth import get_user_model

from aftercare import glass, letters, releases, supporters, worries
from aftercare.demo.people import MadeUpGraduate
from aftercare.models import GlassBreak, Graduate, Invitation, Item, Role
from aftercare.record import Actor

SUPPORTER = "Maria Brooks", "maria@example.org"
_WORRY = "I have called him three times this week and he does not pick up. It is not like him."
_KEY = UUID("5f0c7f0e-9f43-4a0c-9a34-5d1c0f2b7a11")


def last_weeks(
    *, people: dict[int, MadeUpGraduate], counselor: Role, colleague: Role, at: datetime
) -> None:
    """A mother sees a page, an employer got a letter, a record was opened in need, a family wrote."""
    own = Graduate.objects.filter(
        pk__in=people, program=counselor.program, user__isnull=False, status="active"
    )
    found = list(own.select_related("program", "user").order_by("pk")[:2])
    if len(found) < 2:
        # A short cast has nobody to spare.
        return
    first, second = found
    _share(first, at)
    _write_letter(second, counselor, at)
    glass.open_record(
        graduate=second,
        reason=GlassBreak.Reason.COVER,
        words="Asked for a callback at the front desk, and the counselor was away.",
        actor=Actor(user=colleague.user, role=colleague.kind),
        at=at,
    )
    told = worries.Told(about="Kyle", words=_WORRY, writer="His sister", reach="215-555-0188")
    worries.take_in(program=counselor.program, told=told, key=_KEY, at=at)


def _share(graduate: Graduate, at: datetime) -> None:
    own = Actor(user=graduate.user, role="graduate")
    name, email = SUPPORTER
    draft = releases.Draft(
        recipient=name,
        relation="mother",
        purpose="So that she can support me",
        items=[Item.ATTENDANCE, Item.MILESTONES, Item.ALERTS, Item.UNREACHABLE],
        last_on=(at + timedelta(days=180)).date(),
        has_page=True,
    )
    release = releases.write(graduate=graduate, draft=draft, language="en", actor=own, at=at)
    releases.sign(release=release, signature=graduate.name, actor=own, at=at)
    supporters.invite(release=release, way=Invitation.Way.BY_HAND, actor=own, at=at)
    mother = get_user_model().objects.create_user(email=email, at=at, name=name, language="en")
    supporters.join(release=release, user=mother, at=at)
    release.holder = mother
    seen_by = Actor(user=mother, role=supporters.ROLE)
    supporters.look(release=release, actor=seen_by, at=at)


def _write_letter(graduate: Graduate, counselor: Role, at: datetime) -> None:
    own = Actor(user=graduate.user, role="graduate")
    draft = releases.Draft(
        recipient="Alex Moreno, Northside Works",
        relation="employer",
        purpose="My return to work",
        items=[Item.LETTER],
        last_on=(at + timedelta(days=60)).date(),
    )
    release = releases.write(graduate=graduate, draft=draft, language="en", actor=own, at=at)
    releases.sign(release=release, signature=graduate.name, actor=own, at=at)
    letters.write(
        release=release,
        words="",
        actor=Actor(user=counselor.user, role=counselor.kind),
        at=at,
    )
