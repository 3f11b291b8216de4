"""Instants as operators write them."""

from datetime import UTC, datetime

from django.core.management.base import CommandError


def read(text: str) -> datetime:
    """An instant in UTC from ISO 8601, taken as UTC where it has no offset; raises CommandError."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise CommandError(
            f"{text!r} is no instant. Write it such as 2026-03-08T14:00:00+00:00."
        ) from None
    return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
