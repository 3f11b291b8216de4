"""The provider's stand-in as a process of its own, so that nothing that kills ours can touch it.

It answers as `tests.twilio_fake` does and keeps the truth: a log of what it took, one JSON object a
line, written and synced before anybody hears of it. `POST /behave` says how it behaves next.
"""

import base64
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter, deque
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http import HTTPStatus
from itertools import islice
from pathlib import Path
from typing import Any, TextIO

import requests

from notifications import clock
from tests import twilio_fake
from tests.twilio_description import DESCRIPTION
from tests.twilio_fake import Handler, Refused, Sent, Server, TwilioFake

ROOT = Path(__file__).resolve().parent.parent.parent
BEHAVE, STATE = "/behave", "/state"
SECONDS_TO_START = 30


class Steps(deque[str]):
    """What happens to the next creates: the script first, then whatever the dice say.

    `mix` maps a step to its share of all; what is left of 1 is accepted.
    """

    mix: Mapping[str, float]
    dice: random.Random

    def __bool__(self) -> bool:
        return len(self) > 0 or bool(self.mix)

    def popleft(self) -> str:
        """The next step."""
        if len(self):
            return super().popleft()
        throw = self.dice.random()
        for step, share in self.mix.items():
            throw -= share
            if throw < 0:
                return step
        return "accept"


@dataclass
class LoggedFake(TwilioFake):
    """The account, which remembers on disk; a message is listed `lists_after` seconds late at most."""

    log: TextIO = field(default_factory=lambda: sys.stdout)
    lists_after: float = 0.0
    tokens: list[str] = field(default_factory=lambda: [twilio_fake.TOKEN])

    def create(self, fields: dict[str, str]) -> Sent:
        """Take a message once it is on disk; raises Refused.

        It is decided on when it comes, whenever the disk has the line.
        """
        came_at = time.time()  # noqa: TID251
        try:
            message = super().create(fields)
        except Refused as refused:
            self._keep({"at": came_at, "refused": refused.code, "to": fields.get("To", "")})
            raise
        self._keep({"at": came_at, "sid": message.sid, "to": message.to, "fields": message.fields})
        return message

    def find(self, query: dict[str, str]) -> list[Sent]:
        """What the list shows by now; how late each one is shown is its own."""
        now = clock.now()
        return [sent for sent in super().find(query) if self._listed_at(sent) <= now]

    def _listed_at(self, sent: Sent) -> datetime:
        """Late by a share that its own id tells, the same whenever it is asked."""
        share = int(sent.sid[-4:], 16) / 0xFFFF
        return sent.created_at + timedelta(seconds=self.lists_after * share)

    def _keep(self, entry: dict[str, Any]) -> None:
        line = json.dumps(entry)
        with self.lock:
            self.log.write(line + "\n")
            self.log.flush()
            os.fsync(self.log.fileno())


class LoggedHandler(Handler):
    """Speaks for the account, and listens to whoever directs the play."""

    server: "LoggedServer"

    def do_POST(self) -> None:  # noqa: N802
        """Create a message, or behave otherwise from now on."""
        if self.path != BEHAVE:
            super().do_POST()
            return
        length = int(self.headers.get("Content-Length") or 0)
        self.server.behave(json.loads(self.rfile.read(length)))
        self._write(HTTPStatus.OK, b"{}")

    def do_GET(self) -> None:  # noqa: N802
        """List messages, show one, or tell how it goes."""
        if self.path != STATE:
            super().do_GET()
            return
        fake = self.server.fake
        told = {"asked": fake.asked, "taken": len(fake.sent), "complaints": fake.complaints[:20]}
        self._write(HTTPStatus.OK, json.dumps(told).encode())

    def _may_enter(self) -> bool:
        given = self.headers.get("Authorization")
        return any(given == _basic(token) for token in self.server.logged.tokens)


def _basic(token: str) -> str:
    return "Basic " + base64.b64encode(f"{twilio_fake.ACCOUNT}:{token}".encode()).decode()


class LoggedServer(Server):
    """A thread a connection, as ever; the handler is ours."""

    # Many processes may come at once; who finds no room would have to knock again a second later.
    request_queue_size = 256

    def __init__(self, fake: LoggedFake) -> None:
        super().__init__(fake)
        self.logged = fake
        self.RequestHandlerClass = LoggedHandler
        self.steps = Steps()
        self.steps.mix, self.steps.dice = {}, random.Random(0)
        fake.script = self.steps

    def behave(self, wish: dict[str, Any]) -> None:
        """Take on what is named: script, mix, seed, and any plain field of the account."""
        if "seed" in wish:
            self.steps.dice = random.Random(wish.pop("seed"))
        self.steps.mix = wish.pop("mix", self.steps.mix)
        self.steps.extend(wish.pop("script", []))
        self.logged.stopped.update(wish.pop("stopped", []))
        for name, value in wish.items():
            if not hasattr(self.logged, name):
                raise KeyError(name)
            setattr(self.logged, name, value)


@dataclass(frozen=True, slots=True)
class Taken:
    """One text the provider took: when (seconds since 1970), from and to whom, and what it says."""

    at: float
    sid: str
    to: str
    fields: dict[str, str]

    @property
    def body(self) -> str:
        """The text."""
        return self.fields["Body"]


@dataclass
class Provider:
    """The process, as those see it who direct the play; `log` is its truth."""

    url: str
    log: Path
    process: "subprocess.Popen[str]"

    def behave(self, **wish: Any) -> None:
        """Behave so from now on: see `LoggedServer.behave`."""
        requests.post(self.url + BEHAVE, json=wish, timeout=30).raise_for_status()

    def state(self) -> dict[str, Any]:
        """How many creates were asked for, how many were taken, and what was wrong with requests."""
        told: dict[str, Any] = requests.get(self.url + STATE, timeout=30).json()
        return told

    def entries(self, *, after: int = 0) -> list[dict[str, Any]]:
        """The lines of the log, without the first so many."""
        with self.log.open(encoding="utf-8") as lines:
            return [json.loads(line) for line in islice(lines, after, None)]

    def taken(self) -> list[Taken]:
        """What was taken, in order."""
        return [Taken(**entry) for entry in self.entries() if "sid" in entry]

    def refused(self) -> list[dict[str, Any]]:
        """What was refused by the account itself: a number that said STOP, a malformed request."""
        return [entry for entry in self.entries() if "refused" in entry]

    def bodies(self) -> Counter[str]:
        """How often each text was taken."""
        return Counter(taken.body for taken in self.taken())


def start(folder: Path) -> Provider:
    """Start one whose log lies in a folder; the caller ends it."""
    log = folder / "provider.log"
    log.touch()
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.faults.provider", str(log)],
        cwd=ROOT,
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "portal.settings"},
        start_new_session=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    url = process.stdout.readline().strip()
    assert url, "the provider's stand-in did not start"
    return Provider(url, log, process)


def main(log: str) -> None:
    """Serve until told to end; the address is the first line that is printed."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    if not os.environ.get("FAULTS_DESCRIBED"):
        # Held against the description elsewhere; here it would only cost the time of thousands.
        DESCRIPTION.spec = None
    with (
        Path(log).open("a", encoding="utf-8") as file,
        LoggedServer(LoggedFake(log=file)) as server,
    ):
        sys.stdout.write(f"http://127.0.0.1:{server.server_address[1]}\n")
        sys.stdout.flush()
        with suppress(KeyboardInterrupt):
            server.serve_forever(0.2)


if __name__ == "__main__":
    main(sys.argv[1])
