"""A made-up directory for demos: about 400 meetings around Philadelphia and online.

Groups, places and streets are invented; only towns and ZIPs are real, so that looking near one
works. Numbers are 555-01xx, links are on example.org. It comes in through the importer like any
other feed, and the same seed gives the same bytes.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import Any

from aftercare.directory import geo, importing
from aftercare.models.directory import Feed

SEED = 19104
TIMEZONE = "America/New_York"
FEED_NAME = "Demo directory"
# Listings per fellowship; a meeting held on three days counts three times.
SIZES = {"aa": 150, "na": 95, "al-anon": 45, "recovery": 50, "eda": 25, "aca": 20, "ca": 15}

# ZIP, region, and what stands there. Invented, except for the towns.
_PLACES = (
    ("19104", "Philadelphia > West Philadelphia", "Alderbrook Hall", "1418 Alderbrook Street"),
    ("19104", "Philadelphia > West Philadelphia", "Church of the Open Gate", "77 Marlow Terrace"),
    ("19104", "Philadelphia > West Philadelphia", "Kestrel Street Library", "3905 Kestrel Street"),
    ("19139", "Philadelphia > West Philadelphia", "Good Lantern Church", "5212 Hazelmere Street"),
    ("19143", "Philadelphia > West Philadelphia", "Orchard Row House", "4801 Orchard Row"),
    ("19131", "Philadelphia > West Philadelphia", "Saint Orlan's Parish Hall", "2210 Fernhill Way"),
    ("19103", "Philadelphia > Center City", "Fourth Bell Church, lower level", "118 Candle Street"),
    ("19107", "Philadelphia > Center City", "Bridge Room", "1207 Tallow Street, 2nd floor"),
    ("19102", "Philadelphia > Center City", "Harrow House", "64 Harrow Place"),
    ("19106", "Philadelphia > Center City", "Old Ropewalk Meeting House", "300 Ropewalk Alley"),
    ("19123", "Philadelphia > North Philadelphia", "Weavers' Hall", "915 Shuttle Street"),
    ("19121", "Philadelphia > North Philadelphia", "New Morning Center", "2417 Ashgrove Street"),
    ("19132", "Philadelphia > North Philadelphia", "Cedar and Stone Chapel", "2905 Stonebarn Road"),
    ("19140", "Philadelphia > North Philadelphia", "Casa del Puente", "3521 Palomar Street"),
    ("19133", "Philadelphia > North Philadelphia", "Iglesia La Semilla", "2840 Semilla Street"),
    ("19125", "Philadelphia > River Wards", "Netmakers' Clubhouse", "1933 Netmaker Street"),
    ("19134", "Philadelphia > River Wards", "The Dry Dock", "3110 Slipway Street"),
    ("19147", "Philadelphia > South Philadelphia", "Saint Ilva's Church", "822 Quincetree Street"),
    ("19148", "Philadelphia > South Philadelphia", "Corner Hearth", "1640 Hearth Street"),
    ("19145", "Philadelphia > South Philadelphia", "Three Elms Center", "2200 Three Elms Drive"),
    ("19146", "Philadelphia > South Philadelphia", "Graywater Hall", "1108 Graywater Street"),
    ("19144", "Philadelphia > Northwest", "Stone Porch Church", "5525 Wickerby Avenue"),
    ("19119", "Philadelphia > Northwest", "Hillside Friends Room", "41 Larkspur Hill Road"),
    ("19128", "Philadelphia > Northwest", "Canal View Center", "4310 Towpath Street"),
    ("19111", "Philadelphia > Northeast", "Foxmeadow Lutheran Church", "7801 Foxmeadow Avenue"),
    ("19136", "Philadelphia > Northeast", "Tollgate Fellowship House", "8022 Tollgate Road"),
    ("19149", "Philadelphia > Northeast", "Bright Corner Clubhouse", "6417 Bright Corner Street"),
    ("19154", "Philadelphia > Northeast", "Saint Bertil's Church", "10300 Marigold Lane"),
    ("19082", "Delaware County > Upper Darby", "Millrace Hall", "7016 Millrace Pike"),
    ("19063", "Delaware County > Media", "Copper Roof Church", "212 Coppersmith Street"),
    ("19003", "Montgomery County > Ardmore", "Ardmore Walnut Room", "59 Walnut Mews"),
    ("19401", "Montgomery County > Norristown", "River Steps Center", "733 Riverstep Street"),
    ("19446", "Montgomery County > Lansdale", "Depot Chapel", "18 Old Depot Lane"),
    ("18901", "Bucks County > Doylestown", "Sycamore Parish House", "405 Sycamore Close"),
    ("19047", "Bucks County > Langhorne", "Ferry Road Church", "1220 Ferrymans Road"),
    ("19380", "Chester County > West Chester", "Quarry Street Hall", "330 Quarry Street"),
    ("19460", "Chester County > Phoenixville", "Foundry Annex", "88 Foundry Yard"),
    ("08102", "New Jersey > Camden", "Harborlight Center", "541 Harborlight Street"),
    ("08002", "New Jersey > Cherry Hill", "Chapel at Dunmoor", "1905 Dunmoor Road"),
)
_NAMES = (
    "Lantern", "Morning Ferry", "Two Steps Forward", "Quiet Harbor", "Open Window", "First Light",
    "Kettle On", "Plain Talk", "The Long Table", "Back Porch", "Half Past Hope", "Steady Hands",
    "Here and Now", "Small Mercies", "Clear Water", "Rope and Anchor", "Lunch Hour", "Warm Coats",
    "Front Stoop", "The Next Right Thing Room", "Turning Leaf", "Paper Boats", "One Good Day",
    "Sidewalk", "Firefly", "Riverbend", "New Shoes", "Unlocked Door", "Sparrow", "Slow and Easy",
    "Halfway Home", "Cornerstone Seven", "Bread and Coffee", "Room for One More", "Tin Roof",
    "Second Wind", "Late Bus", "Good Company", "Porch Light", "Green Bench", "Rain or Shine",
    "High Tide", "Blue Door", "Common Ground", "Keep the Kettle", "Wide Awake", "Stone Soup",
    "Sunday Shoes", "After the Storm", "Level Ground", "Still Here", "Night Lamp", "Mended",
)  # fmt: skip
_SPANISH_NAMES = (
    "Grupo Faro de Abril", "Grupo Puerta Clara", "Grupo Pan y Paz", "Grupo Orilla Nueva",
    "Grupo Mesa Larga",
)  # fmt: skip
_ENDINGS = ("", "", " Group", " Group", " Beginners", " Women", " Men")
# Time, length in minutes, and how often it is drawn.
_TIMES = (
    ("06:30", 60, 3), ("07:00", 60, 4), ("09:00", 60, 4), ("10:00", 75, 4), ("12:00", 60, 9),
    ("13:30", 60, 2), ("17:30", 60, 8), ("18:00", 60, 6), ("18:30", 90, 6), ("19:00", 60, 14),
    ("19:30", 60, 9), ("20:00", 60, 8), ("21:30", 60, 3), ("23:30", 60, 2), ("00:00", 60, 1),
)  # fmt: skip
_DAYS = (
    ([0, 1, 2, 3, 4, 5, 6], 1), ([1, 2, 3, 4, 5], 3), ([1, 3, 5], 4), ([2, 4], 5), ([6, 0], 3),
    ([0], 4), ([1], 5), ([2], 5), ([3], 5), ([4], 5), ([5], 5), ([6], 5),
)  # fmt: skip
# By fellowship: the codes that its meetings carry, as that fellowship writes them.
_CODES = {
    "aa": ("B", "D", "ST", "SP", "LIT", "TR", "MED", "DR", "BE", "Y", "LGBTQ", "POA", "X", "BA"),
    "na": ("BT", "DISC", "STEP", "SPK", "JFT", "LC", "TOP", "BEG", "Y", "GL", "X", "MED"),
    "al-anon": ("ST", "SP", "BE", "AC", "X", "BA", "POC", "LGBTQIA"),
    "recovery": ("D", "MED", "BE", "POA", "X", "LGBTQ", "A", "DD", "Y"),
    "eda": ("BEG", "B", "ST", "TO", "LGBTQ", "X", "MED"),
    "aca": ("BEG", "D", "LLW", "ST", "S", "X"),
    "ca": ("BE", "D", "ST", "SP", "X"),
}
_NOTES = (
    "", "", "", "", "", "Ring the bell at the side door.", "Park behind the building.",
    "Coffee from half an hour before.", "First Friday is a speaker meeting.",
    "The room is up one flight of stairs; ask, and somebody will help.",
    "Newcomers get a phone list and somebody to sit with.",
)  # fmt: skip


@dataclass(slots=True)
class _Draw:
    """One fellowship's feed in the making."""

    fellowship: str
    random: Random

    def rows(self) -> list[dict[str, Any]]:
        """Objects with Meeting Guide keys until there are as many listings as wanted."""
        found: list[dict[str, Any]] = []
        listings = 0
        while listings < SIZES[self.fellowship]:
            row = self._row(number=len(found))
            row["day"] = row["day"][: SIZES[self.fellowship] - listings]
            listings += len(row["day"])
            found.append(row)
        return found

    def _row(self, *, number: int) -> dict[str, Any]:
        days = self._weighted([(days, weight) for days, weight in _DAYS])
        start, minutes = self._weighted([((at, long), weight) for at, long, weight in _TIMES])
        spanish = self.random.random() < 0.08
        name = self._name(spanish=spanish)
        row: dict[str, Any] = {
            "id": number + 1,
            "slug": f"{self.fellowship}-{number + 1}",
            "name": name,
            "day": list(days),
            "time": start,
            "end_time": _later(start, minutes),
            "types": self._types(name=name, spanish=spanish),
            "notes": self.random.choice(_NOTES),
            "updated": "2026-01-15 12:00:00",
        }
        return row | self._way_in()

    def _name(self, *, spanish: bool) -> str:
        if spanish:
            return self.random.choice(_SPANISH_NAMES)
        ending = self.random.choice(_ENDINGS)
        return self.random.choice(_NAMES) + ending

    def _types(self, *, name: str, spanish: bool) -> list[str]:
        types = {"O" if self.random.random() < 0.7 else "C"}
        types.update(self.random.sample(_CODES[self.fellowship], self.random.randint(1, 3)))
        if name.endswith(" Women"):
            types.add("W")
        if name.endswith(" Men"):
            types.add("M")
        if name.endswith(" Beginners"):
            types.add("BEG" if self.fellowship in ("na", "eda", "aca") else "BE")
        if spanish and self.fellowship != "aca":
            types.add("S")
        return sorted(types)

    def _way_in(self) -> dict[str, Any]:
        """Where it meets: in a room, online, or both; now and then a room is closed."""
        draw = self.random.random()
        if draw < 0.20:
            return self._online() | self._nowhere()
        room = self._room()
        if draw < 0.35:
            return room | self._online()
        if draw < 0.37:
            return room | {"location_notes": "Closed while the roof is mended.", "closed": True}
        return room

    def _room(self) -> dict[str, Any]:
        postcode, region, name, street = self.random.choice(_PLACES)
        county, _, town = region.partition(" > ")
        state = "NJ" if county == "New Jersey" else "PA"
        city = "Philadelphia" if county == "Philadelphia" else town
        # The same door for every meeting in it: its place comes from its name.
        about, own = geo.locate(words=postcode), Random(name)  # noqa: S311
        return {
            "location": name,
            "formatted_address": f"{street}, {city}, {state} {postcode}, USA",
            "regions": region.split(" > "),
            "latitude": round(about.latitude + own.uniform(-0.007, 0.007), 5),
            "longitude": round(about.longitude + own.uniform(-0.007, 0.007), 5),
        }

    def _online(self) -> dict[str, Any]:
        number = self.random.randint(1_000_000, 9_999_999)
        found: dict[str, Any] = {
            "conference_url": f"https://meet.example.org/j/{number}",
            "conference_url_notes": f"Passcode: {self.random.choice(('lantern', 'kettle', 'porch'))}",
        }
        if self.random.random() < 0.4:
            line = self.random.randint(100, 199)
            found["conference_phone"] = f"+12155550{line},,{number}#"
        return found

    def _nowhere(self) -> dict[str, Any]:
        zone = self.random.choice(
            (TIMEZONE, TIMEZONE, TIMEZONE, "America/Chicago", "America/Los_Angeles")
        )
        return {
            "formatted_address": "Philadelphia, PA, USA",
            "approximate": "yes",
            "location": "Online",
            "regions": ["Online"],
            "timezone": zone,
        }

    def _weighted(self, choices: list[tuple[Any, int]]) -> Any:
        return self.random.choices([one for one, _ in choices], [weight for _, weight in choices])[
            0
        ]


def make(*, fellowship: str) -> bytes:
    """The made-up feed of one fellowship as Meeting Guide JSON."""
    draw = _Draw(fellowship, Random(f"{SEED} {fellowship}"))  # noqa: S311
    rows = draw.rows()
    for row in rows:
        if row.pop("closed", False):
            row["types"].append("TC")
    return json.dumps(rows, ensure_ascii=False, sort_keys=True).encode()


def import_sample(*, at: datetime) -> list[importing.Outcome]:
    """Import the made-up directory, one feed for each fellowship; doing it again changes nothing."""
    outcomes = []
    for fellowship in SIZES:
        feed, _ = Feed.objects.get_or_create(
            name=f"{FEED_NAME}: {fellowship}",
            defaults={
                "kind": Feed.Kind.MEETING_GUIDE,
                "source": "made up",
                "fellowship": fellowship,
                "timezone": TIMEZONE,
                "enabled": False,
            },
        )
        outcomes.append(importing.apply(feed=feed, body=make(fellowship=fellowship), at=at))
    return outcomes


def _later(start: str, minutes: int) -> str:
    hour, minute = (int(part) for part in start.split(":"))
    end = (hour * 60 + minute + minutes) % 1440
    return f"{end // 60:02d}:{end % 60:02d}"
