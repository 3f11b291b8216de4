"""Due rows, one by one: a row that fails is logged and left for the next pass, and stops no other."""

import logging
from collections.abc import Callable
from contextlib import nullcontext
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
    # Keys first: most of the time there are none, and whole rows cost ten times as much to ask for.
    keys = list(rows.values_list("pk", flat=True))
    done = 0
    for start in range(0, len(keys), TOGETHER):
        some = rows.filter(pk__in=keys[start : start + TOGETHER])
        # One row alone is a transaction of its own.
        with transaction.atomic() if len(keys) > 1 else nullcontext():
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
