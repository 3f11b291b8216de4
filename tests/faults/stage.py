"""A database and a stand-in for the provider that processes of their own can reach."""

import os
import signal
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

from django.db import connection

from tests import twilio_fake
from tests.twilio_fake import TwilioFake

ROOT = Path(__file__).resolve().parent.parent.parent


@dataclass
class Stage:
    """Where the processes meet; `url` is the address of their database."""

    url: str
    folder: Path
    fake: TwilioFake
    started: list["subprocess.Popen[bytes]"] = field(default_factory=list)

    def start(self, *arguments: str) -> "subprocess.Popen[bytes]":
        """A Python process of its own group on this stage, ended with the stage."""
        process = subprocess.Popen(
            [sys.executable, *arguments],
            cwd=ROOT,
            env=self.environment(),
            start_new_session=True,
        )
        self.started.append(process)
        return process

    def environment(self) -> Mapping[str, str]:
        """The product's own settings, and texts that go to the stand-in."""
        return os.environ | {
            "DJANGO_SETTINGS_MODULE": "portal.settings",
            "DATABASE_URL": self.url,
            "VAR_DIR": str(self.folder),
            "SMS_TRANSPORT": "twilio",
            "TWILIO_ACCOUNT_SID": twilio_fake.ACCOUNT,
            "TWILIO_AUTH_TOKEN": twilio_fake.TOKEN,
            "TWILIO_API_URL": self.fake.url,
            "PUBLIC_URL": "https://portal.example.org",
            "LOG_LEVEL": "CRITICAL",
            "PYTHONWARNINGS": "default",
        }

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """What the processes left in their database."""
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute(query)
                return list(cursor.fetchall())
        database = sqlite3.connect(self.folder / "stage.sqlite3", timeout=20)
        try:
            return database.execute(query).fetchall()
        finally:
            database.close()

    def states(self) -> Counter[str]:
        """How many messages stand where."""
        return Counter(state for (state,) in self.rows("SELECT state FROM notifications_message"))


@contextmanager
def stage(folder: Path) -> Iterator[Stage]:
    """Open the test's own data to other processes; call it once the data is there.

    PostgreSQL is shared as it is. SQLite's test database lives in memory, so they get a copy.
    """
    with twilio_fake.running() as fake:
        shared = Stage(url=_open_database(folder), folder=folder, fake=fake)
        try:
            yield shared
        finally:
            for process in shared.started:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                process.wait()
    assert fake.complaints == []


def _open_database(folder: Path) -> str:
    if connection.vendor != "postgresql":
        path = folder / "stage.sqlite3"
        with connection.cursor() as cursor:
            cursor.execute("VACUUM INTO %s", [str(path)])
        return f"sqlite:///{path}"
    at = connection.settings_dict
    password = f":{quote(at['PASSWORD'])}" if at["PASSWORD"] else ""
    place = quote(at["HOST"], safe="") + (f":{at['PORT']}" if at["PORT"] else "")
    return f"postgres://{quote(at['USER'])}{password}@{place}/{at['NAME']}"
