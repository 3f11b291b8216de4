"""What helps one graduate through a hard moment, in their own words: kept, and told on asking.

Own words are shown behind log-in, and texted only to the person's own phone when they ask.
"""

import re
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from aftercare import record
from aftercare.models import AuditEntry, CopingPlan, Graduate
from aftercare.record import Actor

MOST_LINES = 12
_NUMBER = re.compile(r"[(+]?\d[\d\s().\-]{5,}\d")


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody to call; `phone` as people write it, or ""."""

    name: str
    phone: str

    @property
    def dial(self) -> str:
        """The number for a link that calls."""
        return re.sub(r"[^\d+]", "", self.phone)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Own steps, people and reasons, in the order they were written."""

    steps: tuple[str, ...] = ()
    people: tuple[Person, ...] = ()
    reasons: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether nothing was written yet."""
        return not (self.steps or self.people or self.reasons)


def lines(text: str) -> tuple[str, ...]:
    """What was written, a line each, without bullets and numbers in front."""
    bare = (re.sub(r"^\s*(?:[-*•]|\d{1,2}[.)])\s*", "", line).strip() for line in text.splitlines())
    return tuple(line for line in bare if line)[:MOST_LINES]


def people(text: str) -> tuple[Person, ...]:
    """One person a line; the number is whatever looks like one."""
    return tuple(_person(line) for line in lines(text))


def _person(line: str) -> Person:
    found = _NUMBER.search(line)
    if found is None:
        return Person(line, "")
    name = (line[: found.start()] + line[found.end() :]).strip(" ,:-")
    return Person(name, found[0].strip())


def read(*, graduate: Graduate) -> Plan:
    """What somebody has written; empty where nothing was."""
    row = CopingPlan.objects.filter(graduate=graduate).first()
    return _plan(row.content) if row else Plan()


def _plan(content: dict[str, Any]) -> Plan:
    return Plan(
        steps=tuple(content.get("steps", ())),
        people=tuple(Person(**person) for person in content.get("people", ())),
        reasons=tuple(content.get("reasons", ())),
    )


@transaction.atomic
def keep(*, graduate: Graduate, plan: Plan, actor: Actor, at: datetime) -> None:
    """Keep what somebody wrote, in place of what was there."""
    row = CopingPlan.objects.filter(graduate=graduate).first() or CopingPlan(graduate=graduate)
    row.content, row.changed_at = asdict(plan), at
    row.save()
    record.write(actor=actor, verb=AuditEntry.Verb.CHANGED, thing=row, graduate=graduate, at=at)
