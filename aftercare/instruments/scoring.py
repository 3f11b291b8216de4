"""Pure: from answers to scores. A score is the sum of all its items, or there is none and the reason is told."""

from collections.abc import Mapping
from dataclasses import dataclass

from aftercare.instruments.structure import Band, Item, Scale, Structure

Values = Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """What one scale came to: a value with its band, or the codes of the items that are missing."""

    scale: Scale
    value: int | None
    missing: tuple[str, ...] = ()

    @property
    def band(self) -> Band | None:
        """Where the value lies; None without one."""
        return None if self.value is None else self.scale.band(self.value)


def asked(*, structure: Structure, values: Values) -> tuple[Item, ...]:
    """The items that are put to somebody who has answered so far, in order.

    What depends on another item is asked once that one was answered with more than 0.
    """
    return tuple(item for item in structure.items if _is_asked(item, values) is True)


def unanswered(*, structure: Structure, values: Values) -> tuple[Item, ...]:
    """The items that are asked and have no answer yet."""
    return tuple(
        item for item in asked(structure=structure, values=values) if item.code not in values
    )


def _is_asked(item: Item, values: Values) -> bool | None:
    """None where it is not known yet."""
    if not item.asked_after:
        return True
    before = values.get(item.asked_after)
    return None if before is None else before > 0


def scores(*, structure: Structure, values: Values) -> tuple[Score, ...]:
    """Every scale of a questionnaire, from the answers by item code."""
    return tuple(_score(structure, scale, values) for scale in structure.scales)


def _score(structure: Structure, scale: Scale, values: Values) -> Score:
    items = [structure.item(code) for code in scale.items]
    missing = [_gap(item, values) for item in items]
    if any(missing):
        codes = dict.fromkeys(code for code in missing if code)
        return Score(scale=scale, value=None, missing=tuple(codes))
    # An answer from before the question before it was set to none counts no more.
    counted = [item for item in items if _is_asked(item, values)]
    total = sum(points(item=item, value=values[item.code]) for item in counted)
    return Score(scale=scale, value=total * scale.times)


def _gap(item: Item, values: Values) -> str:
    """The code of the answer that is missing before this item counts; "" where none is."""
    is_asked = _is_asked(item, values)
    if is_asked is None:
        return item.asked_after
    return item.code if is_asked and item.code not in values else ""


def points(*, item: Item, value: int) -> int:
    """What one answer adds: its score, or the band of its days."""
    if item.most_days is None:
        return value
    return sum(value >= low for low in item.day_bands[1:])


def dangers(*, structure: Structure, values: Values) -> tuple[str, ...]:
    """The codes of the answers that a person must look at at once."""
    return tuple(
        item.code
        for item in structure.items
        if item.danger_from is not None and values.get(item.code, -1) >= item.danger_from
    )
