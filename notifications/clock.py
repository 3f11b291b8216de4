"""The one clock of the house; views and jobs read it and pass `at` down.

The offset exists for the demo only: it lets a stranger move time forward and watch the same jobs run.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db import connection

_OFFSET_SQL = "SELECT offset_seconds FROM notifications_clockoffset WHERE id = 1"


def now() -> datetime:
    """The present instant in UTC, moved by the demo's offset where DEMO=1."""
    return real() + offset() if settings.DEMO else real()


def real() -> datetime:
    """The present instant for the limits of a browser's session, which the demo never moves."""
    return datetime.now(UTC)


def offset() -> timedelta:
    """How far the demo's clock runs ahead of the real one."""
    with connection.cursor() as cursor:
        cursor.execute(_OFFSET_SQL)
        row = cursor.fetchone()
    return timedelta(seconds=row[0] if row else 0)


Clock = Callable[[], datetime]
