"""Who lives in the demo. Every name, number and mailbox is made up."""

from dataclasses import dataclass
from enum import StrEnum

from aftercare.models import Track


class Manner(StrEnum):
    """How somebody behaves over the twelve weeks."""

    STEADY = "steady"
    DRIFTING = "drifting"
    RECOVERING = "recovering"
    SILENT = "silent"
    OPTED_OUT = "opted out"
    UNREACHABLE = "unreachable"
    IN_CRISIS = "in crisis"


@dataclass(frozen=True)
class MadeUpProgram:
    """A treatment program of the demo."""

    name: str
    alias: str
    time_zone: str
    phone: str
    number: str


@dataclass(frozen=True)
class MadeUpStaff:
    """Somebody who works there."""

    name: str
    email: str
    program: int
    role: str


@dataclass(frozen=True)
class MadeUpGraduate:
    """Somebody who graduated there."""

    first_name: str
    last_name: str
    manner: Manner
    program: int
    counselor: int
    language: str
    tracks: tuple[str, ...]
    weeks_since_graduation: int
    phone: str
    email: str


PROGRAMS = (
    MadeUpProgram(
        "Willow Street Center", "Willow", "America/New_York", "+12155550142", "+12155550100"
    ),
    MadeUpProgram("Lakeview House", "Lakeview", "America/Chicago", "+13125550143", "+13125550100"),
)

STAFF = (
    MadeUpStaff("Dana Okafor", "dana@example.org", 0, "counselor"),
    MadeUpStaff("Luis Marrero", "luis@example.org", 0, "counselor"),
    MadeUpStaff("Priya Raman", "priya@example.org", 1, "counselor"),
    MadeUpStaff("Ruth Adler", "ruth@example.org", 0, "lead"),
    MadeUpStaff("Sam Whitfield", "sam@example.org", 0, "coordinator"),
    MadeUpStaff("Noor Haddad", "noor@example.org", 0, "operator"),
)

_STEADY = (
    "Angela Brooks",
    "Marcus Bell",
    "Tanya Kowalski",
    "Devon Price",
    "Hannah Schultz",
    "Rosa Jimenez|es",
    "Terrence Wade",
    "Keisha Monroe",
    "Owen Gallagher",
    "Lucia Paredes|es",
    "Brian Sokolov",
    "Faith Abernathy",
    "Jamal Whitaker",
    "Maximiliano Alejandro Fernandez-Castellanos de la Vega|es",
    "Nora Lindqvist",
    "Caleb Yoder",
    "Imani Douglas",
    "Peter Vasquez",
    "Grace Nakamura",
    "Walter Dunn",
    "Elena Rossi",
    "Tomas Aguilar|es",
    "Sofia Benitez|es",
    "Ray Kozak",
    "June Park",
    "Kwame Mensah",
    "Beth Ann Carver",
    "Victor Salazar|es",
    "Olivia Stone",
    "Dmitri Volkov",
    "Shanice Grant",
    "Paul Iverson",
    "Mei Chen",
    "Carla Duarte|es",
    "Andre Toussaint",
    "Molly Fitzgerald",
)
_OTHERS: dict[Manner, tuple[str, ...]] = {
    Manner.DRIFTING: (
        "Jordan Hale",
        "Yesenia Cruz|es",
        "Colin Reeves",
        "Destiny Walker",
        "Greg Novak",
        "Alicia Romero",
        "Theo Banks",
        "Wendy Larsen",
    ),
    Manner.RECOVERING: (
        "Monique Barnes",
        "Eric Stahl",
        "Gabriela Nunez|es",
        "Louis Peck",
        "Tessa Morgan",
        "Hector Leon|es",
        "Sunita Rao",
    ),
    Manner.SILENT: ("Kyle Brandt", "Ana Beltran|es", "Russell Tate", "Ivy Coleman"),
    Manner.OPTED_OUT: ("Nathan Frost", "Deja Simmons"),
    Manner.UNREACHABLE: ("Corey Lang", "Marisol Vega"),
    Manner.IN_CRISIS: ("Riley Quinn",),
}
_TRACKS: tuple[tuple[str, ...], ...] = (
    (Track.SUBSTANCE_USE,),
    (Track.SUBSTANCE_USE, Track.MOOD),
    (Track.MOOD,),
    (Track.SUBSTANCE_USE,),
    (Track.TRAUMA,),
    (Track.EATING,),
)
# How long ago people graduated, in weeks: some new, most within the year, some long ago.
_WEEKS = (12, 9, 20, 6, 34, 14, 3, 48, 16, 11, 27, 62, 8, 13, 40)
# Whoever drifts did well first, long enough for their own pace to be known.
_DRIFT_WEEKS = 10
# The simulated phone of a number that ends so is switched off for good (see transports.simulator).
_AREA_CODES = ("215", "267", "610", "484")


def graduates() -> list[MadeUpGraduate]:
    """The sixty graduates, always the same."""
    named = [(name, Manner.STEADY) for name in _STEADY]
    named += [(name, manner) for manner, names in _OTHERS.items() for name in names]
    return [
        _graduate(index=index, name=name, manner=manner)
        for index, (name, manner) in enumerate(named)
    ]


def _graduate(*, index: int, name: str, manner: Manner) -> MadeUpGraduate:
    full, _, language = name.partition("|")
    first, _, last = full.partition(" ")
    counselor = index % 3
    return MadeUpGraduate(
        first_name=first,
        last_name=last,
        manner=manner,
        program=STAFF[counselor].program,
        counselor=counselor,
        language=language or "en",
        tracks=_TRACKS[index % len(_TRACKS)],
        weeks_since_graduation=max(
            _WEEKS[index % len(_WEEKS)], _DRIFT_WEEKS if manner is Manner.DRIFTING else 0
        ),
        phone=f"+1{_AREA_CODES[index % 4]}55501{index + 10:02d}",
        email=f"{first}.{last}@example.org".lower().replace(" ", "-") if index % 5 else "",
    )
