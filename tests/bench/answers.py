"""How well texts are understood, and how fast danger is answered: tables of tests/data, then a real server.

Of the tables, `dev` rows shaped the rules and `held` rows did not; both are told, and the aims are
those of the whole.
"""

import json
import subprocess
import sys
from typing import Any

from aftercare import answers
from aftercare.crisis import Tier, find_crisis
from tests.bench.dispatch import machine
from tests.bench.processes import ROOT
from tests.tables import read_table

QUESTIONS = ("accuracy", "crisis", "latency", "bad_input")
DATABASES = ("sqlite", "postgres")
PARTS = {"all": None, "dev": "dev", "held": "held"}
MESSAGES, SECONDS = 10_000, 60
# Figure, the aim, and whether it is a least or a most.
AIMS = (
    ("accuracy", "accuracy", 0.97, "least"),
    ("accuracy", "misreadings", 0, "most"),
    ("crisis", "recall", 0.98, "least"),
    ("crisis", "false_a", 0.02, "most"),
    ("crisis", "false_both", 0.10, "most"),
    ("latency", "p99_ms", 500, "most"),
    ("latency", "unanswered_danger", 0, "most"),
    ("bad_input", "errors", 0, "most"),
    ("bad_input", "lost", 0, "most"),
    ("bad_input", "unread", 0, "most"),
    ("bad_input", "unseen", 0, "most"),
)

Results = dict[str, dict[str, Any]]


def run(*, only: list[str], messages: int | None, seconds: int | None) -> dict[str, Any]:
    """Measure what is asked (nothing named is everything); the object the command prints."""
    asked = only or list(QUESTIONS)
    results: Results = {}
    for name, part in PARTS.items():
        if "accuracy" in asked:
            results[f"tables/{name}/accuracy"] = accuracy(part)
        if "crisis" in asked:
            results[f"tables/{name}/crisis"] = crisis(part)
    outside = [question for question in QUESTIONS[2:] if question in asked]
    for database in DATABASES if outside else ():
        for question, figures in _outside(database, outside, messages, seconds).items():
            results[f"{database}/{question}"] = figures
    aims = [
        aim
        for case, figures in results.items()
        if not case.startswith(("tables/dev/", "tables/held/"))
        for aim in _aims(case, figures)
    ]
    return {"bench": "answers", "machine": machine(), "results": results, "aims": aims}


def accuracy(part: str | None) -> dict[str, Any]:
    """Share of readings that are right, and how often a wrong value would be taken for a fact."""
    rows = read_table("answers", part=part)
    right = misread = 0
    for row in rows:
        reading = answers.read(text=row["text"], question=answers.Question(row["question"]))
        said = "" if reading.value is None else str(reading.value)
        is_right = (reading.kind.value, said) == (row["kind"], row["value"])
        right += is_right
        misread += not is_right and reading.kind.value in ("number", "yes", "no")
    share = round(right / len(rows), 4) if rows else 1.0
    return {"texts": len(rows), "accuracy": share, "misreadings": misread}


def crisis(part: str | None) -> dict[str, Any]:
    """Recall over both tiers, each tier's share, and false alarms among ordinary texts."""
    texts = [row["text"] for row in read_table("crisis", part=part)]
    ordinary = [row["text"] for row in read_table("ordinary", part=part)]
    found = [one for one in map(find_crisis, texts) if one is not None]
    false = [one for one in map(find_crisis, ordinary) if one is not None]

    def share(some: list[Any], tier: Tier, of: list[str]) -> float:
        return round(sum(one.tier is tier for one in some) / len(of), 4)

    return {
        "texts": len(texts),
        "recall": round(len(found) / len(texts), 4),
        "recall_a": share(found, Tier.A, texts),
        "recall_b": share(found, Tier.B, texts),
        "ordinary": len(ordinary),
        "false_a": share(false, Tier.A, ordinary),
        "false_both": round(len(false) / len(ordinary), 4),
    }


def _outside(
    database: str, questions: list[str], messages: int | None, seconds: int | None
) -> Results:
    """In a process of its own for each database, because settings are read once."""
    command = [sys.executable, "-m", "tests.bench.texts_in", database, *questions]
    command += ["--messages", str(messages or MESSAGES), "--seconds", str(seconds or SECONDS)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as bed:
        try:
            printed, _ = bed.communicate()
        finally:
            bed.terminate()
    if bed.returncode:
        raise subprocess.CalledProcessError(bed.returncode, command)
    found: Results = json.loads(printed.splitlines()[-1])
    return found


def _aims(case: str, figures: dict[str, Any]) -> list[dict[str, Any]]:
    question = case.rsplit("/", 1)[-1]
    return [
        {
            "name": f"{case} {figure}",
            "value": figures[figure],
            "aim": aim,
            "met": figures[figure] >= aim if side == "least" else figures[figure] <= aim,
        }
        for about, figure, aim, side in AIMS
        if about == question
    ]
