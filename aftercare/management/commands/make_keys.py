"""Prints the secrets an installation needs."""

from secrets import token_urlsafe
from typing import Any

from django.core.management.base import BaseCommand

from notifications.crypto import make_keys

SECRET_BYTES = 50


def fresh() -> dict[str, str]:
    """A fresh SECRET_KEY and FIELD_KEYS."""
    return {"SECRET_KEY": token_urlsafe(SECRET_BYTES), "FIELD_KEYS": make_keys()}


class Command(BaseCommand):
    """Needs neither database nor settings, so that it runs before there are any."""

    help = "Print a fresh SECRET_KEY and FIELD_KEYS, as lines of an environment file."
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        for name, value in fresh().items():
            self.stdout.write(f"{name}={value}")
