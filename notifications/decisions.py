"""What a person decides about a message: it arrived, send it again, do not send it; and the way back.

The engine never sends again blindly, so what it cannot settle waits here for somebody. A message
that was taken by the provider and is not known to be lost can be sent again by nobody.
"""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from notifications.kinds import Kind
from notifications.models import Attempt, Decision, Message
from notifications.reports import LOST

if TYPE_CHECKING:
    from portal.models import User

Deed, State = Decision.Deed, Message.State

# For how long a decision can be taken back.
UNDO = timedelta(hours=1)
# Refused or lost: a person may have mended the cause. What came too late stays unsent, by design.
MENDABLE = frozenset({State.FAILED, State.UNDELIVERED, State.SUPPRESSED})
# The same words would fare no better: carriers took them for unwanted, for a loop, or for no text.
HOPELESS = frozenset({"filtered_by_carrier", "loop_stopped", "not_a_valid_text"})
# Owed to whoever wrote to us: nobody holds these back.
OWED = frozenset({Kind.CRISIS, Kind.OPT_OUT, Kind.HELP})
_LEADS_TO = {
    Deed.ARRIVED: (State.DELIVERED,),
    Deed.AGAIN: Message.WAITING,
    Deed.CANCEL: (State.CANCELLED,),
}
_KEPT = ["state", "reason", "next_at", "ended_at"]


class NotPossible(Exception):
    """The message is in no state for this; its words are for a person to read."""


def choices(*, message: Message, at: datetime) -> tuple[Decision.Deed, ...]:
    """What can be decided about a message now; nothing where the engine still works on it."""
    if message.state in Message.WAITING:
        return () if message.kind in OWED else (Deed.CANCEL,)
    again = (Deed.AGAIN,) if _is_useful(message, at) else ()
    if message.state == State.UNKNOWN:
        return (Deed.ARRIVED, *again) if message.reason == "unsettled" else ()
    if message.state in MENDABLE and message.reason not in HOPELESS:
        return again
    return ()


def _is_useful(message: Message, at: datetime) -> bool:
    return message.expires_at is None or message.expires_at > at


@transaction.atomic
def decide(
    *, message: Message, deed: Decision.Deed, at: datetime, actor: "User | None" = None
) -> Decision:
    """Do as somebody decided, once: the same deed a second time changes nothing.

    What is sent again goes through every gate like anything else that is due. Raises NotPossible.
    """
    row = Message.objects.select_for_update().get(pk=message.pk)
    if deed not in choices(message=row, at=at) or (deed == Deed.AGAIN and _may_have_it(row)):
        last = _newest(row)
        if last and last.deed == deed and row.state in _LEADS_TO[deed] and not last.undone_at:
            return last
        raise NotPossible(_("This is not possible any more: %(state)s.") % _told(row))
    decision = Decision.objects.create(
        message=row,
        deed=deed,
        actor=actor,
        at=at,
        was_state=row.state,
        was_reason=row.reason,
        was_next_at=row.next_at,
        was_ended_at=row.ended_at,
    )
    if deed == Deed.AGAIN:
        row.state, row.reason, row.next_at, row.ended_at = State.DUE, "", at, None
    elif deed == Deed.ARRIVED:
        row.state, row.reason, row.next_at, row.ended_at = State.DELIVERED, "vouched", None, at
    else:
        row.state, row.reason, row.next_at, row.ended_at = State.CANCELLED, "by_staff", None, at
    row.save(update_fields=_KEPT)
    return decision


def _may_have_it(row: Message) -> bool:
    """Whether a try is open, or was taken by the provider and is not known to be lost."""
    tries = Attempt.objects.filter(message=row)
    taken = tries.filter(state=Attempt.State.SUBMITTED).exclude(status__in=LOST)
    return taken.exists() or tries.filter(next_look_at__isnull=False).exists()


def undoable(*, message: Message, at: datetime) -> Decision | None:
    """The decision that can still be taken back: a fresh one after which nothing happened."""
    last = _newest(message)
    if last is None or last.undone_at or at - last.at > UNDO or not _stands(last, message):
        return None
    return last


def _newest(message: Message) -> Decision | None:
    return Decision.objects.filter(message=message).order_by("-pk").first()


def _stands(last: Decision, message: Message) -> bool:
    """Whether the message is as the decision left it."""
    if message.state not in _LEADS_TO[Deed(last.deed)]:
        return False
    if last.deed == Deed.AGAIN:
        return message.claimed_at is None or message.claimed_at < last.at
    # A report of the provider, or another reason to cancel, says more than the person did.
    return message.reason == ("vouched" if last.deed == Deed.ARRIVED else "by_staff")


@transaction.atomic
def undo(*, message: Message, at: datetime) -> Decision:
    """Take the newest decision back, once; raises NotPossible where something happened since."""
    row = Message.objects.select_for_update().get(pk=message.pk)
    last = undoable(message=row, at=at)
    if last is None:
        newest = _newest(row)
        if newest is not None and newest.undone_at is not None:
            return newest
        raise NotPossible(_("This is not possible any more: %(state)s.") % _told(row))
    row.state, row.reason = State(last.was_state), last.was_reason
    row.next_at, row.ended_at = last.was_next_at, last.was_ended_at
    row.save(update_fields=_KEPT)
    last.undone_at = at
    last.save(update_fields=["undone_at"])
    return last


def _told(row: Message) -> dict[str, str]:
    return {"state": row.get_state_display()}
