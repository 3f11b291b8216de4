"""FHIR Questionnaires: those that fit, and everything in which one may not."""

import copy
import json
import random
from collections.abc import Callable
from typing import Any

import pytest

from aftercare.instruments import fhir
from aftercare.instruments.structure import structures
from tests.questionnaires import as_bytes, items, questionnaire
from tests.shared import REASON, SHARED

Form = dict[str, Any]


def read(form: Form, instrument: str = "") -> fhir.Reading:
    return fhir.read(body=as_bytes(form), instrument=instrument)


def found(form: Form, instrument: str = "") -> list[str]:
    return [str(fault) for fault in read(form, instrument).disagreements]


def rows(form: Form) -> list[dict[str, Any]]:
    held: list[dict[str, Any]] = form["item"][0]["item"]
    return held


@pytest.mark.parametrize("code", structures())
def test_file_that_fits_is_known_and_read(code: str) -> None:
    reading = read(questionnaire(code))

    assert reading.structure.code == code
    assert reading.disagreements == ()
    assert list(reading.words.items.values()) == [
        f"Question {item.code}" for item in structures()[code].items
    ]
    assert (reading.words.intro, reading.licence) == ("The last weeks:", "Made up for a test.")
    assert reading.source == f"https://example.org/Questionnaire/{code} · 1.0"


@pytest.mark.skipif(SHARED is None, reason=REASON)
def test_phq_9_as_hl7_publishes_it() -> None:
    assert SHARED is not None
    body = (SHARED / "instruments" / "phq9_hl7_sdc.json").read_bytes()

    reading = fhir.read(body=body)

    assert (reading.structure.code, reading.language) == ("phq_9", "")
    assert reading.disagreements == ()
    assert len(reading.words.items) == 9
    assert len(reading.words.labels["9"]) == 4
    assert "Pfizer" in reading.licence


def test_published_codes_are_enough_to_score_choices() -> None:
    form = questionnaire("pc_ptsd_5")
    for row in rows(form):
        row["answerOption"] = [
            {"valueCoding": {"system": fhir.LOINC, "code": code, "display": name}}
            for code, name in (("LA33-6", "Yes"), ("LA32-8", "No"))
        ]

    reading = read(form)

    assert reading.disagreements == ()
    assert reading.words.labels["1"] == ["No", "Yes"]


def test_yes_may_score_less_than_no() -> None:
    form = questionnaire("dast_10")
    for row in rows(form):
        row["answerOption"] = [
            {"valueCoding": {"code": code, "display": name}}
            for code, name in (("LA33-6", "Yes"), ("LA32-8", "No"))
        ]

    labels = read(form).words.labels

    assert (labels["1"], labels["3"]) == (["No", "Yes"], ["Yes", "No"])


def test_boolean_is_a_question_of_yes_or_no() -> None:
    form = questionnaire("scoff")
    for row in rows(form):
        row["type"] = "boolean"
        del row["answerOption"]

    assert read(form).words.labels == {}
    assert found(form) == []


def test_control_signs_are_no_words() -> None:
    form = questionnaire("gad_7")
    rows(form)[0]["text"], rows(form)[1]["text"] = "Feeling\x00 \x1bnervous", "\x00"

    reading = read(form)

    assert reading.words.items["1"] == "Feeling nervous"
    assert [fault.item for fault in reading.disagreements] == ["2"]


def test_days_may_be_offered_as_the_five_bands() -> None:
    form = questionnaire("bam")
    rows(form)[1] |= {"type": "choice", "answerOption": items("bam")[0]["answerOption"]}

    assert found(form) == []


def test_choices_may_stand_in_a_set_of_values() -> None:
    form = questionnaire("barc_10")
    concepts = [
        {"code": str(score), "display": f"Level {score}", "extension": [ordinal(score)]}
        for score in range(1, 7)
    ]
    form["contained"] = [{"id": "six", "compose": {"include": [{"concept": concepts}]}}]
    for row in rows(form):
        del row["answerOption"]
        row["answerValueSet"] = "#six"

    reading = read(form)

    assert reading.disagreements == ()
    assert reading.words.labels["10"] == [f"Level {score}" for score in range(1, 7)]


def ordinal(score: float) -> dict[str, Any]:
    return {"url": "http://hl7.org/fhir/StructureDefinition/ordinalValue", "valueDecimal": score}


def test_total_and_published_extras_are_passed_over() -> None:
    form = questionnaire("phq_9")
    rows(form).append({"linkId": "/69722-7", "text": "How hard was all this?", "type": "choice"})
    rows(form).append({"linkId": "/44261-6", "text": "Total", "type": "decimal"})
    rows(form).append({"linkId": "sum", "text": "Total", "type": "decimal", "readOnly": True})

    assert found(form) == []


def test_questions_are_matched_by_their_codes() -> None:
    form = questionnaire("phq_2")
    rows(form).reverse()

    reading = read(form)

    assert reading.words.items == {"1": "Question 1", "2": "Question 2"}
    assert [str(one) for one in reading.disagreements] == ["the questions stand in another order"]


def _drop(form: Form) -> None:
    del rows(form)[4]


def _add(form: Form) -> None:
    rows(form).append({"linkId": "x", "text": "And the weather?", "type": "boolean"})


def _choices(form: Form) -> None:
    rows(form)[2]["answerOption"].append(
        {"valueCoding": {"display": "Always", "extension": [ordinal(4)]}}
    )


def _fewer(form: Form) -> None:
    del rows(form)[2]["answerOption"][1]


def _unscored(form: Form) -> None:
    del rows(form)[2]["answerOption"][3]["valueCoding"]["extension"]


def _half(form: Form) -> None:
    rows(form)[2]["answerOption"][3]["valueCoding"]["extension"] = [ordinal(2.5)]


def _two_minds(form: Form) -> None:
    rows(form)[2]["answerOption"][3]["valueCoding"]["code"] = "LA6568-5"


def _typed(form: Form) -> None:
    rows(form)[0]["type"] = "string"


def _silent(form: Form) -> None:
    del rows(form)[0]["text"]


@pytest.mark.parametrize(
    ("change", "faults"),
    [
        (_drop, ["item 5: is missing"]),
        (_add, ["question 10 “And the weather?” is not part of it"]),
        (_choices, ["item 3: its choices score 0, 1, 2, 3, 4 instead of 0, 1, 2, 3"]),
        (_fewer, ["item 3: its choices score 0, 2, 3 instead of 0, 1, 2, 3"]),
        (_unscored, ["item 3: its choices score 0, 1, 2, ? instead of 0, 1, 2, 3"]),
        (_half, ["item 3: its choices score 0, 1, 2, ? instead of 0, 1, 2, 3"]),
        (_two_minds, ["item 3: its choices score 0, 1, 2, ? instead of 0, 1, 2, 3"]),
        (_typed, ["item 1: is answered by string, not by a choice"]),
        (_silent, ["item 1: has no words"]),
    ],
)
def test_each_disagreement_is_named(change: Callable[[Form], None], faults: list[str]) -> None:
    form = questionnaire("phq_9")
    change(form)
    assert found(form) == faults


def test_several_disagreements_are_named_at_once() -> None:
    form = questionnaire("phq_9")
    _choices(form)
    _typed(form)
    _drop(form)
    assert found(form) == [
        "item 5: is missing",
        "item 1: is answered by string, not by a choice",
        "item 3: its choices score 0, 1, 2, 3, 4 instead of 0, 1, 2, 3",
    ]


@pytest.mark.parametrize(("low", "high"), [(0, 7), (1, 30)])
def test_days_of_another_range_disagree(low: int, high: int) -> None:
    form = questionnaire("bam")
    rows(form)[1]["extension"] = [
        {"url": "http://hl7.org/fhir/StructureDefinition/minValue", "valueInteger": low},
        {"url": "http://hl7.org/fhir/StructureDefinition/maxValue", "valueInteger": high},
    ]
    assert found(form) == [f"item 2: takes {low} to {high} instead of 0 to 30"]


def test_questionnaire_that_is_not_known_must_be_named() -> None:
    form = questionnaire("barc_10", title="Ten things", url="https://example.org/ten")

    with pytest.raises(fhir.Unreadable, match="name it with --instrument"):
        read(form)

    assert found(form, "barc_10") == []


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "not JSON"),
        (b"\xff\xfe\x00", "not UTF-8"),
        (b"<html>", "not JSON"),
        (b"[]", "not a FHIR resource"),
        (b"null", "not a FHIR resource"),
        (b"{}", "not a FHIR resource"),
        (b'{"resourceType": "Patient"}', "a Patient instead of a Questionnaire"),
        (b'{"resourceType": ["Questionnaire"]}', "instead of a Questionnaire"),
        (b'{"resourceType": "Questionnaire"}', "without questions"),
        (b'{"resourceType": "Questionnaire", "item": 5}', "without questions"),
        (b'{"resourceType": "Questionnaire", "a": ' + b"[" * 70 + b"]" * 70 + b"}", "64 levels"),
        (b"[" * 100_000 + b"]" * 100_000, "64 levels"),
        (b"9" * 5_000, "not JSON"),
        (b" " * 1_000_001, "larger than 1 MB"),
        (as_bytes({"resourceType": "Questionnaire", "item": [{"type": "choice"}] * 301}), "300"),
    ],
)
def test_what_is_no_questionnaire_is_refused_with_its_reason(body: bytes, reason: str) -> None:
    with pytest.raises(fhir.Unreadable, match=reason):
        fhir.read(body=body)


JUNK: list[Any] = [
    None,
    1,
    1e308,
    True,
    "x",
    [],
    [[]],
    {},
    {"a": [1]},
    "\x00",
    [None],
    [1, "a"],
    -1,
]


def test_files_with_anything_anywhere_are_read_or_refused() -> None:
    """Three hundred files, each with a few values replaced at random places."""
    dice = random.Random(9)
    whole = questionnaire("phq_9")
    whole["contained"] = [{"id": "v", "compose": {"include": [{"concept": []}]}}]
    for _ in range(300):
        form = copy.deepcopy(whole)
        for _ in range(dice.randint(1, 4)):
            _spoil(form, dice)
        try:
            reading = fhir.read(body=json.dumps(form).encode())
        except fhir.Unreadable:
            continue
        assert reading.disagreements or len(reading.words.items) == len(reading.structure.items)


def _spoil(value: Any, dice: random.Random) -> None:
    while True:
        keys = list(value) if isinstance(value, dict) else list(range(len(value)))
        if not keys:
            return
        key = dice.choice(keys)
        if not isinstance(value[key], dict | list) or dice.random() < 0.15:
            value[key] = copy.deepcopy(dice.choice(JUNK))
            return
        value = value[key]
