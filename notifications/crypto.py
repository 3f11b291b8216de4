"""Sealing of personal values: AES-256-GCM with a named key, and a keyed blind index for look-ups.

FIELD_KEYS holds `name:key` pairs split by commas, each key 32 bytes in URL-safe base64. The first pair seals,
every pair opens, and the pair named `index` serves the blind index alone, so that rotating the others leaves
look-ups intact.
"""

import base64
import hashlib
import hmac
import os
from dataclasses import dataclass
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

NONCE_BYTES = 12
KEY_BYTES = 32
INDEX = "index"


class BadKeys(Exception):
    """FIELD_KEYS cannot be used; the message names the remedy."""


class WrongKey(Exception):
    """A sealed value was not sealed for this place with any key at hand."""


@dataclass(frozen=True)
class Keyring:
    """The keys of one installation."""

    current: str
    ciphers: dict[str, AESGCM]
    index: bytes

    def seal(self, *, plain: str, place: str) -> str:
        """Seal text for one place (table.column.uid); the result names its key."""
        nonce = os.urandom(NONCE_BYTES)
        sealed = self.ciphers[self.current].encrypt(nonce, plain.encode(), place.encode())
        return f"{self.current}.{base64.urlsafe_b64encode(nonce + sealed).decode()}"

    def open(self, *, sealed: str, place: str) -> str:
        """Open what `seal` made for the same place; raises WrongKey."""
        name, _, body = sealed.partition(".")
        cipher = self.ciphers.get(name)
        if cipher is None:
            raise WrongKey(f"No key named {name!r} in FIELD_KEYS.")
        raw = base64.urlsafe_b64decode(body)
        try:
            return cipher.decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], place.encode()).decode()
        except InvalidTag as error:
            raise WrongKey(
                f"Key {name!r} does not open this value; it is another key or another place."
            ) from error


def parse_keys(text: str) -> Keyring:
    """Read FIELD_KEYS; raises BadKeys."""
    remedy = "Run `python manage.py make_keys` for a fresh set."
    pairs = [part.strip().partition(":") for part in text.split(",") if part.strip()]
    keys: dict[str, bytes] = {}
    for name, colon, value in pairs:
        try:
            keys[name] = base64.urlsafe_b64decode(value)
        except ValueError as error:
            raise BadKeys(f"FIELD_KEYS: key {name!r} is not URL-safe base64. {remedy}") from error
        if not colon or "." in name or len(keys[name]) != KEY_BYTES:
            raise BadKeys(
                f"FIELD_KEYS: each part must read name:key with a key of {KEY_BYTES} bytes. {remedy}"
            )
    index = keys.pop(INDEX, None)
    if index is None or not keys:
        raise BadKeys(f"FIELD_KEYS needs a key named {INDEX!r} and at least one other. {remedy}")
    return Keyring(next(iter(keys)), {name: AESGCM(key) for name, key in keys.items()}, index)


def make_keys() -> str:
    """A fresh FIELD_KEYS value."""
    return ",".join(
        f"{name}:{base64.urlsafe_b64encode(os.urandom(KEY_BYTES)).decode()}"
        for name in ("k1", INDEX)
    )


@lru_cache(maxsize=4)
def _parsed(text: str) -> Keyring:
    return parse_keys(text)


def keyring() -> Keyring:
    """The keys in force; raises BadKeys where FIELD_KEYS cannot be used."""
    return _parsed(settings.FIELD_KEYS)


def blind_index(*, value: str, purpose: str) -> str:
    """A keyed fingerprint (64 hex digits) by which an encrypted value is looked up for one purpose."""
    return hmac.new(keyring().index, f"{purpose}\0{value}".encode(), hashlib.sha256).hexdigest()
