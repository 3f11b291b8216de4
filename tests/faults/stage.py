"""A database, the provider's stand-in, and processes of ours that may be killed at any instant."""

import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import requests
from django.db import OperationalError, connection

from tests import twilio_fake
from tests.faults import provider
from tests.faults.catalogue import SETTLING
from tests.faults.provider import ROOT, Provider

PATIENCE = 120


class TooSlow(Exception):
    """What was waited for did not happen; the message says what it was."""


@dataclass
class Crew:
    """Senders forked from one process that has loaded everything; see tests.faults.sender."""

    nursery: "subprocess.Popen[bytes]"
    living: set[int] = field(default_factory=set)
    codes: list[int] = field(default_factory=list)
    news: threading.Condition = field(default_factory=threading.Condition)

    def listen(self) -> None:
        """Hear who started and who ended; runs in a thread of its own."""
        assert self.nursery.stdout is not None
        for line in self.nursery.stdout:
            word, *numbers = line.decode().split()
            with self.news:
                if word == "started":
                    self.living.add(int(numbers[0]))
                else:
                    self.living.discard(int(numbers[0]))
                    self.codes.append(int(numbers[1]))
                self.news.notify_all()

    def keep(self, count: int) -> None:
        """See that so many are at work."""
        with self.news:
            missing = count - len(self.living)
            wanted = len(self.living) + missing
            if missing > 0 and self.nursery.stdin is not None:
                self.nursery.stdin.write(b"." * missing)
                self.nursery.stdin.flush()
                self.news.wait_for(lambda: len(self.living) >= wanted, PATIENCE)

    def kill(self, dice: random.Random) -> bool:
        """Kill one at random, as the system would: without a word."""
        with self.news:
            if not self.living:
                return False
            pid = dice.choice(sorted(self.living))
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
            self.news.wait_for(lambda: pid not in self.living, PATIENCE)
        return True

    def wait(self, seconds: float = PATIENCE) -> None:
        """Return once every one of them has ended; raises TooSlow."""
        with self.news:
            if not self.news.wait_for(lambda: not self.living, seconds):
                raise TooSlow("senders still find something to do")

    @property
    def crashes(self) -> int:
        """How many ended by a fault of their own."""
        return sum(code not in (0, -signal.SIGKILL) for code in self.codes)


@dataclass
class Stage:
    """Where the processes meet; `url` is the address of their database."""

    url: str
    folder: Path
    provider: Provider
    port: int
    settling: tuple[float, float] = SETTLING
    extra: dict[str, str] = field(default_factory=dict)
    started: list["subprocess.Popen[bytes]"] = field(default_factory=list)

    @property
    def web(self) -> str:
        """Where the web server listens, and what the provider is told to call back."""
        return f"http://127.0.0.1:{self.port}"

    def environment(self) -> dict[str, str]:
        """The product's own settings, and texts that go to the stand-in."""
        return {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "portal.settings",
            "DATABASE_URL": self.url,
            "SMS_TRANSPORT": "twilio",
            "TWILIO_ACCOUNT_SID": twilio_fake.ACCOUNT,
            "TWILIO_AUTH_TOKEN": twilio_fake.TOKEN,
            "TWILIO_API_URL": self.provider.url,
            "PUBLIC_URL": self.web,
            "LOG_LEVEL": "ERROR",
            "PYTHONWARNINGS": "default",
            "FAULTS_SETTLING": ",".join(map(str, self.settling)),
            **self.extra,
        }

    def start(self, *arguments: str, log: str, **options: Any) -> "subprocess.Popen[bytes]":
        """A Python process of its own group on this stage, ended with the stage.

        What it complains about goes to a file of the stage that is named by `log`.
        """
        with (self.folder / f"{log}.log").open("ab") as complaints:
            process = subprocess.Popen(
                [sys.executable, *arguments],
                cwd=ROOT,
                env=self.environment(),
                start_new_session=True,
                stderr=complaints,
                **options,
            )
        self.started.append(process)
        return process

    def run(self, *arguments: str) -> None:
        """A Python process that must end well."""
        if self.start(*arguments, log="run", stdout=subprocess.DEVNULL).wait(PATIENCE):
            raise RuntimeError((self.folder / "run.log").read_text())

    def cluster(self) -> "subprocess.Popen[bytes]":
        """`manage.py cluster`, settling sooner than in earnest."""
        return self.start("-m", "tests.faults.hurried", "cluster", log="cluster")

    def crew(self) -> Crew:
        """A nursery of senders; none is at work yet."""
        nursery = self.start(
            "-m",
            "tests.faults.sender",
            "nursery",
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            log="senders",
        )
        crew = Crew(nursery)
        threading.Thread(target=crew.listen, daemon=True).start()
        return crew

    def serve(self, *options: str) -> "subprocess.Popen[bytes]":
        """The web server, once it answers."""
        web = self.start(
            *("-m", "gunicorn", "portal.wsgi", "--bind", f"127.0.0.1:{self.port}"),
            *("--workers", "2", "--threads", "4", "--log-level", "error"),
            *options,
            log="web",
        )
        self.wait_for("the web server answers", self._answers)
        return web

    def _answers(self) -> bool:
        try:
            return requests.get(f"{self.web}/healthz", timeout=5).ok
        except requests.RequestException:
            return False

    def kill(self, process: "subprocess.Popen[bytes]") -> None:
        """Kill a process and all its children, without a word."""
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                stream.close()

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """What the processes left in their database."""
        try:
            with connection.cursor() as cursor:
                cursor.execute(query)
                return list(cursor.fetchall())
        except OperationalError:
            connection.close()  # the server was restarted; the next question finds it again
            raise

    def states(self) -> Counter[str]:
        """How many messages stand where."""
        return Counter(state for (state,) in self.rows("SELECT state FROM notifications_message"))

    def wait_for(self, what: str, is_so: Callable[[], bool], seconds: float = PATIENCE) -> float:
        """Return once it is so, and how many seconds that took; raises TooSlow."""
        began = time.monotonic()
        while not is_so():
            if time.monotonic() - began > seconds:
                raise TooSlow(f"{what}: not within {seconds} s")
            time.sleep(0.02)
        return time.monotonic() - began


@contextmanager
def stage(folder: Path, *, settling: tuple[float, float] = SETTLING) -> Iterator[Stage]:
    """Open this process's own database to other processes, with a provider of their own."""
    stand_in = provider.start(folder)
    shared = Stage(_database_url(), folder, stand_in, _free_port(), settling)
    try:
        yield shared
        complaints = stand_in.state()["complaints"]
        assert complaints == [], complaints
    finally:
        for process in shared.started:
            shared.kill(process)
        stand_in.process.kill()
        stand_in.process.communicate()


def _free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


def _database_url() -> str:
    at = connection.settings_dict
    if connection.vendor != "postgresql":
        return f"sqlite:///{at['NAME']}"
    password = f":{quote(at['PASSWORD'])}" if at["PASSWORD"] else ""
    place = quote(at["HOST"], safe="") + (f":{at['PORT']}" if at["PORT"] else "")
    return f"postgres://{quote(at['USER'])}{password}@{place}/{at['NAME']}"
