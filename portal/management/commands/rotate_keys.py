"""`manage.py rotate_keys`: seals everything anew with the first key, while the portal runs."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from notifications import crypto, rotation
from portal import factor_secrets


class Command(BaseCommand):
    """May be cut off at any row and run again; it ends by naming the keys that nothing needs."""

    help = "Seal every personal value anew with the first of FIELD_KEYS; run it after a new key."

    def handle(self, *args: Any, **options: Any) -> None:
        ring = crypto.keyring()
        older = [name for name in ring.ciphers if name != ring.current]
        try:
            rows = rotation.run(tell=self._tell).rows + factor_secrets.reseal()
            left = rotation.left() | {"mfa_authenticator": factor_secrets.left()}
        except crypto.WrongKey as error:
            raise CommandError(f"{error} Nothing of that table's batch was changed.") from error
        self._tell(f"{rows} rows sealed anew with {ring.current}.")
        waiting = {table: count for table, count in left.items() if count}
        for table, count in waiting.items():
            self._tell(f"{table}: {count} rows are still under another key.")
        if waiting:
            raise CommandError(
                f"Some process still seals with another key. Restart all with {ring.current} "
                "first in FIELD_KEYS, and run this again."
            )
        self._tell(f"0 rows remain under another key than {ring.current}.")
        for name in older:
            self._tell(f"Remove {name}: python manage.py make_keys --without {name}")

    def _tell(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()
