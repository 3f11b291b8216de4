"""`manage.py tick`: do everything that is due, once; for cron-only installations and for tests."""

import json
from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from aftercare import jobs
from aftercare.management import instants
from notifications import clock, proof


class Command(BaseCommand):
    """Plans, opens, queues, sends, reads and reassesses until nothing more is due at that instant."""

    help = "Do everything that is due: plan, send, read what came in, look at the signals."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--at",
            help="the instant, such as 2026-03-08T14:00:00+00:00; UTC where no offset is given",
        )
        parser.add_argument(
            "--json", action="store_true", help="print the counts as one JSON object"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        proof.hold()
        at = _instant(options["at"]) if options["at"] else clock.now()
        counts = jobs.tick(at=at) if options["at"] else jobs.tick_by_the_clock()
        if options["json"]:
            self.stdout.write(json.dumps({"at": at.isoformat(), **counts}))
        else:
            told = ", ".join(f"{count} {name}" for name, count in counts.items())
            self.stdout.write(f"{at.isoformat()}: {told}")


def _instant(text: str) -> datetime:
    at = instants.read(text)
    newest = jobs.newest_tick()
    if newest is not None and at < newest and not settings.DEMO:
        raise CommandError(
            f"A tick has run for {newest.isoformat()} already, and time does not go back."
            " Name a later instant, or leave --at out. Only a demo (DEMO=1) may go back."
        )
    return at
