"""`manage.py restored`: after a backup was put back, so that nothing is sent a second time."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from aftercare import jobs
from aftercare.management import instants
from notifications import clock, queue
from notifications.transports.base import TransportError


class Command(BaseCommand):
    """Has the provider asked about all that is due, before the background work starts again."""

    help = "After a backup was put back: have the provider asked before anything due is sent."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--since",
            required=True,
            help="when the backup was made, such as 2026-03-08T14:00:00+00:00; UTC without an offset",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        at = clock.now()
        since = instants.read(options["since"])
        if since > at:
            raise CommandError(f"{since.isoformat()} is yet to come. When was the backup made?")
        with queue.alone(name=jobs.TICK) as is_mine:
            if not is_mine:
                raise CommandError("The background work runs. Stop every cluster first.")
            try:
                taken_in, doubted = jobs.catch_up(since=since, at=at)
            except TransportError as error:
                raise CommandError(
                    f"The provider cannot be asked ({error}). Nothing was sent. Run this again"
                    " before you start the background work."
                ) from None
        self.stdout.write(
            f"Taken in: {taken_in} texts that came after {since.isoformat()}. The provider will be"
            f" asked about {doubted} messages that are due. Start the background work now."
        )
