"""Random lives of phones, many of them: how many texts left, and that none was one to be stopped.

`python -m tests.bench histories --json [--messages N]` plays so many lives.
"""

import os
import time
from collections import Counter
from typing import Any

from tests.bench.dispatch import machine
from tests.faults import home

QUESTIONS = ("sqlite",)
LIVES = 10_000


def run(*, only: list[str], messages: int | None, seconds: int | None) -> dict[str, Any]:
    """Play them on a database of its own, each crowd undone after it; the object that is printed."""
    before = machine()
    began = time.monotonic()
    with home.portal("sqlite"):
        crowds, ended, wrong = _play(messages or LIVES)
    figures = {
        "texts": sum(ended.values()),
        **ended,
        "wrong": wrong,
        "seconds": round(time.monotonic() - began),
    }
    name = "lives with a text that should not have left, or that does not say why"
    return {
        "bench": "histories",
        "machine": before,
        "results": {f"sqlite/{crowds}/random lives": figures},
        "aims": [{"name": name, "value": wrong, "aim": 0, "met": wrong == 0}],
    }


def _play(count: int) -> tuple[int, Counter[str], int]:
    """How many lives were played, how their texts ended, and in how many crowds one was wrong."""
    from django.conf import settings
    from django.db import transaction

    from tests.notifications import lives

    settings.SMS_TRANSPORT = "memory"
    ended: Counter[str] = Counter()
    wrong = 0
    crowds = -(-count // lives.PHONES)
    for seed in range(crowds):
        with transaction.atomic():
            try:
                ended += lives.play(seed)
            except AssertionError as found:
                wrong += 1
                os.write(2, f"crowd {seed}: {found}\n".encode())
            transaction.set_rollback(True)
    return crowds * lives.PHONES, ended, wrong
