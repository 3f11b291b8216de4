"""Prints the secrets an installation needs, and the keys of one as they change."""

from argparse import ArgumentParser
from secrets import token_urlsafe
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from notifications import crypto

SECRET_BYTES = 50


def fresh() -> dict[str, str]:
    """A fresh SECRET_KEY, FIELD_KEYS and AUDIT_KEY."""
    return {
        "SECRET_KEY": token_urlsafe(SECRET_BYTES),
        "FIELD_KEYS": crypto.make_keys(),
        "AUDIT_KEY": token_urlsafe(SECRET_BYTES),
    }


class Command(BaseCommand):
    """Needs no database, and for fresh keys no settings, so that it runs before there are any."""

    help = (
        "Print fresh keys as lines of an environment file, or FIELD_KEYS with one step of a change."
    )
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        step = parser.add_mutually_exclusive_group()
        step.add_argument("--add", action="store_true", help="FIELD_KEYS with one more key")
        step.add_argument("--first", metavar="NAME", help="FIELD_KEYS with this key sealing")
        step.add_argument("--without", metavar="NAME", help="FIELD_KEYS without this key")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            values = self._values(options)
        except crypto.BadKeys as error:
            raise CommandError(str(error)) from error
        for name, value in values.items():
            self.stdout.write(f"{name}={value}")

    def _values(self, options: dict[str, Any]) -> dict[str, str]:
        if options["add"]:
            return {"FIELD_KEYS": crypto.add_key(settings.FIELD_KEYS)}
        if options["first"]:
            return {"FIELD_KEYS": crypto.put_first(settings.FIELD_KEYS, name=options["first"])}
        if options["without"]:
            return {"FIELD_KEYS": crypto.without(settings.FIELD_KEYS, name=options["without"])}
        return fresh()
