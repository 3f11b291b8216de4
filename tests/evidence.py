"""All figures in full, written down with their date: `python -m tests.evidence [--minutes N] [--only WORD]`.

The faults come first, then the benches from the shortest on, then the rules of security. What did
not fit into the time is named as left out, and one command that hangs is broken off. The file says
what the machine can do and nothing else about it.
"""

import argparse
import json
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from notifications import clock
from tests.bench import __main__ as bench
from tests.bench.dispatch import machine
from tests.faults.catalogue import FAULTS
from tests.security.rules import FAMILIES

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "docs" / "evidence"
# What all of it may take, and one command.
MINUTES, ONE = 240, 60
# By what they cost; the rest is shorter, and comes before them.
LONG_BENCHES = ("dispatch", "histories")
# In the order of their worth: what comes last is left out first.
FULL = (
    ("FI-01", "--kills 150 --messages 4000"),
    ("FI-10", "--messages 4000"),
    ("FI-02", "--kills 30 --messages 2000"),
    ("FI-20", "--messages 1000"),
    ("FI-27", "--kills 20 --messages 100"),
    ("FI-13", "--messages 20000"),
    ("FI-11", "--messages 400"),
    ("FI-14", ""),
    ("FI-22", "--messages 5000"),
    ("FI-08", "--kills 40 --messages 2000"),
    ("FI-04", "--kills 5 --messages 1000"),
    ("FI-05", "--kills 50 --messages 2000"),
    ("FI-06", "--kills 20 --messages 2000"),
    ("FI-16", "--messages 200"),
    ("FI-19", "--kills 10 --messages 2000"),
    ("FI-15", "--kills 10 --messages 2000"),
    ("FI-03", "--kills 200"),
    ("FI-09", ""),
)
# Struck once on each database; the others behave alike on both, or know one alone.
ON_BOTH = ("FI-01", "FI-02", "FI-10", "FI-13", "FI-20")
COUNTS = ("due", "delivered", "lost", "twice", "unknown", "expired", "suppressed", "opted_out")


@dataclass(frozen=True, slots=True)
class Run:
    """One command and what it printed; `told` is None where it did not end in time or broke."""

    command: str
    told: dict[str, Any] | None

    @property
    def is_fault(self) -> bool:
        """Whether it is a fault that was played, and no bench."""
        return self.command.startswith("tests.faults ")

    @property
    def is_of_rules(self) -> bool:
        """Whether it is a family of the rules of security, with all trials."""
        return self.command.startswith("tests.security.")

    @property
    def is_met(self) -> bool:
        """A stranger's tool that could not be had here shows nothing, and misses nothing."""
        if self.told is None:
            return False
        if self.is_fault:
            return bool(self.told["ok"])
        if self.is_of_rules:
            return all(row["result"] == "passed" for row in self.told.values())
        judged = self.told.get("aims") or [one for one in self.told["checks"] if one["ran"]]
        return all(one["met"] for one in judged)


def main() -> int:
    """Run everything, write the file, and say where it lies; 1 when something was missed."""
    asked = _parse()
    before = machine()
    ends_at = time.monotonic() + asked.minutes * 60
    commands = [words for words in _commands() if asked.only in words]
    runs = []
    for number, words in enumerate(commands, start=1):
        sys.stdout.write(f"{number} of {len(commands)}: {words}\n")
        sys.stdout.flush()
        runs.append(_run(words, ends_at))
        sys.stdout.write(f"    {_verdict(runs[-1])}\n")
    at = clock.real()
    FOLDER.mkdir(exist_ok=True)
    path = FOLDER / f"{at:%Y-%m-%d}.md"
    faults = [run for run in runs if run.is_fault]
    rules = [run for run in runs if run.is_of_rules]
    others = [run for run in runs if not (run.is_fault or run.is_of_rules)]
    path.write_text(_document(f"{at:%Y-%m-%d}", before, others, faults, rules), encoding="utf-8")
    sys.stdout.write(f"{path.relative_to(ROOT)}\n")
    return 0 if all(run.is_met for run in runs) else 1


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.evidence", description=__doc__)
    parser.add_argument("--minutes", type=float, default=MINUTES, help="what all may take")
    parser.add_argument("--only", default="", help="those commands alone that hold this word")
    return parser.parse_args()


def _commands() -> list[str]:
    """Everything that is run, in order."""
    benches = sorted(bench.BENCHES, key=lambda name: (name in LONG_BENCHES, name))
    return [
        *(f"tests.faults {words} --json" for words in _faults()),
        "tests.contract --json",
        *(f"tests.bench {name} --json" for name in benches),
        *(f"tests.security.report {family} --full --json" for family in FAMILIES),
    ]


def _verdict(run: Run) -> str:
    if run.told is None:
        return "left out, or broken off"
    return "met" if run.is_met else "MISSED"


def _faults() -> list[str]:
    words = []
    for fault, size in FULL:
        databases = FAULTS[fault].databases
        for database in databases if fault in ON_BOTH else databases[:1]:
            words.append(f"{fault} {size} --database {database}".replace("  ", " "))
    return words


def _run(words: str, ends_at: float) -> Run:
    left = min(ends_at - time.monotonic(), ONE * 60)
    if left < 1:
        return Run(words, None)
    command = [sys.executable, "-m", *words.split()]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as running:
        try:
            printed, _ = running.communicate(timeout=left)
        except subprocess.TimeoutExpired:
            # Told so, it ends what it has started.
            running.terminate()
            running.communicate()
            return Run(words, None)
    lines = printed.splitlines()
    return Run(words, json.loads(lines[-1]) if lines else None)


def _document(
    day: str, before: dict[str, Any], benches: list[Run], faults: list[Run], rules: list[Run]
) -> str:
    """The whole file."""
    parts = [
        f"# Evidence of {day}",
        "Written by `make evidence`. "
        + ", ".join(f"{name.replace('_', ' ')}: {value}" for name, value in before.items())
        + ".",
        *(part for run in benches for part in _bench(run)),
        "## Faults",
        "Truth is the provider's own log; `tests/faults/play.py` says how each figure is counted. "
        "The waits before the provider is asked are shortened as the column says (wait + gap, s).",
        _faults_table([run for run in faults if run.told]),
        *(_figures(run.told) for run in faults if run.told),
        *_rules([run for run in rules if run.told]),
    ]
    left_out = [f"- `{run.command}`" for run in [*benches, *faults, *rules] if run.told is None]
    if left_out:
        parts += ["## Left out, or broken off", "\n".join(left_out)]
    return "\n\n".join(parts) + "\n"


def _bench(run: Run) -> list[str]:
    if run.told is None:
        return []
    if "checks" in run.told:
        return _contract(run.told["checks"])
    aims = [
        [aim["name"], aim["value"], aim["aim"], "met" if aim["met"] else "**missed**"]
        for aim in run.told["aims"]
    ]
    cases = [
        [case, ", ".join(f"{name} {value}" for name, value in figures.items())]
        for case, figures in run.told["results"].items()
    ]
    return [
        f"## {run.told['bench'].capitalize()}",
        ", ".join(
            f"{name.replace('_', ' ')}: {value}" for name, value in run.told["machine"].items()
        ),
        _table(["aim", "value", "wanted", ""], aims),
        _table(["database / size / question", "figures"], cases),
    ]


def _contract(checks: list[dict[str, Any]]) -> list[str]:
    rows = [
        [
            check["id"],
            check["figure"] if check["ran"] else "did not run",
            check["aim"],
            check["why"].strip(),
        ]
        for check in checks
    ]
    return ["## Strangers' tools", _table(["check", "figure", "aim", ""], rows)]


def _rules(runs: list[Run]) -> list[str]:
    rows = [
        [rule, row["result"], "; ".join(row["figures"]) or row["rule"]]
        for run in runs
        for rule, row in (run.told or {}).items()
    ]
    return (
        ["## Rules of security and privacy", _table(["rule", "", "figure"], rows)] if rows else []
    )


def _faults_table(runs: list[Run]) -> str:
    rows = []
    for run in runs:
        told = run.told or {}
        settling = told["settling"]
        rows.append(
            [
                told["id"],
                run.command.partition("--database ")[2].split()[0],
                *(told[name] for name in COUNTS),
                told["kills"],
                told["seconds"],
                f"{settling['wait_s']} + {settling['gap_s']}",
                "yes" if told["ok"] else "**no**",
            ]
        )
    names = [name.replace("_", " ") for name in COUNTS]
    return _table(["fault", "on", *names, "struck", "seconds", "settling", "ok"], rows)


def _figures(told: dict[str, Any] | None) -> str:
    known = told or {}
    figures = ", ".join(f"{name} {value}" for name, value in known["figures"].items())
    return f"**{known['id']}**, {FAULTS[known['id']].title}: {figures}."


def _table(head: list[str], rows: list[list[Any]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(str(cell) for cell in line)} |" for line in lines)


if __name__ == "__main__":
    sys.exit(main())
