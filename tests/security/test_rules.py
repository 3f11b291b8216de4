"""Every rule has a test of its name, and no test names a rule that is not there."""

import ast
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
