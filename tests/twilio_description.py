"""Twilio's own OpenAPI description of the Messages API, where it lies beside the project."""

import json
import re
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

from tests.shared import SHARED

LIST = "/2010-04-01/Accounts/{AccountSid}/Messages.json"
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
ONE = "/2010-04-01/Accounts/{AccountSid}/Messages/{Sid}.json"


class Description:
    """Twilio's own OpenAPI description of the Messages API, where it is at hand."""

    def __init__(self) -> None:
        path = (SHARED or Path()) / "twilio" / "twilio_messages_min.json"
        self.spec = json.loads(path.read_text(encoding="utf-8")) if path.exists() else None

    def complaints_about_form(self, fields: dict[str, str], *, path: str = LIST) -> list[str]:
        """Why a form is none that a message is made or changed by."""
        if self.spec is None:
            return []
        body = self.spec["paths"][path]["post"]["requestBody"]["content"]
        schema = self.resolve(body["application/x-www-form-urlencoded"]["schema"])
        unknown = set(fields) - set(schema["properties"])
        typed = {
            name: int(value)
            if schema["properties"].get(name, {}).get("type") == "integer"
            else value
            for name, value in fields.items()
        }
        return [f"unknown field {name}" for name in unknown] + complaints(schema, typed)

    def complaints_about_list(self, query: dict[str, str]) -> list[str]:
        """Why a query is none that the list takes."""
        if self.spec is None:
            return []
        known = {item["name"] for item in self.spec["paths"][LIST]["get"]["parameters"]}
        unknown = [f"unknown parameter {name}" for name in set(query) - known]
        day = query.get("DateSent")
        is_instant = day is None or INSTANT.fullmatch(day)
        return unknown if is_instant else [*unknown, f"DateSent {day} is no date-time"]

    def complaints_about_answer(
        self, method: str, status: int, answer: Any, *, path: str = LIST
    ) -> list[str]:
        """Why an answer of ours is not what Twilio answers."""
        responses = {} if self.spec is None else self.spec["paths"][path][method]["responses"]
        if str(status) not in responses:
            return []
        content = responses[str(status)]["content"]["application/json"]
        return complaints(self.resolve(content["schema"]), answer)

    def resolve(self, schema: Any) -> Any:
        """A schema without references, in the dialect of JSON Schema."""
        if isinstance(schema, list):
            return [self.resolve(item) for item in schema]
        if not isinstance(schema, dict):
            return schema
        if "$ref" in schema:
            return self.resolve(self._at(schema["$ref"]))
        plain = {key: self.resolve(value) for key, value in schema.items()}
        if plain.pop("nullable", False) and "type" in plain:
            plain["type"] = [plain["type"], "null"]
        return plain

    def _at(self, reference: str) -> Any:
        found: Any = self.spec
        for part in reference.removeprefix("#/").split("/"):
            found = found[part]
        return found


def complaints(schema: Any, value: Any) -> list[str]:
    """What a value has that its schema does not allow."""
    return [error.message for error in Draft202012Validator(schema).iter_errors(value)]


DESCRIPTION = Description()
