"""Reads the tables of texts in tests/data."""

import csv
from pathlib import Path

_DATA = Path(__file__).parent / "data"


def read_table(name: str, *, part: str | None = None) -> list[dict[str, str]]:
    """The rows of tests/data/<name>.tsv, of one part ("dev" or "held") where it is named."""
    with (_DATA / f"{name}.tsv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    return [row for row in rows if part is None or row["part"] == part]
