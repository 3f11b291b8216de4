import re
from pathlib import Path

from tests.faults.catalogue import FAULTS

ROOT = Path(__file__).resolve().parent.parent.parent


def test_messaging_names_only_tests_that_exist() -> None:
    page = (ROOT / "docs" / "messaging.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`(test_\w+)`", page))
    files = (ROOT / "tests").rglob("test_*.py")
    tests = "".join(path.read_text(encoding="utf-8") for path in files)

    assert len(named) > 5
    assert {name for name in named if f"def {name}(" not in tests} == set()
    assert set(re.findall(r"tests\.faults (FI-\d+)", page)) <= set(FAULTS)
