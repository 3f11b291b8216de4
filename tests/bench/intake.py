"""How fast a feed comes in, how much memory that takes, and that the same bytes write nothing again."""

from typing import Any

from tests.bench.dispatch import machine
from tests.bench.finder import DATABASES, Results, judge, measure

QUESTIONS = ("import",)
# Rows of a feed; and the time, in ms, and the memory, in MB, that its import may take on SQLite.
LIMITS = {2_000: (3_000, 500), 100_000: (90_000, 500)}


def run(*, only: list[str], messages: int | None, seconds: int | None) -> dict[str, Any]:
    """Import feeds of one size or of all; `only` and `seconds` mean nothing."""
    results: Results = {}
    for database in DATABASES:
        for size in (messages,) if messages else LIMITS:
            results |= measure(database, size, [])
    aims = []
    for case, figures in results.items():
        database, rows, _ = case.split("/")
        aims.append(judge(f"{case}: writes of the same bytes", figures["writes_again"], 0))
        if database == "sqlite" and int(rows) in LIMITS:
            most_ms, most_mb = LIMITS[int(rows)]
            aims.append(judge(f"{case}: ms", figures["ms"], most_ms))
            aims.append(judge(f"{case}: peak in MB", figures["peak_mb"], most_mb))
    return {"bench": "import", "machine": machine(), "results": results, "aims": aims}
