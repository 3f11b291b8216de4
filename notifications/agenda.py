"""Which of many background steps have anything to do, asked in one query that is made once.

A tick that runs each second finds nothing to do most of the time. Asking every step for its rows
costs a query each, and most of that is the making of the query; so each step's question is made
into SQL once in a process, and the instants in it are moved along.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Model, QuerySet

Question = Callable[..., "QuerySet[Any]"]

# Any midnight will do: instants and days in a question are read as so far from it.
_THEN = datetime(2001, 1, 1, tzinfo=UTC)
_NEAR = timedelta(days=400)


class Agenda:
    """Questions by name: each takes `at=` and gives the rows that are due, whatever their order."""

    def __init__(self, questions: Mapping[str, Question]) -> None:
        self._questions = questions
        self._sql = ""
        self._params: list[Any] = []

    def due(self, *, at: datetime) -> frozenset[str]:
        """The names of the questions that have rows at an instant."""
        if not self._sql:
            self._make()
        values = [_moved(value, at) for value in self._params]
        with connection.cursor() as cursor:
            cursor.execute(self._sql, values)
            answers = cursor.fetchone()
        return frozenset(
            name for name, is_due in zip(self._questions, answers, strict=True) if is_due
        )

    def _make(self) -> None:
        parts = []
        for question in self._questions.values():
            rows: QuerySet[Model] = question(at=_THEN)
            sql, params = rows.order_by().values("pk").query.sql_with_params()
            parts.append(f"EXISTS({sql})")
            self._params.extend(params)
        self._sql = "SELECT " + ", ".join(parts)


def _moved(value: Any, at: datetime) -> Any:
    """A value of a question as it is at another instant; what is no time stays as it is."""
    read = _read(value)
    if isinstance(read, datetime) and abs(read - _THEN) < _NEAR:
        return connection.ops.adapt_datetimefield_value(at + (read - _THEN))
    if type(read) is date and abs(read - _THEN.date()) < _NEAR:
        return connection.ops.adapt_datefield_value(at.date() + (read - _THEN.date()))
    return value


def _read(value: Any) -> Any:
    """The time that a database's own notation stands for, or the value."""
    if not isinstance(value, str):
        return value
    try:
        if len(value) == len("2001-01-01"):
            return date.fromisoformat(value)
        read = datetime.fromisoformat(value)
    except ValueError:
        return value
    return read if read.tzinfo else read.replace(tzinfo=UTC)
