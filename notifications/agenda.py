"""Which of many background steps have anything to do, asked in one query that is made once.

A tick that runs each second finds nothing to do most of the time. Asking every step for its rows
costs a query each, and most of that is the making of the query; so each step's question is made
into SQL once in a process, and the instants in it are moved along.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Model, QuerySet

from notifications.prepared import THEN, movable, moved

Question = Callable[..., "QuerySet[Any]"]


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
        with connection.cursor() as cursor:
            cursor.execute(self._sql, moved(self._params, at=at))
            answers = cursor.fetchone()
        return frozenset(
            name for name, is_due in zip(self._questions, answers, strict=True) if is_due
        )

    def _make(self) -> None:
        parts = []
        for question in self._questions.values():
            rows: QuerySet[Model] = question(at=THEN)
            sql, params = rows.order_by().values("pk").query.sql_with_params()
            parts.append(f"EXISTS({sql})")
            self._params.extend(movable(params))
        self._sql = "SELECT " + ", ".join(parts)
