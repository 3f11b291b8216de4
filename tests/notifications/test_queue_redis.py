import os
import subprocess
import sys
from collections.abc import Iterator

import pytest
from redis import Redis

from tests import redis

ENQUEUE = """
import django
django.setup()
from notifications import queue
queue.enqueue("notifications.jobs.deliver", message_id=7)
"""


@pytest.fixture
def address() -> Iterator[str]:
    with redis.server() as address:
        yield address


def enqueue(address: str) -> subprocess.CompletedProcess[str]:
    """Enqueue a job in a process of its own, whose settings name this Redis."""
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "REDIS_URL": address,
    }
    command = [sys.executable, "-c", ENQUEUE]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def waiting(address: str) -> int:
    with Redis.from_url(address) as client:
        return sum(int(client.llen(key)) for key in client.keys("django_q:*:q"))


def test_job_waits_in_redis_where_one_is_named(address: str) -> None:
    assert waiting(address) == 0

    answer = enqueue(address)

    assert (answer.returncode, answer.stderr) == (0, "")
    assert waiting(address) == 1


def test_redis_that_is_away_stops_nobody() -> None:
    answer = enqueue("redis://127.0.0.1:1")

    assert answer.returncode == 0
    assert "Traceback" in answer.stderr  # logged for the operator, not raised
