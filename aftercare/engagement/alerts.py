"""Pure: which alerts a counselor's week has room for. Nothing is hidden; what is beyond it has a place, too."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

# So many people carry the number of alerts that a program sets.
FIFTY = 50
# After somebody was reached they are no alert for so long, unless the band has risen.
COOL_DOWN = timedelta(weeks=3)


class Place(StrEnum):
    """Where an alert stands this week."""

    NEVER_BUDGETED = "never_budgeted"
    INSIDE = "inside"
    OVERFLOW = "overflow"
    RESTING = "resting"


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """All open signals of one person that ask for a deed, as one alert.

    `rank` is that of the highest band. `was_ended_at` and `was_rank` are of the newest alert that a
    counselor brought to its end.
    """

    person: int
    rank: int
    points: float
    since: datetime
    is_never_budgeted: bool = False
    was_ended_at: datetime | None = None
    was_rank: int = 0

    def rests(self, at: datetime) -> bool:
        """Whether it is too soon after the last one, and no worse."""
        ended = self.was_ended_at
        return ended is not None and at < ended + COOL_DOWN and self.rank <= self.was_rank

    @property
    def order(self) -> tuple[int, float, datetime, int]:
        """The most pressing first, then by points, then by who has waited longest."""
        return (-self.rank, -self.points, self.since, self.person)


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """One person's alert: its place, and its number (from 1) among all that wait with it."""

    place: Place
    rank: int


def allowance(*, people: int, per_fifty: int) -> int:
    """Alerts a week for a caseload of so many people: a share of `per_fifty`, rounded up."""
    return -(-people * per_fifty // FIFTY)


def places(*, alerts: Iterable[Alert], room: int, at: datetime) -> dict[int, Placed]:
    """The place of each alert by person, where the week still has room for so many.

    What is never budgeted takes no room. Inside and overflow are numbered in one row, so that who
    stands just beyond the budget is seen to be next.
    """
    ordered = sorted(alerts, key=lambda alert: alert.order)
    groups: dict[Place, list[Alert]] = {place: [] for place in Place}
    for alert in ordered:
        groups[_group(alert, at)].append(alert)
    placed: dict[int, Placed] = {}
    for group, members in groups.items():
        for number, alert in enumerate(members, start=1):
            is_beyond = group is Place.INSIDE and number > room
            place = Place.OVERFLOW if is_beyond else group
            placed[alert.person] = Placed(place=place, rank=number)
    return placed


def _group(alert: Alert, at: datetime) -> Place:
    if alert.is_never_budgeted:
        return Place.NEVER_BUDGETED
    return Place.RESTING if alert.rests(at) else Place.INSIDE
