"""Reads texts from a file exactly as replies are read in production, and prints what was understood."""

import csv
import io
import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from aftercare.answers import Question, read

COLUMNS = ("question", "text")


class Command(BaseCommand):
    """Lets an operator try their own phrases; needs no database."""

    help = "Reads the texts of a CSV file as production reads replies, and prints the readings."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """One file, and the choice of output."""
        parser.add_argument("file", help="a CSV file in UTF-8 with the columns question and text")
        parser.add_argument("--json", action="store_true", help="print one JSON array")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print one reading a row; nothing is printed unless every row can be read."""
        readings = [_reading(row) for row in _rows(Path(options["file"]))]
        if options["json"]:
            self.stdout.write(json.dumps(readings, ensure_ascii=False, indent=1))
            return
        for one in readings:
            value = "" if one["value"] is None else f" {one['value']}"
            crisis = f" [crisis, tier {one['tier']}]" if one["crisis"] else ""
            self.stdout.write(f"{one['question']}: {one['text']} -> {one['kind']}{value}{crisis}")


def _reading(row: dict[str, str]) -> dict[str, object]:
    reading = read(text=row["text"], question=Question(row["question"]))
    return {
        "text": row["text"],
        "question": row["question"],
        "kind": reading.kind.value,
        "value": reading.value,
        "crisis": reading.crisis is not None,
        "tier": reading.tier,
    }


def _rows(path: Path) -> list[dict[str, str]]:
    """The checked rows; row 1 is the first below the header. Raises CommandError with the remedy."""
    reader = csv.DictReader(io.StringIO(_decoded(path), newline=""), strict=True)
    try:
        missing = [name for name in COLUMNS if name not in (reader.fieldnames or [])]
        if missing:
            raise CommandError(
                f"{path} has no column {' and no column '.join(missing)}. "
                "Its first line must name the columns question and text."
            )
        return [_checked(row, number) for number, row in enumerate(reader, start=1)]
    except csv.Error as error:
        raise CommandError(
            f"{path}, after line {reader.line_num}: not a CSV file ({error}). "
            "Put a text with commas, quotes or line breaks in double quotes."
        ) from error


def _decoded(path: Path) -> str:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise CommandError(f"Cannot open {path}: {error.strerror}. Check the name.") from error
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise CommandError(
            f"{path}, line {line}: not UTF-8. Save the file as CSV UTF-8 and try again."
        ) from error


def _checked(row: dict[str | Any, str | Any], number: int) -> dict[str, str]:
    if None in row or None in row.values():
        raise CommandError(
            f"Row {number}: as many fields as the first line has are needed. "
            "Put a text with commas in double quotes."
        )
    if row["question"] not in set(Question):
        known = ", ".join(Question)
        raise CommandError(
            f'Row {number}: there is no question "{row["question"]}". Use one of: {known}.'
        )
    return row
