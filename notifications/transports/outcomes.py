"""What each answer of a provider means, and what is done about it: a table, not code.

Codes are Twilio's (https://www.twilio.com/docs/api/errors); other transports name an outcome.
"""

from dataclasses import dataclass
from datetime import timedelta
from enum import Enum


class Effect(Enum):
    """What becomes of the message."""

    BACK_OFF = "again soon"
    ASK = "ask the provider whether it has it"
    HOLD = "the sender rests and the message waits"
    LATER = "one or two more tries, later"
    STOP = "never again to this address"
    MARK = "the address does not work"
    FAIL = "this text is not sent"
    EXPIRE = "it came too late"

    @property
    def is_final(self) -> bool:
        """Whether the same parcel would fare no better later."""
        return self in (Effect.STOP, Effect.MARK, Effect.FAIL, Effect.EXPIRE)


@dataclass(frozen=True, slots=True)
class _Policy:
    effect: Effect
    reason: str
    rest: timedelta = timedelta(0)


class Outcome(Enum):
    """The classes of answers; each has one effect and one reason people can read."""

    NOT_PROCESSED = _Policy(Effect.BACK_OFF, "provider_busy")
    AMBIGUOUS = _Policy(Effect.ASK, "asking_provider")
    OPTED_OUT = _Policy(Effect.STOP, "opted_out_at_provider")
    NUMBER = _Policy(Effect.MARK, "number_does_not_work")
    # Such a number may only have been switched off or out of reach; the second time counts.
    NUMBER_TWICE = _Policy(Effect.FAIL, "number_not_reached")
    PASSING = _Policy(Effect.LATER, "network_trouble")
    FILTERED = _Policy(Effect.FAIL, "filtered_by_carrier")
    ACCOUNT = _Policy(Effect.HOLD, "sender_refused", timedelta(minutes=5))
    CAP = _Policy(Effect.HOLD, "provider_limit", timedelta(hours=1))
    LOOP = _Policy(Effect.FAIL, "loop_stopped")
    EXPIRED = _Policy(Effect.EXPIRE, "expired_at_provider")
    OUR_BUG = _Policy(Effect.FAIL, "not_a_valid_text")
    REFUSED = _Policy(Effect.FAIL, "refused_by_provider")

    @property
    def effect(self) -> Effect:
        """What becomes of the message."""
        return self.value.effect

    @property
    def reason(self) -> str:
        """Its code in notifications.reasons."""
        return self.value.reason

    @property
    def rest(self) -> timedelta:
        """How long the sender rests."""
        return self.value.rest

    def __str__(self) -> str:
        return self.name.lower()


CODES: dict[str, Outcome] = {
    "20429": Outcome.NOT_PROCESSED,
    "20500": Outcome.AMBIGUOUS,
    "20503": Outcome.AMBIGUOUS,
    "21610": Outcome.OPTED_OUT,
    **dict.fromkeys(("21211", "21217", "21408", "21612", "21614", "21635"), Outcome.NUMBER),
    **dict.fromkeys(("30005", "30006"), Outcome.NUMBER_TWICE),
    **dict.fromkeys(("30001", "30003", "30008", "30017", "30022"), Outcome.PASSING),
    **dict.fromkeys(("30004", "30007"), Outcome.FILTERED),
    **dict.fromkeys(("30002", "30024", "30032", "30034"), Outcome.ACCOUNT),
    **dict.fromkeys(("20003", "20005", "20404"), Outcome.ACCOUNT),
    **dict.fromkeys(("21606", "21609", "21703", "21704"), Outcome.ACCOUNT),
    **dict.fromkeys(("30023", "30027", "63038"), Outcome.CAP),
    "14107": Outcome.LOOP,
    "30036": Outcome.EXPIRED,
    **dict.fromkeys(("21602", "21617", "21656"), Outcome.OUR_BUG),
}


def of_code(code: str) -> Outcome:
    """The outcome of a code; one that the table does not know is a plain refusal."""
    return CODES.get(code, Outcome.REFUSED)
