"""A made-up directory of any size, as Meeting Guide JSON: invented groups in real towns, in every US zone.

The same size gives the same bytes. Words are drawn unevenly, as in real listings: "group" stands in
more than half of all names, others in a handful; some go with a day ("Friday Night Lantern").
"""

import json
from random import Random
from typing import Any

from aftercare.directory import geo

# A town, its state, its zone, and how many of a thousand meetings are around it.
_TOWNS = (
    ("New York, NY", "America/New_York", 90), ("Philadelphia, PA", "America/New_York", 60),
    ("Boston, MA", "America/New_York", 50), ("Washington, DC", "America/New_York", 40),
    ("Atlanta, GA", "America/New_York", 40), ("Miami, FL", "America/New_York", 50),
    ("Cleveland, OH", "America/New_York", 30), ("Pittsburgh, PA", "America/New_York", 30),
    ("Detroit, MI", "America/Detroit", 40), ("Indianapolis, IN", "America/Indiana/Indianapolis", 20),
    ("Chicago, IL", "America/Chicago", 70), ("Minneapolis, MN", "America/Chicago", 40),
    ("Houston, TX", "America/Chicago", 50), ("Dallas, TX", "America/Chicago", 50),
    ("Kansas City, MO", "America/Chicago", 30), ("Nashville, TN", "America/Chicago", 20),
    ("New Orleans, LA", "America/Chicago", 20), ("Denver, CO", "America/Denver", 40),
    ("Salt Lake City, UT", "America/Denver", 20), ("Boise, ID", "America/Boise", 10),
    ("Phoenix, AZ", "America/Phoenix", 40), ("Los Angeles, CA", "America/Los_Angeles", 80),
    ("San Jose, CA", "America/Los_Angeles", 40), ("San Diego, CA", "America/Los_Angeles", 30),
    ("Seattle, WA", "America/Los_Angeles", 40), ("Portland, OR", "America/Los_Angeles", 30),
    ("Anchorage, AK", "America/Anchorage", 10), ("Honolulu, HI", "Pacific/Honolulu", 10),
)  # fmt: skip
_DAYS = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
_TIMES = (
    ("06:30", 3), ("07:00", 5), ("08:00", 4), ("09:00", 5), ("10:00", 6), ("12:00", 12),
    ("12:15", 2), ("13:30", 2), ("16:00", 2), ("17:30", 9), ("18:00", 8), ("18:30", 7),
    ("19:00", 20), ("19:30", 12), ("20:00", 12), ("21:30", 3), ("22:00", 3), ("23:30", 2),
)  # fmt: skip
_MINUTES = ((60, 70), (90, 22), (75, 5), (45, 2), (120, 1))
_FIRST = (
    "Lantern", "Ferry", "Harbor", "Window", "Kettle", "Porch", "Steady", "Mercy", "Water", "Anchor",
    "Coats", "Stoop", "Leaf", "Boats", "Sidewalk", "Firefly", "River", "Shoes", "Door", "Sparrow",
)  # fmt: skip
_SECOND = ("Table", "Talk", "Light", "Hope", "Hands", "Room", "Road", "Bridge", "Hill", "Corner")
_STREETS = ("Alder", "Marlow", "Kestrel", "Hazel", "Orchard", "Fern", "Candle", "Tallow", "Harrow")
_TYPES = ("D", "ST", "SP", "LIT", "MED", "BE", "Y", "LGBTQ", "POA", "X", "BA", "S", "W", "M")
_MILES_ACROSS = 0.25  # degrees


def make(*, count: int) -> bytes:
    """So many rows, each one listing."""
    random = Random(count)
    towns = [(*town, geo.locate(words=town[0])) for town in _TOWNS]
    weights = [town[2] for town in _TOWNS]
    drawn = random.choices(towns, weights, k=count)
    rows = [_row(random, number, *town) for number, town in enumerate(drawn)]
    return json.dumps(rows).encode()


def _row(
    random: Random, number: int, town: str, zone: str, _: int, about: geo.Point
) -> dict[str, Any]:
    day = random.randrange(7)
    (start,) = random.choices([at for at, _ in _TIMES], [weight for _, weight in _TIMES])
    city, state = town.split(", ")
    street = f"{random.randint(1, 9999)} {random.choice(_STREETS)} Street"
    online = random.random() < 0.25
    row: dict[str, Any] = {
        "id": number,
        "slug": f"group-{number}",
        "name": _name(random, day),
        "day": day,
        "time": start,
        "end_time": _later(start, *random.choices(*zip(*_MINUTES, strict=True))),
        "timezone": zone,
        "types": ["O" if random.random() < 0.7 else "C", *random.sample(_TYPES, 2)],
        "location": f"{random.choice(_FIRST)} {random.choice(('Church', 'Hall', 'Center'))}",
        "formatted_address": f"{street}, {city}, {state}, USA",
        "regions": [state, city],
        "latitude": round(about.latitude + random.gauss(0, _MILES_ACROSS), 5),
        "longitude": round(about.longitude + random.gauss(0, _MILES_ACROSS), 5),
        "notes": "Ring the bell at the side door, and somebody will let you in. " * 3,
        "updated": "2026-01-15 12:00:00",
    }
    if online:
        row["conference_url"] = f"https://meet.example.org/j/{number}"
    return row


def _name(random: Random, day: int) -> str:
    first, second = random.choice(_FIRST), random.choice(_SECOND)
    name = f"{first} {second}"
    if random.random() < 0.3:
        name = f"{_DAYS[day]} {'Night ' if random.random() < 0.5 else ''}{name}"
    if random.random() < 0.6:
        name += " Group"
    # Names that stand once or twice in the whole directory.
    return f"{name} {random.randrange(10**5)}" if random.random() < 0.05 else name


def _later(start: str, minutes: int) -> str:
    hour, minute = (int(part) for part in start.split(":"))
    end = (hour * 60 + minute + minutes) % 1440
    return f"{end // 60:02d}:{end % 60:02d}"
