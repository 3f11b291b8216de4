"""How fast signals are looked at, with a year on record of everybody: the pass over those whose
expectations fell due, and one person at once, on PostgreSQL.

`python -m tests.bench signals --json [--people N]` makes N people up (100,000) and has 5,000 of them
due. `--only hourly`, `--only one`.
"""

import resource
import statistics
import time
from typing import Any

from tests.bench.dispatch import machine
from tests.bench.finder import judge
from tests.faults import home

QUESTIONS = ("hourly", "one")
PEOPLE, DUE, TRIES = 100_000, 5_000, 60
HOURLY_S, ONE_MS, MEMORY_MB = 30.0, 15.0, 400.0

Figures = dict[str, float]


def run(*, only: list[str], messages: int | None, seconds: int | None) -> dict[str, Any]:
    """Make the people up and measure (nothing named is everything); `seconds` means nothing."""
    people = messages or PEOPLE
    asked, before = only or list(QUESTIONS), machine()
    results: dict[str, Figures] = {}
    with home.portal("postgres"):
        from tests.bench import signals_bed

        case = f"postgres/{people}"
        results[f"{case}/made"] = signals_bed.make(people=people)
        if "one" in asked:
            results[f"{case}/one"] = one()
        if "hourly" in asked:
            results[f"{case}/hourly"] = hourly(due=min(DUE, people // 4))
    return {
        "bench": "signals",
        "machine": before,
        "results": results,
        "aims": [aim for case, figures in results.items() for aim in _aims(case, figures)],
    }


def _aims(case: str, figures: Figures) -> list[dict[str, Any]]:
    if case.endswith("/one"):
        return [judge(f"{case}: median in ms", figures["median_ms"], ONE_MS)]
    if case.endswith("/hourly"):
        return [
            judge(f"{case}: seconds for {figures['due']:.0f}", figures["seconds"], HOURLY_S),
            judge(f"{case}: more queries for a full batch", figures["more_queries"], 0),
            judge(f"{case}: memory in MB", figures["peak_mb"], MEMORY_MB),
        ]
    return []


def one() -> Figures:
    """One graduate after the other, as an answer or a miss asks for it."""
    from aftercare.engagement import watch
    from tests.bench import signals_bed

    people = signals_bed.somebody(count=TRIES)
    took = []
    cpu = time.process_time()
    for graduate in people:
        began = time.perf_counter()
        watch.reassess(graduate=graduate, at=signals_bed.AT)
        took.append((time.perf_counter() - began) * 1000)
    cpu = time.process_time() - cpu
    with signals_bed.counted() as captured:
        watch.reassess(graduate=people[0], at=signals_bed.AT)
    return {
        "median_ms": round(statistics.median(took), 2),
        "p95_ms": round(statistics.quantiles(took, n=20)[-1], 2),
        "cpu_ms": round(cpu * 1000 / len(took), 2),
        "queries": len(captured),
    }


def hourly(*, due: int) -> Figures:
    """The pass over all who are due; then how often a small and a full batch ask the database."""
    from aftercare.engagement import watch
    from tests.bench import signals_bed

    signals_bed.make_due(count=due)
    began, cpu = time.perf_counter(), time.process_time()
    change = watch.reassess_due(at=signals_bed.AT)
    took, cpu = time.perf_counter() - began, time.process_time() - cpu
    if watch.due(at=signals_bed.AT).exists() or not change.opened:
        raise AssertionError("Somebody who was due was not looked at, or nobody drifts.")
    queries = [signals_bed.queries_of_a_batch(count=count) for count in (100, watch.BATCH - 1)]
    return {
        "due": due,
        "seconds": round(took, 2),
        "cpu_s": round(cpu, 2),
        "opened": change.opened,
        "closed": change.closed,
        "queries_per_batch": max(queries),
        "more_queries": abs(queries[1] - queries[0]),
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }
