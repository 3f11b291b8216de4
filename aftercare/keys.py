"""Thousands of primary keys as one parameter of a query; one placeholder each costs more than the query itself."""

import json
from collections.abc import Collection
from typing import Any

from django.db.models import BigIntegerField
from django.db.models.expressions import Expression


class Keys(Expression):
    """Primary keys as a table of one column, to stand after `__in=`."""

    def __init__(self, keys: Collection[int]) -> None:
        super().__init__(output_field=BigIntegerField())
        self.keys = list(keys)

    def as_sqlite(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        """SQLite reads a list as JSON."""
        return "(SELECT value FROM json_each(%s))", [json.dumps(self.keys)]

    def as_postgresql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        """PostgreSQL knows arrays."""
        return "(SELECT unnest(%s::bigint[]))", [self.keys]
