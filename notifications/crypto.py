"""Sealing of personal values: AES-256-GCM with a named key, and a keyed blind index for look-ups.

FIELD_KEYS holds `name:key` pairs split by commas, each key 32 bytes in URL-safe base64. The first pair seals,
every pair opens, and the pair named `index` serves the blind index alone, so that rotating the others leaves
look-ups intact.
"""

import base64
import hashlib
import hmac
import os
import re
from dataclasses import dataclass
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

NONCE_BYTES = 12
KEY_BYTES = 32
INDEX = "index"
# Databases compare the names of keys without regard to case, so there are no capitals.
_NAME = re.compile(r"[a-z0-9_-]+")
_NUMBERED = re.compile(r"k\d+")


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

    def is_current(self, sealed: str) -> bool:
        """Whether the key that seals now has sealed this."""
        return sealed.partition(".")[0] == self.current

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
        if not colon or not _NAME.fullmatch(name) or len(keys[name]) != KEY_BYTES:
            raise BadKeys(
                f"FIELD_KEYS: each part must read name:key, the name in small letters and digits, "
                f"the key of {KEY_BYTES} bytes. {remedy}"
            )
    if len(keys) != len(pairs):
        raise BadKeys(f"FIELD_KEYS: two keys have the same name. {remedy}")
    index = keys.pop(INDEX, None)
    if index is None or not keys:
        raise BadKeys(f"FIELD_KEYS needs a key named {INDEX!r} and at least one other. {remedy}")
    return Keyring(next(iter(keys)), {name: AESGCM(key) for name, key in keys.items()}, index)


def make_keys() -> str:
    """A fresh FIELD_KEYS value."""
    return ",".join(_fresh(name) for name in ("k1", INDEX))


def _fresh(name: str) -> str:
    return f"{name}:{base64.urlsafe_b64encode(os.urandom(KEY_BYTES)).decode()}"


def add_key(text: str) -> str:
    """FIELD_KEYS with one more key at the end, which opens and does not seal; raises BadKeys."""
    # A name that was given up does not come again, for an old backup may still need its key.
    numbers = [int(name[1:]) for name in parse_keys(text).ciphers if _NUMBERED.fullmatch(name)]
    return f"{text},{_fresh(f'k{max(numbers, default=0) + 1}')}"


def put_first(text: str, *, name: str) -> str:
    """FIELD_KEYS with the named key first, so that it seals from now on; raises BadKeys."""
    parts = _parts(text, name)
    return ",".join([parts.pop(name), *parts.values()])


def without(text: str, *, name: str) -> str:
    """FIELD_KEYS without the named key; raises BadKeys where it is the one that seals or looks up."""
    parts = _parts(text, name)
    if name == parse_keys(text).current:
        raise BadKeys(f"FIELD_KEYS: {name!r} is the key that seals. Put another one first.")
    del parts[name]
    return ",".join(parts.values())


def _parts(text: str, name: str) -> dict[str, str]:
    if name not in parse_keys(text).ciphers:
        raise BadKeys(f"FIELD_KEYS: there is no key named {name!r} that seals or opens.")
    parts = [part.strip() for part in text.split(",") if part.strip()]
    return {part.partition(":")[0]: part for part in parts}


@lru_cache(maxsize=4)
def _parsed(text: str) -> Keyring:
    return parse_keys(text)


def keyring() -> Keyring:
    """The keys in force; raises BadKeys where FIELD_KEYS cannot be used."""
    return _parsed(settings.FIELD_KEYS)


def blind_index(*, value: str, purpose: str) -> str:
    """A keyed fingerprint (64 hex digits) by which an encrypted value is looked up for one purpose."""
    return hmac.new(keyring().index, f"{purpose}\0{value}".encode(), hashlib.sha256).hexdigest()
