"""Signals as rows for the screens: in words, in order, with what their points add up from."""

import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from aftercare.engagement import card, wording
from aftercare.keys import Keys
from aftercare.models import DisengagementSignal, Graduate, Outreach

State = DisengagementSignal.State

MOST_REASONS = 3


@dataclass(frozen=True, kw_only=True)
class Term:
    """One reason of the score, with its points."""

    reason: str
    points: float


@dataclass(frozen=True, kw_only=True)
class SignalRow:
    """One open or set-aside signal, in words; `terms` are what its points add up from."""

    uid: uuid.UUID
    kind: str
    title: str
    band: str
    band_title: str
    reasons: tuple[str, ...]
    terms: tuple[Term, ...]
    points: float
    since: datetime
    is_urgent: bool
    is_set_aside: bool
    rests_until: datetime | None
    rests_because: str
    seen_at: datetime | None
    answer_by: datetime | None


def signals_of(*, graduates: Sequence[int]) -> defaultdict[int, list[DisengagementSignal]]:
    """Open and set-aside signals by graduate (primary keys), the most pressing first."""
    found: defaultdict[int, list[DisengagementSignal]] = defaultdict(list)
    rows = DisengagementSignal.objects.filter(graduate__in=Keys(graduates))
    for signal in rows.exclude(state=State.CLOSED):
        found[signal.graduate_id].append(signal)
    for signals in found.values():
        signals.sort(key=_pressing)
    return found


def _pressing(signal: DisengagementSignal) -> tuple[int, bool, float, datetime, int]:
    is_safety = signal.kind == DisengagementSignal.Kind.SAFETY
    rank = -DisengagementSignal.rank_of(signal.band)
    return (rank, not is_safety, -signal.points, signal.opened_at, signal.pk)


def _own(signal: DisengagementSignal) -> list[dict[str, Any]]:
    """What the signal itself says, apart from the score; of what is urgent, the newest first."""
    is_urgent = signal.kind in DisengagementSignal.URGENT_KINDS
    own = [reason for reason in signal.reasons if not _is_term(reason)] or signal.reasons
    return own[::-1] if is_urgent else own


def _is_term(reason: dict[str, Any]) -> bool:
    return reason.get("code") in card.CODES


def reasons_of(*, signals: Iterable[DisengagementSignal]) -> tuple[str, ...]:
    """Three reasons at most for several signals: what each says itself, then what adds up."""
    rows = list(signals)
    own = [reason for signal in rows for reason in _own(signal)]
    terms = [reason for signal in rows for reason in signal.reasons if _is_term(reason)]
    return tuple(wording.sentences([*own, *terms], most=MOST_REASONS))


def signal_row(signal: DisengagementSignal) -> SignalRow:
    """A signal in words."""
    because = signal.snooze_reason
    words = dict([*DisengagementSignal.Rest.choices, *Outreach.Outcome.choices]).get(
        because, because
    )
    return SignalRow(
        uid=signal.uid,
        kind=signal.kind,
        title=signal.get_kind_display(),
        band=signal.band,
        band_title=signal.get_band_display(),
        reasons=tuple(wording.sentences(_own(signal))),
        terms=tuple(
            Term(reason=wording.sentence(reason), points=reason["points"])
            for reason in signal.reasons
            if reason.get("points")
        ),
        points=signal.points,
        since=signal.opened_at,
        is_urgent=signal.kind in DisengagementSignal.URGENT_KINDS,
        is_set_aside=signal.state == State.SNOOZED,
        rests_until=signal.snoozed_until,
        rests_because=str(words),
        seen_at=signal.acknowledged_at,
        answer_by=signal.answer_by,
    )


def signal_rows(*, graduate: Graduate) -> tuple[SignalRow, ...]:
    """The open and set-aside signals of one graduate in words, the most pressing first."""
    signals = signals_of(graduates=[graduate.pk])[graduate.pk]
    return tuple(signal_row(signal) for signal in signals)
