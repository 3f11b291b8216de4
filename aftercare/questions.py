"""Pure data: what check-ins ask, in words that give nothing away, and which questions make one sitting.

The wording is the portal's own; it is no instrument and has no score. `kind` is the question kind
that `aftercare.answers` reads a text by.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

Value = int | float | str
MOST_IN_A_SITTING = 3
TEN = 10


class Tone(StrEnum):
    """How an answer is met."""

    HEAVY = "heavy"
    # Heavy, in a sitting in which an offer was made already.
    AGAIN = "again"
    EVEN = "even"
    LIGHT = "light"
    SETBACK = "setback"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One question: its words, how they go on in a text, and what is asked when not understood.

    `topic` names it in a few words, for charts and for what staff read.
    `low` and `high` are the ends of its numbers (None for yes and no). `heavy` and `light` are the
    answers that are met with an offer, or with gladness. `is_worse_high` is None where more is
    neither better nor worse. `choices` are what the web shows as buttons, value and label.
    """

    code: str
    topic: str | Promise
    kind: str
    words: str | Promise
    hint: str | Promise
    again: str | Promise
    low: int | None = None
    high: int | None = None
    is_worse_high: bool | None = None
    heavy: frozenset[Value] = frozenset()
    light: frozenset[Value] = frozenset()
    choices: tuple[tuple[Value, str | Promise], ...] = ()


_LITTLE, _SOME, _MUCH = frozenset(range(4)), frozenset(range(3)), frozenset(range(7, 11))
_HIGH_AND_GOOD = frozenset(range(8, 11))
_YES_NO = (("no", _("No")), ("yes", _("Yes")))

ROUGH = Question(
    code="rough",
    topic=_("Rough week"),
    kind="scale",
    words=_("How rough was this week, 0 easy to 10 very rough?"),
    hint=_("A number is enough."),
    again=_("Just a number, please: 0 is an easy week, 10 a very rough one."),
    low=0,
    high=10,
    is_worse_high=True,
    heavy=_MUCH,
    light=_SOME,
)
SURE = Question(
    code="sure",
    topic=_("Sure of the week ahead"),
    kind="scale",
    words=_("How sure are you about the week ahead, 0 not sure to 10 very sure?"),
    hint=_("A number is enough."),
    again=_("Just a number, please: 0 is not sure at all, 10 very sure."),
    low=0,
    high=10,
    is_worse_high=False,
    heavy=_LITTLE,
    light=_HIGH_AND_GOOD,
)
HABIT = Question(
    code="habit",
    topic=_("The old habit"),
    kind="yes_no",
    words=_("Did the old habit come back?"),
    hint=_("0 no, 1 yes, 3 please call me."),
    again=_("Please send 0 for no, 1 for yes, or 3 for a call. No answer is wrong."),
    is_worse_high=True,
    light=frozenset({"no"}),
    choices=_YES_NO,
)
EATING = Question(
    code="eating",
    topic=_("Old habits in the way"),
    kind="few",
    words=_("Did the old habits get in the way this week?"),
    hint=_("0 no, 1 a little, 2 a lot."),
    again=_("Just a number, please: 0 no, 1 a little, 2 a lot."),
    low=0,
    high=2,
    is_worse_high=True,
    heavy=frozenset({2}),
    light=frozenset({0}),
    choices=((0, _("No")), (1, _("A little")), (2, _("A lot"))),
)
MOOD = Question(
    code="mood",
    topic=_("Mood"),
    kind="mood",
    words=_("How has your mood been, 0 low to 10 good?"),
    hint=_("A number is enough."),
    again=_("Just a number, please: 0 is very low, 10 very good."),
    low=0,
    high=10,
    is_worse_high=False,
    heavy=_LITTLE,
    light=_HIGH_AND_GOOD,
)
EDGE = Question(
    code="edge",
    topic=_("On edge"),
    kind="scale",
    words=_("How on edge were you this week, 0 calm to 10 very?"),
    hint=_("A number is enough."),
    again=_("Just a number, please: 0 is calm, 10 very on edge."),
    low=0,
    high=10,
    is_worse_high=True,
    heavy=_MUCH,
    light=_SOME,
)
KEPT = Question(
    code="kept",
    topic=_("Plans kept in 7 days"),
    kind="count",
    words=_("How many things in your plan did you get to in the last 7 days?"),
    hint=_("A number is enough."),
    again=_("Just a number, please, such as 0, 1 or 2."),
    low=0,
    high=30,
    is_worse_high=False,
)
SLEEP = Question(
    code="sleep",
    topic=_("Hours of sleep"),
    kind="sleep",
    words=_("How many hours did you sleep on most nights this week?"),
    hint=_("A number is enough."),
    again=_("Just a number of hours, please, such as 6."),
    low=0,
    high=24,
    is_worse_high=False,
    heavy=frozenset(range(5)),
    light=frozenset({7, 8, 9}),
)
COMPANY = Question(
    code="company",
    topic=_("Good company"),
    kind="few",
    words=_("How much good company did you have this week?"),
    hint=_("0 none, 1 some, 2 a lot."),
    again=_("Just a number, please: 0 none, 1 some, 2 a lot."),
    low=0,
    high=2,
    is_worse_high=False,
    heavy=frozenset({0}),
    light=frozenset({2}),
    choices=((0, _("None")), (1, _("Some")), (2, _("A lot"))),
)
# For a phone that others see: a sign of life, and nothing about how somebody is.
OKAY = Question(
    code="okay",
    topic=_("All right this week"),
    kind="yes_no",
    words=_("All right this week?"),
    hint=_("1 yes, 0 not really, 3 please call me."),
    again=_("Please send 1 for yes, 0 for not really, or 3 for a call."),
    choices=_YES_NO,
)

BY_CODE = {
    question.code: question
    for question in (ROUGH, SURE, HABIT, EATING, MOOD, EDGE, KEPT, SLEEP, COMPANY, OKAY)
}
# By aftercare.models.Track; the first of a track is its own, what follows gives way to other tracks.
_WEEKLY: dict[str, tuple[str, ...]] = {
    "substance_use": ("rough", "sure"),
    "mood": ("mood",),
    "eating": ("eating",),
    "trauma": ("edge",),
}
_TURNS = ("kept", "sleep", "company")


def sitting(
    *, tracks: Sequence[str], asks_use: bool, week_number: int, is_shared_phone: bool = False
) -> list[str]:
    """The codes one check-in asks, three at most; `week_number` counts the person's check-ins from 0.

    Two come from the tracks, which take turns where there are more. The last one takes turns too;
    where the person agreed to be asked about use, that is every other time.
    """
    if is_shared_phone:
        return [OKAY.code]
    weekly = [_WEEKLY[track] for track in tracks if track in _WEEKLY] or [(ROUGH.code, SURE.code)]
    own = [codes[0] for codes in weekly]
    if len(own) == 1:
        own = list(weekly[0])
    room = MOST_IN_A_SITTING - 1
    start = week_number * room % len(own) if len(own) > room else 0
    asked = (own[start:] + own[:start])[:room]
    if not asks_use:
        return [*asked, _TURNS[week_number % len(_TURNS)]]
    rounds, is_other = divmod(week_number, 2)
    return [*asked, _TURNS[rounds % len(_TURNS)] if is_other else HABIT.code]


def tone(*, code: str, value: Value) -> Tone:
    """How this answer is met."""
    question = BY_CODE[code]
    if question is HABIT and value == "yes":
        return Tone.SETBACK
    if value in question.heavy:
        return Tone.HEAVY
    return Tone.LIGHT if value in question.light else Tone.EVEN


def said(*, code: str, value: Value) -> str:
    """An answer as people say it: the choice's words, or the number with the end of its scale."""
    question = BY_CODE[code]
    choice = dict(question.choices).get(value)
    if choice is not None:
        return str(choice)
    if isinstance(value, str):
        return value
    if question.high == TEN:
        return gettext("%(value)s of 10") % {"value": f"{value:g}"}
    return f"{value:g}"
