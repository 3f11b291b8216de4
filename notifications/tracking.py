"""What became of a text whose reports were lost: the provider is asked, and its copy of the words wiped.

A text without a last word is asked about after 15 minutes and then at growing distances for a day.
The words are wiped at the provider once nothing more is to be heard and the daily comparison has
met the text in the provider's list, for until then the words are what it is recognised by.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

from django.conf import settings
from django.db.models import QuerySet

from notifications import reports, transports
from notifications.models import Attempt, InboundMessage, Sender
from notifications.transports.base import Receipt, Transport, TransportError, at_once

log = logging.getLogger(__name__)

# How long the provider is asked about one text.
ASKED_FOR = timedelta(days=1)
LONGEST_GAP = timedelta(days=1)
# Wiping is given up, and said so, after this many refusals: more than a fortnight.
MOST_ASKS = 20
AT_ONCE = 50


class _Wish(Enum):
    LOOK = "look"
    REDACT = "redact"


@dataclass(frozen=True, slots=True)
class _Errand:
    """One question to the provider about one row."""

    row: Attempt | InboundMessage
    wish: _Wish

    def __str__(self) -> str:
        return str(self.row)


def unheard(*, at: datetime) -> "QuerySet[Attempt]":
    """Texts sent about which it is time to speak to the provider."""
    return Attempt.objects.filter(next_ask_at__lte=at)


def kept(*, at: datetime) -> "QuerySet[InboundMessage]":
    """Texts received whose copy at the provider it is time to wipe."""
    return InboundMessage.objects.filter(next_ask_at__lte=at)


def follow(*, at: datetime) -> int:
    """Ask about every text that is ripe, and wipe what is done with; returns how many were spoken of.

    Several are asked about at once, so that a day without reports does not hold up what is due.
    Running it twice or in several processes changes nothing. Raises transports.UnknownTransport.
    """
    rows: list[Attempt | InboundMessage] = []
    rows += unheard(at=at).order_by("next_ask_at", "pk").select_related("message__sender")[:AT_ONCE]
    rows += kept(at=at).order_by("next_ask_at", "pk").select_related("sender")[:AT_ONCE]
    for channel in {_sender(row).channel for row in rows}:
        transport = transports.of_channel(channel)
        of_channel = [row for row in rows if _sender(row).channel == channel]
        errands = [] if transport.account is None else _errands(of_channel, at=at)
        spoken_of = {id(errand.row) for errand in errands}
        for row in of_channel:
            if id(row) not in spoken_of:
                _save(row, next_ask_at=None)
        for errand, answer in zip(errands, _ask(transport, errands), strict=True):
            _take(errand, answer, at=at)
    return len(rows)


def _sender(row: Attempt | InboundMessage) -> Sender:
    return row.message.sender if isinstance(row, Attempt) else row.sender


def _save(row: Attempt | InboundMessage, **fields: Any) -> None:
    type(row)._default_manager.filter(pk=row.pk).update(**fields)


def _errands(rows: Sequence[Attempt | InboundMessage], *, at: datetime) -> list[_Errand]:
    wishes = ((row, _wish(row, at=at)) for row in rows)
    return [_Errand(row, wish) for row, wish in wishes if wish is not None]


def _wish(row: Attempt | InboundMessage, *, at: datetime) -> _Wish | None:
    if isinstance(row, Attempt):
        if not is_done_with(row, at=at):
            return _Wish.LOOK
        if row.listed_at is None or row.redacted_at is not None:
            return None
    return _Wish.REDACT if settings.REDACT_AT_PROVIDER else None


def is_done_with(attempt: Attempt, *, at: datetime) -> bool:
    """Whether nothing more is to be heard of a text, or too much time has passed to ask."""
    return reports.is_last_word(attempt.status) or at - attempt.started_at >= ASKED_FOR


def _ask(transport: Transport, errands: Sequence[_Errand]) -> list[Receipt | TransportError | None]:
    account = transport.account
    if account is None:
        return []
    asks = {_Wish.LOOK: account.look, _Wish.REDACT: account.redact}
    return at_once(
        way=transport,
        ask=lambda errand: asks[errand.wish](errand.row.provider_id),
        things=errands,
    )


def _take(errand: _Errand, answer: Receipt | TransportError | None, *, at: datetime) -> None:
    row = errand.row
    if isinstance(answer, TransportError):
        log.warning("%s: the provider cannot be asked (%s).", row, answer)
        _ask_later(row, at=at)
    elif errand.wish is _Wish.REDACT:
        marks = {"redacted_at": at} if isinstance(row, Attempt) else {}
        _save(row, next_ask_at=None, **marks, **(_charge_of(row, answer)))
    elif isinstance(row, Attempt):
        _take_word(row, answer, at=at)


def _charge_of(row: Attempt | InboundMessage, answer: Receipt | None) -> dict[str, Any]:
    return charge(answer) if isinstance(row, Attempt) and answer is not None else {}


def charge(receipt: Receipt) -> dict[str, Any]:
    """The columns of an attempt that say what it cost, as far as the provider has said so."""
    if receipt.price is None:
        return {}
    return {
        "price": receipt.price,
        "price_unit": receipt.price_unit,
        "billed_segments": receipt.segments,
    }


def _take_word(attempt: Attempt, receipt: Receipt | None, *, at: datetime) -> None:
    """The provider's word on one text; what it does not know, the daily comparison will report."""
    if receipt is None:
        log.warning("%s: the provider does not know it.", attempt)
        _save(attempt, next_ask_at=None)
        return
    if reports.rank(receipt.status) > reports.rank(attempt.status):
        reports.accepted(attempt_id=attempt.pk, receipt=receipt, at=at)
    if not reports.is_last_word(receipt.status):
        _ask_later(attempt, at=at)
    if receipt.price is not None:
        _save(attempt, **charge(receipt))


def _ask_later(row: Attempt | InboundMessage, *, at: datetime) -> None:
    """At twice the distance of the last time; the asking ends, and so at last does the wiping."""
    gap = min(reports.FIRST_ASK * 2 ** min(row.asks + 1, 10), LONGEST_GAP)
    again_at: datetime | None = at + gap
    if row.asks >= MOST_ASKS:
        log.error("%s: the provider's copy of the words could not be wiped.", row)
        again_at = None
    _save(row, next_ask_at=again_at, asks=row.asks + 1)
