"""Pure: how a made-up person behaves in one week, and what they text back.

Everything follows from a seed and the person's phone, so two demos tell the same story.
"""

import random
from dataclasses import dataclass
from datetime import timedelta

from aftercare.demo.people import MadeUpGraduate, Manner

SEED = "willow"
WEEKS = 12
_GOLDEN = 0.6180339887498949


@dataclass(frozen=True)
class Mood:
    """One week of somebody: chances are 0 to 1, scales 0 to 10."""

    replies: float
    hours: float
    rough: float
    sure: float
    attends: float


WELL = Mood(replies=0.98, hours=0.8, rough=2.5, sure=8, attends=0.93)
UNSETTLED = Mood(replies=0.7, hours=8, rough=4.5, sure=6, attends=0.5)
SLIPPING = Mood(replies=0.25, hours=26, rough=6.5, sure=4, attends=0.15)
STRUGGLING = Mood(replies=0.45, hours=12, rough=7.5, sure=3, attends=0.4)
GONE = Mood(replies=0, hours=0, rough=0, sure=0, attends=0)

# From which week of the twelve (0 is the first) somebody is in which mood.
_COURSES: dict[Manner, tuple[tuple[int, Mood], ...]] = {
    Manner.STEADY: ((0, WELL),),
    Manner.DRIFTING: ((0, WELL), (4, UNSETTLED), (6, SLIPPING), (9, GONE)),
    Manner.RECOVERING: ((0, WELL), (4, STRUGGLING), (7, WELL)),
    Manner.SILENT: ((0, WELL), (6, GONE)),
    Manner.OPTED_OUT: ((0, WELL), (8, GONE)),
    Manner.UNREACHABLE: ((0, WELL), (8, GONE)),
    Manner.IN_CRISIS: ((0, WELL), (9, UNSETTLED)),
}
_NUMBERS = {
    "en": ("{n}", "{n}", "{n}", "about a {n}", "{n} i guess", "id say {n}", "{n}/10", "{n} today"),
    "es": ("{n}", "{n}", "{n}", "como un {n}", "{n} creo", "un {n}", "{n}/10"),
}
_YES_NO = {"en": ("no", "0", "nope", "no thank god"), "es": ("no", "0", "no gracias a dios")}
_WORDS = {
    "en": (
        "work was a lot but im ok",
        "slept badly, better today",
        "thank you for asking",
        "my sister came to visit, good week",
        "can we move my tuesday? my shift changed",
        "some days are long",
    ),
    "es": (
        "mucho trabajo pero estoy bien",
        "gracias por preguntar",
        "vino mi hermana, buena semana",
        "me cambiaron el turno, puedo ir otro dia?",
    ),
}
STOP = "STOP"
CRISIS = "i dont want to be here anymore"
# Who asks for another rhythm, by first name: how long before the end, and in which words.
WISHES: dict[str, tuple[tuple[timedelta, str], ...]] = {
    "Hannah": ((timedelta(days=20), "LESS"),),
    "Tessa": ((timedelta(days=6), "more please"),),
    "Tomas": ((timedelta(days=4), "pausa 2 semanas"),),
    "Brian": ((timedelta(days=30), "PAUSE 10 DAYS"),),
}
# Who has a hard day ahead, and what it is.
WEDDINGS = {"Keisha": "My sister's wedding"}
CALL_ME = {"en": "can you call me tomorrow? not urgent", "es": "me puedes llamar manana?"}


def dice(person: MadeUpGraduate, *about: object) -> random.Random:
    """A random source of its own for one decision of one person."""
    return random.Random("|".join((SEED, person.phone, *map(str, about))))  # noqa: S311 - a story


def chance(*, person: MadeUpGraduate, about: str, number: int) -> float:
    """The how many-th of a row of chances, 0 to 1, that do not bunch: a rate shows within weeks.

    Dice give somebody who keeps three dates in ten now and then all of the last four, and in twelve
    weeks such a life would tell another story. Steps of the golden section fill the unit evenly.
    """
    return (dice(person, "chance", about).random() + number * _GOLDEN) % 1


def mood(*, person: MadeUpGraduate, week: int) -> Mood:
    """How somebody is in a week (0 to 11)."""
    return next(mood for start, mood in reversed(_COURSES[person.manner]) if week >= start)


def delay(*, person: MadeUpGraduate, week: int, about: str, number: int) -> timedelta | None:
    """How long somebody takes to answer the how many-th text of a kind; None means no answer."""
    now, roll = mood(person=person, week=week), dice(person, "delay", about, number)
    if chance(person=person, about=about, number=number) >= now.replies:
        return None
    return timedelta(hours=min(roll.lognormvariate(0, 0.6) * now.hours, 60), minutes=1)


def further_delay(*, person: MadeUpGraduate, about: object) -> timedelta | None:
    """How long the next question of a running conversation takes; a few leave it there."""
    roll = dice(person, "further", about)
    return None if roll.random() < 0.06 else timedelta(minutes=roll.uniform(0.5, 9))


def answers_on_page(*, person: MadeUpGraduate, about: object) -> bool:
    """Whether somebody follows a check-in to its page, and answers all of it there."""
    return bool(person.email) and dice(person, "page", about).random() < 0.6


def number(*, person: MadeUpGraduate, week: int, question: str, about: object) -> int:
    """How somebody answers one question code of aftercare.questions that asks for a number."""
    middle, top, spread = _scale(mood(person=person, week=week), question)
    roll = dice(person, "number", question, about)
    return max(0, min(top, round(roll.gauss(middle, spread))))


def reply(*, person: MadeUpGraduate, week: int, question: str, about: object) -> str:
    """What somebody texts back to one question code of aftercare.questions."""
    roll = dice(person, "reply", about)
    if roll.random() < 0.03:
        return roll.choice(_WORDS[person.language])
    if question == "habit":
        return roll.choice(_YES_NO[person.language])
    said = number(person=person, week=week, question=question, about=about)
    _, top, _ = _scale(mood(person=person, week=week), question)
    if top != 10:
        return str(said)
    return roll.choice(_NUMBERS[person.language]).format(n=said)


def note(*, person: MadeUpGraduate) -> str:
    """What somebody writes to the counselor on the web."""
    return dice(person, "note").choice(_WORDS[person.language])


def _scale(now: Mood, question: str) -> tuple[float, int, float]:
    """Where somebody's answers to a question lie: the middle, the highest, the spread."""
    scales = {
        "rough": (now.rough, 10, 1.0),
        "edge": (now.rough, 10, 1.0),
        "mood": (10 - now.rough, 10, 1.0),
        "sure": (now.sure, 10, 1.0),
        "eating": (now.rough / 4, 2, 0.4),
        "kept": (now.attends * 2.2, 5, 0.5),
        "sleep": (7.8 - now.rough * 0.35, 9, 0.6),
        "company": (1.8 - now.rough * 0.2, 2, 0.4),
    }
    return scales.get(question, (1, 1, 0.3))


def attends(*, person: MadeUpGraduate, week: int, about: str, number: int) -> str:
    """What becomes of the how many-th date: "kept", "missed", a reason to be excused, or "" for unsaid."""
    now, roll = mood(person=person, week=week), dice(person, "attends", about, number)
    # Who is well forgets to say so more often.
    if now is GONE or roll.random() < (0.3 if now is WELL else 0.1):
        return ""
    if chance(person=person, about=about, number=number) < now.attends:
        return "kept"
    return roll.choice(("illness", "work", "transport")) if roll.random() < 0.25 else "missed"
