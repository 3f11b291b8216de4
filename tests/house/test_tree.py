import re
from pathlib import Path

import pytest

from tests.house.places import ROOT, children, files, name

TOP = {
    # what runs
    "portal",
    "aftercare",
    "notifications",
    "templates",
    "locale",
    "manage.py",
    # what proves it
    "tests",
    # what explains it
    "README.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "SECURITY.md",
    "LICENSE",
    "docs",
    # what installs and ships it
    "pyproject.toml",
    "requirements.txt",
    "requirements-dev.txt",
    "requirements-redis.txt",
    "requirements-audit.txt",
    "requirements-scan.txt",
    "Makefile",
    "Dockerfile",
    "compose.yaml",
    ".ci",
    # what tools look for at the top
    ".env.example",
    ".dockerignore",
    ".editorconfig",
    ".gitignore",
    ".pre-commit-config.yaml",
}
PACKAGES = ["portal", "aftercare", "notifications"]
LONGEST_FILE = 400
# A lock is made by a tool, a font or picture has no words.
WORDLESS = {".png", ".ico", ".mo", ".woff2", ".webp"}

# In pieces, so that this file does not hold what it looks for.
FORBIDDEN = {
    "an index of packages": re.compile(
        r"\b(?:pypi|files\.python" + r"hosted|registry\.npm" + r"js)\.\w+"
    ),
    "a mirror of Debian": re.compile(r"\bdeb\.deb" + r"ian\.org"),
    "a home folder": re.compile(r"(?<![\w.:/])/(?:home|Us" + r"ers|ro" + r"ot)/\w+"),
    "a work folder": re.compile(r"(?<![\w.])/(?:wo" + r"rk|tm" + r"p)/\w+"),
    "unfinished work": re.compile(
        r"\b(?:TO" + r"DO|FIX" + r"ME|XX" + r"X|NotImpl" + r"ementedError)\b"
    ),
}


def words() -> list[Path]:
    """The files of the project that people or machines read as text, vendored ones left out."""
    return [path for path in files() if path.suffix not in WORDLESS and "vendor" not in path.parts]


def code() -> list[Path]:
    return [
        path
        for package in PACKAGES
        for path in files(ROOT / package)
        if path.suffix == ".py" and "migrations" not in path.parts
    ]


def test_top_holds_what_it_is_meant_to() -> None:
    assert {path.name for path in children(ROOT)} == TOP


def test_no_file_is_two_rooms() -> None:
    long = {name(path): len(path.read_text(encoding="utf-8").splitlines()) for path in code()}
    assert {path: lines for path, lines in long.items() if lines > LONGEST_FILE} == {}


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_file_speaks_of_the_machine_it_was_written_on(what: str) -> None:
    found = {
        f"{name(path)}: {match.group()}"
        for path in words()
        for match in FORBIDDEN[what].finditer(path.read_text(encoding="utf-8"))
    }
    assert found == set()


@pytest.mark.parametrize("word", ["services", "utils", "helpers", "managers"])
def test_modules_are_named_for_what_they_hold(word: str) -> None:
    assert [name(path) for path in code() if path.stem == word or word in path.parts] == []
