"""`manage.py` in a hurry: `python -m tests.faults.hurried cluster`.

The same code with shorter waits, named by the environment: FAULTS_SETTLING is the wait before the
provider is first asked about an unclear text and the gap to the next look, "1.0,1.0" in seconds;
FAULTS_TIMEOUTS how long to wait for the provider's answer, to connect and to read; FAULTS_RESTS the
shortest and the longest rest of a way out that fails; FAULTS_CLOCK names a file that holds how far
this machine's clock is off, in seconds.
"""

import os
import sys
from datetime import datetime, timedelta
from pathlib import Path

from django.core.management import execute_from_command_line


def hurry() -> None:
    """Shorten the waits of this process and of whatever it forks."""
    from notifications import breaker, clock, reports, settling
    from notifications.transports import twilio

    for module, name in (
        (reports, "SETTLE_WAIT"),
        (settling, "SETTLE_GAP"),
        (breaker, "FIRST_REST"),
        (breaker, "LONGEST_REST"),
    ):
        if not hasattr(module, name):
            raise AttributeError(f"{module.__name__} has no {name} any more")
    wait, gap = _pair("FAULTS_SETTLING", "60,130")
    reports.SETTLE_WAIT, settling.SETTLE_GAP = timedelta(seconds=wait), timedelta(seconds=gap)
    connect, read = _pair("FAULTS_TIMEOUTS", "5,30")
    twilio.TIMEOUTS = (connect, read)  # type: ignore[assignment]
    breaker.FIRST_REST, breaker.LONGEST_REST = _pair("FAULTS_RESTS", "2,300")
    wrong = os.environ.get("FAULTS_CLOCK")
    if wrong:
        real = clock.real

        def real_but_off() -> datetime:
            return real() + timedelta(seconds=float(Path(wrong).read_text() or 0))

        clock.real = real_but_off


def _pair(name: str, default: str) -> tuple[float, float]:
    first, second = os.environ.get(name, default).split(",")
    return float(first), float(second)


if __name__ == "__main__":
    import django

    django.setup()
    hurry()
    execute_from_command_line(["manage.py", *sys.argv[1:]])
