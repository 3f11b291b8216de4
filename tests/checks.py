"""Every check of the house, one after another: `python -m tests.checks`, or with names only those.

All of them run, so that one run tells everything; the summary names what failed.
"""

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PYTHON = [sys.executable, "-m"]
MANAGE = [sys.executable, "manage.py"]
WORKERS = str(min(os.cpu_count() or 2, 8))
PYTEST = [*PYTHON, "pytest", "-q", "-n", WORKERS, "--dist", "worksteal"]
WITHOUT_BROWSER = [*PYTEST, "-m", "not browser"]
LINT_IMPORTS = "from importlinter.cli import lint_imports_command as lint; lint()"
POSTGRES = [*PYTHON, "tests.postgres", "--"]

CHECKS = {
    "format": [*PYTHON, "ruff", "format", "--check", "."],
    "lint": [*PYTHON, "ruff", "check", "."],
    "templates": [*PYTHON, "djlint", "--lint", "templates"],
    "types": [*PYTHON, "mypy"],
    "imports": [sys.executable, "-c", LINT_IMPORTS],
    "migrations": [*MANAGE, "makemigrations", "--check", "--dry-run"],
    "system": [*MANAGE, "check", "--fail-level", "WARNING"],
    "sqlite": WITHOUT_BROWSER,
    # What no database changes has run already.
    "postgres": [*POSTGRES, *WITHOUT_BROWSER, "--database-only"],
    "chromium": [*PYTHON, "tests.chromium"],
    "browser": [*PYTEST, "-m", "browser", "tests/browser", "tests/security"],
}
# Each of these uses one core, so the long one goes beside the short ones; their words come in one piece.
SIDE_BY_SIDE = ("types", "format", "lint", "templates", "imports", "migrations", "system")
# Counting what every line and branch sees nearly doubles the time, so it is asked for by name.
BY_NAME = {
    "coverage": [*WITHOUT_BROWSER, "--cov", "--cov-report=term-missing:skip-covered"],
    # Before a release: the second database, with what is left out of it in every run.
    "everything": [*POSTGRES, *WITHOUT_BROWSER],
}
COMMANDS = CHECKS | BY_NAME


Result = tuple[bool, float, str]


def run(name: str, *, live: bool = True) -> Result:
    """Run one check and show its words as they come, or at its end: whether it passed, its seconds, its last."""
    words = [f"\n=== {name} ===\n"]
    if live:
        print(words.pop(), end="", flush=True)
    environment = {
        **{key: value for key, value in os.environ.items() if key != "DATABASE_URL"},
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "PYTHONUNBUFFERED": "1",
    }
    started = time.monotonic()
    last = ""
    with subprocess.Popen(
        COMMANDS[name],
        cwd=ROOT,
        env=environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    ) as running:
        assert running.stdout is not None
        for line in running.stdout:
            words.append(line)
            last = line.strip() or last
            if live:
                print(words.pop(), end="", flush=True)
    print("".join(words), end="", flush=True)
    return running.returncode == 0, time.monotonic() - started, last


def run_all(names: list[str]) -> dict[str, Result]:
    """Each check's result, in the order of `names`."""
    beside = [name for name in SIDE_BY_SIDE if name in names]
    with ThreadPoolExecutor(max_workers=2) as pool:
        found = dict(zip(beside, pool.map(lambda name: run(name, live=False), beside), strict=True))
    return {name: found[name] if name in found else run(name) for name in names}


def main(names: list[str]) -> int:
    """Run the named checks, or all; 1 when one failed."""
    unknown = set(names) - set(COMMANDS)
    if unknown:
        print(f"No check named {', '.join(sorted(unknown))}. There are: {', '.join(COMMANDS)}.")
        return 2
    results = run_all(names or list(CHECKS))
    print("\n=== summary ===")
    for name, (passed, seconds, last) in results.items():
        print(f"{'passed' if passed else 'FAILED'}  {name:<10} {seconds:6.1f} s   {last}")
    failed = [name for name, (passed, _, _) in results.items() if not passed]
    print(f"\nFAILED: {', '.join(failed)}" if failed else "\nEvery check passed.")
    for _, _, last in results.values():
        if " in " in last and ("passed" in last or "failed" in last):
            print(last)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
