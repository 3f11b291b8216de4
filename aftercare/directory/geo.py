"""Pure: places in the United States, without asking anybody, and distances on the sphere.

A look-up happens in the data of the `zipcodes` package, so that nobody is told where a person
looks for help. The data is loaded at the first look-up (about 0.4 s, 40 MB) and then stays.
"""

import math
import re
import string
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

import zipcodes

from aftercare.directory.cleaning import fold

MILES_PER_RADIAN = 3958.7613  # the mean radius of the Earth
KM_PER_MILE = 1.609344
# The package's functions carry no types.
_matching: Callable[[str], list[dict[str, Any]]] = zipcodes.matching
_filter_by: Callable[..., list[dict[str, Any]]] = zipcodes.filter_by
_similar_to: Callable[[str], list[dict[str, Any]]] = zipcodes.similar_to
_ZIP = re.compile(r"\d{5}(?:-\d{4})?")
_DEGREES = re.compile(r"(-?\d{1,2}(?:\.\d+)?)\s*,\s*(-?\d{1,3}(?:\.\d+)?)")
_ZIP_IN_ADDRESS = re.compile(r"\b[A-Z]{2}\.?,?\s+(\d{5})(?:-\d{4})?\b")
_CITY_IN_ADDRESS = re.compile(r"(?:^|,)\s*([^,\d]+),\s*([A-Z]{2})\b")
_LONG_FORMS = {"st": "saint", "ft": "fort", "mt": "mount", "n": "north", "s": "south"}
# Kinds of ZIP whose point is where people live, tried in this order.
_KINDS = (("STANDARD",), ("STANDARD", "PO BOX", "UNIQUE"))
_STATES = {
    "alabama": "AL", "alaska": "AK", "arizona": "AZ", "arkansas": "AR", "california": "CA",
    "colorado": "CO", "connecticut": "CT", "delaware": "DE", "district of columbia": "DC",
    "florida": "FL", "georgia": "GA", "hawaii": "HI", "idaho": "ID", "illinois": "IL",
    "indiana": "IN", "iowa": "IA", "kansas": "KS", "kentucky": "KY", "louisiana": "LA",
    "maine": "ME", "maryland": "MD", "massachusetts": "MA", "michigan": "MI", "minnesota": "MN",
    "mississippi": "MS", "missouri": "MO", "montana": "MT", "nebraska": "NE", "nevada": "NV",
    "new hampshire": "NH", "new jersey": "NJ", "new mexico": "NM", "new york": "NY",
    "north carolina": "NC", "north dakota": "ND", "ohio": "OH", "oklahoma": "OK", "oregon": "OR",
    "pennsylvania": "PA", "puerto rico": "PR", "rhode island": "RI", "south carolina": "SC",
    "south dakota": "SD", "tennessee": "TN", "texas": "TX", "utah": "UT", "vermont": "VT",
    "virginia": "VA", "washington": "WA", "west virginia": "WV", "wisconsin": "WI",
    "wyoming": "WY",
}  # fmt: skip


class UnknownPlace(ValueError):
    """Words that name no place we know."""


@dataclass(frozen=True, slots=True)
class Point:
    """A place in degrees north and east."""

    latitude: float
    longitude: float

    @property
    def xyz(self) -> tuple[float, float, float]:
        """The same place on the unit sphere."""
        north, east = math.radians(self.latitude), math.radians(self.longitude)
        return (
            math.cos(north) * math.cos(east),
            math.cos(north) * math.sin(east),
            math.sin(north),
        )

    def miles_to(self, other: "Point") -> float:
        """The great-circle distance."""
        return 2 * MILES_PER_RADIAN * math.asin(min(1.0, math.dist(self.xyz, other.xyz) / 2))


def chord_squared(*, miles: float) -> float:
    """The squared straight distance on the unit sphere of two points so many miles apart."""
    angle = min(miles / MILES_PER_RADIAN, math.pi)
    return (2 * math.sin(angle / 2)) ** 2


@dataclass(frozen=True, slots=True)
class Box:
    """Degrees that hold every point within some distance; `west` > `east` across the date line."""

    south: float
    north: float
    west: float
    east: float


def box_around(*, center: Point, miles: float) -> Box:
    """The smallest box of degrees around a circle."""
    angle = miles / MILES_PER_RADIAN * (1 + 1e-9) + 1e-9
    south = center.latitude - math.degrees(angle)
    north = center.latitude + math.degrees(angle)
    if south <= -90 or north >= 90:
        return Box(max(south, -90.0), min(north, 90.0), -180.0, 180.0)
    width = math.degrees(math.asin(math.sin(angle) / math.cos(math.radians(center.latitude))))
    west, east = center.longitude - width, center.longitude + width
    return Box(south, north, west + 360 * (west < -180), east - 360 * (east > 180))


def locate(*, words: str) -> Point:
    """The point of a ZIP, of "City, ST", or of "lat,lng"; raises UnknownPlace."""
    written = " ".join(words.split())
    degrees = _DEGREES.fullmatch(written)
    if degrees:
        found = _on_the_globe(float(degrees[1]), float(degrees[2]))
    elif _ZIP.fullmatch(written):
        found = _zip(written[:5])
    else:
        found = _city(written)
    if found is None:
        raise UnknownPlace(written)
    return found


def _on_the_globe(latitude: float, longitude: float) -> Point | None:
    on_it = abs(latitude) <= 90 and abs(longitude) <= 180
    return Point(latitude, longitude) if on_it else None


def locate_address(*, address: str) -> Point | None:
    """About where a US address is, by its ZIP or its city; null for others."""
    code = _ZIP_IN_ADDRESS.search(address)
    if code:
        return _zip(code[1])
    city = city_of(address=address)
    return _city(city) if city else None


def city_of(*, address: str) -> str:
    """The "City, ST" of a US address; "" for others."""
    city = _CITY_IN_ADDRESS.search(address)
    return f"{city[1].strip()}, {city[2]}" if city else ""


@lru_cache(maxsize=4096)
def _zip(code: str) -> Point | None:
    return _middle(_matching(code))


def _city(written: str) -> Point | None:
    """The middle of the ZIPs of "City, ST", by the city's own name or one the post accepts."""
    name, comma, state = written.rpartition(",")
    words = written.split()
    splits = [(name, state)] if comma else [
        (" ".join(words[:-size]), " ".join(words[-size:])) for size in (1, 2, 3)
    ]  # fmt: skip
    for city, region in splits:
        code = _STATES.get(fold(region), region.strip(" .").upper())
        if code in _STATES.values() and (found := _cities(code).get(_city_key(city))):
            return found
    return None


def is_city(*, name: str) -> bool:
    """Whether some state has a city of that name."""
    return _city_key(name) in _names()


@cache
def _names() -> frozenset[str]:
    """The names of all cities whose place is known.

    ZIPs by their first digit: the states one by one take three times as long, and the package keeps a
    list of them all for ever, in 90 MB.
    """
    states = frozenset(_STATES.values())
    return frozenset(
        _city_key(name)
        for digit in string.digits
        for record in _similar_to(digit)
        if record["state"] in states and _has_place(record)
        for name in (record["city"], *record["acceptable_cities"])
    )


def _has_place(record: dict[str, Any]) -> bool:
    return bool(float(record["lat"] or 0) or float(record["long"] or 0))


def _city_key(name: str) -> str:
    """A city's folded name, with the words that people shorten in one spelling."""
    return " ".join(_LONG_FORMS.get(word, word) for word in fold(name).split())


@cache
def _cities(state: str) -> dict[str, Point]:
    named: dict[str, list[dict[str, Any]]] = {}
    accepted: dict[str, list[dict[str, Any]]] = {}
    for record in _filter_by(state=state):
        named.setdefault(_city_key(record["city"]), []).append(record)
        for name in record["acceptable_cities"]:
            accepted.setdefault(_city_key(name), []).append(record)
    middles = {name: _middle(records) for name, records in (accepted | named).items()}
    return {name: point for name, point in middles.items() if point}


def _middle(records: Iterable[dict[str, Any]]) -> Point | None:
    known = [one for one in records if _has_place(one)]
    for kinds in _KINDS:
        points = [
            (float(one["lat"]), float(one["long"]))
            for one in known
            if one["zip_code_type"] in kinds and one["active"]
        ]
        if points:
            break
    else:
        points = [(float(one["lat"]), float(one["long"])) for one in known]
    if not points:
        return None
    return Point(
        round(sum(north for north, _ in points) / len(points), 5),
        round(sum(east for _, east in points) / len(points), 5),
    )
