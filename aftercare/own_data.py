"""What the portal knows of one graduate, copied for the graduate: every column, and lines for paper."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from django.contrib.auth import get_user_model
from django.db import models
from django.utils.translation import gettext_lazy as _

from aftercare.models import Graduate, Meeting
from aftercare.own_tables import LEFT_OUT, Table, tables
from notifications.models import Program


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """The rows of one table as they are copied: every column, and the lines that stand on paper."""

    name: str
    title: str
    rows: list[dict[str, Any]]
    lines: list[tuple[datetime | date | None, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """All that is copied, and what is not, with the reason, by table or table.column."""

    at: datetime
    parts: tuple[Part, ...]
    left_out: Mapping[str, str]


def gather(*, graduate: Graduate, at: datetime) -> Copy:
    """Everything that is copied for one graduate, in the language in force."""
    known = tables(at=at)
    names = {table.model for table in known}
    missing = {
        f"{table.model._meta.label}.{column}": str(why)
        for table in known
        for column, why in table.without.items()
    }
    return Copy(
        at=at,
        parts=tuple(_part(table, graduate, names) for table in known),
        left_out=missing | {name: str(why) for name, why in LEFT_OUT.items()},
    )


def _part(table: Table, graduate: Graduate, known: set[type[models.Model]]) -> Part:
    columns = [one for one in table.model._meta.local_fields if _is_copied(one, table, known)]
    keys = [one.name for one in columns if one.is_relation]
    rows = table.rows(graduate).select_related(*keys).order_by("pk")
    copied, lines = [], []
    for row in rows:
        copied.append({one.name: _value(getattr(row, one.name)) for one in columns})
        words = (_words(row, name) for name in table.what)
        when = getattr(row, table.when) if table.when else None
        lines.append((when, " · ".join(one for one in words if one)))
    return Part(
        name=table.model._meta.label.rpartition(".")[2],
        title=str(table.title),
        rows=copied,
        lines=lines,
    )


def _is_copied(
    column: "models.Field[Any, Any]", table: Table, known: set[type[models.Model]]
) -> bool:
    """Not our own keys, nor the names of staff."""
    if column.primary_key or column.name in table.without:
        return False
    target = column.related_model
    return target is None or target in known - {get_user_model()} | {Meeting, Program}


def _value(value: Any) -> Any:
    """As JSON knows it; a row by its uid, a public one by its name."""
    if isinstance(value, models.Model):
        return value.name if isinstance(value, Meeting | Program) else str(value.uid)  # type: ignore[attr-defined]
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    plain = value is None or isinstance(value, str | int | float | list | dict)
    return value if plain else str(value)


def _words(row: models.Model, name: str) -> str:
    """A column as a person reads it."""
    shown = getattr(row, f"get_{name}_display", None)
    return _flat(shown() if shown else _value(getattr(row, name)))


def _flat(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(_flat(one) for one in value.values() if one not in ("", [], None))
    if isinstance(value, Iterable) and not isinstance(value, str):
        return ", ".join(_flat(one) for one in value)
    if isinstance(value, bool):
        return str(_("yes") if value else _("no"))
    return "" if value is None else str(value)
