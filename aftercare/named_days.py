"""Pure: a day as somebody names it in a text, "Friday", "3 May" or "el 15", in English and Spanish.

Days in digits alone ("5/3") are left out, because half the world reads them the other way round;
so is "next Friday", which means this week's to some people and the one after to others.
"""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

_WEEKDAYS = (
    "monday|mon|lunes",
    "tuesday|tues|tue|martes",
    "wednesday|weds|wed|miercoles",
    "thursday|thurs|thur|thu|jueves",
    "friday|fri|viernes",
    "saturday|sat|sabado",
    "sunday|sun|domingo",
)
_MONTHS = (
    "january|jan|enero",
    "february|feb|febrero",
    "march|mar|marzo",
    "april|apr|abril",
    "may|mayo",
    "june|jun|junio",
    "july|jul|julio",
    "august|aug|agosto",
    "september|sept|sep|septiembre|setiembre",
    "october|oct|octubre",
    "november|nov|noviembre",
    "december|dec|diciembre",
)
_TOMORROW = "tomorrow|tmrw|tmr|manana"
_NUMBER = r"(?:3[01]|[12]\d|0?[1-9])"
# A leap day may be eight years away, where a century leaves one out.
_YEARS_AHEAD = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedDay:
    """A weekday from 0 (Monday), or a day of a month, of any month where none is named; else tomorrow."""

    weekday: int | None = None
    day: int | None = None
    month: int | None = None

    def after(self, *, today: date) -> date:
        """The first such day after today: said on a Friday, Friday is a week ahead."""
        tomorrow = today + timedelta(days=1)
        if self.weekday is not None:
            return tomorrow + timedelta(days=(self.weekday - tomorrow.weekday()) % 7)
        if self.day is None:
            return tomorrow
        days = (tomorrow + timedelta(days=ahead) for ahead in range(366 * _YEARS_AHEAD))
        return next(one for one in days if self._is(one))

    def _is(self, one: date) -> bool:
        return one.day == self.day and self.month in (None, one.month)


def pattern() -> str:
    """A regular expression, in folded words and without groups of its own, of what `read` may take."""
    weekdays, months = "|".join(_WEEKDAYS), "|".join(_MONTHS)
    numbered = rf"{_NUMBER}(?:st|nd|rd|th)?"
    return (
        rf"(?:(?:this |on |el |este )?(?:{weekdays})|{_TOMORROW}"
        rf"|(?:the |el )?{numbered} (?:of |de )?(?:{months})|(?:{months}) (?:the )?{numbered}"
        rf"|the {_NUMBER}(?:st|nd|rd|th)|el(?: dia)? {_NUMBER})"
    )


def read(words: str) -> NamedDay | None:
    """The day that folded words name; None where they name none, or one that no month has."""
    if re.fullmatch(pattern(), words) is None:
        return None
    said = words.split()
    number = re.search(r"\d+", words)
    weekday, month = _place(_WEEKDAYS, said), _place(_MONTHS, said)
    if number is None:
        return NamedDay(weekday=weekday)
    month = None if month is None else month + 1
    return NamedDay(day=int(number[0]), month=month) if _exists(int(number[0]), month) else None


def _exists(day: int, month: int | None) -> bool:
    """Whether any year has the day; 2024 has the longest February."""
    try:
        date(2024, month or 1, day)
    except ValueError:
        return False
    return True


def _place(lists: tuple[str, ...], said: list[str]) -> int | None:
    """At which of the lists one of the words stands."""
    found = (_places(lists).get(word) for word in said)
    return next((place for place in found if place is not None), None)


@cache
def _places(lists: tuple[str, ...]) -> dict[str, int]:
    return {word: place for place, words in enumerate(lists) for word in words.split("|")}
