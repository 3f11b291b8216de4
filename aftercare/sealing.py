"""The seals of the record: an HMAC chain in order, whose key and newest link are kept outside the database.

Rows are written unsealed, so that no transaction waits for another; one at a time, the tick seals
what has been written since. Whoever alters, deletes or reorders a sealed row breaks the chain there;
whoever cuts its end off is told by the anchor, a file that knows the newest seal.
"""

import hashlib
import hmac
import json
import logging
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, models, transaction

from aftercare.models import AuditEntry
from notifications import queue

log = logging.getLogger(__name__)

LOCK = "seal"
BATCH = 500
# A busy minute is sealed at once rather than row by row.
WAIT = timedelta(seconds=60)
_COLUMNS = (
    *("sealed", "seal", "pk", "program_id", "actor_id", "role", "verb", "thing"),
    *("thing_uid", "graduate_uid", "at"),
)
_GENESIS = "0" * 64
_SET = f"UPDATE {AuditEntry._meta.db_table} SET sealed = %s, seal = %s WHERE id = %s"  # noqa: S608


class NoAuditKey(Exception):
    """AUDIT_KEY is not set, so nothing can be sealed or verified."""


@dataclass(frozen=True, slots=True)
class Head:
    """The newest link of the chain: its number, and its seal in 64 hex digits."""

    number: int = 0
    seal: str = _GENESIS


@dataclass(frozen=True, slots=True, kw_only=True)
class Break:
    """One place where the chain does not hold: its number, the row's id (0 where it is gone), and why."""

    number: int
    id: int
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What became of the record: `truncated` counts sealed rows that the anchor knows and are gone."""

    sealed: int
    unsealed: int
    oldest_unsealed_at: datetime | None
    head: Head
    anchor: Head | None
    truncated: int
    broken: tuple[Break, ...]

    @property
    def is_whole(self) -> bool:
        """Whether nothing sealed was altered, deleted, reordered or cut off."""
        return not self.broken and not self.truncated


# Sealing


def waiting(*, at: datetime) -> "models.QuerySet[AuditEntry]":
    """Rows that have waited long enough for their seal."""
    return AuditEntry.objects.filter(sealed__isnull=True, at__lte=at - WAIT)


def seal_due(*, at: datetime) -> int:
    """Seal everything that is not sealed yet, in the order it was written; returns how many rows.

    Does nothing while another process seals, or without a key, which `manage.py check` tells.
    """
    if not settings.AUDIT_KEY:
        return 0
    with queue.alone(name=LOCK) as is_mine:
        return _seal_all() if is_mine else 0


def _seal_all() -> int:
    before = head = newest()
    is_whole = _agrees(before, read_anchor())
    while (after := _seal_batch(head)) != head:
        head = after
    # The anchor follows what is committed. It never follows a record that has lost its end.
    if not is_whole:
        log.error("The end of the record is not the one that was sealed; see verify_audit.")
    elif head != before:
        _drop_anchor(head)
    return head.number - before.number


@transaction.atomic
def _seal_batch(head: Head) -> Head:
    """Seal the oldest rows after a link; returns the newest link."""
    rows = list(AuditEntry.objects.filter(sealed__isnull=True).order_by("pk")[:BATCH])
    key = _key()
    seals = []
    for row in rows:
        head = Head(head.number + 1, _seal(key, head, _content(row)))
        seals.append((head.number, head.seal, row.pk))
    with connection.cursor() as cursor:
        cursor.executemany(_SET, seals)
    return head


def newest() -> Head:
    """The newest link in the database; number 0 where nothing is sealed."""
    row = (
        AuditEntry.objects.filter(sealed__isnull=False)
        .order_by("-sealed")
        .values_list("sealed", "seal")
        .first()
    )
    return Head(int(row[0] or 0), row[1]) if row else Head()


def _agrees(head: Head, anchor: Head | None) -> bool:
    """Whether the database still has the link that the anchor knows."""
    if anchor is None or head == anchor:
        return True
    if head.number <= anchor.number:
        return False
    return AuditEntry.objects.filter(sealed=anchor.number, seal=anchor.seal).exists()


def _key() -> bytes:
    if not settings.AUDIT_KEY:
        raise NoAuditKey("AUDIT_KEY is not set. Set it to what `manage.py make_keys` prints.")
    return str(settings.AUDIT_KEY).encode()


def _content(row: AuditEntry) -> list[Any]:
    return [getattr(row, name) for name in _COLUMNS[2:]]


def _seal(key: bytes, before: Head, content: list[Any]) -> str:
    """The seal of the row that comes after a link."""
    *ids, at = content
    plain = [before.number + 1, before.seal, *(None if one is None else str(one) for one in ids)]
    plain.append(at.astimezone(UTC).isoformat(timespec="microseconds"))
    return hmac.new(key, json.dumps(plain).encode(), hashlib.sha256).hexdigest()


# The anchor


def anchor_path() -> Path:
    """Where the newest seal is kept, outside the database."""
    return Path(settings.VAR_DIR) / "audit_head"


def read_anchor() -> Head | None:
    """The newest link that was sealed from this machine; None where it has no anchor."""
    try:
        number, _, seal = anchor_path().read_text(encoding="ascii").strip().partition(" ")
    except FileNotFoundError:
        return None
    return Head(int(number), seal)


def accept() -> Head:
    """Take the database's newest link for the right one, as after a backup was put back."""
    head = newest()
    _drop_anchor(head)
    return head


def begin_anew() -> None:
    """Let the anchor go with a record that was emptied on purpose; nothing where rows are left."""
    if not AuditEntry.objects.exists():
        anchor_path().unlink(missing_ok=True)


def _drop_anchor(head: Head) -> None:
    path = anchor_path()
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".draft")
    draft.write_text(f"{head.number} {head.seal}\n", encoding="ascii")
    draft.replace(path)


# Verifying


def verify(*, anchor: Head | None = None) -> Verdict:
    """Hold every sealed row against the chain, and the chain against the anchor (this machine's by default).

    Raises NoAuditKey.
    """
    anchor = anchor or read_anchor()
    broken = list(_breaks())
    head = newest()
    tail = AuditEntry.objects.filter(sealed__isnull=True)
    oldest = tail.order_by("at").values_list("at", flat=True).first()
    truncated = max(0, anchor.number - head.number) if anchor else 0
    if anchor and not truncated and not _agrees(head, anchor):
        broken.append(Break(number=anchor.number, id=0, what="not the row the anchor knows"))
    return Verdict(
        sealed=AuditEntry.objects.filter(sealed__isnull=False).count(),
        unsealed=tail.count(),
        oldest_unsealed_at=oldest,
        head=head,
        anchor=anchor,
        truncated=truncated,
        broken=tuple(broken),
    )


def _breaks() -> Iterator[Break]:
    key, before = _key(), Head()
    rows = AuditEntry.objects.filter(sealed__isnull=False).order_by("sealed")
    for number, seal, *content in rows.values_list(*_COLUMNS).iterator(chunk_size=5000):
        is_next = number == before.number + 1
        for gone in range(before.number + 1, number):
            yield Break(number=gone, id=0, what="deleted")
        if is_next and _seal(key, before, content) != seal:
            yield Break(number=number, id=content[0], what="altered, or not in its place")
        before = Head(number, seal)


def as_json(verdict: Verdict) -> dict[str, Any]:
    """The verdict in values that JSON knows."""
    oldest = verdict.oldest_unsealed_at
    return {
        **asdict(verdict),
        "oldest_unsealed_at": oldest.isoformat() if oldest else None,
        "whole": verdict.is_whole,
    }
