import re
import tomllib

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.house.places import ROOT

LOCKS = {
    "requirements.txt": [],
    "requirements-dev.txt": ["dev"],
    "requirements-redis.txt": ["redis"],
    "requirements-audit.txt": ["audit"],
    "requirements-scan.txt": ["scan"],
}
# Scanners live apart from the product, in environments of their own.
ALONE = {"requirements-audit.txt", "requirements-scan.txt"}
PINNED = re.compile(r"^([a-z0-9][a-z0-9.-]*)==(\S+)", re.MULTILINE)


def pins(lock: str) -> dict[str, str]:
    return dict(PINNED.findall((ROOT / lock).read_text(encoding="utf-8")))


def wanted(lock: str) -> list[Requirement]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = [project["optional-dependencies"][extra] for extra in LOCKS[lock]]
    product = [] if lock in ALONE else project["dependencies"]
    return [Requirement(line) for lines in [product, *extras] for line in lines]


@pytest.mark.parametrize("lock", LOCKS)
def test_lock_answers_what_the_project_asks_for(lock: str) -> None:
    locked = pins(lock)
    unanswered = [
        str(asked)
        for asked in wanted(lock)
        if not asked.specifier.contains(locked.get(canonicalize_name(asked.name), "0"))
    ]
    assert unanswered == []


@pytest.mark.parametrize("lock", LOCKS)
def test_lock_holds_a_hash_for_each_requirement(lock: str) -> None:
    blocks = re.split(r"^(?=\S+==)", (ROOT / lock).read_text(encoding="utf-8"), flags=re.MULTILINE)
    without = [block.split()[0] for block in blocks[1:] if "--hash=sha256:" not in block]
    assert without == []
    assert len(blocks) - 1 == len(pins(lock)) > 40


@pytest.mark.parametrize("lock", LOCKS)
def test_lock_names_no_address_and_no_option(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8")
    lines = [line.strip() for line in text.splitlines()]
    assert "://" not in text
    assert [line for line in lines if line.startswith("-") and "--hash" not in line] == []


def test_locks_agree_with_each_other() -> None:
    run, develop = pins("requirements.txt"), pins("requirements-dev.txt")
    assert {package: develop.get(package) for package in run} == run
