"""Pure: what each questionnaire asks and how it is scored, read from the data files beside this one.

They hold no official wording: that comes from a file or a form, and is held against the structure.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
# So many questions fit a phone's page without getting lost.
ON_A_PAGE = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One question. Its answer is a score of `scores`, or a number of days where `most_days` is set.

    `loinc_of_scores` are the codes of its choices in the order of the scores; `yes` is what a yes
    scores where it is a question of yes or no. `asked_after` names an item whose answer must be
    above 0, else this one is not asked and counts 0. From the answer `danger_from` on, a person must
    look at once.
    """

    code: str
    choices: str
    scores: tuple[int, ...]
    loinc: str = ""
    loinc_of_scores: tuple[str, ...] = ()
    yes: int | None = None
    most_days: int | None = None
    day_bands: tuple[int, ...] = ()
    asked_after: str = ""
    danger_from: int | None = None

    def takes(self, value: object) -> bool:
        """Whether a value can be an answer."""
        if isinstance(value, bool) or not isinstance(value, int):
            return False
        if self.most_days is not None:
            return 0 <= value <= self.most_days
        return value in self.scores


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """A range of a score, from `low` up to the next band."""

    low: int
    name: Mapping[str, str]
    wants_attention: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """One score: the sum of its items times `times`, between `low` and `high`.

    `name` is what staff read, `own` what the person reads, both by language. `better` is "low" or
    "high". A change by `step` is one that matters, as `step_source` has it; None where none is published.
    """

    code: str
    items: tuple[str, ...]
    low: int
    high: int
    better: str
    name: Mapping[str, str]
    own: Mapping[str, str]
    bands: tuple[Band, ...]
    loinc: str = ""
    times: int = 1
    step: int | None = None
    step_source: str = ""

    def band(self, value: int) -> Band:
        """The band a score falls into."""
        return [band for band in self.bands if band.low <= value][-1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Structure:
    """One questionnaire without its words.

    `every_days` is how often it is asked where a program has not chosen (0: not at all). `extras`
    are codes of published questions that belong to it and are neither asked nor scored. With
    `needs_licence` only a site that holds one may enter the words.
    """

    code: str
    version: int
    name: str
    tracks: tuple[str, ...]
    items: tuple[Item, ...]
    scales: tuple[Scale, ...]
    every_days: int
    may_be_texted: bool
    needs_licence: bool
    licence: str
    source: str
    loinc: str = ""
    extras: tuple[str, ...] = ()

    def item(self, code: str) -> Item:
        """The question with this code; raises KeyError."""
        for item in self.items:
            if item.code == code:
                return item
        raise KeyError(code)


@cache
def structures() -> Mapping[str, Structure]:
    """Every questionnaire by its code, in the order of the codes."""
    files = sorted(FOLDER.glob("*.toml"))
    return {
        file.stem: _structure(tomllib.loads(file.read_text(encoding="utf-8"))) for file in files
    }


def _structure(data: dict[str, Any]) -> Structure:
    sets = {**data.get("choices", {}), **data.get("days", {})}
    return Structure(
        code=data["code"],
        version=data["version"],
        name=data["name"],
        tracks=tuple(data["tracks"]),
        items=tuple(_item(row, sets) for row in data["items"]),
        scales=tuple(_scale(row) for row in data["scores"]),
        every_days=data["every_days"],
        may_be_texted=data["may_be_texted"],
        needs_licence=data["needs_licence"],
        licence=data["licence"],
        source=data["source"],
        loinc=data.get("loinc", ""),
        extras=tuple(data.get("extras", ())),
    )


def _item(row: dict[str, Any], sets: dict[str, dict[str, Any]]) -> Item:
    name = row.get("choices") or row["days"]
    answers = sets[name]
    day_bands = tuple(answers.get("bands", ()))
    return Item(
        code=row["code"],
        choices=name,
        scores=tuple(answers.get("scores") or range(len(day_bands))),
        loinc=row.get("loinc", ""),
        loinc_of_scores=tuple(answers.get("loinc", ())),
        yes=answers.get("yes"),
        most_days=answers.get("most"),
        day_bands=day_bands,
        asked_after=row.get("asked_after", ""),
        danger_from=row.get("danger_from"),
    )


def _scale(row: dict[str, Any]) -> Scale:
    return Scale(
        code=row["code"],
        items=tuple(row["items"]),
        low=row["low"],
        high=row["high"],
        better=row["better"],
        name=row["name"],
        own=row["own"],
        bands=tuple(Band(**band) for band in row["bands"]),
        loinc=row.get("loinc", ""),
        times=row.get("times", 1),
        step=row.get("step"),
        step_source=row.get("step_source", ""),
    )


def pages(structure: Structure) -> tuple[tuple[Item, ...], ...]:
    """The questions in pages; one that depends on an answer never shares a page with it."""
    found: list[list[Item]] = [[]]
    for item in structure.items:
        before = [one.code for one in found[-1]]
        if len(before) == ON_A_PAGE or item.asked_after in before:
            found.append([])
        found[-1].append(item)
    return tuple(tuple(page) for page in found)
