"""What scanners of code say: bandit, the security rules of ruff, and this house's own for semgrep."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.audit.findings import Finding

ROOT = Path(__file__).resolve().parent.parent.parent
TOOLS = ROOT / ".venv-audit" / "bin"
PACKAGES = ("portal", "aftercare", "notifications")
SECONDS = 600
# What bandit minds and a person has looked at: by test and file (all files: "*"), and why it is good.
ACCEPTED = {
    ("B101", "*"): "an assert tells the type checker what the code before it made sure of",
    ("B311", "*"): "made-up data and waiting times need no secret chance",
    ("B105", "notifications/checks.py"): "a sentence that names the variable of a token",
    ("B105", "portal/settings.py"): "a limit, by the name that the log-in library gives it",
    ("B404", "portal/management/commands/demo.py"): "the demo starts its own programs",
    ("B603", "portal/management/commands/demo.py"): "the demo starts its own programs",
    ("B310", "portal/management/commands/demo.py"): "the demo waits for its own loopback address",
    ("B608", "aftercare/sealing.py"): "the name of the table comes from the model",
    ("B608", "aftercare/directory/rows.py"): "the names of columns come from the model",
    (
        "B608",
        "aftercare/directory/words.py",
    ): "the name of a table is a constant; words are parameters",
    (
        "B611",
        "aftercare/directory/words.py",
    ): "the name of a table is a constant; words are parameters",
    ("B611", "aftercare/directory/ahead.py"): "names of zones are parameters",
}


def _output(*command: str, environment: dict[str, str] | None = None) -> str:
    done = subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, **(environment or {})},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    if not done.stdout:
        raise RuntimeError(f"{Path(command[0]).name} said nothing: {done.stderr.strip()[-300:]}")
    return done.stdout


def bandit() -> Iterator[Finding]:
    """Habits that lead to holes, migrations left out."""
    words = ("-q", "-r", *PACKAGES, "-x", "*/migrations/*", "-f", "json")
    said: dict[str, Any] = json.loads(_output(str(TOOLS / "bandit"), *words))
    for one in said["results"]:
        test, file = one["test_id"], one["filename"].removeprefix("./")
        reason = ACCEPTED.get((test, file)) or ACCEPTED.get((test, "*"))
        yield Finding(
            tool="bandit",
            level="info" if reason else one["issue_severity"].lower(),
            where=f"{file}:{one['line_number']}",
            what=f"{test} {one['issue_text']}",
            reason=f"{test}: {reason}" if reason else "",
        )


def ruff() -> Iterator[Finding]:
    """The rules named S; what is allowed says so on its line."""
    words = ("check", "--select", "S", "--output-format", "json", *PACKAGES, "tests")
    for one in json.loads(_output(sys.executable, "-m", "ruff", *words)):
        where = f"{Path(one['filename']).relative_to(ROOT)}:{one['location']['row']}"
        yield Finding(
            tool="ruff S", level="medium", where=where, what=f"{one['code']} {one['message']}"
        )


def semgrep() -> Iterator[Finding]:
    """The rules beside this file; nobody is asked for others, and nobody told."""
    words = (
        *("scan", "--metrics=off", "--disable-version-check", "--quiet", "--json"),
        *("--no-git-ignore", "--config", "tests/audit/rules.yaml", *PACKAGES, "templates"),
    )
    quiet = {"SEMGREP_SEND_METRICS": "off", "SEMGREP_ENABLE_VERSION_CHECK": "0"}
    path = {"PATH": f"{TOOLS}{os.pathsep}{os.environ['PATH']}"}
    said: dict[str, Any] = json.loads(
        _output(str(TOOLS / "semgrep"), *words, environment=quiet | path)
    )
    for fault in said["errors"]:
        yield Finding(tool="semgrep", level="high", where="rules.yaml", what=fault["message"][:200])
    for one in said["results"]:
        yield Finding(
            tool="semgrep",
            level="high",
            where=f"{one['path']}:{one['start']['line']}",
            what=f"{one['check_id'].rpartition('.')[2]}: {one['extra']['message']}",
        )
