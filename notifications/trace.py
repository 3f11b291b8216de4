"""Why a message went out, or did not: everything that is on record about one, in the order of time."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from notifications import decisions, reasons
from notifications.models import Attempt, Decision, Message
from notifications.transports.outcomes import of_code

# Pages to staff are tried until one arrives; the newest say enough.
MOST = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing on record; `detail` says why, `code` is the provider's own word."""

    at: datetime
    words: str
    detail: str = ""
    code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """A message from being queued to where it stands; `choices` are what a person may decide now."""

    message: Message
    state_words: str
    why: str
    steps: tuple[Step, ...]
    choices: tuple[Decision.Deed, ...]
    undoable: Decision | None


def read(*, message: Message, at: datetime) -> Trace:
    """All that is known of one message at an instant."""
    tries = list(message.attempts.order_by("-pk")[:MOST])
    steps = [
        *_planned(message),
        *(step for one in tries for step in _tried(one)),
        *_reported(message),
        *_decided(message),
        *_ended(message),
    ]
    return Trace(
        message=message,
        state_words=message.get_state_display(),
        why=reasons.sentence(message.reason),
        steps=tuple(sorted(steps, key=lambda step: step.at)),
        choices=decisions.choices(message=message, at=at),
        undoable=decisions.undoable(message=message, at=at),
    )


def _planned(message: Message) -> Iterator[Step]:
    yield Step(at=message.queued_at, words=_("Put into the outbox"))
    if message.not_before > message.queued_at:
        yield Step(at=message.not_before, words=_("May leave from now on"))


def _tried(attempt: Attempt) -> Iterator[Step]:
    yield Step(at=attempt.started_at, words=_("Passed every check, and was handed over"))
    if attempt.ended_at is None:
        return
    if attempt.state == Attempt.State.UNSETTLED:
        words = _("The phone company was asked, and does not know it")
        yield Step(at=attempt.ended_at, words=words, code=attempt.code)
        return
    code = attempt.code if attempt.state != Attempt.State.SUBMITTED else ""
    yield Step(
        at=attempt.ended_at,
        words=_("The phone company: %(state)s") % {"state": attempt.get_state_display()},
        detail=reasons.sentence(of_code(code).reason) if code else "",
        code=code,
    )


def _reported(message: Message) -> Iterator[Step]:
    """The words of status reports are the provider's own, so they stand as they came."""
    reports = message.attempts.filter(callbacks__isnull=False).values_list(
        "callbacks__received_at", "callbacks__status", "callbacks__code"
    )
    for received_at, status, code in reports.order_by("-callbacks__pk")[:MOST]:
        yield Step(
            at=received_at,
            words=_("Report of the phone company: %(status)s") % {"status": status},
            detail=reasons.sentence(of_code(code).reason) if code else "",
            code=code,
        )


def _decided(message: Message) -> Iterator[Step]:
    for row in message.decisions.order_by("-pk")[:MOST]:
        deed = {"deed": row.get_deed_display()}
        yield Step(at=row.at, words=_("A person decided: %(deed)s") % deed)
        if row.undone_at is not None:
            yield Step(at=row.undone_at, words=_("Taken back: %(deed)s") % deed)


def _ended(message: Message) -> Iterator[Step]:
    if message.unsettled_at is not None:
        yield Step(at=message.unsettled_at, words=_("Left to a person to decide"))
    if message.delivered_at is not None:
        yield Step(at=message.delivered_at, words=_("It arrived"))
    elif message.ended_at is not None:
        yield Step(
            at=message.ended_at,
            words=message.get_state_display().capitalize(),
            detail=reasons.sentence(message.reason),
        )
