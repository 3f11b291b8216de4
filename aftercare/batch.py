"""Due rows, one by one: a row that fails is logged and left for the next pass, and stops no other."""

import logging
from collections.abc import Callable
from typing import TypeVar

from django.db import OperationalError, models, transaction

log = logging.getLogger(__name__)

# Rows in one commit: enough to spare the disk, few enough to hold locks for a moment only.
TOGETHER = 50

Row = TypeVar("Row", bound=models.Model)


def each(*, rows: "models.QuerySet[Row]", do: Callable[[Row], bool]) -> int:
    """Do something to each row within its own savepoint; returns how often `do` said yes.

    Rows are looked at again when their turn comes, so what another process did meanwhile is left
    alone. Raises OperationalError where the database itself is away.
    """
    with transaction.atomic():
        first = list(rows[:TOGETHER])
        done = sum(_one(row, do) for row in first)
    if len(first) < TOGETHER:
        return done
    # Many are rare. Their keys first: a row that failed is still due, and its turn is over.
    left = rows.exclude(pk__in=[row.pk for row in first])
    keys = list(left.values_list("pk", flat=True))
    for start in range(0, len(keys), TOGETHER):
        with transaction.atomic():
            some = rows.filter(pk__in=keys[start : start + TOGETHER])
            done += sum(_one(row, do) for row in some)
    return done


def _one(row: Row, do: Callable[[Row], bool]) -> bool:
    try:
        with transaction.atomic():
            return do(row)
    except OperationalError:
        raise
    except Exception:
        # Whatever is wrong with one row, the others are due, too.
        log.exception("%s could not be worked on and waits for the next pass.", row)
        return False
