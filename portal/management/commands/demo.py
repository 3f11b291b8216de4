"""Shows the product to a stranger: made-up data, web and background work, simulated phones."""

import fcntl
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

from aftercare.demo import past
from notifications import clock

ENTRANCES = (
    ("graduate", "a graduate, with Today, a plan and check-ins"),
    ("counselor", "a counselor, with this morning's list"),
    ("lead", "the program lead, with every caseload and the report"),
    ("coordinator", "the alumni coordinator"),
    ("operator", "the operator, who sees no person"),
    ("supporter", "a mother, with what was signed for her to see"),
)
STOP_SECONDS = 8
START_SECONDS = 30


class Command(BaseCommand):
    """`make demo` runs this; `--no-serve` prepares the data alone."""

    help = "Prepare a lively made-up database and serve it on this machine."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--no-serve", action="store_true", help="prepare the data and stop")
        parser.add_argument("--fresh", action="store_true", help="throw the demo's data away first")

    def handle(self, *args: Any, **options: Any) -> None:
        with _only_one(settings.VAR_DIR / "demo.lock"):
            if options["no_serve"]:
                self._make_tables()
                self._prepare(fresh=options["fresh"])
            else:
                _claim_port(settings.PORT)
                self._make_tables()
                self._serve(fresh=options["fresh"])

    def _make_tables(self) -> None:
        call_command("migrate", verbosity=0)
        call_command("createcachetable", verbosity=0)
        call_command("collectstatic", interactive=False, verbosity=0)

    def _prepare(self, *, fresh: bool) -> None:
        try:
            made = past.prepare(at=clock.now(), fresh=fresh, tell=self._tell)
        except past.NotADemo as error:
            raise CommandError(str(error)) from error
        call_command("sync_timetable", verbosity=0)
        if not made:
            self._tell("The demo's data is here already (--fresh makes it anew).")

    def _tell(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()

    def _serve(self, *, fresh: bool) -> None:
        address = f"http://localhost:{settings.PORT}"
        with _Processes() as processes, suppress(KeyboardInterrupt):
            # It takes seconds to start, which pass while the past is played.
            processes.start("web", *_web())
            self._prepare(fresh=fresh)
            processes.start("cluster", sys.executable, "manage.py", "cluster")
            _await(f"{address}/healthz", processes)
            self._tell(_welcome(address))
            processes.wait()
        self._tell("Stopped.")


def _web() -> tuple[str, ...]:
    return (
        *(sys.executable, "-m", "gunicorn", "portal.wsgi", "--bind", f"127.0.0.1:{settings.PORT}"),
        *("--workers", "2", "--threads", "4", "--log-level", "warning"),
    )


def _only_one(path: Path) -> IO[str]:
    """Hold the lock of the running demo; the system frees it at our death."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = path.open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        lock.close()
        raise CommandError(
            f"A demo runs already, likely at http://localhost:{settings.PORT}. "
            "Stop it with Ctrl-C in its terminal first."
        ) from error
    return lock


def _claim_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise CommandError(
                f"Port {port} cannot be used ({error.strerror}). Choose another: PORT={port + 1} make demo"
            ) from error


def _await(address: str, processes: "_Processes") -> None:
    for _ in range(START_SECONDS * 10):
        processes.raise_if_ended()
        try:
            with urllib.request.urlopen(address, timeout=2):  # noqa: S310 - our own loopback address
                return
        except OSError:
            time.sleep(0.1)
    raise CommandError(f"The web server did not answer at {address} within {START_SECONDS} s.")


def _welcome(address: str) -> str:
    rows = "\n".join(f"  {address}/simulator/enter/{role:<12} {what}" for role, what in ENTRANCES)
    return f"""
The demo is ready: {address}

Enter as (no password, on this machine only):
{rows}

Phones of the graduates, and "move time forward":
  {address}/simulator/

Mail that would have left, one file each:
  {settings.EMAIL_FILE_PATH}

Stop with Ctrl-C.
"""


class _Processes:
    """The web server and the cluster; both end when this ends."""

    def __init__(self) -> None:
        self.running: dict[str, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> "_Processes":
        signal.signal(signal.SIGTERM, _interrupt)
        return self

    def start(self, name: str, *command: str) -> None:
        """Start one in a process group of its own, so that Ctrl-C reaches it through us alone."""
        environment = {**os.environ, "DEMO": "1", "PORT": str(settings.PORT)}
        self.running[name] = subprocess.Popen(  # noqa: S603 - our own programs
            command, cwd=settings.BASE_DIR, env=environment, start_new_session=True
        )

    def raise_if_ended(self) -> None:
        """Tell which one has ended by itself."""
        for name, process in self.running.items():
            if process.poll() is not None:
                raise CommandError(
                    f"The {name} ended by itself (exit code {process.returncode}); see above."
                )

    def wait(self) -> None:
        """Until Ctrl-C or a request to end, or until one ends by itself.

        A signal only leaves a mark: raised while a process is asked after, it would keep its lock.
        """
        asked: list[int] = []
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda number, frame: asked.append(number))
        while not asked:
            self.raise_if_ended()
            time.sleep(0.2)

    def __exit__(self, *error: object) -> None:
        # make hands Ctrl-C on, so that it comes twice; once is enough.
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)
        for process in self.running.values():
            process.terminate()
        deadline = time.monotonic() + STOP_SECONDS
        for process in self.running.values():
            try:
                process.wait(timeout=max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                # A cluster may hang while it stops; the rows are the truth, so nothing is lost.
                _signal(process, signal.SIGKILL)
                process.wait()
            _signal(process, signal.SIGKILL)


def _signal(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    try:
        os.killpg(process.pid, number)
    except ProcessLookupError:
        return


def _interrupt(number: int, frame: object) -> None:
    raise KeyboardInterrupt
