"""What staff see of feeds, and what a person decides of an import that was held."""

import uuid
from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from aftercare import record
from aftercare.directory import importing
from aftercare.directory.importing import Outcome
from aftercare.models import AuditEntry, Feed, ImportRun
from aftercare.record import Actor
from notifications.models import Program

MOST_RUNS = 20
MOST_KINDS = 30


class NoLongerHeld(ValueError):
    """Somebody decided already, or a newer answer of the feed came in."""


class NothingToAccept(ValueError):
    """What was held has no meeting in it that could be taken in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Warned:
    """One kind of warning of an import: how often, and the first value it was about."""

    field: str
    reason: str
    count: int
    row: int | None
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedRow:
    """A feed on the list; `held` is the import that waits for a person."""

    feed: Feed
    active: int
    held: ImportRun | None
    last: ImportRun | None

    @property
    def state(self) -> str:
        """ "held", "failing", "never" or "fine": what stands first on the list."""
        if self.held is not None:
            return "held"
        if self.feed.failures:
            return "failing"
        return "fine" if self.feed.last_ok_at else "never"


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedPage:
    """One feed in full: its runs, the warnings of the last one by kind, and what waits."""

    row: FeedRow
    runs: tuple[ImportRun, ...]
    warnings: tuple[Warned, ...]
    # Why the held import cannot be taken in; "" where it can.
    why_not: str | Promise


def feeds() -> tuple[FeedRow, ...]:
    """Every feed, those that want a person first. Two queries, however many there are."""
    runs = ImportRun.objects.filter(feed=OuterRef("pk")).order_by("-at", "-pk").values("pk")
    rows = _counted().annotate(
        newest=Subquery(runs[:1]),
        applied=Subquery(runs.filter(Q(held=False) | Q(accepted=True))[:1]),
    )
    found = list(rows.order_by("name"))
    keys = {key for row in found for key in (row.newest, row.applied) if key}
    light = ImportRun.objects.defer("payload", "differences", "report").in_bulk(keys)
    shown = (
        _row(row, [light[key] for key in dict.fromkeys((row.newest, row.applied)) if key])
        for row in found
    )
    order = ("held", "failing", "never", "fine")
    return tuple(sorted(shown, key=lambda row: order.index(row.state)))


def _counted() -> "QuerySet[Feed]":
    return Feed.objects.annotate(active=Count("meetings", filter=Q(meetings__active=True)))


def _row(feed: Feed, runs: list[ImportRun]) -> FeedRow:
    """`runs` from the newest back; only the newest of all can wait for a person."""
    newest = runs[0] if runs else None
    waits = newest is not None and newest.held and newest.settled_at is None
    return FeedRow(
        feed=feed,
        active=getattr(feed, "active", 0),
        held=newest if waits else None,
        last=next((run for run in runs if not run.held or run.accepted), None),
    )


def feed(*, uid: uuid.UUID) -> FeedPage | None:
    """One feed; null where there is none."""
    found = _counted().filter(uid=uid).first()
    if found is None:
        return None
    runs = list(found.runs.defer("payload").order_by("-at", "-pk")[:MOST_RUNS])
    row = _row(found, runs)
    shown = row.held or row.last
    return FeedPage(
        row=row,
        runs=tuple(runs),
        warnings=tuple(_warned(shown)) if shown else (),
        why_not="" if row.held is None or _can_be_taken_in(row.held) else NOTHING,
    )


NOTHING = _("There is no meeting in it that could be taken in. Ask whoever keeps the feed.")


def _can_be_taken_in(run: ImportRun) -> bool:
    report = run.report
    return bool(report.get("listings", 0) - report.get("rejected", 0))


def _warned(run: ImportRun) -> list[Warned]:
    """The warnings by field and reason, the commonest first."""
    warnings = run.report.get("warnings", [])
    first: dict[tuple[str, str], Warned] = {}
    counts = Counter((one["field"], _kind(one["reason"])) for one in warnings)
    for one in warnings:
        key = one["field"], _kind(one["reason"])
        first.setdefault(
            key,
            Warned(
                field=key[0], reason=key[1], count=counts[key], row=one["row"], value=one["value"]
            ),
        )
    return sorted(first.values(), key=lambda one: -one.count)[:MOST_KINDS]


def _kind(reason: str) -> str:
    """A reason without the numbers in it, which tell rows apart and not kinds."""
    return "".join("…" if part.isdigit() else part for part in _parts(reason))


def _parts(reason: str) -> list[str]:
    parts: list[str] = []
    for letter in reason:
        if parts and parts[-1].isdigit() == letter.isdigit():
            parts[-1] += letter
        else:
            parts.append(letter)
    return parts


@transaction.atomic
def accept(*, run: ImportRun, actor: Actor, program: Program, at: datetime) -> Outcome:
    """Take in exactly the bytes that were held, although they shrink the directory.

    Raises NoLongerHeld, NothingToAccept.
    """
    run = _held(run)
    if not _can_be_taken_in(run):
        raise NothingToAccept
    outcome = importing.apply(
        feed=run.feed, body=bytes(run.payload or b""), at=at, accept_shrink=True
    )
    if outcome.report.held:
        raise NothingToAccept
    _settle(run, accepted=True, actor=actor, program=program, at=at)
    return outcome


@transaction.atomic
def reject(*, run: ImportRun, actor: Actor, program: Program, at: datetime) -> None:
    """Leave the directory as it is; the same bytes are not asked about again. Raises NoLongerHeld."""
    run = _held(run)
    _settle(run, accepted=False, actor=actor, program=program, at=at)
    Feed.objects.filter(pk=run.feed_id).update(last_error="")


def _held(run: ImportRun) -> ImportRun:
    rows = ImportRun.objects.select_for_update(of=("self",)).select_related("feed")
    run = rows.get(pk=run.pk)
    newest = run.feed.runs.order_by("-at", "-pk").values_list("pk", flat=True).first()
    if not run.held or run.settled_at is not None or newest != run.pk:
        raise NoLongerHeld
    return run


def _settle(
    run: ImportRun, *, accepted: bool, actor: Actor, program: Program, at: datetime
) -> None:
    run.accepted, run.settled_at, run.settled_by, run.payload = accepted, at, actor.user, None
    run.save(update_fields=["accepted", "settled_at", "settled_by", "payload"])
    record.write(actor=actor, verb=AuditEntry.Verb.CHANGED, thing=run, program=program, at=at)


def run_of(*, uid: uuid.UUID) -> ImportRun | None:
    """One import; null where there is none."""
    return ImportRun.objects.defer("payload").select_related("feed").filter(uid=uid).first()
