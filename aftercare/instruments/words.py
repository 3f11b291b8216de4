"""Pure: the words of a questionnaire, held against its structure before anybody is asked with them."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from aftercare.instruments.structure import Item, Structure

LONGEST_TEXT, LONGEST_LABEL = 1_000, 200
# People of the eating track are shown no weight, no calories, and no number of either.
_WEIGHT = re.compile(
    r"\d[\d.,]*\s*(?:lbs?|pounds?|libras?|kgs?|kilos?|kilogramo?s?|stones?|k?cal|calor[ií]\w*)\b",
    re.I,
)
_NUMBER = re.compile(r"^\s*(?:\(?\d{1,2}[A-Ga-g]?[.):]|[-•*])\s+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Disagreement:
    """One place where words and structure do not fit; `item` is a code of the structure, or "".

    `kind` sorts the reasons for whoever words them anew.
    """

    reason: str
    item: str = ""
    kind: str = ""

    def __str__(self) -> str:
        return f"item {self.item}: {self.reason}" if self.item else self.reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """A questionnaire in one language: texts by item code, labels by item code in the order of the scores.

    A question of yes or no may have no labels, and one of days has none.
    """

    intro: str = ""
    items: Mapping[str, str]
    labels: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """As a row keeps it."""
        return asdict(self)


def check(*, structure: Structure, words: Words) -> list[Disagreement]:
    """Everything in which the words do not fit the structure, in the order of the questions."""
    return [fault for item in structure.items for fault in _faults(item, words)] + [
        Disagreement(
            reason=f"a weight or calories stand in “{text[:60]}”; this track shows none",
            kind="weight",
        )
        for text in [words.intro, *words.items.values(), *_all(words.labels.values())]
        if "eating" in structure.tracks and _WEIGHT.search(text)
    ]


def _all(lists: Iterable[Sequence[str]]) -> Iterator[str]:
    for labels in lists:
        yield from labels


def _faults(item: Item, words: Words) -> Iterator[Disagreement]:
    text = words.items.get(item.code, "")
    if not text.strip():
        yield Disagreement(item=item.code, reason="has no words", kind="missing")
    if len(text) > LONGEST_TEXT:
        yield Disagreement(
            item=item.code, reason=f"has more than {LONGEST_TEXT} characters", kind="long"
        )
    labels = words.labels.get(item.code, ())
    if item.most_days is not None or (item.yes is not None and not labels):
        return
    if len(labels) != len(item.scores):
        count = f"{len(labels)} choices instead of {len(item.scores)}"
        yield Disagreement(item=item.code, reason=count, kind="choices")
    if any(not label.strip() or len(label) > LONGEST_LABEL for label in labels):
        yield Disagreement(
            item=item.code, reason="a choice without words, or with too many", kind="label"
        )
    if len({label.strip().casefold() for label in labels}) < len(labels):
        yield Disagreement(item=item.code, reason="two choices read the same", kind="same")


def choice_sets(structure: Structure) -> dict[str, Item]:
    """The sets of choices that need labels, each with the first item that uses it."""
    found: dict[str, Item] = {}
    for item in structure.items:
        if item.most_days is None and item.yes is None:
            found.setdefault(item.choices, item)
    return found


def from_lines(*, structure: Structure, intro: str, items: str, labels: Mapping[str, str]) -> Words:
    """Words as somebody enters them: a line for each question, and a line for each choice of a set.

    Leading numbers and bullets are left out. `labels` is by the name of the set of choices.
    """
    texts = lines(items)
    by_set = {name: lines(text) for name, text in labels.items()}
    return Words(
        intro=intro.strip(),
        items={item.code: text for item, text in zip(structure.items, texts, strict=False)},
        labels={
            item.code: by_set[item.choices] for item in structure.items if item.choices in by_set
        },
    )


def lines(text: str) -> list[str]:
    """The lines that say something, without a leading number or bullet."""
    return [_NUMBER.sub("", line).strip() for line in text.splitlines() if line.strip()]
