"""Verb: meetings that staff add or correct by hand; what was set by hand stands above every import."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime, time
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from aftercare import record
from aftercare.directory import geo, identity, rows
from aftercare.directory.listing import CLOSED, Listing
from aftercare.directory.rows import Known
from aftercare.models import AuditEntry, Feed, Meeting, MeetingEdit
from aftercare.record import Actor
from notifications.models import Program

# What a listing has as a tuple, and JSON as a list.
_TUPLES = frozenset({"regions", "tags", "types"})


@dataclass(frozen=True, slots=True, kw_only=True)
class MeetingDraft:
    """An entry as staff want it; `weekday` 0 is Sunday, None by appointment; `tags` are canonical.

    `is_closed` says that nobody can come to the place now; `join_needs_login` that the group asks
    for its way in to be shown only to people with a log-in.
    """

    name: str
    group: str = ""
    weekday: int | None = None
    start_time: time | None = None
    minutes: int = 60
    location: str = ""
    address: str = ""
    location_notes: str = ""
    notes: str = ""
    tags: tuple[str, ...] = ()
    # As moments.WEEKS counts them; null is every week.
    weeks: int | None = None
    conference_url: str = ""
    conference_url_notes: str = ""
    conference_phone: str = ""
    is_closed: bool = False
    join_needs_login: bool = False

    def values(self) -> dict[str, Any]:
        """The draft under the names that a listing has for it."""
        plain = {one.name: getattr(self, one.name) for one in fields(self)}
        closed = plain.pop("is_closed")
        del plain["join_needs_login"]
        has_line = bool(self.conference_url or self.conference_phone)
        return plain | {"room_is_open": not closed, "line_is_open": has_line, "end_is_stated": True}


def _draft_of(meeting: Meeting) -> MeetingDraft:
    """The entry as it stands now."""
    listing = _listing_of(meeting)
    names = [one.name for one in fields(MeetingDraft) if hasattr(listing, one.name)]
    return MeetingDraft(
        **{name: getattr(listing, name) for name in names},
        is_closed=not listing.room_is_open,
        join_needs_login=meeting.join_needs_login,
    )


def values_of(*, meeting: Meeting) -> dict[str, Any]:
    """The entry as it stands now, under the names of a draft."""
    draft = _draft_of(meeting)
    return {one.name: getattr(draft, one.name) for one in fields(draft)}


@transaction.atomic
def add(
    *,
    draft: MeetingDraft,
    fellowship: str,
    timezone: str,
    program: Program,
    actor: Actor,
    at: datetime,
) -> Meeting:
    """Add a meeting that no feed has; its point is that of its ZIP or city, where it has one."""
    listing = Listing(
        row=0,
        fellowship=fellowship,
        timezone=timezone,
        source_id=secrets.token_hex(8),
        **draft.values(),
    )
    listing = replace(_placed(listing), content_hash=listing.fingerprint())
    rows.add(feed=None, listings=[listing], at=at)
    meeting = Meeting.objects.get(feed=None, source_id=listing.source_id)
    _note(meeting, {}, draft, actor, at)
    record.write(actor=actor, verb=AuditEntry.Verb.CREATED, thing=meeting, program=program, at=at)
    return meeting


@transaction.atomic
def change(
    *, meeting: Meeting, draft: MeetingDraft, program: Program, actor: Actor, at: datetime
) -> Meeting:
    """Correct an entry; only what differs from what stands there is set by hand, and stays so."""
    before = _listing_of(meeting)
    wanted = {
        name: value for name, value in draft.values().items() if getattr(before, name) != value
    }
    if "minutes" not in wanted:
        wanted.pop("end_is_stated", None)
    after = replace(before, **wanted)
    if "address" in wanted:
        after = _placed(after)
        wanted |= {
            name: getattr(after, name) for name in ("latitude", "longitude", "is_approximate")
        }
    if before.week_hint:
        # Whoever saves the entry has seen what the notes say of weeks.
        wanted["weeks"] = after.weeks
    # What our own feed says of the way in changes with it, so the row has changed, too.
    hides = meeting.join_needs_login != draft.join_needs_login
    _note(meeting, wanted, draft, actor, at)
    if wanted or hides:
        rows.put(pk=meeting.pk, listing=after, at=at)
    if _is_elsewhere(before, after):
        rows.note_moves(keys=[meeting.pk], at=at)
    record.write(actor=actor, verb=AuditEntry.Verb.CHANGED, thing=meeting, program=program, at=at)
    meeting.refresh_from_db()
    return meeting


def unconfirmed() -> "QuerySet[Meeting]":
    """Meetings whose notes speak of certain weeks, which nobody has looked into; by name."""
    rows = Meeting.objects.filter(active=True, week_hint__gt="", weekday__isnull=False)
    return rows.exclude(edit__values__has_key="weeks").order_by("name_key", "pk")


def meets_every_week(*, meeting: Meeting, program: Program, actor: Actor, at: datetime) -> Meeting:
    """Say that a meeting is held every week, whatever its notes sound like."""
    draft = replace(_draft_of(meeting), weeks=None)
    return change(meeting=meeting, draft=draft, program=program, actor=actor, at=at)


def _is_elsewhere(before: Listing, after: Listing) -> bool:
    """Who goes there must hear of it."""
    return (
        identity.moment_of(before) != identity.moment_of(after)
        or identity.place_of(before) != identity.place_of(after)
        or before.weeks != after.weeks
        or (before.is_in_person and not after.is_in_person)
        or bool(after.inactive_reason and not before.inactive_reason)
    )


def _note(
    meeting: Meeting, wanted: dict[str, Any], draft: MeetingDraft, actor: Actor, at: datetime
) -> None:
    edit = MeetingEdit.objects.filter(meeting=meeting).first() or MeetingEdit(meeting=meeting)
    edit.values = edit.values | {name: _as_json(value) for name, value in wanted.items()}
    edit.join_needs_login = draft.join_needs_login
    edit.edited_by, edit.edited_at = actor.user, at
    edit.save()


def _placed(listing: Listing) -> Listing:
    """The listing at about the point of its own address, which staff wrote in full."""
    point = geo.locate_address(address=listing.address)
    north, east = (point.latitude, point.longitude) if point else (None, None)
    return replace(listing, latitude=north, longitude=east, is_approximate=not listing.address)


def overlay(*, feed: Feed, pairs: Sequence[tuple[Listing, Known]]) -> list[tuple[Listing, Known]]:
    """What an import says of known meetings, with what staff set by hand above it."""
    if feed._state.adding:
        return list(pairs)
    edits = MeetingEdit.objects.filter(meeting__feed=feed).values_list("meeting_id", "values")
    by_hand = {meeting: values for meeting, values in edits if values}
    return [
        (_corrected(listing, by_hand[one.id]) if one.id in by_hand else listing, one)
        for listing, one in pairs
    ]


def _corrected(listing: Listing, values: dict[str, Any]) -> Listing:
    return replace(listing, **{name: _from_json(name, value) for name, value in values.items()})


def _as_json(value: Any) -> Any:
    return f"{value:%H:%M}" if isinstance(value, time) else value


def _from_json(name: str, value: Any) -> Any:
    if name == "start_time" and value is not None:
        return time.fromisoformat(value)
    return tuple(value) if name in _TUPLES else value


def _listing_of(meeting: Meeting) -> Listing:
    """The entry as a feed would say it."""
    same = {
        one.name: getattr(meeting, one.name)
        for one in fields(Listing)
        if hasattr(meeting, one.name) and one.name not in _TUPLES
    }
    can_go = meeting.attendance in (Meeting.Attendance.IN_PERSON, Meeting.Attendance.HYBRID)
    can_join = meeting.attendance in (Meeting.Attendance.ONLINE, Meeting.Attendance.HYBRID)
    is_shut = meeting.inactive_reason == CLOSED or (can_join and not meeting.is_approximate)
    return Listing(
        row=0,
        **same,
        regions=tuple(part for part in meeting.region.split(" > ") if part),
        types=tuple(meeting.types),
        tags=tuple(meeting.tags.split()),
        room_is_open=can_go or not is_shut,
        line_is_open=can_join,
    )
