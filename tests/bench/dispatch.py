"""How fast texts leave, against how others do it, on SQLite and on PostgreSQL with Redis.

Texts are real rows of the outbox, one to each recipient, inserted in bulk before the clock runs, from
a number without a pace. Rates are between the first and the last text that the provider took.
"""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.bench import provider
from tests.bench.processes import ROOT

DATABASES = ("sqlite", "postgres")
QUESTIONS = ("throughput", "lateness", "start", "tick", "memory")
MESSAGES, SECONDS = 20_000, 300
MAIN = "50 ms, 2 workers"
GOAL = 700.0

Results = dict[str, dict[str, float]]


@dataclass(frozen=True)
class Aim:
    """A figure that must be reached: at least, or at most, so much."""

    name: str
    question: str
    figure: str
    at_least: float | None = None
    at_most: float | None = None
    database: str = ""

    def judge(self, database: str, results: Results) -> dict[str, Any] | None:
        """The aim as it is printed; None where its question was not asked."""
        cases = [figures for case, figures in results.items() if self._is_about(case, database)]
        if not cases or (self.database and self.database != database):
            return None
        value = cases[0][self.figure]
        met = value >= self.at_least if self.at_least is not None else value <= (self.at_most or 0)
        aim = self.at_least if self.at_least is not None else self.at_most
        return {"name": f"{database}: {self.name}", "value": value, "aim": aim, "met": met}

    def _is_about(self, case: str, database: str) -> bool:
        of_database, _, question = case.split("/", 2)
        return (of_database, question) == (database, self.question)


AIMS = (
    Aim("times one schedule per text", f"ratios, {MAIN}", "to_schedules", at_least=10),
    Aim("times one job per text", f"ratios, {MAIN}", "to_jobs", at_least=5),
    Aim("share of the bare loop", f"ratios, {MAIN}", "to_limit", at_least=0.5),
    Aim("texts a second at 50 ms", f"portal, {MAIN}", "per_s", at_least=500, database="sqlite"),
    Aim("99 % of texts are at most so late (ms)", "lateness, one a second", "p99_ms", at_most=2000),
    Aim(
        "first text after the start (ms)", "first text after the start", "slowest_ms", at_most=2000
    ),
    Aim("a tick over many rows to one over few", "tick, many to few", "ratio", at_most=1.2),
    Aim("memory of a worker (MB)", "memory", "largest_mb", at_most=150),
    Aim("growth of a worker (share)", "memory", "growth", at_most=0.05),
)


def run(*, only: list[str], messages: int | None, seconds: int | None) -> dict[str, Any]:
    """Measure what is asked (nothing named is everything); the object the command prints."""
    results: Results = {}
    with provider.running() as stand_in:
        speed = stand_in.top_speed()
    for database in DATABASES:
        results |= _measure(database, only or list(QUESTIONS), messages, seconds)
    for case, figures in results.items():
        if case.startswith("postgres/") and case.endswith(f"/portal, {MAIN}"):
            figures["goal_per_s"] = GOAL  # told beside it, and no aim
    aims = [aim.judge(database, results) for database in DATABASES for aim in AIMS]
    return {
        "bench": "dispatch",
        "machine": machine() | {"provider_top_speed_per_s": round(speed)},
        "results": results,
        "aims": [aim for aim in aims if aim is not None],
    }


def _measure(database: str, only: list[str], messages: int | None, seconds: int | None) -> Results:
    """Everything about one database, in a process of its own, because settings are read once."""
    command = [sys.executable, "-m", "tests.bench.bed", database, *only]
    command += ["--messages", str(messages or MESSAGES), "--seconds", str(seconds or SECONDS)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as bed:
        try:
            printed, _ = bed.communicate()
        finally:
            bed.terminate()
    if bed.returncode:
        raise subprocess.CalledProcessError(bed.returncode, command)
    found: Results = json.loads(printed.splitlines()[-1])
    return {f"{database}/{case}": figures for case, figures in found.items()}


def machine() -> dict[str, Any]:
    """The machine, without its name."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    models = [
        line.partition(":")[2].strip()
        for line in Path("/proc/cpuinfo").read_text().splitlines()
        if line.startswith("model name")
    ]
    return {
        "cores": os.cpu_count(),
        "processor": models[0] if models else "unknown",
        "memory_gb": round(memory),
        "python": sys.version.split()[0],
        "load_before": round(os.getloadavg()[0], 1),
    }
