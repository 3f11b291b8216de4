"""Whether the keys at hand are those of this database: known at start, not at the first name."""

from collections.abc import Iterator

from django.apps import apps
from django.db import DatabaseError, models

from notifications.crypto import WrongKey, blind_index
from notifications.fields import EncryptedTextField
from notifications.models import KeyProof

_WORDS = "these are the keys"
_PURPOSE = "key-proof"
REMEDY = (
    "FIELD_KEYS does not hold the keys that this database was sealed with: "
    "set those again, from their backup where need be."
)


def sealed_models() -> Iterator[tuple[type[models.Model], list[EncryptedTextField]]]:
    """Every table with sealed columns, and these columns."""
    for model in apps.get_models():
        fields = [one for one in model._meta.local_fields if isinstance(one, EncryptedTextField)]
        if fields:
            yield model, fields


def check() -> None:
    """Open the known words; without any, one value of each table. Raises WrongKey."""
    proof = KeyProof.objects.first()
    if proof is None:
        _open_one_of_each()
        return
    try:
        fits = proof.words == _WORDS
    except WrongKey as error:
        raise WrongKey(f"{error} {REMEDY}") from error
    if not fits or proof.index != blind_index(value=_WORDS, purpose=_PURPOSE):
        raise WrongKey(f"The key named 'index' is another one. {REMEDY}")


def hold() -> None:
    """At the start of a process: check the keys, and leave the proof where there is none yet.

    Raises WrongKey. A database that is away or has no tables yet says so itself, later.
    """
    try:
        check()
        if not KeyProof.objects.exists():
            # Two that start together may both leave one; each of them is checked alike.
            KeyProof.objects.create(words=_WORDS, index=blind_index(value=_WORDS, purpose=_PURPOSE))
    except DatabaseError:
        return


def _open_one_of_each() -> None:
    for model, fields in sealed_models():
        row = model._default_manager.order_by("pk").first()
        if row is None:
            continue
        try:
            for field in fields:
                getattr(row, field.attname)
        except WrongKey as error:
            raise WrongKey(f"{error} {REMEDY}") from error
