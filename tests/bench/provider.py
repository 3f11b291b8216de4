"""A provider that costs next to nothing, so that it is not what is measured.

One thread, one event loop, HTTP/1.1 with kept connections, an answer made once: it takes every text
and remembers when. `POST /behave` sets `latency` (seconds) and forgets what was taken.
"""

import asyncio
import json
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote_plus

import requests

from tests import twilio_fake
from tests.twilio_fake import Sent

ROOT = Path(__file__).resolve().parent.parent.parent
LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
BODY = re.compile(rb"(?:^|&)Body=([^&]*)")
END = b"\r\n\r\n"
BEHAVE, STATE, TIMES = b"/behave", b"/state", b"/times"
ID = b"SM" + b"0" * 32
# For its own top speed: so many connections, each with so many requests at once.
CONNECTIONS, PIPELINED, SECONDS = 8, 25, 1.0


class Ledger:
    """What was taken, and how the next answers are given."""

    def __init__(self) -> None:
        self.latency = 0.0
        self.taken: dict[bytes, float] = {}
        self.count = 0
        fields = {"To": "+12155550100", "From": "+12155550190", "Body": "Text"}
        made = Sent(ID.decode(), fields, datetime(2026, 1, 5, tzinfo=UTC)).as_json()
        self.created = json.dumps(made).encode()
        self.path = twilio_fake.LIST.encode()
        self.listed = json.dumps({"messages": [], "next_page_uri": None, "page_size": 50}).encode()

    def create(self, form: bytes) -> bytes:
        """Take a text; the answer with its id."""
        self.count += 1
        found = BODY.search(form)
        self.taken[found[1] if found else b""] = time.time()  # noqa: TID251
        return response(b"201 Created", self.created.replace(ID, b"SM%032x" % self.count))

    def times(self) -> dict[str, float]:
        """When each text was taken, in seconds since 1970."""
        return {unquote_plus(body.decode()): at for body, at in self.taken.items()}

    def state(self) -> dict[str, Any]:
        """How many were taken, how many of them differ, and when the first and the last were."""
        moments = self.taken.values()
        return {
            "taken": self.count,
            "texts": len(self.taken),
            "first": min(moments, default=0.0),
            "last": max(moments, default=0.0),
        }

    def behave(self, wish: dict[str, Any]) -> None:
        """Begin anew, with this latency."""
        self.latency = float(wish["latency"])
        self.taken.clear()
        self.count = 0


def response(status: bytes, body: bytes) -> bytes:
    """An answer in the words of HTTP."""
    head = b"HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
    return head % (status, len(body)) + body


class Connection(asyncio.Protocol):
    """One kept connection; requests are answered in their order."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: Any = transport

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        while (end := self.buffer.find(END)) >= 0:
            length = LENGTH.search(self.buffer, 0, end)
            whole = end + len(END) + (int(length[1]) if length else 0)
            if len(self.buffer) < whole:
                return
            request, self.buffer = self.buffer[:whole], self.buffer[whole:]
            self.answer(request.split(b" ", 2), request[end + len(END) :])

    def answer(self, line: list[bytes], form: bytes) -> None:
        """Answer one request, after the latency where it is a text."""
        method, path = line[0], line[1]
        if path == BEHAVE:
            self.ledger.behave(json.loads(form))
            self.transport.write(response(b"200 OK", b"{}"))
        elif path in (STATE, TIMES):
            told = self.ledger.state() if path == STATE else self.ledger.times()
            self.transport.write(response(b"200 OK", json.dumps(told).encode()))
        elif method == b"POST" and path == self.ledger.path:
            answer = self.ledger.create(form)
            if self.ledger.latency:
                asyncio.get_running_loop().call_later(self.ledger.latency, self.write, answer)
            else:
                self.transport.write(answer)
        else:
            # The list is empty, and a text that is asked about or wiped stays as it is.
            answer = (
                self.ledger.listed if path.startswith(self.ledger.path) else self.ledger.created
            )
            self.transport.write(response(b"200 OK", answer))

    def write(self, answer: bytes) -> None:
        """Answer, if anybody still listens."""
        if not self.transport.is_closing():
            self.transport.write(answer)


@dataclass(frozen=True)
class Provider:
    """The process, as a bench sees it."""

    url: str

    def behave(self, *, latency: float) -> None:
        """Forget everything, and answer after so many seconds."""
        requests.post(self.url + "/behave", json={"latency": latency}, timeout=30)

    def state(self) -> dict[str, Any]:
        """See `Ledger.state`."""
        told: dict[str, Any] = requests.get(self.url + "/state", timeout=30).json()
        return told

    def times(self) -> dict[str, float]:
        """See `Ledger.times`."""
        told: dict[str, float] = requests.get(self.url + "/times", timeout=60).json()
        return told

    def top_speed(self) -> float:
        """Texts a second that it takes from a client that does nothing else."""
        self.behave(latency=0)
        form = b"To=%2B12155550100&From=%2B12155550190&Body=Text"
        path = twilio_fake.LIST.encode()
        one = b"POST %s HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s" % (
            path,
            len(form),
            form,
        )
        host, port = self.url.removeprefix("http://").split(":")
        open_ones = [socket.create_connection((host, int(port))) for _ in range(CONNECTIONS)]
        began, done = time.monotonic(), 0
        while time.monotonic() - began < SECONDS:
            for each in open_ones:
                each.sendall(one * PIPELINED)
            for each in open_ones:
                heard = b""
                while heard.count(b"HTTP/1.1 201") < PIPELINED:
                    heard += each.recv(1 << 20)
                done += PIPELINED
        for each in open_ones:
            each.close()
        return done / (time.monotonic() - began)


@contextmanager
def running() -> Iterator[Provider]:
    """One that answers until the end of the block."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.provider"],
        cwd=ROOT,
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "portal.settings"},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        yield Provider(process.stdout.readline().strip())
    finally:
        process.kill()
        process.communicate()


async def serve() -> None:
    """Serve for ever; the address is the first line that is printed."""
    ledger = Ledger()
    server = await asyncio.get_running_loop().create_server(
        lambda: Connection(ledger), "127.0.0.1", 0
    )
    sys.stdout.write(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve())
