"""Logs made up for tests: people who come, and who stop coming one day."""

import random
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

HEADER = "person,group,kind,opened_at,due_at,outcome,answered_at,reported_use,ended_at"
FIRST = date(2025, 1, 6)


def row(person: str, week: int, outcome: str, *, group: str = "east", use: str = "") -> str:
    """One weekly visit."""
    day = FIRST + timedelta(weeks=week)
    answered = day if outcome == "kept" else ""
    return f"{person},{group},visit,{day},{day},{outcome},{answered},{use},"


def lives(*, people: int, seed: int = 1) -> Iterator[str]:
    """16 weeks each; a third stop for good, and waver for three weeks before they do."""
    roll = random.Random(seed)
    for number in range(people):
        stop = roll.randrange(4, 12) if number % 3 == 0 else 99
        for week in range(16):
            chance = 0.0 if week >= stop else 0.5 if week >= stop - 3 else 0.92
            outcome = "kept" if roll.random() < chance else "missed"
            yield row(f"p{number}", week, outcome, group=("east", "west")[number % 2])


def written(folder: Path, *rows: str, header: str = HEADER) -> Path:
    """The rows as a file."""
    path = folder / "log.csv"
    path.write_text("\n".join([header, *rows, ""]))
    return path
