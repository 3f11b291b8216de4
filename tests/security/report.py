"""`python -m tests.security.report [FAMILY…] [--full] [--json]`: each rule with its figure and its result.

Runs the tests of the rules (all, or those of families, as `auth cons`) and prints what they measured;
1 when one fails or a rule has no test.
"""

import argparse
import json
import os
import sys
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.security.conftest import FULL
from tests.security.rules import FAMILIES, RULES, rule_of

FOLDER = Path(__file__).resolve().parent
# Seconds for one test with all its trials.
LONGEST = 3600


@dataclass
class Outcome:
    """What the tests of one rule said."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0
    figures: list[str] = field(default_factory=list)

    @property
    def result(self) -> str:
        """In one word."""
        if self.failed:
            return "failed"
        if self.passed:
            return "passed"
        return "skipped" if self.skipped else "no test"


class Listener:
    """Takes down what each test says."""

    def __init__(self) -> None:
        self.rules = {rule: Outcome() for rule in RULES}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """A failed set-up counts as a failure, a skip as no proof."""
        rule = rule_of(test=report.nodeid.rpartition("::")[2])
        if rule is None or (report.when != "call" and report.passed):
            return
        outcome = self.rules.setdefault(rule, Outcome())
        setattr(outcome, report.outcome, getattr(outcome, report.outcome) + 1)
        outcome.figures += [
            str(value) for name, value in report.user_properties if name == "figure"
        ]


def main(arguments: list[str]) -> int:
    """Run and print; `--full` takes the numbers a release asks for."""
    parser = argparse.ArgumentParser(prog="tests.security.report", description=__doc__)
    parser.add_argument("family", nargs="*", metavar="FAMILY", help=", ".join(FAMILIES))
    parser.add_argument("--full", action="store_true", help="all trials, for a release")
    parser.add_argument("--json", action="store_true", help="one JSON object, by id")
    chosen = parser.parse_args(arguments)
    listener = Listener()
    words = ["-q"]
    if chosen.family:
        words += ["-k", " or ".join(f"test_{name}_" for name in chosen.family)]
    if chosen.full:
        os.environ[FULL] = "1"
        # All trials of one rule take longer than any test of every day may.
        words += ["-o", f"faulthandler_timeout={LONGEST}"]
    # What the tests say on the way is for people, who read it beside the object.
    with redirect_stdout(sys.stderr if chosen.json else sys.stdout):
        pytest.main([str(FOLDER), *words], plugins=[listener])
    rows: dict[str, dict[str, Any]] = {
        rule: {
            "rule": RULES.get(rule, ""),
            "tests": one.passed + one.failed + one.skipped,
            "figures": one.figures,
            "result": one.result,
        }
        for rule, one in listener.rules.items()
        if not chosen.family or rule.partition("-")[0].lower() in chosen.family
    }
    if chosen.json:
        sys.stdout.write(json.dumps(rows) + "\n")
    else:
        for rule, row in rows.items():
            said = "; ".join(row["figures"]) or row["rule"]
            sys.stdout.write(f"{rule:<9} {row['result']:<8} {said}\n")
    return 0 if all(row["result"] == "passed" for row in rows.values()) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
