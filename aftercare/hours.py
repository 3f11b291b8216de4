"""Pure: hours as people write them ("Mon-Fri 9-17", "10pm-7am") to windows of wall time, and back."""

import re
from collections.abc import Sequence

from django.utils.translation import gettext_noop

Windows = list[list[str]]

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_DAY_WORDS = {
    **{name.lower(): index for index, name in enumerate(DAYS)},
    **{name: index for index, name in enumerate(("lun", "mar", "mie", "jue", "vie", "sab", "dom"))},
}
_WHOLE_WEEK = ("daily", "every day", "todos los dias")
_TIME = r"(\d{1,2})(?:[:.h](\d{2}))?\s*([ap])?\.?(?:m\.?)?"
_WINDOW = re.compile(rf"\s*{_TIME}\s*(?:-|to|a)\s*{_TIME}\s*")
_DAY_SPAN = re.compile(r"([a-z]{3})[a-z]*\.?(?:\s*-\s*([a-z]{3})[a-z]*\.?)?")
_ACCENTS = str.maketrans("áéíóú–—", "aeiou--")


class BadHours(ValueError):
    """Hours that cannot be read; `message` is untranslated and names the remedy."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


NOT_A_WINDOW = gettext_noop(
    "Write hours like 9:00-17:00 or 9am-5pm, with commas between several of them."
)
NOT_A_DAY = gettext_noop("Write days and hours like: Mon-Fri 9:00-17:00; Sat 10:00-12:00.")
SAME_ENDS = gettext_noop("The first and the last hour are the same. Leave it empty for no hours.")
ENDS_BEFORE = gettext_noop(
    "These hours end before they begin. Split them at midnight, or check for am and pm."
)


def windows(text: str, *, over_night: bool = False) -> Windows:
    """Windows of one day as ["HH:MM", "HH:MM"] pairs; an empty text is none. Raises BadHours.

    Only with `over_night` may a window end on the next day ("22:00-07:00").
    """
    parts = [part for part in re.split(r"[,\n]", _plain(text)) if part.strip()]
    return sorted(_window(part, over_night) for part in parts)


def week(text: str) -> list[Windows]:
    """Seven days of windows, Monday first, from "Mon-Fri 9-17; Sat 10-12"; raises BadHours."""
    days: list[Windows] = [[] for _ in DAYS]
    for part in re.split(r"[;\n]", _plain(text)):
        if not part.strip():
            continue
        named, hours = _days_of(part)
        found = windows(hours)
        if not found:
            raise BadHours(NOT_A_DAY)
        for day in named:
            days[day] = sorted(days[day] + found)
    return days


def write(day: Sequence[Sequence[str]]) -> str:
    """Windows of one day as `windows` reads them."""
    return ", ".join(f"{opens}-{closes}" for opens, closes in day)


def write_week(days: Sequence[Sequence[Sequence[str]]], *, names: Sequence[str] = DAYS) -> str:
    """A week as `week` reads it, with equal neighbours under one name ("Mon-Fri 09:00-17:00").

    `names` are those of the days, Monday first.
    """
    parts: list[str] = []
    start = 0
    for index in range(1, len(days) + 1):
        if index < len(days) and days[index] == days[start]:
            continue
        if days[start]:
            last = f"-{names[index - 1]}" if index - 1 > start else ""
            parts.append(f"{names[start]}{last} {write(days[start])}")
        start = index
    return "; ".join(parts)


def _plain(text: str) -> str:
    return text.lower().translate(_ACCENTS)


def _window(part: str, over_night: bool) -> list[str]:
    found = _WINDOW.fullmatch(part)
    if not found:
        raise BadHours(NOT_A_WINDOW)
    opens, closes = _clock(*found.groups()[:3]), _clock(*found.groups()[3:])
    if opens == closes:
        raise BadHours(SAME_ENDS)
    if closes < opens and not over_night:
        raise BadHours(ENDS_BEFORE)
    return [opens, closes]


def _clock(hour: str, minute: str | None, half: str | None) -> str:
    hours, minutes = int(hour), int(minute or 0)
    if half and not 1 <= hours <= 12:
        raise BadHours(NOT_A_WINDOW)
    if half:
        hours = hours % 12 + (12 if half == "p" else 0)
    # 24:00 is how people write the end of a day; a window never reaches its last minute.
    if (hours, minutes) == (24, 0):
        hours, minutes = 23, 59
    if hours > 23 or minutes > 59:
        raise BadHours(NOT_A_WINDOW)
    return f"{hours:02d}:{minutes:02d}"


def _days_of(part: str) -> tuple[list[int], str]:
    text = part.strip()
    for word in _WHOLE_WEEK:
        if text.startswith(word):
            return list(range(7)), text.removeprefix(word)
    hours_at = re.search(r"\d", text)
    if not hours_at:
        raise BadHours(NOT_A_DAY)
    named = [_span(word.strip()) for word in text[: hours_at.start()].split(",") if word.strip()]
    if not named:
        raise BadHours(NOT_A_DAY)
    return [day for span in named for day in span], text[hours_at.start() :]


def _span(word: str) -> list[int]:
    found = _DAY_SPAN.fullmatch(word)
    first = _DAY_WORDS.get(found[1]) if found else None
    last = _DAY_WORDS.get(found[2]) if found and found[2] else first
    if first is None or last is None:
        raise BadHours(NOT_A_DAY)
    return [day % 7 for day in range(first, last + 1 if last >= first else last + 8)]
