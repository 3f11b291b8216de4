"""How long each kind of row is kept, as a table says (retention.toml): read once, and pure."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Class:
    """Tables that are kept alike; `by` names the column that a table's days count from.

    `days` None is for ever; `after_leaving` None means that leaving changes nothing.
    """

    name: str
    why: str
    source: str
    tables: tuple[str, ...] = ()
    after_leaving: int | None = None
    days: int | None = None
    unowned: bool = False
    by: Mapping[str, str] = field(default_factory=dict)

    @property
    def every_table(self) -> tuple[str, ...]:
        """All tables of the class, as app.Model."""
        return (*self.tables, *self.by)


class BadRetention(ValueError):
    """The table of retention cannot be used; the message names the remedy."""


@lru_cache(maxsize=4)
def read(*, path: str) -> tuple[Class, ...]:
    """The classes of a file; raises BadRetention."""
    try:
        classes = tomllib.loads(Path(path).read_text(encoding="utf-8"))
        found = tuple(
            Class(name=name, **{**each, "tables": tuple(each.get("tables", ()))})
            for name, each in classes.items()
        )
    except (OSError, tomllib.TOMLDecodeError, TypeError, AttributeError) as error:
        raise BadRetention(f"{path} cannot be read ({error}). Mend it, or unset it.") from error
    tables = [table for each in found for table in each.every_table]
    twice = {table for table in tables if tables.count(table) > 1}
    if twice:
        raise BadRetention(f"{path} names {', '.join(sorted(twice))} twice. Leave one.")
    return found


def grace(*, path: str) -> int:
    """Days in which whoever leaves may stay after all; raises BadRetention."""
    days = {each.name: each.after_leaving for each in read(path=path)}.get("person")
    if not isinstance(days, int) or days < 1:
        raise BadRetention(f"{path}: [person] needs after_leaving, a number of days from 1.")
    return days
