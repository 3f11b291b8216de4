"""Supporters: invited by the graduate, with a log-in of their own and a page that shows what is shared, no more."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils.translation import gettext

from aftercare import disclosure, invitations, record
from aftercare.models import (
    AuditEntry,
    Disclosure,
    DisengagementSignal,
    Expectation,
    Graduate,
    Invitation,
    Item,
    Release,
)
from aftercare.record import Actor

if TYPE_CHECKING:
    from portal.models import User

ROLE = "supporter"
WEEKS = 4
_KEPT = (Expectation.Outcome.KEPT, Expectation.Outcome.LATE)
_COUNTED = (*_KEPT, Expectation.Outcome.MISSED)
_OFF_TRACK = (DisengagementSignal.Band.REACH_OUT, DisengagementSignal.Band.LOST_CONTACT)
# Days since graduation that are marked, the longest first.
_MILESTONES = ((365, "year"), (182, "half_year"), (91, "three_months"), (30, "month"))


class NotShared(Exception):
    """There is no consent with a page in force."""


@transaction.atomic
def invite(
    *, release: Release, way: Invitation.Way, actor: Actor, at: datetime
) -> invitations.Issued:
    """A link by which the recipient makes a log-in; earlier open ones stop working.

    Raises NotShared, invitations.NoWay, outbox.NoSender.
    """
    if not release.is_in_force(at) or not release.has_page or release.holder_id is not None:
        raise NotShared
    open_ones = Invitation.objects.filter(release=release, used_at__isnull=True, expires_at__gt=at)
    open_ones.update(expires_at=at)
    return invitations.issue(
        program=release.graduate.program,
        release=release,
        way=way,
        email=release.email,
        actor=actor,
        at=at,
    )


@transaction.atomic
def join(*, release: Release, user: "User", at: datetime) -> None:
    """The log-in that used the link up holds the page from now on; raises invitations.LinkClosed."""
    held = Release.objects.select_for_update().get(pk=release.pk)
    if not held.is_in_force(at) or held.holder_id is not None:
        raise invitations.LinkClosed
    Release.objects.filter(pk=release.pk).update(holder=user)
    user.name = user.name or release.recipient
    user.language = user.language or release.language
    user.save(update_fields=["name", "language"])
    record.write(
        actor=Actor(user=user, role=ROLE),
        verb=AuditEntry.Verb.CHANGED,
        thing=release,
        graduate=release.graduate,
        at=at,
    )


# The page


@dataclass(frozen=True, kw_only=True)
class Week:
    """One week, Monday first: they went to something in the plan, did not, or nothing can be said."""

    first_on: date
    went: bool | None


@dataclass(frozen=True, kw_only=True)
class Shared:
    """What a supporter sees: each part is None where it is not shared; a name alone is for a hello."""

    release: Release
    name: str
    weeks: tuple[Week, ...] | None
    milestone: str | None
    alert: str | None
    others: tuple[str, ...]


@transaction.atomic
def look(*, release: Release, actor: Actor, at: datetime) -> Shared:
    """The page of a supporter, put into the ledger as it is shown; raises disclosure.NotAllowed."""
    shown = [Item(item) for item in release.items if item in _ON_PAGE]
    disclosure.tell(
        release=release,
        items=shown or [Item(release.items[0])],
        way=Disclosure.Way.PAGE,
        actor=actor,
        at=at,
    )
    graduate = release.graduate
    return Shared(
        release=release,
        name=graduate.first_name,
        weeks=tuple(_weeks(graduate, at)) if Item.ATTENDANCE in shown else None,
        milestone=_milestone(graduate, at) if Item.MILESTONES in shown else None,
        alert=_alert(graduate) if Item.ALERTS in shown else None,
        others=tuple(str(Item(item).label) for item in release.items if item not in _ON_PAGE),
    )


_ON_PAGE = (Item.NAME, Item.ATTENDANCE, Item.MILESTONES, Item.ALERTS)


def _weeks(graduate: Graduate, at: datetime) -> Iterator[Week]:
    """Yes or no for each of the last weeks, the newest first: never what it was, where, or why not."""
    zone = ZoneInfo(graduate.time_zone)
    today = at.astimezone(zone).date()
    monday = today - timedelta(days=today.weekday())
    rows = Expectation.objects.filter(
        graduate=graduate,
        kind=Expectation.Kind.OCCURRENCE,
        outcome__in=_COUNTED,
        due_at__gt=at - timedelta(weeks=WEEKS + 1),
        due_at__lte=at,
    )
    said: dict[date, bool] = {}
    for opened_at, outcome in rows.values_list("opened_at", "outcome"):
        on = opened_at.astimezone(zone).date()
        week = on - timedelta(days=on.weekday())
        said[week] = said.get(week, False) or outcome in _KEPT
    for back in range(WEEKS):
        first_on = monday - timedelta(weeks=back)
        yield Week(first_on=first_on, went=said.get(first_on))


def _milestone(graduate: Graduate, at: datetime) -> str:
    """The newest milestone in words; "" before the first."""
    today = at.astimezone(ZoneInfo(graduate.time_zone)).date()
    days = (today - graduate.graduated_on).days
    words = {
        "year": gettext("One year and more"),
        "half_year": gettext("Six months"),
        "three_months": gettext("Three months"),
        "month": gettext("One month"),
    }
    return next((words[name] for least, name in _MILESTONES if days >= least), "")


def _alert(graduate: Graduate) -> str:
    """Whether a hello would help now, without saying why; "" where there is nothing."""
    off = graduate.signals.filter(state=DisengagementSignal.State.OPEN, band__in=_OFF_TRACK)
    bands = set(off.values_list("band", flat=True))
    name = {"name": graduate.first_name}
    if DisengagementSignal.Band.LOST_CONTACT in bands:
        return gettext("We have not reached %(name)s for a while. Please say hello.") % name
    return gettext("This may be a good day to say hello to %(name)s.") % name if bands else ""
