"""Short forms of the fault tests: processes that share a database, and one that is killed."""

import random
import time
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

from notifications import clock
from notifications.models import Message
from tests import build
from tests.faults.stage import Stage, stage
from tests.notifications.person import Person

pytestmark = pytest.mark.django_db(transaction=True)

State = Message.State
# Looks at the provider in these tests; in earnest they are 60 and 130 seconds apart.
SETTLING = "1.0"
PATIENCE = 90


def queue(count: int) -> list[str]:
    """So many reminders, due now, each to another person; their bodies."""
    program, at = build.program(), clock.now()
    bodies = [f"Text {number}" for number in range(count)]
    for body in bodies:
        person = Person(program=program)
        person.queue(body=body, at=at, expires_at=at + timedelta(hours=1))
    return bodies


def finish(at: Stage, count: int = 1) -> None:
    """Let processes send until nothing waits."""
    for process in [at.start("-m", "tests.faults.sender", SETTLING) for _ in range(count)]:
        assert process.wait(PATIENCE) == 0


def test_three_processes_send_each_text_once(tmp_path: Path) -> None:
    bodies = queue(90)
    with stage(tmp_path) as at:
        at.fake.latency = 0.02
        finish(at, count=3)

        assert Counter(at.fake.bodies()) == Counter(bodies)
        assert at.states() == {State.SENT: len(bodies)}
        attempts = at.rows(
            "SELECT count(*), count(DISTINCT provider_id) FROM notifications_attempt"
        )
        assert attempts == [(len(bodies), len(bodies))]


def test_kill_9_loses_no_text_and_sends_none_twice(tmp_path: Path) -> None:
    bodies, dice = queue(90), random.Random(1)
    with stage(tmp_path) as at:
        at.fake.latency = 0.4
        interrupted = 0
        for _ in range(4):
            asked, process = at.fake.asked, at.start("-m", "tests.faults.sender", SETTLING)
            wait_for_requests(at, more_than=asked)
            time.sleep(dice.uniform(0, 0.8))
            process.kill()
            process.wait()
            interrupted += at.states()[State.SENDING]
        at.fake.latency = 0
        finish(at)

        assert interrupted > 0

        # A text that two kills have met is left to a person, and was not sent.
        arrived, states = Counter(at.fake.bodies()), at.states()
        assert set(arrived.values()) == {1}
        assert states[State.SENT] == len(arrived)
        assert states[State.SENT] + states[State.UNKNOWN] == len(bodies)


def test_a_faulty_provider_loses_no_text_and_gets_none_twice(tmp_path: Path) -> None:
    bodies = queue(60)
    faults = ["429", "500", "500_after", "drop", "drop_after", "html_after", "503_after"]
    with stage(tmp_path) as at:
        at.fake.script.extend(faults + ["accept"] * 10 + faults)
        finish(at, count=2)

        assert Counter(at.fake.bodies()) == Counter(bodies)
        assert at.states() == {State.SENT: len(bodies)}


def wait_for_requests(at: Stage, *, more_than: int) -> None:
    """Return once the process is at work, or has nothing left to do."""
    ends_at = time.monotonic() + PATIENCE
    while at.fake.asked <= more_than and time.monotonic() < ends_at:
        if at.started[-1].poll() is not None:
            return
        time.sleep(0.02)
