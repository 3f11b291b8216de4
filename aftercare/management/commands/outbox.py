"""`manage.py outbox`: how sending goes, and what a person decides about one message; for a terminal."""

import json
import uuid
from argparse import ArgumentParser
from collections.abc import Iterator
from dataclasses import asdict
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from aftercare import health, outgoing
from aftercare.outgoing import UNDO, Deed
from aftercare.record import Actor
from notifications import clock, overview, trace
from notifications.models import Message
from notifications.overview import Overview

OPERATOR = Actor(role="operator")
DEEDS = {
    "retry": "send again what was refused, lost or held back, while it is of use",
    "cancel": "do not send what waits",
    "undo": "take the newest decision back",
    "why": "tell why it went out or did not",
}
SETTLE = "decide about what nobody can tell: it arrived, or send it again"


class Command(BaseCommand):
    """Without a deed it only looks; it never prints a person, a number or a text."""

    help = "Show how sending goes; retry, cancel or settle one message."

    def add_arguments(self, parser: CommandParser) -> None:
        _take_json(parser)
        deeds = parser.add_subparsers(dest="deed", metavar="DEED")
        for name, words in DEEDS.items():
            _take_message(deeds.add_parser(name, help=words))
        settle = deeds.add_parser("settle", help=SETTLE)
        _take_message(settle)
        settle.add_argument("as_", metavar="arrived|again", choices=[Deed.ARRIVED, Deed.AGAIN])

    def handle(self, *args: Any, **options: Any) -> None:
        at, deed = clock.now(), options["deed"]
        if deed is None:
            self._show(overview.read(at=at), as_json=options["json"])
            return
        message = Message.objects.select_related("program").filter(uid=options["uid"]).first()
        if message is None:
            raise CommandError(f"There is no message {options['uid']}.")
        if deed != "why":
            self._decide(message, _deed(message, deed, options), at)
            message.refresh_from_db()
        self._tell(message, at, as_json=options["json"])

    def _decide(self, message: Message, deed: str, at: datetime) -> None:
        try:
            outgoing.decide(message=message, deed=deed, actor=OPERATOR, at=at)
        except outgoing.NotPossible as error:
            raise CommandError(str(error)) from error

    def _tell(self, message: Message, at: datetime, *, as_json: bool) -> None:
        told = trace.read(message=message, at=at)
        if as_json:
            facts = {
                "uid": message.uid,
                "kind": message.kind,
                "state": message.state,
                "reason": message.reason,
                "why": told.why,
                "steps": [asdict(step) for step in told.steps],
                "choices": [deed.value for deed in told.choices],
            }
            self.stdout.write(json.dumps(facts, default=_plain))
            return
        self.stdout.write(f"{message.uid}: {message.kind}, {told.state_words}. {told.why}".strip())
        for step in told.steps:
            words = " ".join(part for part in (step.words, step.detail, step.code) if part)
            self.stdout.write(f"  {step.at.isoformat(timespec='seconds')}  {words}")

    def _show(self, seen: Overview, *, as_json: bool) -> None:
        beat = seen.beats.get(health.TICK)
        stands_still = health.is_stale(beat=beat, at=seen.at)
        if as_json:
            facts = {**asdict(seen), "stands_still": stands_still}
            self.stdout.write(json.dumps(facts, default=_plain))
            return
        for line in _lines(seen):
            self.stdout.write(line)
        if stands_still:
            self.stdout.write(f"THE TICK STANDS STILL. {health.REMEDY}")


def _take_json(parser: ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def _take_message(parser: ArgumentParser) -> None:
    parser.add_argument("uid", type=uuid.UUID, help="the message's id, as pages and logs show it")
    _take_json(parser)


def _deed(message: Message, deed: str, options: dict[str, Any]) -> str:
    """The decision a word of the terminal stands for."""
    if deed == "settle":
        return str(options["as_"])
    if deed == "retry":
        if message.state == Message.State.UNKNOWN:
            raise CommandError("It may have been sent. Use `outbox settle`, and say which it is.")
        return Deed.AGAIN
    return UNDO if deed == "undo" else Deed.CANCEL


def _plain(value: object) -> object:
    if isinstance(value, date):
        return value.isoformat()
    return float(value) if isinstance(value, Decimal) else str(value)


def _lines(seen: Overview) -> Iterator[str]:
    yield f"At {seen.at.isoformat(timespec='seconds')}"
    for name, beat in sorted(seen.beats.items()):
        yield f"  {name} beat {_seconds(beat, seen.at)} s ago"
    yield "Waiting: due, due within a day, oldest due"
    for lane in seen.lanes:
        age = f"{_seconds(lane.oldest_at, seen.at)} s" if lane.oldest_at else "-"
        yield f"  {lane.lane} {lane.title:<22} {lane.due:>7} {lane.later:>7} {age:>9}"
    yield from (f"  {row.count} wait: {row.words}" for row in seen.waits)
    yield "Sent: " + ", ".join(f"{count} in a {name}" for name, count in seen.sent.items())
    yield f"Under way {seen.under_way}, being asked about {seen.asking}, to decide {seen.unsettled}"
    yield "Stopped within a day:" if seen.stopped else "Nothing stopped within a day."
    yield from (f"  {row.count} {row.state}: {row.words} ({row.code})" for row in seen.stopped)
    yield from (f"  {row.count} times code {row.code}: {row.words}" for row in seen.codes)
    yield from (f"Sender {_sender(row)}" for row in seen.senders)
    yield from (f"Way out {_breaker(row)}" for row in seen.breakers)
    for cost in seen.costs:
        yield (
            f"{cost.month:%Y-%m} {cost.program}: {cost.texts} texts, {cost.segments} segments, "
            f"about {cost.total:.2f} {cost.currency}"
        )
    since = (
        f", the oldest for {_seconds(seen.unread_since, seen.at)} s" if seen.unread_since else ""
    )
    yield f"Came in and not read by a job: {seen.unread}{since}"


def _seconds(since: datetime, at: datetime) -> int:
    return max(0, int((at - since).total_seconds()))


def _sender(row: overview.SenderRow) -> str:
    words = f"{row.uid} ({row.program}, {row.channel}): {row.pace:g} segments a second"
    if row.per_day is not None:
        words += f", {row.today} of {row.per_day} today"
    if row.owes_seconds:
        words += f", {row.owes_seconds:.1f} s ahead of its pace"
    if not row.is_on:
        return f"{words}, switched off"
    if row.rests_until:
        until = row.rests_until.isoformat(timespec="seconds")
        return f"{words}, rests until {until}: {row.why} {row.code}".rstrip()
    return words


def _breaker(row: overview.BreakerRow) -> str:
    words = f"{row.name}: failed {row.failures} times in a row"
    if row.open_until:
        words += f", rests until {row.open_until.isoformat(timespec='seconds')}"
    return f"{words}. {row.why}".strip()
