"""Pure: one parsed row of a feed on one weekday, and what could not be used of the source."""

import hashlib
from dataclasses import dataclass, field, fields
from datetime import datetime, time
from typing import Any

CLOSED = "temporarily closed"
NOT_EXACT = "address not exact"
DEFAULT_MINUTES = 60


class Unreadable(Exception):
    """A source that holds no list of meetings at all; the message says what it holds instead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Something in the source that could not be used as it stands. Rows count from 1."""

    row: int | None
    field: str
    value: str
    reason: str

    def as_dict(self) -> dict[str, Any]:
        """The problem as the report prints it."""
        return {"row": self.row, "field": self.field, "value": self.value, "reason": self.reason}


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A support meeting on one weekday (0 is Sunday; null means by appointment), in plain text.

    `minutes` is the length, 60 where the source names no end. `regions` go from general to
    specific. `types` are the source's codes, `tags` ours.
    """

    row: int
    name: str
    fellowship: str
    timezone: str
    source_id: str = ""
    source_slug: str = ""
    source_url: str = ""
    source_updated_at: datetime | None = None
    group: str = ""
    notes: str = ""
    week_hint: str = ""
    # Weeks of the month, as moments.WEEKS counts them; only staff say so, never a source.
    weeks: int | None = None
    weekday: int | None = None
    start_time: time | None = None
    minutes: int = DEFAULT_MINUTES
    end_is_stated: bool = False
    location: str = ""
    location_notes: str = ""
    address: str = ""
    is_approximate: bool = False
    regions: tuple[str, ...] = ()
    latitude: float | None = None
    longitude: float | None = None
    # The source says nothing against the room, and nothing against joining from afar.
    room_is_open: bool = True
    line_is_open: bool = True
    types: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    conference_url: str = ""
    conference_url_notes: str = ""
    conference_phone: str = ""
    conference_phone_notes: str = ""
    content_hash: str = ""

    def fingerprint(self) -> str:
        """A hash of what the listing says; who says it, and when, is left out."""
        said = repr([getattr(self, name) for name in _SAID])
        return hashlib.sha256(said.encode()).hexdigest()

    @property
    def is_online(self) -> bool:
        """One can join from afar: there is a usable link or number."""
        return self.line_is_open and bool(self.conference_url or self.conference_phone)

    @property
    def is_in_person(self) -> bool:
        """One can go there: the room is open and the address leads to it."""
        return self.room_is_open and not self.is_approximate

    @property
    def attendance(self) -> str:
        """`in_person`, `online`, `hybrid` or `inactive`, as viewers of the field compute it."""
        if self.is_in_person:
            return "hybrid" if self.is_online else "in_person"
        return "online" if self.is_online else "inactive"

    @property
    def inactive_reason(self) -> str:
        """Why nobody can come, empty where somebody can."""
        if self.is_online or self.is_in_person:
            return ""
        return NOT_EXACT if self.room_is_open else CLOSED


_UNSAID = {
    "row",
    "weeks",
    "source_id",
    "source_slug",
    "source_url",
    "source_updated_at",
    "content_hash",
}
_SAID = tuple(one.name for one in fields(Listing) if one.name not in _UNSAID)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """What a source held: how many objects, the listings, those of no use, and every problem met."""

    rows: int
    listings: list[Listing] = field(default_factory=list)
    # Listings that were recognised and cannot be kept at all.
    rejected: int = 0
    problems: list[Problem] = field(default_factory=list)
