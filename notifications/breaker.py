"""A circuit breaker for each way out: a provider that fails again and again is left alone a while.

After FAILURES in a row nothing more is claimed for it; what is due stays as it is. Then one parcel
tries it, and what becomes of that one closes the breaker or lengthens the rest. The row is shared
by all processes and hosts. Lane 0 goes in any case, and its success closes the breaker, too.
"""

import logging
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from notifications.models import Breaker
from notifications.prepared import Prepared
from notifications.transports import base
from notifications.transports.base import Receipt, TransportError
from notifications.transports.outcomes import Effect

log = logging.getLogger(__name__)

FAILURES = 5
# Rests of 2, 4, 8 ... seconds, up to five minutes, a half of each by chance.
FIRST_REST, LONGEST_REST = 2.0, 300.0
# Whoever tries a resting way has so long for it, the longest time-outs included.
TRYING = timedelta(seconds=40)
# A rest beyond what a provider may wish for was written by a clock that was ahead.
LONGEST_WISH = timedelta(seconds=base.LONGEST_WISH)


# It is asked before every claim, and the answer is nearly always no.
_ANY_FAILS = Prepared(
    lambda at: Breaker.objects.filter(failures__gt=0).values_list("pk")[:1], keyed=False
)


@dataclass(frozen=True, slots=True)
class Standing:
    """How many parcels may be claimed for a way out now, and what their fate will mean for it."""

    name: str
    room: int
    in_order: bool = True
    is_trial: bool = False


def standings(*, hands: Mapping[str, int], at: datetime) -> dict[str, Standing]:
    """How the named ways out stand, for as many parcels at once each; in a claim's transaction.

    While a way fails, no more go at once than may still fail. Its row stays locked until the claim
    is committed, so that only one tries it after its rest.
    """
    ways = {name: Standing(name, many) for name, many in hands.items()}
    if not _ANY_FAILS.ask(at=at):
        return ways
    failing = Breaker.objects.filter(name__in=hands, failures__gt=0)
    for row in failing.order_by("name").select_for_update():
        if row.open_until is None:
            room = min(hands[row.name], FAILURES - row.failures)
            ways[row.name] = Standing(row.name, room, in_order=False)
        elif at < row.open_until <= at + LONGEST_WISH:
            ways[row.name] = Standing(row.name, 0, in_order=False)
        else:
            ways[row.name] = Standing(row.name, 1, in_order=False, is_trial=True)
    return ways


def failing() -> list[Breaker]:
    """The ways out that fail at present, by name; one with `open_until` rests."""
    return list(Breaker.objects.filter(failures__gt=0).order_by("name"))


def begin_trial(*, way: Standing, at: datetime) -> None:
    """Keep others from trying a way that rested, for as long as this one may take."""
    if way.is_trial:
        Breaker.objects.filter(name=way.name).update(open_until=at + TRYING)


def note(*, way: Standing, answers: Sequence[Receipt | TransportError], at: datetime) -> None:
    """Take in what a way out has answered to the parcels of one claim."""
    failures = [answer for answer in answers if _is_failure(answer)]
    if len(failures) < len(answers):
        if not way.in_order:
            _close(way.name)
    elif failures:
        _count(way, failures, at=at)


def _is_failure(answer: Receipt | TransportError) -> bool:
    """Whether the provider took nothing or said nothing; a refusal is an answer."""
    return isinstance(answer, TransportError) and answer.outcome.effect in (
        Effect.BACK_OFF,
        Effect.ASK,
    )


def _close(name: str) -> None:
    fresh = {"failures": 0, "openings": 0, "opened_at": None, "open_until": None, "reason": ""}
    if Breaker.objects.filter(name=name, open_until__isnull=False).update(**fresh):
        log.warning("The way out %r works again.", name)
    else:
        Breaker.objects.filter(name=name).update(**fresh)


@transaction.atomic
def _count(way: Standing, failures: Sequence[Receipt | TransportError], *, at: datetime) -> None:
    Breaker.objects.get_or_create(name=way.name)
    row = Breaker.objects.select_for_update().get(name=way.name)
    if row.open_until is not None and not way.is_trial:
        return  # what was under way when it opened tells nothing new
    row.failures += len(failures)
    newest = failures[-1]
    if isinstance(newest, TransportError):
        row.reason = newest.outcome.reason
    if row.failures >= FAILURES:
        row.openings += 1
        row.opened_at = row.opened_at or at
        row.open_until = at + _rest(row.openings, failures)
        log.error(
            "The way out %r rests until %s: %s. What is due for it waits.",
            way.name,
            row.open_until,
            newest,
        )
    row.save()


def _rest(openings: int, failures: Sequence[Receipt | TransportError]) -> timedelta:
    longest = min(FIRST_REST * 2 ** min(openings - 1, 10), LONGEST_REST)
    wishes = [getattr(failure, "retry_after", None) or 0 for failure in failures]
    rest = max(longest * random.uniform(0.5, 1), *wishes)  # noqa: S311 - jitter needs no secret
    return timedelta(seconds=rest)
