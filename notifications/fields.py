"""Encrypted columns, bound to their row: a value moved to another row or column does not open.

A row needs a `uid`. Values are opened on attribute access, so `values()` and raw dumps show only sealed text,
and look-ups or bulk updates by plain value are refused.
"""

import json
from typing import Any

from django.db import models
from django.db.models.expressions import Expression

from notifications.crypto import blind_index, keyring

__all__ = ["EncryptedJSONField", "EncryptedTextField", "Sealed", "blind_index"]


class Sealed(str):
    """Sealed text as it stands in the database."""

    __slots__ = ()


class _Opening:
    """Opens the stored value when the attribute is read, and keeps it open on the instance."""

    def __init__(self, field: "EncryptedTextField") -> None:
        self.field = field

    def __get__(self, instance: models.Model | None, owner: type[models.Model]) -> Any:
        if instance is None:
            return self
        name = self.field.attname
        if name not in instance.__dict__:
            instance.refresh_from_db(fields=[name])
        value = instance.__dict__[name]
        if isinstance(value, Sealed):
            value = instance.__dict__[name] = self.field.open(instance=instance, sealed=value)
        return value

    def __set__(self, instance: models.Model, value: Any) -> None:
        instance.__dict__[self.field.attname] = value


class EncryptedTextField(models.TextField):  # type: ignore[type-arg]
    """Text sealed with AES-256-GCM; the place `table.column.uid` is authenticated with it."""

    def contribute_to_class(
        self, cls: type[models.Model], name: str, private_only: bool = False
    ) -> None:
        super().contribute_to_class(cls, name, private_only)
        setattr(cls, self.attname, _Opening(self))

    def place(self, instance: models.Model) -> str:
        """Where a value of this row belongs."""
        return f"{instance._meta.db_table}.{self.column}.{instance.uid}"  # type: ignore[attr-defined]

    def open_of(self, *, uid: Any, sealed: str) -> Any:
        """The plain value of a row that is not at hand, by its uid; raises crypto.WrongKey."""
        place = f"{self.model._meta.db_table}.{self.column}.{uid}"
        return self.loads(keyring().open(sealed=sealed, place=place))

    def open(self, *, instance: models.Model, sealed: Sealed) -> Any:
        """The plain value; raises crypto.WrongKey."""
        return self.loads(keyring().open(sealed=sealed, place=self.place(instance)))

    def dumps(self, value: Any) -> str:
        """The text that is sealed."""
        return str(value)

    def loads(self, text: str) -> Any:
        """The value that was sealed."""
        return text

    def from_db_value(
        self, value: str | None, expression: Expression, connection: Any
    ) -> Sealed | None:
        return None if value is None else Sealed(value)

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        value = model_instance.__dict__[self.attname]
        if value is None or isinstance(value, Sealed):
            return value
        return Sealed(keyring().seal(plain=self.dumps(value), place=self.place(model_instance)))

    def get_prep_value(self, value: Any) -> Any:
        if value is None:
            return None
        if isinstance(value, Sealed):
            return str(value)
        raise TypeError(
            f"{self.name} is encrypted: set it on an instance and save; look it up by its blind index."
        )

    def value_to_string(self, obj: models.Model) -> str:
        return self.dumps(getattr(obj, self.attname))


class EncryptedJSONField(EncryptedTextField):
    """A JSON value, sealed as its text."""

    # What the type checker's plugin reads: any JSON value goes in and comes out.
    _pyi_private_set_type: Any
    _pyi_private_get_type: Any
    _pyi_lookup_exact_type: Any

    def dumps(self, value: Any) -> str:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))

    def loads(self, text: str) -> Any:
        return json.loads(text)

    def to_python(self, value: Any) -> Any:
        return value
