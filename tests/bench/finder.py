"""How fast the finder answers from made-up directories, on SQLite and on PostgreSQL, beside a plain
filter over all rows in memory, which is what finders in a browser do.
"""

import json
import subprocess
import sys
from typing import Any

from tests.bench.dispatch import machine
from tests.bench.processes import ROOT

DATABASES = ("sqlite", "postgres")
QUESTIONS = ("nearby", "common", "words", "typing", "everything", "soon")
SIZES = (20_000, 100_000)
# p95 at a hundred thousand meetings; at twenty thousand, half of it.
AIMS = {"nearby": 40.0, "common": 80.0, "words": 80.0, "everything": 80.0}
GROWTH = 0.02

Results = dict[str, dict[str, float]]


def run(*, only: list[str], messages: int | None, seconds: int | None) -> dict[str, Any]:
    """Ask what is asked (nothing named is everything), of one size or both; `seconds` means nothing."""
    sizes = (messages,) if messages else SIZES
    results: Results = {}
    for database in DATABASES:
        for size in sizes:
            results |= measure(database, size, only or list(QUESTIONS))
    return {
        "bench": "finder",
        "machine": machine(),
        "results": results,
        "aims": [*_speed(results), *_queries(results), *_memory(results)],
    }


def measure(database: str, size: int, questions: list[str]) -> Results:
    """One directory in a process of its own, because settings are read once."""
    command = [sys.executable, "-m", "tests.bench.finder_bed", database, str(size), *questions]
    told = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    found: Results = json.loads(told.stdout.splitlines()[-1])
    return {f"{database}/{case}": figures for case, figures in found.items()}


def _speed(results: Results) -> list[dict[str, Any]]:
    aims = []
    for case, figures in results.items():
        _, size, question = case.split("/")
        if question in AIMS:
            aim = AIMS[question] * (1 if int(size) > SIZES[0] else 0.5)
            aims.append(judge(f"{case}: p95 in ms", figures["p95_ms"], aim))
    return aims


def _queries(results: Results) -> list[dict[str, Any]]:
    """As many queries for many meetings as for few."""
    aims = []
    for case, figures in results.items():
        database, size, question = case.split("/")
        few = results.get(f"{database}/{SIZES[0]}/{question}", {})
        if int(size) == SIZES[1] and "most_queries" in few:
            more = figures["most_queries"] - few["most_queries"]
            aims.append(judge(f"{case}: more queries than for {SIZES[0]}", more, 0))
    return aims


def _memory(results: Results) -> list[dict[str, Any]]:
    return [
        judge(f"{case}: growth (share)", figures["growth"], GROWTH)
        for case, figures in results.items()
        if case.endswith("/memory")
    ]


def judge(name: str, value: float, aim: float) -> dict[str, Any]:
    """An aim that is met by so much at most."""
    return {"name": name, "value": value, "aim": aim, "met": value <= aim}
