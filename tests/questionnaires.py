"""FHIR Questionnaires in made-up words, as somebody might publish them."""

import json
from typing import Any

from aftercare.instruments.structure import Item, structures

ORDINAL = "http://hl7.org/fhir/StructureDefinition/ordinalValue"


def questionnaire(code: str, **changes: Any) -> dict[str, Any]:
    """A whole Questionnaire that fits the structure with this code."""
    structure = structures()[code]
    return {
        "resourceType": "Questionnaire",
        "url": f"https://example.org/Questionnaire/{code}",
        "version": "1.0",
        "title": structure.name,
        "status": "active",
        "copyright": "Made up for a test.",
        "item": [
            {"linkId": "all", "type": "group", "text": "The last weeks:", "item": items(code)}
        ],
        **changes,
    }


def items(code: str) -> list[dict[str, Any]]:
    """A question for each item, in order."""
    return [_item(item) for item in structures()[code].items]


def _item(item: Item) -> dict[str, Any]:
    row: dict[str, Any] = {"linkId": f"q{item.code}", "text": f"Question {item.code}"}
    if item.loinc:
        row["code"] = [{"system": "http://loinc.org", "code": item.loinc}]
    if item.most_days is not None:
        return {**row, "type": "integer"}
    return {
        **row,
        "type": "choice",
        "answerOption": [
            {
                "valueCoding": {
                    "code": f"c{score}",
                    "display": f"Choice {score}",
                    "extension": [{"url": ORDINAL, "valueDecimal": score}],
                }
            }
            for score in item.scores
        ],
    }


def as_bytes(form: Any) -> bytes:
    """The file."""
    return json.dumps(form, ensure_ascii=False).encode()
