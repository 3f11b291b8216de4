"""Pure: what comes next for somebody with whom contact is lost, and when.

Three tries over two channels; then whoever the person named as safe, only under a signed consent that
names that one and the purpose (42 CFR 2.31); a letter in a neutral envelope; then once a quarter.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

TRIES, CHANNELS = 3, 2


class Step(StrEnum):
    """The steps of looking for somebody, in their order."""

    TRY = "try"
    SAFE_CONTACT = "safe_contact"
    LETTER = "letter"
    QUARTERLY = "quarterly"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """One contact that did not find the person: by which way, and in answer to which step."""

    way: str
    step: Step


# Days until each step is due.
DAYS = {Step.TRY: 2, Step.SAFE_CONTACT: 1, Step.LETTER: 1, Step.QUARTERLY: 91}
# Voice and text find a person; a letter is a step of its own.
BY_LETTER = "mail"


def fulfils(*, way: str, step: Step) -> bool:
    """Whether a contact by this way does what the step asks for."""
    if step is Step.QUARTERLY:
        return True
    return (way == BY_LETTER) == (step is Step.LETTER)


def next_step(*, tried: Sequence[Tried], may_ask_others: bool) -> Step:
    """What comes after these, the oldest first. A fourth try where three went the same way."""
    tries = [one.way for one in tried if one.step is Step.TRY]
    done = {one.step for one in tried}
    if not done - {Step.TRY} and (len(tries) < TRIES or len(set(tries)) < CHANNELS):
        return Step.TRY
    if may_ask_others and not done & {Step.SAFE_CONTACT, Step.LETTER, Step.QUARTERLY}:
        return Step.SAFE_CONTACT
    return Step.QUARTERLY if done & {Step.LETTER, Step.QUARTERLY} else Step.LETTER
