"""May somebody outside be told something about a graduate now? Asked here and nowhere else, and put in the ledger."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.db import transaction

from aftercare import record
from aftercare.models import AuditEntry, Disclosure, Graduate, Item, Release
from aftercare.record import Actor
from aftercare.release_words import NOTICE_VERSION

if TYPE_CHECKING:
    from portal.models import User

# Of who has left or died nobody is told anything under a consent.
_GONE = (Graduate.Status.LEFT, Graduate.Status.DECEASED)
# So many entries of the ledger are shown at once.
MOST = 200


class NotAllowed(Exception):
    """No consent in force covers this recipient, this item and this graduate."""


class NotWrittenDown(ValueError):
    """An emergency names who was told, what, and why (42 CFR 2.51(c)); `field` is what lacks."""

    def __init__(self, field: str) -> None:
        super().__init__(f"The emergency lacks: {field}.")
        self.field = field


def may_be_told(
    *,
    graduate: Graduate,
    item: Item,
    at: datetime,
    recipient: "Release | User | None" = None,
) -> list[Release]:
    """The consents under which this may be told now; an empty list means: nobody may be told.

    `recipient` is the account or the consent of one recipient; without it, whoever may be told,
    so that "whom may we ask when we cannot reach them?" is `item=Item.UNREACHABLE` alone.
    """
    rows = Release.objects.in_force(at).filter(graduate=graduate)
    rows = rows.exclude(graduate__status__in=_GONE)
    if isinstance(recipient, Release):
        rows = rows.filter(pk=recipient.pk)
    elif recipient is not None:
        rows = rows.filter(holder=recipient)
    found = [row for row in rows.order_by("pk") if item in row.items]
    for row in found:
        row.graduate = graduate
    return found


@transaction.atomic
def tell(
    *,
    release: Release,
    items: Collection[Item],
    way: Disclosure.Way,
    actor: Actor,
    at: datetime,
) -> Disclosure:
    """Put into the ledger what is told under a consent, in the transaction in which it is told.

    The consent is locked first, so a revocation comes wholly before or wholly after.
    Raises NotAllowed where it is not in force or does not cover every item.
    """
    rows = Release.objects.select_for_update(of=("self",)).filter(pk=release.pk)
    held = rows.exclude(graduate__status__in=_GONE).first()
    if held is None or not held.is_in_force(at) or not set(items) <= set(held.items) or not items:
        raise NotAllowed
    graduate = release.graduate
    row = Disclosure.objects.create(
        graduate=graduate,
        release=release,
        basis=Disclosure.Basis.CONSENT,
        way=way,
        recipient=release.recipient,
        items=[item for item in Item.values if item in items],
        purpose=release.purpose,
        notice=NOTICE_VERSION,
        discloser=actor.user,
        at=at,
        recorded_at=at,
    )
    _record(row, graduate, actor, at)
    return row


@transaction.atomic
def tell_in_emergency(
    *,
    graduate: Graduate,
    recipient: str,
    what: str,
    nature: str,
    told_at: datetime,
    actor: Actor,
    at: datetime,
) -> Disclosure:
    """Write down what medical personnel were told in a medical emergency (42 CFR 2.51).

    `recipient` is their name and where they work, `nature` what the emergency was. Raises
    NotWrittenDown where one is empty, or the telling lies ahead.
    """
    needed = {"recipient": recipient, "what": what, "nature": nature}
    for field, words in needed.items():
        if not words.strip():
            raise NotWrittenDown(field)
    if told_at > at:
        raise NotWrittenDown("told_at")
    row = Disclosure.objects.create(
        graduate=graduate,
        basis=Disclosure.Basis.EMERGENCY,
        way=Disclosure.Way.SPOKEN,
        recipient=recipient.strip(),
        what=what.strip(),
        purpose=nature.strip(),
        notice=NOTICE_VERSION,
        discloser=actor.user,
        at=told_at,
        recorded_at=at,
    )
    _record(row, graduate, actor, at)
    return row


@transaction.atomic
def show_to_auditor(*, graduate: Graduate, purpose: str, actor: Actor, at: datetime) -> Disclosure:
    """Put into the ledger that an auditor read a named record under an agreement (42 CFR 2.53)."""
    row = Disclosure.objects.create(
        graduate=graduate,
        basis=Disclosure.Basis.AUDIT,
        way=Disclosure.Way.PAGE,
        recipient=actor.user.name or actor.user.email or "" if actor.user else "",
        purpose=purpose,
        notice=NOTICE_VERSION,
        discloser=actor.user,
        at=at,
        recorded_at=at,
    )
    _record(row, graduate, actor, at)
    return row


def _record(row: Disclosure, graduate: Graduate, actor: Actor, at: datetime) -> None:
    record.write(actor=actor, verb=AuditEntry.Verb.DISCLOSED, thing=row, graduate=graduate, at=at)


# The ledger


@dataclass(frozen=True, kw_only=True)
class Line:
    """What one recipient was told in one way on one day; looks of the same day are counted.

    `scope` is all that the consent allows, `items` what was told.
    """

    on: date
    newest_at: datetime
    recipient: str
    basis: str
    way: str
    items: tuple[str, ...]
    what: str
    purpose: str
    scope: tuple[str, ...]
    last_on: date | None
    count: int


def ledger(*, graduate: Graduate) -> list[Line]:
    """Who outside was told what, the newest first; days are the graduate's."""
    zone = ZoneInfo(graduate.time_zone)
    rows = Disclosure.objects.filter(graduate=graduate).select_related("release__graduate")
    days: dict[tuple[object, ...], list[Disclosure]] = {}
    for row in rows.order_by("-at", "-pk")[:MOST]:
        on = row.at.astimezone(zone).date()
        # Looks at a page are counted; a letter or a call stands by itself.
        single = None if row.way == Disclosure.Way.PAGE else row.pk
        same = (on, row.release_id, row.discloser_id, single, tuple(row.items))
        days.setdefault(same, []).append(row)
    return [_line(found, on=found[0].at.astimezone(zone).date()) for found in days.values()]


def _line(rows: list[Disclosure], *, on: date) -> Line:
    row = rows[0]
    return Line(
        on=on,
        newest_at=row.at,
        recipient=row.recipient,
        basis=row.get_basis_display(),
        way=row.get_way_display(),
        items=tuple(row.item_words),
        what=row.what,
        purpose=row.purpose,
        scope=tuple(row.release.item_words) if row.release else (),
        last_on=row.release.last_on if row.release else None,
        count=len(rows),
    )
