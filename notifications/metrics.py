"""What sending looks like in Prometheus' text format: counts and ages by state, lane and kind alone.

https://prometheus.io/docs/instrumenting/exposition_formats/
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from notifications import overview
from notifications.kinds import Lane
from notifications.overview import Overview

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
Labels = dict[str, str]


@dataclass(frozen=True, slots=True)
class _Gauge:
    """One figure, as so many samples as it has labels."""

    name: str
    help: str
    samples: Iterable[tuple[Labels, float]]


def render(*, at: datetime) -> str:
    """Every figure at an instant, ready to be scraped; a constant number of queries."""
    lines = []
    for gauge in _gauges(at):
        lines.append(f"# HELP {gauge.name} {gauge.help}")
        lines.append(f"# TYPE {gauge.name} gauge")
        lines += [f"{gauge.name}{_labels(labels)} {value:g}" for labels, value in gauge.samples]
    return "\n".join(lines) + "\n"


def _labels(labels: Labels) -> str:
    """Labels hold names of ours alone, none of which needs escaping."""
    inside = ",".join(f'{name}="{value}"' for name, value in labels.items())
    return f"{{{inside}}}" if inside else ""


def _gauges(at: datetime) -> Iterator[_Gauge]:
    seen = overview.read(at=at)
    lanes = [({"lane": Lane(row.lane).name.lower()}, row) for row in seen.lanes]
    yield _Gauge(
        "outbox_due", "Messages that are due and have not left.", [(n, r.due) for n, r in lanes]
    )
    yield _Gauge(
        "outbox_due_within_a_day",
        "Messages that wait and are due within a day.",
        [(n, r.later) for n, r in lanes],
    )
    yield _Gauge(
        "outbox_oldest_due_seconds",
        "How long the oldest due message has been due; 0 where none is.",
        [(n, _age(r.oldest_at, at)) for n, r in lanes],
    )
    yield _Gauge(
        "outbox_messages_of_a_day",
        "Messages tried or ended within the last day, by where they stand.",
        [
            ({"state": state, "lane": Lane(lane).name.lower(), "kind": kind}, count)
            for (state, lane, kind), count in sorted(overview.states(at=at).items())
        ],
    )
    yield _Gauge(
        "outbox_sent",
        "Messages the provider took within the last minute, hour and day.",
        [({"window": window}, count) for window, count in seen.sent.items()],
    )
    unclear = {"under_way": seen.under_way, "asking": seen.asking, "unsettled": seen.unsettled}
    yield _Gauge(
        "outbox_open",
        "Messages under way, being asked about, and left to a person to decide.",
        [({"as": name}, count) for name, count in unclear.items()],
    )
    resting = sum(row.rests_until is not None for row in seen.senders)
    yield _Gauge("outbox_senders_resting", "Senders that rest after an error.", [({}, resting)])
    off = sum(not row.is_on for row in seen.senders)
    yield _Gauge("outbox_senders_off", "Senders that are switched off.", [({}, off)])
    yield from _limits(seen)
    yield _Gauge("inbound_unread", "Texts that came in and no job has read.", [({}, seen.unread)])
    yield _Gauge(
        "inbound_oldest_unread_seconds",
        "How long the oldest of them has waited; 0 where none does.",
        [({}, _age(seen.unread_since, at))],
    )
    yield _Gauge(
        "heartbeat_age_seconds",
        "How long ago a background job said that it is alive.",
        # A beat that lies ahead is the last of a clock that was set back since.
        [
            ({"job": name}, abs((at - beat).total_seconds()))
            for name, beat in sorted(seen.beats.items())
        ],
    )


def _limits(seen: Overview) -> Iterator[_Gauge]:
    """What holds senders and ways out back; a sender goes by its uid."""
    senders = [({"sender": str(row.uid)}, row) for row in seen.senders]
    ways = [({"way": row.name}, row) for row in seen.breakers]
    yield _Gauge(
        "outbox_sender_segments_per_second",
        "The pace of a sender.",
        [(n, r.pace) for n, r in senders],
    )
    yield _Gauge(
        "outbox_sender_owes_seconds",
        "For how long its pace lets a sender wait now.",
        [(n, r.owes_seconds) for n, r in senders],
    )
    yield _Gauge(
        "outbox_sender_segments_per_day",
        "The limit of a sender's day, where it has one.",
        [(n, r.per_day) for n, r in senders if r.per_day is not None],
    )
    yield _Gauge(
        "outbox_sender_segments_today",
        "How much of that limit is used.",
        [(n, r.today) for n, r in senders if r.today is not None],
    )
    yield _Gauge(
        "outbox_breaker_failures",
        "How often in a row a way out failed; none where all work.",
        [(n, r.failures) for n, r in ways],
    )
    yield _Gauge(
        "outbox_breaker_open",
        "Whether a way out that fails is left alone.",
        [(n, float(r.open_until is not None)) for n, r in ways],
    )


def _age(since: datetime | None, at: datetime) -> float:
    return max(0.0, (at - since).total_seconds()) if since else 0.0
