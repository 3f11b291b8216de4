"""Pure: a FHIR R4 Questionnaire as bytes, to the words of a questionnaire we know, or what disagrees.

https://hl7.org/fhir/R4/questionnaire.html. Questions are matched by their LOINC codes where a file
has them, else by their order; choices by their scores (the extension ordinalValue) or LOINC codes.
What a file computes or only shows is passed over.
"""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aftercare.instruments.structure import Item, Structure, structures
from aftercare.instruments.words import Disagreement, Words, check

LARGEST, DEEPEST, MOST_ITEMS = 1_000_000, 64, 300
LOINC = "http://loinc.org"
_ORDINAL = ("ordinalValue", "itemWeight")
_SHOWN_ONLY = ("group", "display")
_ANSWERED = ("choice", "open-choice", "boolean", "integer", "decimal")
_COMPUTED = "calculatedExpression"


class Unreadable(ValueError):
    """The bytes are no Questionnaire that can be worked on; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a file holds: which questionnaire, in which language ("" where it does not say), its words.

    `licence` and `source` are the file's own; `checksum` is the SHA-256 of its bytes. It may be used
    where `disagreements` is empty.
    """

    structure: Structure
    language: str
    words: Words
    licence: str
    source: str
    checksum: str
    disagreements: tuple[Disagreement, ...]


@dataclass(frozen=True, slots=True)
class _Question:
    """One question of the file: its place in order, from 1, and its element."""

    place: int
    row: Mapping[str, Any]

    @property
    def text(self) -> str:
        return _text(self.row.get("text"))

    @property
    def codes(self) -> list[str]:
        """Its LOINC codes, of which lforms puts one at the end of the linkId."""
        own = [_text(c.get("code")) for c in _dicts(self.row.get("code")) if _is_loinc(c)]
        tail = _text(self.row.get("linkId")).rsplit("/", 1)[-1]
        return [*own, tail] if re.fullmatch(r"\d{3,6}-\d", tail) else own


def read(*, body: bytes, instrument: str = "") -> Reading:
    """Read a file; `instrument` names the questionnaire where the file does not. Raises Unreadable."""
    form = _questionnaire(body)
    questions = list(_questions(form))
    structure = _structure_of(form, questions, instrument)
    matched, faults = _match(structure, form, questions)
    words, more = _words(structure, form, matched)
    faults += more
    # Who is missing altogether is named once.
    absent = {fault.item for fault in faults if fault.item}
    faults += [f for f in check(structure=structure, words=words) if f.item not in absent]
    return Reading(
        structure=structure,
        language=_text(form.get("language")).split("-")[0].lower(),
        words=words,
        licence=_text(form.get("copyright")),
        source=_source(form),
        checksum=hashlib.sha256(body).hexdigest(),
        disagreements=tuple(faults),
    )


def _questionnaire(body: bytes) -> dict[str, Any]:
    if len(body) > LARGEST:
        raise Unreadable(f"larger than {LARGEST // 1_000_000} MB")
    try:
        form = json.loads(body.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise Unreadable("not UTF-8") from None
    except RecursionError:
        raise Unreadable(f"nested deeper than {DEEPEST} levels") from None
    except ValueError as error:
        raise Unreadable(f"not JSON: {error}") from None
    if not isinstance(form, dict) or "resourceType" not in form:
        raise Unreadable("not a FHIR resource: it has no resourceType")
    if form["resourceType"] != "Questionnaire":
        kind = _text(form["resourceType"])[:40]
        raise Unreadable(f"a {kind or 'resource without a name'} instead of a Questionnaire")
    if _is_deep(form):
        raise Unreadable(f"nested deeper than {DEEPEST} levels")
    return form


def _is_deep(value: Any) -> bool:
    level, depth = [value], 0
    while level and depth <= DEEPEST:
        depth += 1
        level = [
            inner
            for outer in level
            for inner in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(inner, dict | list)
        ]
    return depth > DEEPEST


def _text(value: Any) -> str:
    """The words of a value on one line; a control sign is none, and not every database takes one."""
    if not isinstance(value, str):
        return ""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in value).split())


def _dicts(value: Any) -> list[dict[str, Any]]:
    return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []


def _is_loinc(coding: Mapping[str, Any]) -> bool:
    return bool(coding.get("system", LOINC) == LOINC)


def _source(form: Mapping[str, Any]) -> str:
    parts = [_text(form.get(name)) for name in ("url", "version", "publisher")]
    return " · ".join(part for part in parts if part)[:500]


# Questions


def _questions(form: Mapping[str, Any]) -> Iterator[_Question]:
    found = [row for row in _walk(form.get("item")) if _is_question(row)]
    if not found:
        raise Unreadable("a Questionnaire without questions")
    if len(found) > MOST_ITEMS:
        raise Unreadable(f"more than {MOST_ITEMS} questions")
    for place, row in enumerate(found, start=1):
        yield _Question(place, row)


def _walk(rows: Any) -> Iterator[dict[str, Any]]:
    for row in _dicts(rows):
        yield row
        yield from _walk(row.get("item"))


def _is_question(row: Mapping[str, Any]) -> bool:
    if row.get("type") in (*_SHOWN_ONLY, "quantity") or row.get("readOnly") is True:
        return False
    return not any(_text(e.get("url")).endswith(_COMPUTED) for e in _dicts(row.get("extension")))


def _structure_of(
    form: Mapping[str, Any], questions: Sequence[_Question], instrument: str
) -> Structure:
    known = structures()
    if instrument:
        return known[instrument]
    codes = {_text(c.get("code")) for c in _dicts(form.get("code"))}
    codes.add(_text(form.get("url")).rsplit("/", 1)[-1])
    totals = {code for row in _walk(form.get("item")) for code in _Question(0, row).codes}
    names = [_letters(_text(form.get(name))) for name in ("name", "title", "url", "id")]
    for one in sorted(known.values(), key=lambda one: -len(one.items)):
        if one.loinc and one.loinc in codes:
            return one
    for one in sorted(known.values(), key=lambda one: -len(one.name)):
        own = {scale.loinc for scale in one.scales if scale.loinc}
        if own & totals or any(_letters(one.name) in name for name in names):
            return one
    raise Unreadable("none of the questionnaires we know; name it with --instrument")


def _letters(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.casefold())


_Matched = dict[str, _Question]


def _match(
    structure: Structure, form: Mapping[str, Any], questions: Sequence[_Question]
) -> tuple[_Matched, list[Disagreement]]:
    """Each item of the structure with its question, and what is left over, missing or out of order."""
    totals = {scale.loinc for scale in structure.scales if scale.loinc}
    passed_over = {*structure.extras, *totals}
    rest = [one for one in questions if not passed_over & set(one.codes)]
    by_code = {item.loinc: item for item in structure.items if item.loinc}
    has_codes = any(code in by_code for one in rest for code in one.codes)
    faults: list[Disagreement] = []
    matched: _Matched = {}
    for index, question in enumerate(rest):
        item = _item_of(structure, question, index, by_code if has_codes else {})
        if item is None or item.code in matched:
            text = f"question {question.place} “{question.text[:60]}” is not part of it"
            faults.append(Disagreement(reason=text))
        else:
            matched[item.code] = question
    faults += [
        Disagreement(item=item.code, reason="is missing")
        for item in structure.items
        if item.code not in matched
    ]
    order = [matched[item.code].place for item in structure.items if item.code in matched]
    if order != sorted(order):
        faults.append(Disagreement(reason="the questions stand in another order"))
    return matched, faults


def _item_of(
    structure: Structure, question: _Question, index: int, by_code: Mapping[str, Item]
) -> Item | None:
    if by_code:
        return next((by_code[code] for code in question.codes if code in by_code), None)
    return structure.items[index] if index < len(structure.items) else None


# Words and choices


def _words(
    structure: Structure, form: Mapping[str, Any], matched: _Matched
) -> tuple[Words, list[Disagreement]]:
    faults: list[Disagreement] = []
    labels: dict[str, list[str]] = {}
    for item in structure.items:
        if item.code in matched:
            found, reasons = _choices(item, matched[item.code].row, form)
            labels[item.code] = found
            faults += [Disagreement(item=item.code, reason=reason) for reason in reasons]
    words = Words(
        intro=_intro(form),
        items={code: question.text for code, question in matched.items()},
        labels={code: found for code, found in labels.items() if found},
    )
    return words, faults


def _intro(form: Mapping[str, Any]) -> str:
    """What stands above the questions: the words of the first group or line that has any."""
    above = (row for row in _walk(form.get("item")) if row.get("type") in _SHOWN_ONLY)
    return next((text for row in above if (text := _text(row.get("text")))), "")


def _choices(
    item: Item, row: Mapping[str, Any], form: Mapping[str, Any]
) -> tuple[list[str], list[str]]:
    """The labels in the order of the item's scores, and what is wrong with them."""
    kind = row.get("type")
    if kind not in _ANSWERED:
        return [], [f"is answered by {_text(kind) or 'nothing known'}, not by a choice"]
    options = list(_options(row, form))
    if item.most_days is not None and not options:
        return [], _wrong_range(item, row)
    if kind == "boolean" and item.yes is not None:
        return [], []
    scored = [(_score(item, option), _label(option)) for option in options]
    wanted = list(item.scores)
    if sorted(score for score, _ in scored if score is not None) != wanted[: len(scored)] or (
        len(scored) != len(wanted)
    ):
        return [], [_wrong_scores([score for score, _ in scored], wanted)]
    by_score = dict(scored)
    labels = [by_score[score] for score in wanted]
    return ([] if item.most_days is not None else labels), []


def _wrong_scores(found: Sequence[int | None], wanted: Sequence[int]) -> str:
    said = ", ".join("?" if score is None else str(score) for score in found) or "none"
    return f"its choices score {said} instead of {', '.join(map(str, wanted))}"


def _wrong_range(item: Item, row: Mapping[str, Any]) -> list[str]:
    """What is wrong with the ends of a number of days, where the file names them."""
    ends = {}
    for extension in _dicts(row.get("extension")):
        name = _text(extension.get("url")).rsplit("/", 1)[-1]
        values = [value for key, value in extension.items() if key.startswith("value")]
        ends[name] = values[0] if values else None
    low, high = ends.get("minValue", 0), ends.get("maxValue", item.most_days)
    if (low, high) != (0, item.most_days):
        return [f"takes {low} to {high} instead of 0 to {item.most_days}"]
    return []


def _options(row: Mapping[str, Any], form: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The choices of a question: its own, or those of the set of values that it names in the file."""
    yield from _dicts(row.get("answerOption"))
    name = _text(row.get("answerValueSet"))
    if name.startswith("#"):
        for values in _dicts(form.get("contained")):
            if values.get("id") == name[1:]:
                yield from _concepts(values)


def _concepts(values: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    expansion, compose = values.get("expansion"), values.get("compose")
    if isinstance(expansion, dict):
        yield from _dicts(expansion.get("contains"))
    elif isinstance(compose, dict):
        for include in _dicts(compose.get("include")):
            for concept in _dicts(include.get("concept")):
                yield {"system": include.get("system"), **concept}


def _coding(option: Mapping[str, Any]) -> Mapping[str, Any]:
    coding = option.get("valueCoding")
    return coding if isinstance(coding, dict) else option


def _label(option: Mapping[str, Any]) -> str:
    coding = _coding(option)
    said = (coding.get("display"), option.get("valueString"), coding.get("code"))
    return next((text for part in said if (text := _text(part))), "")


def _score(item: Item, option: Mapping[str, Any]) -> int | None:
    """What a choice scores; None where the file does not say, or says two things."""
    coding = _coding(option)
    code = _text(coding.get("code")) or _text(option.get("valueString"))
    named = dict(zip(item.loinc_of_scores, item.scores, strict=False))
    found = {score for score in (_ordinal(option), _ordinal(coding)) if score is not None}
    if code in named:
        found.add(named[code])
    if type(option.get("valueInteger")) is int:
        found.add(option["valueInteger"])
    return found.pop() if len(found) == 1 else None


def _ordinal(element: Mapping[str, Any]) -> int | None:
    for extension in _dicts(element.get("extension")):
        if _text(extension.get("url")).endswith(_ORDINAL):
            value = extension.get("valueDecimal", extension.get("valueInteger"))
            if isinstance(value, int | float) and not isinstance(value, bool) and value % 1 == 0:
                return int(value)
    return None
