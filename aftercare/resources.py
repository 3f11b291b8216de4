"""Pure: the lines to call or text in a crisis, read from crisis_resources.toml."""

import tomllib
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

SOURCE = Path(__file__).parent / "crisis_resources.toml"
LANGUAGES = ("en", "es")
STALE_AFTER = timedelta(days=180)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line in one language; `call` and `text` are numbers as dialled, or ""."""

    key: str
    tracks: tuple[str, ...]
    call: str
    text: str
    verified_on: date
    source: str
    name: str
    about: str
    hint: str
    text_body: str


@cache
def lines(*, language: str, country: str = "US", track: str = "") -> tuple[Line, ...]:
    """The lines of a country in the order to show them; an unknown language reads English.

    With a track, lines for that track and for everybody; without one, only those for everybody.
    """
    words = language if language in LANGUAGES else LANGUAGES[0]
    rows = tomllib.loads(SOURCE.read_text(encoding="utf-8"))["line"]
    return tuple(
        _line(row, words)
        for row in rows
        if row["country"] == country and (not row["tracks"] or track in row["tracks"])
    )


def _line(row: dict[str, Any], language: str) -> Line:
    return Line(
        key=row["key"],
        tracks=tuple(row["tracks"]),
        call=row["call"],
        text=row["text"],
        verified_on=row["verified_on"],
        source=row["source"],
        **row[language],
    )


def stale(*, at: datetime, country: str = "US") -> tuple[Line, ...]:
    """The lines nobody has compared with their source for longer than STALE_AFTER."""
    return tuple(
        line
        for line in lines(language=LANGUAGES[0], country=country)
        if at.date() - line.verified_on > STALE_AFTER
    )
