"""Verb: the bytes of a feed become the meetings of the directory, with a report of every difference."""

import hashlib
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from aftercare.directory import closures, editing, geo, identity, rows
from aftercare.directory.formats import bmlt, meeting_guide, spreadsheet
from aftercare.directory.listing import Listing, Parsed, Problem, Unreadable
from aftercare.directory.rows import Known
from aftercare.models.directory import Feed, ImportRun

# More of a feed's active listings newly missing than this share, and a person must look.
SHRINK_SHARE = 0.20
SHRUNK = "shrunk"
ABSENCES_TO_RETIRE = 2
# From so many meetings written on, the database looks anew at what is in its tables.
MANY_WRITES = 1000
SAME_CONTENT_COUNTS_AFTER = timedelta(days=7)
# Coordinates further than this from the ZIP or city of their own address are a slip.
FAR_OFF_MILES = 200.0

Parser = Callable[..., Parsed]
PARSERS: dict[str, Parser] = {
    Feed.Kind.MEETING_GUIDE: meeting_guide.parse,
    Feed.Kind.BMLT: bmlt.parse,
    Feed.Kind.CSV: spreadsheet.parse,
}


@dataclass(slots=True, kw_only=True)
class Report:
    """What an import did or would do; every count but `rows` is of listings, one per weekday."""

    rows: int = 0
    listings: int = 0
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    retired: int = 0
    absent: int = 0
    rejected: int = 0
    held: bool = False
    reason: str | None = None
    warnings: list[dict[str, Any]] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """The report under its published keys."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """A report, and the meetings whose visitors must hear of it."""

    report: Report
    # Ids of meetings that changed their day, time or place or closed, and of those that were retired.
    moved: tuple[int, ...] = ()
    retired: tuple[int, ...] = ()


# How many meetings of each kind a run keeps for people to look at.
MOST_SHOWN = 100


@dataclass(slots=True, kw_only=True)
class _Plan:
    """The difference between an import and what the directory holds."""

    added: list[Listing]
    changed: list[tuple[Listing, Known]]
    # The same content under another id, address or date of edit.
    renamed: list[tuple[Listing, Known]]
    back: list[Known]
    absent: list[Known]
    retired: list[Known]
    missing: int
    # Of the feed's active listings: how many there were, and how many miss for the first time.
    active: int
    newly_missing: int
    unchanged: int


def read(*, body: bytes, kind: str, fellowship: str, timezone: str) -> Parsed:
    """The listings of a source without repeats and stray coordinates; raises Unreadable."""
    parsed = PARSERS[kind](body=body, fellowship=fellowship, timezone=timezone)
    for place, listing in enumerate(parsed.listings):
        placed = _without_stray(listing, parsed.problems)
        # In its place, so that a large feed is not held twice.
        parsed.listings[place] = replace(placed, content_hash=placed.fingerprint())
    return _without_repeats(parsed)


def apply(
    *,
    feed: Feed,
    body: bytes,
    at: datetime,
    accept_shrink: bool = False,
    dry_run: bool = False,
    scheduled: bool = False,
) -> Outcome:
    """Bring the feed's meetings in line with `body`, or hold it for a person, and report.

    `scheduled` is for the hourly job, where the same content counts an absence again after seven
    days. A dry run writes nothing at all and takes an unsaved feed, too. Kind, fellowship and time
    zone are the feed's; an unreadable body is held, not raised.
    """
    digest = hashlib.sha256(body).hexdigest()
    try:
        parsed = read(body=body, kind=feed.kind, fellowship=feed.fellowship, timezone=feed.timezone)
    except Unreadable as error:
        report = Report(held=True, reason=str(error))
        if not dry_run:
            _hold(feed=feed, body=body, digest=digest, report=report, at=at)
        return Outcome(report=report)
    if dry_run:
        plan = _compare(feed=feed, parsed=parsed, digest=digest, at=at, scheduled=scheduled)
        return Outcome(report=_report(parsed=parsed, plan=plan, accept_shrink=accept_shrink))
    with transaction.atomic():
        feed.refresh_from_db(from_queryset=Feed.objects.select_for_update())
        plan = _compare(feed=feed, parsed=parsed, digest=digest, at=at, scheduled=scheduled)
        report = _report(parsed=parsed, plan=plan, accept_shrink=accept_shrink)
        shown = _differences(plan)
        if report.held:
            _hold(feed=feed, body=body, digest=digest, report=report, at=at, shown=shown)
            return Outcome(report=report)
        moved = [known for listing, known in plan.changed if _has_moved(listing, known)]
        _write(feed=feed, plan=plan, at=at)
        rows.note_moves(keys=[one.id for one in moved], at=at)
        if len(plan.added) + len(plan.changed) >= MANY_WRITES:
            rows.take_stock()
        _record(feed=feed, digest=digest, report=report, at=at, shown=shown)
    return Outcome(
        report=report,
        moved=tuple(one.id for one in moved),
        retired=tuple(one.id for one in plan.retired),
    )


def _without_stray(listing: Listing, problems: list[Problem]) -> Listing:
    """Drop coordinates that are far from the address beside them."""
    remark = _stray(listing)
    if not remark:
        return listing
    value = f"{listing.latitude}, {listing.longitude}"
    problems.append(
        Problem(row=listing.row, field="latitude, longitude", value=value, reason=remark)
    )
    return replace(listing, latitude=None, longitude=None)


def _stray(listing: Listing) -> str:
    if listing.latitude is None or listing.longitude is None or not listing.address:
        return ""
    about = geo.locate_address(address=listing.address)
    if about is None:
        return ""
    miles = about.miles_to(geo.Point(listing.latitude, listing.longitude))
    return f"{miles:.0f} miles from its own address; left out" if miles > FAR_OFF_MILES else ""


def _without_repeats(parsed: Parsed) -> Parsed:
    """Drop listings that stand in the source twice: the same meeting under the same id or slug, or
    the same content. Two ids with the same content are two meetings, for the source says so; slugs
    are made from names and say nothing.
    """
    first: dict[Hashable, int] = {}
    named_so: dict[Hashable, int] = {}
    kept = []
    for listing in parsed.listings:
        keys = _repeat_keys(listing)
        before = next((first[key] for key in keys if key in first), None)
        if before is not None:
            parsed.problems.append(_about_id(listing, f"duplicate of row {before}"))
            continue
        first |= dict.fromkeys(keys, listing.row)
        kept.append(listing)
        named = "slug" if listing.source_slug else "id"
        own = listing.source_slug or listing.source_id
        other = named_so.setdefault((own, listing.weekday), listing.row) if own else listing.row
        if other != listing.row:
            parsed.problems.append(
                _about_id(listing, f"row {other} has the same {named}; both kept")
            )
    repeats = len(parsed.listings) - len(kept)
    return replace(parsed, listings=kept, rejected=parsed.rejected + repeats)


def _repeat_keys(listing: Listing) -> list[Hashable]:
    own = listing.source_id or listing.source_slug
    name, place = identity.name_of(listing.name), identity.place_of(listing)
    meeting = (own, name, listing.weekday, listing.start_time, place)
    return [meeting] if listing.source_id else [meeting, listing.content_hash]


def _about_id(listing: Listing, reason: str) -> Problem:
    if listing.source_slug:
        return Problem(row=listing.row, field="slug", value=listing.source_slug, reason=reason)
    return Problem(row=listing.row, field="id", value=listing.source_id, reason=reason)


def _compare(*, feed: Feed, parsed: Parsed, digest: str, at: datetime, scheduled: bool) -> _Plan:
    stored = rows.known(feed=feed)
    listed = [one for one in stored if not one.is_retired]
    gone = [one for one in stored if one.is_retired]
    pairs, new, missing = identity.match(
        new=parsed.listings, old=listed, passes=[*identity.CERTAIN, *identity.LIKELY]
    )
    returned, new, _ = identity.match(new=new, old=gone, passes=identity.CERTAIN)
    same = [pair for pair in pairs if pair[0].content_hash == pair[1].content_hash]
    changed = [pair for pair in pairs if pair[0].content_hash != pair[1].content_hash]
    changed = editing.overlay(feed=feed, pairs=[*changed, *returned])
    counted = [
        one for one in missing if _counts(one, feed=feed, digest=digest, at=at, scheduled=scheduled)
    ]
    return _Plan(
        added=new,
        changed=changed,
        renamed=[pair for pair in same if rows.is_renamed(*pair)],
        back=[known for _, known in same if known.absences],
        absent=[one for one in counted if one.absences + 1 < ABSENCES_TO_RETIRE],
        retired=[one for one in counted if one.absences + 1 >= ABSENCES_TO_RETIRE],
        missing=len(missing),
        active=sum(one.active for one in listed),
        newly_missing=sum(one.active and not one.absences for one in missing),
        unchanged=len(same),
    )


def _counts(one: Known, *, feed: Feed, digest: str, at: datetime, scheduled: bool) -> bool:
    """Whether this import counts as one more absence of a missing meeting."""
    if one.absent_at is None or digest != feed.content_hash:
        return True
    return scheduled and at - one.absent_at >= SAME_CONTENT_COUNTS_AFTER


def _report(*, parsed: Parsed, plan: _Plan, accept_shrink: bool) -> Report:
    report = Report(
        rows=parsed.rows,
        listings=len(parsed.listings) + parsed.rejected,
        added=len(plan.added),
        changed=len(plan.changed),
        unchanged=plan.unchanged,
        retired=len(plan.retired),
        absent=plan.missing - len(plan.retired),
        rejected=parsed.rejected,
        warnings=[problem.as_dict() for problem in parsed.problems],
    )
    report.reason = _objection(parsed=parsed, plan=plan, accept_shrink=accept_shrink)
    report.held = report.reason is not None
    return report


def _objection(*, parsed: Parsed, plan: _Plan, accept_shrink: bool) -> str | None:
    """Why a person must look before this import may change anything."""
    if not parsed.listings:
        return "no usable meeting in it"
    if accept_shrink or plan.newly_missing <= SHRINK_SHARE * plan.active:
        return None
    return f"{SHRUNK}: {plan.newly_missing} of {plan.active} active listings are missing"


def _has_moved(listing: Listing, known: Known) -> bool:
    """Who goes there must hear of it: another day, time or place, or nobody can come any more."""
    return (
        identity.moment_of(listing) != identity.moment_of(known)
        or identity.place_of(listing) != identity.place_of(known)
        or (known.active and bool(listing.inactive_reason))
        or (known.attendance in _WITH_A_ROOM and not listing.is_in_person)
    )


_WITH_A_ROOM = ("in_person", "hybrid")
Differences = dict[str, list[dict[str, Any]]]


def _differences(plan: _Plan) -> Differences:
    """What an import adds, changes and misses, for people to look at."""
    return {
        "added": [_shown(one) for one in plan.added[:MOST_SHOWN]],
        "changed": [
            _shown(listing) | {"was": _shown(known)} for listing, known in plan.changed[:MOST_SHOWN]
        ],
        "missing": [_shown(one) for one in (*plan.retired, *plan.absent)[:MOST_SHOWN]],
    }


def _shown(one: Listing | Known) -> dict[str, Any]:
    start = f"{one.start_time:%H:%M}" if one.start_time else ""
    return {"name": one.name, "day": one.weekday, "time": start, "address": one.address}


def _write(*, feed: Feed, plan: _Plan, at: datetime) -> None:
    rows.add(feed=feed, listings=plan.added, at=at)
    if plan.added:
        closures.spread(at=at)
    rows.change(pairs=plan.changed, at=at)
    rows.rename(pairs=plan.renamed)
    rows.count_absences(known=plan.back, absences=0, at=None)
    rows.count_absences(known=plan.absent, absences=1, at=at)
    rows.retire(known=plan.retired, at=at)


def _hold(
    *,
    feed: Feed,
    body: bytes,
    digest: str,
    report: Report,
    at: datetime,
    shown: Differences | None = None,
) -> None:
    """Keep a held import for a person, once for the same content."""
    last = feed.runs.order_by("-at", "-id").first()
    if not (last and last.held and last.content_hash == digest):
        _add_run(feed=feed, digest=digest, report=report, at=at, shown=shown, payload=body)
    feed.last_run_at, feed.last_error = at, report.reason or ""
    feed.save(update_fields=["last_run_at", "last_error"])


def _record(*, feed: Feed, digest: str, report: Report, at: datetime, shown: Differences) -> None:
    if digest != feed.content_hash:
        _add_run(feed=feed, digest=digest, report=report, at=at, shown=shown)
    feed.content_hash = digest
    feed.last_run_at = feed.last_ok_at = at
    feed.last_error = ""
    feed.save(update_fields=["content_hash", "last_run_at", "last_ok_at", "last_error"])


def _add_run(
    *,
    feed: Feed,
    digest: str,
    report: Report,
    at: datetime,
    shown: Differences | None,
    payload: bytes | None = None,
) -> None:
    ImportRun.objects.create(
        feed=feed,
        at=at,
        content_hash=digest,
        report=report.as_dict(),
        differences=shown or {},
        held=report.held,
        reason=(report.reason or "")[:500],
        payload=payload,
    )
