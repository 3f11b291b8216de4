"""A demo of its own on a free port, with its log kept, ended with its end."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.audit.code import ROOT
from tests.audit.findings import Finding

# Its past is played first: three minutes on an idle machine.
START_SECONDS = 900
STOP_SECONDS = 30
ROLES = ("graduate", "counselor", "lead")
_FAULT = re.compile(
    r"Internal Server Error|Service Unavailable|^Traceback|Unhandled|^[\w.]*(?:Error|Exception)\b"
)
_STAMP = re.compile(r"^[\d-]+ [\d:,]+ ")
# Stays after the run, for whoever has to mend what it tells of.
LOG = ROOT / "var" / "audit.log"


class DidNotStart(Exception):
    """The demo ended or did not answer; the message holds the end of its log."""


@dataclass(frozen=True)
class Demo:
    """Where it answers, and what it has logged."""

    address: str
    log: Path
    process: "subprocess.Popen[bytes] | None" = None

    def cookie(self, role: str) -> str:
        """The session of somebody who entered in this role; empty for a visitor."""
        if role == "visitor":
            return ""
        opener = urllib.request.build_opener(_Stay())
        try:
            opener.open(f"{self.address}/simulator/enter/{role}", timeout=60)
        except urllib.error.HTTPError as answer:
            given = answer.headers.get_all("Set-Cookie") or []
            return next(one.split(";")[0] for one in given if one.startswith("session="))
        raise DidNotStart(f"Nobody can enter as {role}.")

    def is_in(self, cookie: str) -> bool:
        """Whether this session is not led to the log-in."""
        opener = urllib.request.build_opener(_Stay())
        opener.addheaders = [("Cookie", cookie)]
        try:
            with opener.open(f"{self.address}/", timeout=60):
                return True
        except urllib.error.HTTPError as answer:
            return "login" not in answer.headers.get("Location", "")

    def faults(self) -> Iterator[Finding]:
        """Errors of the server in the log of the whole run."""
        tool, where = "log of the run", "demo"
        if self.process is None:
            what = "it ran already, and its log is its owner's to read"
            yield Finding(tool=tool, level="info", where=where, what=what)
        elif self.process.poll() is not None:
            what = f"it ended by itself (exit code {self.process.returncode})"
            yield Finding(tool=tool, level="high", where=where, what=what)
        lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()
        faults = Counter(_STAMP.sub("", line)[:200] for line in lines if _FAULT.search(line))
        for line, count in faults.items():
            yield Finding(tool=tool, level="high", where=where, what=f"{count} × {line}")


class _Stay(urllib.request.HTTPRedirectHandler):
    """A redirect is an answer, and is not followed."""

    def redirect_request(self, *args: object) -> None:
        """Nowhere."""


@contextmanager
def running(address: str = "") -> Iterator[Demo]:
    """A fresh demo, or the one at an address that runs already (then without its log)."""
    folder = Path(tempfile.mkdtemp(prefix="portal-audit-"))
    LOG.parent.mkdir(exist_ok=True)
    LOG.write_text("")
    try:
        if address:
            yield Demo(address, LOG)
            return
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        place = {"DEMO": "1", "PORT": str(port), "VAR_DIR": str(folder / "var")}
        settings = {**os.environ, **place, "DJANGO_SETTINGS_MODULE": "portal.settings"}
        command = [sys.executable, "manage.py", "demo"]
        with LOG.open("w") as out:
            process = subprocess.Popen(
                command, cwd=ROOT, env=settings, stdout=out, stderr=out, start_new_session=True
            )
        try:
            _await(f"http://localhost:{port}/healthz", process, LOG)
            yield Demo(f"http://localhost:{port}", LOG, process)
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(timeout=STOP_SECONDS)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _await(address: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    ends_at = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < ends_at:
        try:
            with urllib.request.urlopen(address, timeout=5):  # noqa: S310 - our own demo
                return
        except OSError:
            time.sleep(1)
    raise DidNotStart(log.read_text(encoding="utf-8", errors="replace")[-2000:])
