"""Every rule has a test of its name, and no test names a rule that is not there."""

import ast
import json
import os
import subprocess
import sys
from pathlib import Path

from tests.security.rules import RULES, rule_of

FOLDER = Path(__file__).resolve().parent


def test_every_rule_has_a_test_and_every_test_a_rule() -> None:
    names = [
        node.name
        for path in FOLDER.glob("test_*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    ]
    named = {rule for name in names if (rule := rule_of(test=name)) is not None}

    assert named == set(RULES)


def test_the_report_for_machines_is_one_object_by_id() -> None:
    """Nothing is run, so nothing is proved; and what pytest says stays out of the object."""
    told = subprocess.run(
        [sys.executable, "-m", "tests.security.report", "exp", "--json"],
        cwd=FOLDER.parent.parent,
        env={**os.environ, "PYTEST_ADDOPTS": "--collect-only"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )

    rows = json.loads(told.stdout)
    assert (told.returncode, list(rows)) == (1, ["EXP-01", "EXP-02", "EXP-03", "EXP-04"])
    assert {row["result"] for row in rows.values()} == {"no test"}
    assert "test_exports.py" in told.stderr
