"""`manage.py flush`: Django's own, which also empties the record that nothing else may shorten."""

from typing import Any

from django.core.management.commands import flush
from django.db import connections

from aftercare import append_only, sealing


class Command(flush.Command):
    """For demos and tests; Django asks before it empties a database."""

    def handle(self, **options: Any) -> None:
        connection = connections[options["database"]]
        append_only.lift(connection=connection)
        try:
            super().handle(**options)
        finally:
            append_only.refuse(connection=connection)
        sealing.begin_anew()
