"""Questions that are made into SQL once in a process, and asked again with other keys at other instants.

Making a query costs Django more than asking a small one, and psycopg's own reading of an instant more
than what else is done with it; who is asked for again and again is asked for by one of these.
"""

import json
from collections.abc import Callable, Collection, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import QuerySet

# Any midnight will do: instants and days in a question are read as so far from it.
THEN = datetime(2001, 1, 1, tzinfo=UTC)
_NEAR = timedelta(days=400)
# Stands for the keys while a question is made.
_KEY = -7_000_000_001


class Prepared:
    """A question for `values_list` rows: `rows(keys=..., at=...)` filters by `...__in=keys`, once.

    One that is not `keyed` is asked of all rows, and `rows` is given the instant alone.
    """

    def __init__(self, rows: "Callable[..., QuerySet[Any, Any]]", *, keyed: bool = True) -> None:
        self._rows = rows
        self._keyed = keyed
        self._compiler: Any = None
        self._converters: dict[int, Any] = {}
        self._sql = ""
        self._params: list[Any] = []

    def ask(self, *, keys: Collection[int] = (), at: datetime) -> list[tuple[Any, ...]]:
        """The rows for these keys at an instant, each a tuple as `values_list` would give it."""
        if self._compiler is None:
            self._make()
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                cursor.cursor.adapters.register_loader("timestamptz", _quick_loader())
            cursor.execute(self._sql, self._filled(keys, at))
            found: list[tuple[Any, ...]] = cursor.fetchall()
        if not self._converters:
            return found
        return [tuple(row) for row in self._compiler.apply_converters(found, self._converters)]

    def _make(self) -> None:
        keys = {"keys": [_KEY]} if self._keyed else {}
        compiler = self._rows(at=THEN, **keys).query.get_compiler(connection=connection)
        sql, params = compiler.as_sql()
        self._sql, self._params = _of_many(sql) if self._keyed else sql, movable(params)
        # The compiler would ask every field for them again at each question.
        self._converters = compiler.get_converters([column for column, *_ in compiler.select])
        self._compiler = compiler

    def _filled(self, keys: Collection[int], at: datetime) -> list[Any]:
        wanted = list(keys) if connection.vendor == "postgresql" else json.dumps(list(keys))
        return [wanted if value == _KEY else value for value in moved(self._params, at=at)]


def _of_many(sql: str) -> str:
    """The question about one key as one about any number of them."""
    before, found, after = sql.partition("IN (%s)")
    if not found or "IN (%s)" in after:
        raise ValueError("A prepared question filters by keys, once, and by no other list of one.")
    is_postgres = connection.vendor == "postgresql"
    many = "= ANY(%s)" if is_postgres else "IN (SELECT value FROM json_each(%s))"
    return f"{before}{many}{after}"


class _Distance(NamedTuple):
    """How far a time of a question lies from the instant that it is asked for."""

    by: timedelta
    is_day: bool


def movable(values: Sequence[Any]) -> list[Any]:
    """The values of a question that was made for THEN, with its times read once for all instants."""
    return [_distance(value) for value in values]


def moved(values: Sequence[Any], *, at: datetime) -> list[Any]:
    """The values of `movable` as they are at another instant; what is no time stays as it is."""
    known: dict[_Distance, Any] = {}
    found = []
    for value in values:
        if isinstance(value, _Distance):
            if value not in known:
                known[value] = _adapted(value, at)
            found.append(known[value])
        else:
            found.append(value)
    return found


def _adapted(distance: _Distance, at: datetime) -> Any:
    if distance.is_day:
        return connection.ops.adapt_datefield_value(at.date() + distance.by)
    return connection.ops.adapt_datetimefield_value(at + distance.by)


def _distance(value: Any) -> Any:
    read = _read(value)
    if isinstance(read, datetime) and abs(read - THEN) < _NEAR:
        return _Distance(read - THEN, is_day=False)
    if type(read) is date and abs(read - THEN.date()) < _NEAR:
        return _Distance(read - THEN.date(), is_day=True)
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


@cache
def _quick_loader() -> Any:
    """Reads what PostgreSQL writes of an instant by the standard library's own, which is in C."""
    from psycopg.adapt import Loader

    class Instant(Loader):
        """A timestamptz as text."""

        def load(self, data: Any) -> datetime:
            return datetime.fromisoformat(bytes(data).decode())

    return Instant
