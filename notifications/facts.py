"""What the gates must know of the messages at hand, read in a few queries for all of them."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.db.models import Q

from notifications import phone, quiet_hours, reports
from notifications.consent import Ledger
from notifications.gates import Facts
from notifications.kinds import RULES, Kind
from notifications.models import Address, Message, Sender
from notifications.pacing import Budget
from notifications.prepared import Prepared
from notifications.quiet_hours import Week

CAPPED = [kind for kind, rule in RULES.items() if rule.capped]
# A week of local days may reach a little further back than seven times 24 hours.
COUNTED = timedelta(days=8)


class _Capped(NamedTuple):
    """A text that counts against the limits of a recipient: it has left, or it waits."""

    address_id: int
    lane: int
    claimed_at: datetime | None
    next_at: datetime | None


_CAPPED = Prepared(
    lambda keys, at: (
        Message.objects.filter(address__in=keys, kind__in=CAPPED)
        .filter(
            Q(claimed_at__gt=at - COUNTED, state__in=Message.GONE)
            | Q(next_at__isnull=False, state__in=Message.WAITING)
        )
        .values_list(*_Capped._fields)
    )
)


class Reader:
    """Reads for a batch at once what `of` then tells of each of its messages."""

    def __init__(self, messages: Sequence[Message], *, at: datetime) -> None:
        addresses = {message.address_id for message in messages}
        self._ledger = Ledger(addresses=addresses)
        capped = {message.address_id for message in messages if message.kind in CAPPED}
        self._capped: defaultdict[int, list[_Capped]] = defaultdict(list)
        for text in _CAPPED.ask(keys=capped, at=at) if capped else ():
            self._capped[text[0]].append(_Capped(*text))

    def of(self, message: Message, *, budget: Budget | None = None) -> Facts:
        """The facts of one message; its address, sender and program are at hand already.

        Without a budget its sender's day has no limit.
        """
        address, sender = message.address, message.sender
        capped = self._capped[address.pk]
        quiet = tuple(tuple(window) for window in address.quiet_windows)
        return Facts(
            kind=Kind(message.kind),
            expires_at=message.expires_at,
            waited_for=message.reason,
            texting_on=message.program.texting_on,
            sender_on=sender.is_on,
            sender_paused_until=sender.paused_until,
            confirmed=address.confirmed_at is not None,
            opted_out=_has_opted_out(message),
            unreachable=address.unreachable_at is not None,
            scopes=self._ledger.scopes(address=address.pk, program=message.program_id),
            zones=zones_of(address, otherwise=message.program.time_zone),
            may_text=_may_text(address.channel, address.state, quiet),
            may_remind=_may_remind(quiet),
            counted=[text.claimed_at for text in capped if text.claimed_at and not text.next_at],
            awaited=[text.next_at for text in capped if text.next_at and text.lane < message.lane],
            sender_full_until=budget.full_until(message) if budget else None,
            spread=reports.fraction(message),
        )


def _has_opted_out(message: Message) -> bool:
    """Whether nothing may go there; who ends mails still gets the code that opens their own page."""
    is_key = message.kind == Kind.CODE and message.address.channel == Sender.Channel.EMAIL
    return message.address.opted_out_at is not None and not is_key


def zones_of(address: Address, *, otherwise: str) -> tuple[ZoneInfo, ...]:
    """Every zone the owner may be in: the one chosen, else those of the area code, else this one."""
    chosen = _known([address.time_zone])
    if chosen or address.channel != Sender.Channel.SMS:
        return chosen or (ZoneInfo(otherwise),)
    try:
        number = phone.parse(raw=address.value, for_texts=False, allow_fictitious=True)
    except phone.UnusablePhone:
        return (ZoneInfo(otherwise),)
    return _known(number.time_zones) or (ZoneInfo(otherwise),)


def _known(names: Sequence[str]) -> tuple[ZoneInfo, ...]:
    found = []
    for name in names:
        try:
            found.append(ZoneInfo(name))
        except (ZoneInfoNotFoundError, ValueError):
            continue
    return tuple(found)


Quiet = tuple[tuple[str, ...], ...]


@lru_cache(maxsize=4096)
def _may_text(channel: str, state: str, quiet: Quiet) -> Week:
    windows = quiet_hours.parse_windows(quiet)
    if channel == Sender.Channel.EMAIL:
        # The laws on hours are about phones.
        return quiet_hours.PROGRAM_HOURS - quiet_hours.week(*windows)
    return quiet_hours.program_hours(states=[state] if state else [], quiet=windows)


@lru_cache(maxsize=4096)
def _may_remind(quiet: Quiet) -> Week:
    return quiet_hours.own_hours(quiet=quiet_hours.parse_windows(quiet))
