"""Measure one thing: `python -m tests.bench dispatch --json [--only throughput,tick] [--messages N]`, or answers.

Exit codes: 0 when every aim is met, 1 when one is missed, 2 when there is no such bench or question.
"""

import argparse
import json
import sys
from typing import Any

from tests.bench import answers, caseload, dispatch, finder, histories, intake, signals
from tests.faults import home

# Each bench takes what its questions are, and how large it is; both may be left to it.
BENCHES: dict[str, Any] = {
    "answers": answers,
    "caseload": caseload,
    "dispatch": dispatch,
    "finder": finder,
    "histories": histories,
    "import": intake,
    "signals": signals,
}


def main(arguments: list[str]) -> int:
    """Run the bench that is named and say what it found."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("name", choices=sorted(BENCHES))
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--only", default="", help="questions, split by commas")
    parser.add_argument(
        "--messages",
        "--meetings",
        "--people",
        type=int,
        help="how many texts are due, or meetings or people there are",
    )
    parser.add_argument("--seconds", type=int, help="how long something is watched")
    asked = parser.parse_args(arguments)
    bench = BENCHES[asked.name]
    only = [question for question in asked.only.split(",") if question]
    unknown = set(only) - set(bench.QUESTIONS)
    if unknown:
        parser.error(f"no question {sorted(unknown)}; there are: {', '.join(bench.QUESTIONS)}")
    home.end_when_told()
    told = bench.run(only=only, messages=asked.messages, seconds=asked.seconds)
    sys.stdout.write(json.dumps(told) + "\n" if asked.json else table(told))
    return 0 if all(aim["met"] for aim in told["aims"]) else 1


def table(told: dict[str, Any]) -> str:
    """The same for people: a line a case, a line an aim."""
    lines = [f"{told['bench']}, on {told['machine']}", ""]
    for case, figures in told["results"].items():
        lines.append(
            f"  {case}: " + ", ".join(f"{name} {value}" for name, value in figures.items())
        )
    lines.append("")
    for aim in told["aims"]:
        word = "met   " if aim["met"] else "MISSED"
        lines.append(f"  {word} {aim['name']}: {aim['value']} (aim {aim['aim']})")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
