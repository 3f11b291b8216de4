"""The files of the project, as the tests of the house walk them."""

from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
# Beside what .gitignore names.
UNTRACKED = {".git"}


def ignored() -> list[str]:
    """The patterns of .gitignore, without their slashes."""
    lines = (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
    return [line.strip().strip("/") for line in lines if line.strip() and line[0] != "#"]


def children(folder: Path) -> Iterator[Path]:
    """What a folder holds of the project."""
    patterns = ignored()
    for path in sorted(folder.iterdir()):
        if path.name not in UNTRACKED and not any(fnmatch(path.name, each) for each in patterns):
            yield path


def files(folder: Path = ROOT) -> Iterator[Path]:
    """Every file of the project below a folder."""
    for path in children(folder):
        if path.is_dir():
            yield from files(path)
        else:
            yield path


def name(path: Path) -> str:
    """A file's path from the top of the project."""
    return path.relative_to(ROOT).as_posix()
