"""Pure: the words by which somebody texts how often to be asked, in English and Spanish.

Only a text that says nothing else is taken for such a wish, and a carrier's word never gets here.
"""

import re
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from functools import cache

from aftercare import named_days
from aftercare.named_days import NamedDay
from notifications.text import fold


class Wish(StrEnum):
    """What somebody wants changed, or wants now."""

    LATER = "later"
    LESS = "less"
    MORE = "more"
    PAUSE = "pause"
    RESUME = "resume"
    NOT_NOW = "not_now"
    TONIGHT = "tonight"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wished:
    """A wish, and how long or until when where it is a pause that names its time."""

    wish: Wish
    span: timedelta | None = None
    until: NamedDay | None = None


_BEFORE = """please|pls|plz|can you|could you|hi|hey|hello|ok|okay|yes|can we|i want|i need|i would like|id like
    |por favor|porfa|hola|si|quiero|necesito|quisiera|podemos|puedes"""
_AFTER = "please|pls|plz|thanks|thank you|ty|ok|por favor|porfa|gracias"
_WORDS = {
    Wish.LATER: r"""later|a bit later|(?:ask|remind|text) me later|(?:maybe |try )?(?:again )?(?:later|tomorrow)
        |another (?:day|time)|(?:mejor |tal vez )?(?:luego|manana|mas tarde|despues)|otro dia
        |(?:te|les) (?:digo|contesto|respondo) (?:luego|despues|mas tarde)
        |preguntame (?:luego|manana|despues|mas tarde)""",
    Wish.LESS: r"""(?:less|fewer)(?: often| texts| messages| check ?ins)?|(?:ask|text) me less(?: often)?
        |not so often|menos(?: seguido| mensajes| textos| frecuente)?|(?:con )?menos frecuencia
        |no tan seguido""",
    Wish.MORE: r"""more(?: often| texts| messages| check ?ins)?|(?:ask|text|check on) me more(?: often)?
        |check in more(?: often)?|mas(?: seguido| mensajes| textos| frecuente)?|(?:con )?mas frecuencia""",
    Wish.RESUME: r"""resume|unpause|un pause|end (?:the |my )?pause|go on|carry on|(?:i am|im) back|back again
        |reanudar|seguir|continuar|sigue|sigamos|ya (?:volvi|regrese)|terminar (?:la )?pausa""",
    Wish.NOT_NOW: r"not now|no not now|not right now|ahora no|no ahora|por ahora no|ahorita no",
    Wish.TONIGHT: r"(?:somewhere |something |company )?(?:tonight|today)|(?:algo |compania )?(?:esta noche|hoy)",
}
_PAUSE = r"(?:pause|pausa|pausar)(?: (?:me|texts|messages|check ?ins|it|mensajes|textos|todo))?"
# Who needs a break without saying how long may mean a break from anything.
_BREAK = r"(?:take a break|give me a break|a break|break|descanso|un descanso|descansar)"
_UNTIL = "(?:until|till|til|hasta)"
_NUMBERS = {
    word: number
    for number, words in enumerate(
        (
            ("a", "an", "one", "un", "una"),
            ("two", "dos", "a couple", "a couple of", "un par de"),
            ("three", "tres"),
            ("four", "cuatro"),
            ("five", "cinco"),
            ("six", "seis"),
            ("seven", "siete"),
            ("eight", "ocho"),
            ("nine", "nueve"),
            ("ten", "diez"),
        ),
        start=1,
    )
    for word in words
}
_UNITS = {"day": 1, "dia": 1, "week": 7, "wk": 7, "semana": 7, "month": 30, "mes": 30}


def read(*, text: str) -> Wished | None:
    """The wish of a text; None where it says anything else, or more than that."""
    words = fold(text)
    for wish, pattern in _patterns().items():
        found = pattern.fullmatch(words)
        if found is not None:
            return _paused(found) if wish is Wish.PAUSE else Wished(wish=wish)
    return None


def _paused(found: re.Match[str]) -> Wished | None:
    if found["until"] is None:
        return Wished(wish=Wish.PAUSE, span=_span(found))
    until = named_days.read(found["until"])
    return None if until is None else Wished(wish=Wish.PAUSE, until=until)


def _span(found: re.Match[str]) -> timedelta | None:
    if found["unit"] is None:
        return None
    number, unit = found["number"], found["unit"]
    count = int(number) if number.isdigit() else _NUMBERS[number]
    return timedelta(days=count * _UNITS[unit])


@cache
def _patterns() -> dict[Wish, re.Pattern[str]]:
    before, after = (re.sub(r"\s*\n\s*", "", words) for words in (_BEFORE, _AFTER))
    numbers = "|".join(sorted(_NUMBERS, key=len, reverse=True))
    units = "|".join(_UNITS)
    span = (
        rf"(?: (?:for|por|de|durante))? (?P<number>\d{{1,3}}|{numbers}) (?P<unit>{units})(?:e?s)?"
    )
    bodies = {wish: re.sub(r"\s*\n\s*", "", words) for wish, words in _WORDS.items()}
    until = rf" {_UNTIL} (?P<until>{named_days.pattern()})"
    is_timed = rf"(?=.* (?:{_UNTIL}|(?:{units})(?:e?s)?)\b)"
    bodies[Wish.PAUSE] = rf"(?:{_PAUSE}|{_BREAK}{is_timed})(?:{span}|{until})?"
    return {
        wish: re.compile(rf"(?:(?:{before}) ){{0,2}}(?:{body})(?: (?:{after})){{0,2}}")
        for wish, body in bodies.items()
    }
