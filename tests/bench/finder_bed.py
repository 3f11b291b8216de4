"""One made-up directory on one database: `python -m tests.bench.finder_bed sqlite 20000 import nearby words`.

Everything is asked through the whole view, by Django's test client, in this process.
"""

import json
import os
import resource
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import urlencode

from tests.bench import made_up
from tests.faults import home

# A Thursday evening in the east, when most is under way; at summer time, before a change of clocks too.
INSTANTS = (
    "2026-01-15T23:55:00Z",
    "2026-03-05T23:55:00Z",
    "2026-07-16T23:25:00Z",
    "2026-07-18T14:10:00Z",
)
TOWNS = ("New York, NY", "Philadelphia, PA", "Chicago, IL", "Los Angeles, CA", "33130", "98101")
TAGS = ("open", "women", "lgbtq", "newcomer", "wheelchair", "proof-of-attendance")
COMMONEST = ("group", "street", "group street", "church", "open")
RARER = ("lantern", "sunday", "friday night", "kettle hope group", "philadelphia", '"porch talk"')
TIMES, PLAIN_TIMES, WARM = 60, 3, 8

Figures = dict[str, float]


def nearby(random: Random) -> dict[str, Any]:
    """Near a place, on a day, of a kind."""
    return {
        "near": random.choice(TOWNS),
        "day": random.randrange(7),
        "tag": random.choice(TAGS),
    }


def common(random: Random) -> dict[str, Any]:
    """The commonest words."""
    return {"q": random.choice(COMMONEST)}


def words(random: Random) -> dict[str, Any]:
    """Other words; some of them go with a day."""
    return {"q": random.choice(RARER)}


def typing(random: Random) -> dict[str, Any]:
    """The beginning of a word."""
    return {"q": random.choice(RARER)[:3].strip('"'), "prefix": 1}


def everything(random: Random) -> dict[str, Any]:
    """No filter at all."""
    return {}


def soon(random: Random) -> dict[str, Any]:
    """What is on now, anywhere."""
    return {"now": 1}


ASKED: dict[str, Callable[[Random], dict[str, Any]]] = {
    one.__name__: one for one in (nearby, common, words, typing, everything, soon)
}


def run(database: str, size: int, questions: list[str]) -> dict[str, Figures]:
    """Import, then ask; figures by case without the name of the database."""
    with home.portal(database):
        results = {f"{size}/import": bring_in(size)}
        settle(database)
        rows: list[Any] = []
        for name in questions:
            if name in ASKED:
                results[f"{size}/{name}"] = ask(name, rows)
        if rows:
            results[f"{size}/memory"] = memory()
    return results


def bring_in(size: int) -> Figures:
    """Import a feed of that size, and the same bytes once more."""
    from aftercare.directory import importing
    from aftercare.models import Feed

    body = made_up.make(count=size)
    feed = Feed.objects.create(
        name="Made up", kind="meeting_guide", source="-", fellowship="aa", timezone="UTC"
    )
    at = datetime(2026, 1, 15, tzinfo=UTC)
    began, cpu = time.perf_counter(), time.process_time()
    first = importing.apply(feed=feed, body=body, at=at).report
    took, cpu = time.perf_counter() - began, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    with writes() as written:
        began = time.perf_counter()
        again = importing.apply(feed=feed, body=body, at=at).report
        took_again = time.perf_counter() - began
    if (first.added, again.unchanged) != (size, size):
        raise AssertionError(f"{first.added} were added and {again.unchanged} known again")
    return {
        "ms": round(took * 1000),
        "cpu_ms": round(cpu * 1000),
        "again_ms": round(took_again * 1000),
        "writes_again": len(written),
        "peak_mb": round(peak),
    }


def settle(database: str) -> None:
    """What the autovacuum of PostgreSQL does of itself within a minute of such an import, done before
    the clock runs: an import is one transaction, and in none can a table be vacuumed.
    """
    from django.db import connection

    if database == "postgres":
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE aftercare_meeting, aftercare_meeting_words")


@contextmanager
def writes() -> Iterator[list[str]]:
    """What is written to listings meanwhile."""
    from django.db import connection

    from tests.feeds import is_write

    found: list[str] = []

    def look(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if is_write(sql, table="aftercare_meeting"):
            found.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(look):
        yield found


def ask(name: str, rows: list[Any]) -> Figures:
    """One kind of question many times, each answer timed; a few of them held against a plain filter."""
    from django.db import connection, reset_queries
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    random, client = Random(name), Client()
    took, queries = [], []
    for number in range(TIMES + WARM):
        asked = ASKED[name](random) | {"at": INSTANTS[number % len(INSTANTS)]}
        address = f"/meetings/search.json?{urlencode(asked)}"
        began = time.perf_counter()
        answer = client.get(address, headers={"host": "localhost"})
        if number >= WARM:
            took.append((time.perf_counter() - began) * 1000)
        if answer.status_code != 200:
            raise AssertionError(answer.content)
        if number < WARM:
            with CaptureQueriesContext(connection) as captured:
                client.get(address, headers={"host": "localhost"})
            queries.append(len(captured))
    reset_queries()
    plain = statistics.median(
        compare(client, ASKED[name](random), rows) for _ in range(PLAIN_TIMES)
    )
    p95 = statistics.quantiles(took, n=20)[-1]
    return {
        "p50_ms": round(statistics.median(took), 1),
        "p95_ms": round(p95, 1),
        "fastest_ms": round(min(took), 1),
        "most_queries": max(queries),
        "plain_ms": round(plain, 1),
        "times_plain": round(plain / statistics.median(took), 1),
    }


def compare(client: Any, asked: dict[str, Any], rows: list[Any]) -> float:
    """How long the same takes in plain Python over all rows (in ms); raises where the answers differ."""
    from django.http import QueryDict

    from aftercare.directory.criteria import parse
    from tests import plain_finder

    rows.extend([] if rows else plain_finder.load())
    query = urlencode(asked | {"at": INSTANTS[0]})
    criteria = parse(query=QueryDict(query), zone=UTC)
    began = time.perf_counter()
    wanted = plain_finder.answer(
        rows=rows, criteria=criteria, at=datetime.fromisoformat(INSTANTS[0])
    )
    took = (time.perf_counter() - began) * 1000
    found = client.get(f"/meetings/search.json?{query}", headers={"host": "localhost"}).json()
    page = [row["slug"] for row in found["results"]]
    if (found["count"], page) != (len(wanted), wanted[: len(page)]):
        raise AssertionError(
            f"{query}: {found['count']} instead of {len(wanted)}, or another order"
        )
    return took


def memory() -> Figures:
    """Whether this process grows as it answers on and on (resident, in MB)."""
    from django.test import Client

    random, client = Random(0), Client()
    sizes = []
    for number in range(160):
        asked = ASKED[random.choice(list(ASKED))](random) | {"at": INSTANTS[number % 4]}
        client.get(f"/meetings/search.json?{urlencode(asked)}", headers={"host": "localhost"})
        if number >= 40:
            sizes.append(_resident_mb())
    return {"first_mb": round(sizes[0], 1), "last_mb": round(sizes[-1], 1),
            "growth": round(sizes[-1] / sizes[0] - 1, 4)}  # fmt: skip


def _resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


if __name__ == "__main__":
    home.end_when_told()
    found = run(sys.argv[1], int(sys.argv[2]), sys.argv[3:])
    sys.stdout.write(json.dumps(found) + "\n")
