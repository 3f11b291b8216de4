"""The processes of a bench: started in groups, watched from outside, and ended with their children."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
PAGE_MB = os.sysconf("SC_PAGE_SIZE") / 2**20
GROUP_FIELD, RESIDENT_FIELD = 2, 1


@contextmanager
def group(*commands: list[str], **environment: str) -> Iterator[list["subprocess.Popen[bytes]"]]:
    """These Python processes, each with a group of its own, killed at the end."""
    started = [
        subprocess.Popen(
            [sys.executable, *command],
            cwd=ROOT,
            env=os.environ | environment,
            start_new_session=True,
        )
        for command in commands
    ]
    try:
        yield started
    finally:
        for process in started:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def largest_mb(leader: int) -> float:
    """The memory (resident, in MB) of the largest process of a group."""
    largest = 0.0
    for folder in Path("/proc").iterdir():
        if not folder.name.isdecimal():
            continue
        with suppress(FileNotFoundError, ProcessLookupError, PermissionError):
            after_name = (folder / "stat").read_text().rpartition(")")[2].split()
            if int(after_name[GROUP_FIELD]) == leader:
                pages = int((folder / "statm").read_text().split()[RESIDENT_FIELD])
                largest = max(largest, pages * PAGE_MB)
    return largest


def wait_for(is_so: Callable[[], bool], *, seconds: float, every: float = 0.05) -> float:
    """Return once it is so, and how many seconds that took; raises TimeoutError."""
    began = time.monotonic()
    while not is_so():
        if time.monotonic() - began > seconds:
            raise TimeoutError(f"not within {seconds:.0f} s")
        time.sleep(every)
    return time.monotonic() - began
