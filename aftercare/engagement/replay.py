"""Pure: a log played through the same facts as a living program, one instant at a time."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from aftercare.engagement import facts
from aftercare.engagement.facts import Facts
from aftercare.engagement.history import History
from aftercare.engagement.log import Person
from aftercare.engagement.pattern import Pattern

# Somebody is lost who keeps none of so many things due next.
AHEAD = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One person when one expectation fell due: what was known, and whether they were lost after.

    `last_contact_at` is the answer to the last one kept, and `is_contact` says that the expectation
    itself was kept; both look back on it and are nothing the score knows.
    """

    person: str
    group: str
    at: datetime
    is_lost: bool
    is_contact: bool
    last_contact_at: datetime
    known: Facts

    @property
    def pattern(self) -> Pattern:
        """How what was due had been kept until then."""
        return self.known.pattern

    @property
    def days_silent(self) -> float:
        """Days since the last contact known then, or since the first thing due was opened."""
        since = self.known.silence.since
        return (self.at - since) / timedelta(days=1) if since else 0.0


def play(*, people: Sequence[Person]) -> Iterator[Case]:
    """A case for each expectation with four later ones of whoever kept it or the one before.

    What is known at the instant it falls due decides everything but `is_lost`.
    """
    for person in people:
        yield from _of(person)


def _of(person: Person) -> Iterator[Case]:
    if not person.dues:
        return
    first = person.dues[0]
    history = History(
        graduated_on=first.opened_at.date(),
        joined_at=first.opened_at,
        time_zone="UTC",
        dues=person.dues,
    )
    came = [due.came for due in person.dues]
    for index in range(len(came) - AHEAD):
        if came[index] or (index and came[index - 1]):
            last = person.dues[index if came[index] else index - 1]
            yield Case(
                person=person.name,
                group=person.group,
                at=person.dues[index].due_at,
                is_lost=not any(came[index + 1 : index + 1 + AHEAD]),
                is_contact=came[index],
                last_contact_at=last.answered_at or last.due_at,
                known=facts.at(history=history, at=person.dues[index].due_at),
            )
