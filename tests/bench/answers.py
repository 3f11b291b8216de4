"""How well texts are understood, and how fast: the tables of tests/data, read as production reads.

`held` rows were written after the rules and are not tuned on; of them the aims ask a little less.
A misreading is a value or a yes or no recorded that the text does not say.
"""

import statistics
import time
from collections.abc import Iterable
from typing import Any

from aftercare.answers import Kind, Question, Reading, read
from aftercare.crisis import Tier, find_crisis
from tests.bench.dispatch import machine
from tests.tables import read_table

QUESTIONS = ("answers", "crisis", "latency")
PARTS = ("dev", "held")
RECORDED = (Kind.NUMBER, Kind.YES, Kind.NO)
# Figure -> part -> what it must reach; for `accuracy` and `recall` at least, for the others at most.
AIMS: dict[str, dict[str, float]] = {
    "accuracy": {"dev": 0.97, "held": 0.93},
    "misreadings": {"dev": 0, "held": 0},
    "recall": {"dev": 0.98, "held": 0.95},
    "false_alarms_a": {"dev": 0.02, "held": 0.02},
    "false_alarms": {"dev": 0.10, "held": 0.10},
    "p99_ms": {"all": 50},
}
_AT_LEAST = ("accuracy", "recall")

Results = dict[str, dict[str, float]]


def run(*, only: list[str], messages: int | None, seconds: int | None) -> dict[str, Any]:
    """Measure what is asked (nothing named is everything); the object the command prints."""
    results: Results = {}
    for question, measure in (("answers", _answers), ("crisis", _crisis), ("latency", _latency)):
        if not only or question in only:
            results |= measure()
    return {
        "bench": "answers",
        "machine": machine(),
        "results": results,
        "aims": [aim for case, figures in results.items() for aim in _judged(case, figures)],
    }


def _answers() -> Results:
    found: Results = {}
    for part in PARTS:
        rows = read_table("answers", part=part)
        readings = [
            (row, read(text=row["text"], question=Question(row["question"]))) for row in rows
        ]
        wrong = [reading for row, reading in readings if not _is_right(row, reading)]
        found[f"none/{len(rows)}/answers, {part}"] = {
            "accuracy": _share(len(rows) - len(wrong), len(rows)),
            "misreadings": sum(reading.kind in RECORDED for reading in wrong),
        }
    return found


def _is_right(row: dict[str, str], reading: Reading) -> bool:
    value = "" if reading.value is None else str(reading.value)
    return (reading.kind.value, value) == (row["kind"], row["value"] or "")


def _crisis() -> Results:
    found: Results = {}
    for part in PARTS:
        grave = [row["text"] for row in read_table("crisis", part=part)]
        ordinary = [find_crisis(row["text"]) for row in read_table("ordinary", part=part)]
        alarms = [crisis for crisis in ordinary if crisis is not None]
        found[f"none/{len(grave) + len(ordinary)}/crisis, {part}"] = {
            "recall": _share(sum(find_crisis(text) is not None for text in grave), len(grave)),
            "false_alarms_a": _share(
                sum(crisis.tier is Tier.A for crisis in alarms), len(ordinary)
            ),
            "false_alarms": _share(len(alarms), len(ordinary)),
        }
    return found


def _latency() -> Results:
    """How long one reading takes, danger included; the word lists are loaded before."""
    rows = read_table("answers")
    for question in Question:
        read(text="8", question=question)
    taken = sorted(_timed(rows))
    return {
        f"none/{len(rows)}/latency, all": {
            "median_ms": round(statistics.median(taken), 3),
            "p99_ms": round(taken[int(len(taken) * 0.99)], 3),
        }
    }


def _timed(rows: Iterable[dict[str, str]]) -> Iterable[float]:
    for row in rows:
        began = time.perf_counter()
        read(text=row["text"], question=Question(row["question"]))
        yield (time.perf_counter() - began) * 1000


def _share(part: int, whole: int) -> float:
    return round(part / whole, 4)


def _judged(case: str, figures: dict[str, float]) -> Iterable[dict[str, Any]]:
    name, _, part = case.rpartition("/")[2].partition(", ")
    for figure, value in figures.items():
        aim = AIMS.get(figure, {}).get(part)
        if aim is not None:
            met = value >= aim if figure in _AT_LEAST else value <= aim
            yield {"name": f"{name}, {part}: {figure}", "value": value, "aim": aim, "met": met}
