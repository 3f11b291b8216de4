"""Sealing anew what older keys have sealed, while everything goes on.

A batch is one short transaction, and a column changes only where it still holds what was read, so
nobody's write is lost. Where it was cut off is told by the rows themselves: those under an older key.
"""

from collections.abc import Callable
from dataclasses import dataclass

from django.db import models, transaction
from django.db.models import Q

from notifications.crypto import keyring
from notifications.fields import EncryptedTextField, Sealed
from notifications.proof import sealed_models

BATCH = 200


@dataclass(frozen=True, kw_only=True)
class Rotated:
    """How many rows were sealed anew, and how many are still under an older key, by table."""

    rows: int
    left: dict[str, int]


def run(*, tell: Callable[[str], None], batch: int = BATCH) -> Rotated:
    """Bring every row under the key that seals; tells how far it is, a line for each batch.

    Raises crypto.WrongKey where a value opens with none of the keys: then nothing of it is changed.
    """
    rows = 0
    for model, fields in sealed_models():
        rows += _table(model, fields, tell, batch)
    return Rotated(rows=rows, left=left())


def left() -> dict[str, int]:
    """How many rows of each table hold a value under another key than the one that seals."""
    counts = {
        model._meta.db_table: model._default_manager.filter(_is_older(fields)).count()
        for model, fields in sealed_models()
    }
    return {table: count for table, count in counts.items() if count}


def _is_older(fields: list[EncryptedTextField]) -> Q:
    older = Q(pk__in=[])
    for field in fields:
        current = Sealed(f"{keyring().current}.")
        older |= Q(**{f"{field.name}__isnull": False}) & ~Q(
            **{f"{field.name}__startswith": current}
        )
    return older


def _table(
    model: type[models.Model],
    fields: list[EncryptedTextField],
    tell: Callable[[str], None],
    batch: int,
) -> int:
    table, done, last = model._meta.db_table, 0, 0
    older = model._default_manager.filter(_is_older(fields)).order_by("pk")
    total = older.count()
    while rows := list(older.filter(pk__gt=last)[:batch]):
        fresh = [(row, _reseal(row, fields)) for row in rows]
        with transaction.atomic():
            for row, columns in fresh:
                for name, (before, after) in columns.items():
                    same = model._default_manager.filter(pk=row.pk, **{name: before})
                    same.update(**{name: after})
        last, done = rows[-1].pk, done + len(rows)
        tell(f"{table}: {done} of {max(done, total)}")
    return done


def _reseal(
    row: models.Model, fields: list[EncryptedTextField]
) -> dict[str, tuple[Sealed, Sealed]]:
    """The columns of a row that an older key has sealed, as they are and as they will be."""
    ring = keyring()
    found = {}
    for field in fields:
        before = row.__dict__[field.attname]
        if isinstance(before, Sealed) and not ring.is_current(before):
            place = field.place(row)
            plain = ring.open(sealed=before, place=place)
            found[field.attname] = before, Sealed(ring.seal(plain=plain, place=place))
    return found
