"""Faults of the servers beside us: PostgreSQL and Redis crash, forget, and cut connections."""

import signal
import threading
import time
import uuid
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import psycopg
import requests
from django.conf import settings
from django.db import connection
from django.test import Client
from redis import Redis
from redis.exceptions import RedisError

from notifications import clock
from tests import build, redis, twilio_fake
from tests.faults import people
from tests.faults.killing import wait_for_a_text
from tests.faults.play import Play, tries
from tests.faults.stage import Stage

LATENCY = 0.05
CUTS_EACH = 10
CUT_SQL = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
    ORDER BY random() LIMIT 1
"""
# A broken chain of ticks is taken up by a schedule of one minute.
SECONDS_TO_HEAL = 200
MOST_SECONDS_TO_HEAL = 10.0


@dataclass
class Visitor:
    """Asks the web server again and again, and keeps what it heard."""

    stage: Stage
    cookies: dict[str, str] = field(default_factory=dict)
    page: str = "/"
    answers: list[tuple[float, int]] = field(default_factory=list)
    done: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> "Visitor":
        self.thread = threading.Thread(target=self.walk, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.done.set()
        self.thread.join()

    def walk(self) -> None:
        """Ask five times a second until told to stop."""
        while not self.done.wait(0.2):
            self.answers.append((time.monotonic(), self.ask()))

    def ask(self) -> int:
        """The status of one answer; 0 where there was none."""
        try:
            asked = requests.get(
                self.stage.web + self.page, cookies=self.cookies, timeout=30, allow_redirects=False
            )
        except requests.RequestException:
            return 0
        return asked.status_code


class Caller(Visitor):
    """Reports a status as the provider does, each one new, so that it has to be written down."""

    def ask(self) -> int:
        """The status of one answer; 0 where there was none."""
        fields = {"MessageSid": f"SM{uuid.uuid4().hex}", "MessageStatus": "sent"}
        with suppress(requests.RequestException):
            address = f"{self.stage.web}/sms/status/{uuid.uuid4()}"
            return twilio_fake.post_signed(address, fields).status_code
        return 0


def postgres(play: Play) -> None:
    """FI-04: the server crashes and comes back, and single connections are cut, while texts leave."""
    server = play.server
    assert server is not None
    play.due = people.due(play.messages, at=clock.now())
    play.stage.provider.behave(latency=LATENCY)
    play.stage.serve()
    cluster = play.stage.cluster()
    with Caller(play.stage) as caller:
        back_at = []
        for _ in range(play.kills):
            wait_for_a_text(play, SECONDS_TO_HEAL)
            for _ in range(CUTS_EACH):
                time.sleep(play.dice.uniform(0, 0.1))
                _cut(server.address)
            connection.close()
            server.end(signal.SIGQUIT)
            server.start()
            back_at.append(time.monotonic())
            play.struck += 1
        play.stage.wait_for("everything is settled", play.is_quiet, SECONDS_TO_HEAL)
    play.figures |= {"cut_connections": CUTS_EACH * play.kills, **_statuses(caller)}
    play.figures["web_heals_s"] = round(max(_heals(caller, since) for since in back_at), 1)
    play.demands["web_heals"] = play.figures["web_heals_s"] <= MOST_SECONDS_TO_HEAL
    play.demands["no_error_but_503"] = set(play.figures["answers"]) <= {"200", "503"}
    play.demands["cluster_lives"] = cluster.poll() is None
    tries(play)


def _cut(address: str) -> None:
    with psycopg.connect(address, autocommit=True) as session:
        session.execute(CUT_SQL)


def _statuses(visitor: Visitor) -> dict[str, Any]:
    found = [status for _, status in visitor.answers]
    return {"answers": {str(status): found.count(status) for status in sorted(set(found))}}


def _heals(visitor: Visitor, since: float) -> float:
    """How long after an instant the first good answer came."""
    return min(
        (at - since for at, status in visitor.answers if at > since and status == 200), default=99.0
    )


def broker(play: Play) -> None:
    """FI-06: Redis forgets everything, stops, and comes back, while texts leave and people are logged in."""
    play.due = people.due(play.messages, at=clock.now())
    play.stage.provider.behave(latency=LATENCY)
    with redis.running() as server:
        play.stage.extra["REDIS_URL"] = server.address
        play.stage.run("manage.py", "collectstatic", "--no-input", "--verbosity", "0")
        play.stage.serve()
        cluster = play.stage.cluster()
        with Visitor(play.stage, cookies=logged_in()) as visitor:
            for number in range(play.kills):
                wait_for_a_text(play, SECONDS_TO_HEAL)
                time.sleep(play.dice.uniform(0, 2 * LATENCY))
                _strike(server, number)
                play.struck += 1
            play.stage.wait_for("everything is settled", play.is_quiet, SECONDS_TO_HEAL)
        play.figures |= _statuses(visitor)
        play.demands["nobody_logged_out"] = set(play.figures["answers"]) == {"200"}
        play.demands["cluster_lives"] = cluster.poll() is None
        play.stage.kill(cluster)
    tries(play)


def _strike(server: redis.Server, number: int) -> None:
    """By turns: everything is forgotten, or the server is away for a moment and comes back empty."""
    if number % 2 == 0:
        with suppress(RedisError), Redis.from_url(server.address) as client:
            client.flushall()
    else:
        server.end()
        time.sleep(0.5)
        server.start()


def logged_in() -> dict[str, str]:
    """The cookies of a graduate who has entered."""
    user = build.user()
    build.graduate(user=user)
    client = Client()
    client.force_login(user)
    name = settings.SESSION_COOKIE_NAME
    return {name: client.cookies[name].value}
