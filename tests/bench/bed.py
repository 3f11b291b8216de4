"""The measurements on one database: `python -m tests.bench.bed sqlite throughput tick ...`."""

import argparse
import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Any

from tests import redis, twilio_fake
from tests.bench import provider
from tests.bench.processes import group, largest_mb, wait_for
from tests.bench.provider import Provider
from tests.faults import home

CLUSTER = ["manage.py", "cluster"]
# Other people's way needs other people's settings: a longer queue, no waiting between two looks.
PEER = {"DJANGO_SETTINGS_MODULE": "tests.bench.peer_settings"}
QCLUSTER = ["manage.py", "qcluster"]
# What the peers can bear within minutes.
JOBS, SCHEDULES = 1_000, 300
PATIENCE = 1800.0
STARTS = 5
FEW, MANY, DUE, TICKS = 10_000, 1_000_000, 1_000, 5
SAMPLE_EVERY = 0.5
# How a database makes a new uid, and numbers from one to another.
COPYING = {
    "sqlite": (
        "lower(hex(randomblob(16)))",
        "WITH RECURSIVE c(n) AS (VALUES (%s) UNION ALL SELECT n + 1 FROM c WHERE n < %s) SELECT n FROM c",
    ),
    "postgresql": ("gen_random_uuid()", "SELECT generate_series(%s, %s) AS n"),
}

Results = dict[str, dict[str, float]]


class Bed:
    """One database with its people, and the provider they are texted through."""

    def __init__(self, stand_in: Provider, *, people: int) -> None:
        from tests.faults import people as crowd

        self.provider = stand_in
        self.crowd = crowd
        self.sender = crowd.program()
        self.phones = crowd.phones(sender=self.sender, count=people)

    def queue(self, count: int, *, at: datetime | None = None, name: str = "Text") -> list[int]:
        """Empty the outbox, then so many texts that are due, one to each recipient; their ids."""
        self.clear()
        moments = [at or now()] * count
        made = self.crowd.queue(sender=self.sender, to=self.phones[:count], at=moments, name=name)
        return [message.pk for message in made]

    def clear(self) -> None:
        """Nothing is queued, in the outbox or in the queue."""
        from django.conf import settings
        from django_q.models import OrmQ, Schedule, Task
        from redis import Redis

        from notifications.models import Attempt, Heartbeat, Message

        for model in (Attempt, Message, OrmQ, Schedule, Task, Heartbeat):
            manager: Any = model._default_manager
            rows = manager.all()
            rows._raw_delete(rows.db)
        if settings.REDIS_URL:
            with Redis.from_url(settings.REDIS_URL) as client:
                client.flushall()

    def measure(self, count: int, latency: float, *commands: list[str], **options: str) -> float:
        """How many texts a second these processes send of what is queued."""
        self.provider.behave(latency=latency)
        with group(*commands, **options):
            wait_for(lambda: self.provider.state()["texts"] >= count, seconds=PATIENCE)
        state = self.provider.state()
        if state["taken"] != count:
            raise AssertionError(f"{state['taken']} texts were taken instead of {count}")
        return float((count - 1) / max(state["last"] - state["first"], 1e-9))


def now() -> datetime:
    """The present instant."""
    return datetime.fromtimestamp(time.time(), tz=UTC)  # noqa: TID251


def throughput(bed: Bed, size: int, seconds: int) -> Results:
    """The portal with 0 and 50 ms, 2 and 8 workers; the peers where they are compared."""
    from django_q.models import Schedule
    from django_q.tasks import async_task

    results: Results = {}
    for latency in (0.05, 0.0):
        for workers in (2, 8):
            case = f"{latency * 1000:.0f} ms, {workers} workers"
            bed.queue(size)
            rate = bed.measure(size, latency, CLUSTER, WORKERS=str(workers))
            results[f"{size}/portal, {case}"] = {"per_s": round(rate, 1)}
            if workers == 2:
                bed.queue(size)
                loops = [["-m", "tests.bench.peers", str(part), "2"] for part in range(2)]
                rate = bed.measure(size, latency, *loops)
                results[f"{size}/bare loop, {case}"] = {"per_s": round(rate, 1)}
    count = min(JOBS, size)
    for pk in bed.queue(count):
        async_task("tests.bench.peers.send_one", pk)
    rate = bed.measure(count, 0.05, QCLUSTER, WORKERS="2", **PEER)
    results[f"{count}/one job per text, 50 ms, 2 workers"] = {"per_s": round(rate, 1)}
    count = min(SCHEDULES, size)
    Schedule.objects.bulk_create(
        Schedule(
            func="tests.bench.peers.send_one", args=f"{pk},", schedule_type="O", next_run=now()
        )
        for pk in bed.queue(count)
    )
    rate = bed.measure(count, 0.05, QCLUSTER, WORKERS="2", **PEER)
    results[f"{count}/one schedule per text, 50 ms, 2 workers"] = {"per_s": round(rate, 1)}
    results[f"{size}/ratios, 50 ms, 2 workers"] = _ratios(results, "50 ms, 2 workers")
    return results


def _ratios(results: Results, case: str) -> dict[str, float]:
    rates = {name.split("/", 1)[1]: figures.get("per_s", 0.0) for name, figures in results.items()}
    ours = rates[f"portal, {case}"]
    return {
        "to_jobs": round(ours / rates[f"one job per text, {case}"], 2),
        "to_schedules": round(ours / rates[f"one schedule per text, {case}"], 2),
        "to_limit": round(ours / rates[f"bare loop, {case}"], 3),
    }


def lateness(bed: Bed, size: int, seconds: int) -> Results:
    """One text falls due each second; how long after that the provider has it."""
    bed.clear()
    bed.provider.behave(latency=0.05)
    begins = now() + timedelta(seconds=5)
    dues = [begins + timedelta(seconds=number) for number in range(seconds)]
    queued = bed.crowd.queue(sender=bed.sender, to=bed.phones[:seconds], at=dues)
    with group(CLUSTER):
        wait_for(lambda: bed.provider.state()["texts"] >= seconds, seconds=seconds + 120, every=1)
    times = bed.provider.times()
    late = sorted(
        times[message.body] - due.timestamp() for message, due in zip(queued, dues, strict=True)
    )
    return {
        f"{seconds}/lateness, one a second": {
            "p50_ms": round(median(late) * 1000),
            "p99_ms": round(late[int(len(late) * 0.99)] * 1000),
            "max_ms": round(late[-1] * 1000),
        }
    }


def start(bed: Bed, size: int, seconds: int) -> Results:
    """From starting the cluster to the first text."""
    waits = []
    for _ in range(STARTS):
        bed.queue(1)
        bed.provider.behave(latency=0)
        began = time.time()  # noqa: TID251
        with group(CLUSTER):
            wait_for(lambda: bed.provider.state()["texts"] == 1, seconds=120, every=0.02)
        waits.append(bed.provider.state()["first"] - began)
    figures = {"median_ms": round(median(waits) * 1000), "slowest_ms": round(max(waits) * 1000)}
    return {"1/first text after the start": figures}


def tick(bed: Bed, size: int, seconds: int) -> Results:
    """One tick that sends a thousand, where few or many others wait for later."""
    bed.clear()
    bed.provider.behave(latency=0)
    results, costs = {}, {}
    for rows in (FEW, MANY):
        _wait_for_later(bed, rows)
        costs[rows] = [_one_tick(bed, turn) for turn in range(TICKS)]
        results[f"{rows}/tick, {DUE} due"] = {"ms": round(median(costs[rows]) * 1000, 1)}
    ratio = median(costs[MANY]) / median(costs[FEW])
    return results | {f"{MANY}/tick, many to few": {"ratio": round(ratio, 3)}}


def _wait_for_later(bed: Bed, rows: int) -> None:
    """Fill up with copies of one text that is due in a year; nobody reads their words by then."""
    from django.db import connection

    from notifications.models import Message

    later = now() + timedelta(days=365)
    have = Message.objects.filter(next_at__gt=now() + timedelta(days=1)).count()
    if not have:
        bed.crowd.queue(sender=bed.sender, to=bed.phones[:1], at=[later], name="Later")
        have = 1
    names = [str(field.column) for field in Message._meta.concrete_fields if not field.primary_key]
    new_uid, numbers = COPYING[connection.vendor]
    address = f"{bed.phones[0].pk} + (numbers.n %% {len(bed.phones)})"
    new = {"uid": new_uid, "key": "'later:' || numbers.n", "address_id": address}
    columns = ", ".join(f'"{name}"' for name in names)
    values = ", ".join(new.get(name, f'one."{name}"') for name in names)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO notifications_message ({columns}) SELECT {values} FROM "  # noqa: S608
            f"(SELECT * FROM notifications_message WHERE next_at > %s LIMIT 1) AS one, "
            f"({numbers}) AS numbers",
            [later - timedelta(days=1), have + 1, rows],
        )
        cursor.execute("ANALYZE")


def _one_tick(bed: Bed, turn: int) -> float:
    from aftercare import jobs

    at = now()
    phones = bed.phones[:DUE]
    bed.crowd.queue(sender=bed.sender, to=phones, at=[at] * DUE, name=f"Tick {turn}")
    before = bed.provider.state()["taken"]
    began = time.perf_counter()
    counts = jobs.tick(at=at)
    took = time.perf_counter() - began
    taken = bed.provider.state()["taken"] - before
    if (counts["sent"], taken) != (DUE, DUE):
        raise AssertionError(f"a tick sent {counts['sent']} texts and the provider took {taken}")
    return took


def memory(bed: Bed, size: int, seconds: int) -> Results:
    """The largest process of a cluster that sends five times as many texts as the other questions."""
    total, bed_size = size * 5, min(size, len(bed.phones))
    bed.clear()
    bed.provider.behave(latency=0)
    sizes: list[tuple[int, float]] = []
    with group(CLUSTER, WORKERS="2") as (cluster,):
        for turn in range(total // bed_size):
            bed.crowd.queue(
                sender=bed.sender,
                to=bed.phones[:bed_size],
                at=[now()] * bed_size,
                name=f"Turn {turn}",
            )
            enough = (turn + 1) * bed_size
            while (taken := bed.provider.state()["taken"]) < enough:
                sizes.append((taken, largest_mb(cluster.pid)))
                time.sleep(SAMPLE_EVERY)
    early = [mb for taken, mb in sizes if taken and taken <= total / 5]
    late = [mb for taken, mb in sizes if taken >= total * 4 / 5]
    if not early or not late:
        raise AssertionError("too few texts to see whether memory grows")
    return {
        f"{total}/memory": {
            "largest_mb": round(max(mb for _, mb in sizes), 1),
            "first_fifth_mb": round(max(early), 1),
            "last_fifth_mb": round(max(late), 1),
            "growth": round(max(late) / max(early) - 1, 3),
        }
    }


QUESTIONS = {
    "throughput": throughput,
    "lateness": lateness,
    "start": start,
    "tick": tick,
    "memory": memory,
}


@contextmanager
def _portal(database: str, stand_in: Provider) -> Iterator[None]:
    """A portal that texts through the stand-in; with PostgreSQL comes Redis."""
    with redis.server() if database == "postgres" else nullcontext("") as address:
        settings = {
            "TWILIO_ACCOUNT_SID": twilio_fake.ACCOUNT,
            "TWILIO_AUTH_TOKEN": twilio_fake.TOKEN,
            "TWILIO_API_URL": stand_in.url,
            "PUBLIC_URL": "https://portal.example.org",
        }
        os.environ |= settings
        with home.portal(database, redis_url=address):
            yield


def main(arguments: list[str]) -> None:
    """Measure and print one JSON object: case to figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("database")
    parser.add_argument("only", nargs="*")
    parser.add_argument("--messages", type=int, required=True)
    parser.add_argument("--seconds", type=int, required=True)
    asked = parser.parse_args(arguments)
    home.end_when_told()
    results: dict[str, Any] = {}
    with provider.running() as stand_in, _portal(asked.database, stand_in):
        people = max(asked.messages, DUE, asked.seconds, SCHEDULES)
        bed = Bed(stand_in, people=people)
        for name in asked.only:
            sys.stderr.write(f"{asked.database}: {name}\n")
            results |= QUESTIONS[name](bed, asked.messages, asked.seconds)
    sys.stdout.write(json.dumps(results) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
