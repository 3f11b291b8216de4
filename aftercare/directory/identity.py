"""Pure: which listing of an import is which meeting we already have.

In passes, each accepted only where a key names exactly one on both sides: the source's id, its
slug, all that the listing says, then name, time and place by twos and threes. A feed whose slugs
all changed keeps its meetings, so the plans and reminders that point at them survive.
"""

import re
from collections.abc import Callable, Hashable, Iterable, Sequence
from datetime import time
from functools import lru_cache
from typing import Protocol, TypeVar

from aftercare.directory.cleaning import fold

WEEK = 7 * 24 * 60
_SHORT = {
    "street": "st", "avenue": "ave", "av": "ave", "boulevard": "blvd", "road": "rd", "drive": "dr",
    "lane": "ln", "place": "pl", "court": "ct", "highway": "hwy", "parkway": "pkwy",
    "terrace": "ter", "square": "sq", "circle": "cir", "turnpike": "tpke", "route": "rt",
    "north": "n", "south": "s", "east": "e", "west": "w", "northeast": "ne", "northwest": "nw",
    "southeast": "se", "southwest": "sw", "saint": "st", "mount": "mt", "fort": "ft",
}  # fmt: skip
_UNIT = re.compile(
    r"(?:#\s*\w+|\b(?:suite|ste|unit|apt|room|rm|floor|bldg|building)\b\.?\s*\w+)", re.IGNORECASE
)
_COUNTRY = re.compile(r"( (usa|us|u s a|united states( of america)?))+$")
_ZIP = re.compile(r" \d{5}( \d{4})?$")


class Identified(Protocol):
    """What both a listing and a stored meeting can be recognised by."""

    @property
    def source_id(self) -> str: ...
    @property
    def source_slug(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def weekday(self) -> int | None: ...
    @property
    def start_time(self) -> time | None: ...
    @property
    def address(self) -> str: ...
    @property
    def latitude(self) -> float | None: ...
    @property
    def longitude(self) -> float | None: ...
    @property
    def content_hash(self) -> str: ...


New = TypeVar("New", bound=Identified)
Old = TypeVar("Old", bound=Identified)
Key = Callable[[Identified], Hashable]


def week_minute(*, weekday: int | None, start_time: time | None) -> int | None:
    """Minutes from Sunday 00:00 to the start; null by appointment."""
    if weekday is None or start_time is None:
        return None
    return weekday * 1440 + start_time.hour * 60 + start_time.minute


def moment_of(one: Identified) -> int | None:
    """The minute of the week; 23:59 and the next day's 00:00 are the same midnight."""
    minute = week_minute(weekday=one.weekday, start_time=one.start_time)
    if minute is None or minute % 1440 != 1439:
        return minute
    return (minute + 1) % WEEK


def place_of(one: Identified) -> Hashable:
    """The normalised address, else the coordinates to three decimals, else nothing."""
    if one.address:
        return address_key(one.address)
    if one.latitude is None or one.longitude is None:
        return None
    return round(one.latitude, 3), round(one.longitude, 3)


@lru_cache(maxsize=65536)
def address_key(address: str) -> str:
    """An address in one spelling."""
    words = fold(_UNIT.sub(" ", address))
    words = _ZIP.sub("", _COUNTRY.sub("", words))
    return " ".join(_SHORT.get(word, word) for word in words.split())


@lru_cache(maxsize=65536)
def name_of(name: str) -> str:
    """A name in one spelling."""
    return fold(name) or name.casefold()


def _both(*parts: Hashable) -> Hashable:
    return None if any(part is None or part == "" for part in parts) else parts


def _by_id_and_day(one: Identified) -> Hashable:
    return _both(one.source_id, -1 if one.weekday is None else one.weekday)


def _by_slug_and_day(one: Identified) -> Hashable:
    return _both(one.source_slug, -1 if one.weekday is None else one.weekday)


def _by_name_moment_place(one: Identified) -> Hashable:
    return _both(name_of(one.name), moment_of(one), place_of(one))


# A source's id on the same day comes first, because one id may stand for several days.
CERTAIN: tuple[Key, ...] = (
    _by_id_and_day,
    lambda one: one.source_id or None,
    _by_slug_and_day,
    lambda one: one.source_slug or None,
    lambda one: one.content_hash or None,
    _by_name_moment_place,
)
LIKELY: tuple[Key, ...] = (
    lambda one: _both(name_of(one.name), moment_of(one)),
    lambda one: _both(moment_of(one), place_of(one)),
    lambda one: _both(name_of(one.name), place_of(one)),
)


def match(
    *, new: Sequence[New], old: Sequence[Old], passes: Iterable[Key]
) -> tuple[list[tuple[New, Old]], list[New], list[Old]]:
    """Pairs, and what is left over on either side, after the given passes in turn."""
    pairs: list[tuple[New, Old]] = []
    for key in passes:
        if not new or not old:
            break
        ours, theirs = _unique(old, key), _unique(new, key)
        found = [(theirs[value], one) for value, one in ours.items() if value in theirs]
        pairs.extend(found)
        taken = {id(one) for pair in found for one in pair}
        new = [one for one in new if id(one) not in taken]
        old = [one for one in old if id(one) not in taken]
    return pairs, list(new), list(old)


def _unique(items: Iterable[New], key: Key) -> dict[Hashable, New]:
    found: dict[Hashable, New | None] = {}
    for one in items:
        value = key(one)
        if value is not None:
            found[value] = None if value in found else one
    return {value: one for value, one in found.items() if one is not None}
