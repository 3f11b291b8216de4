"""The tables of the engine, one module per area."""

from notifications.models.incoming import InboundMessage
from notifications.models.outgoing import Attempt, Callback, Decision, Message, MessageQuerySet
from notifications.models.parties import (
    Address,
    ConsentEvent,
    OptOut,
    Program,
    Sender,
    uid_field,
)
from notifications.models.upkeep import Breaker, ClockOffset, Heartbeat, Sweep

__all__ = [
    "Address",
    "Attempt",
    "Breaker",
    "Callback",
    "ClockOffset",
    "ConsentEvent",
    "Decision",
    "Heartbeat",
    "InboundMessage",
    "Message",
    "MessageQuerySet",
    "OptOut",
    "Program",
    "Sender",
    "Sweep",
    "uid_field",
]
