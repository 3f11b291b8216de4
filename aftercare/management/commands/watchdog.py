"""`manage.py watchdog`: fails while the background work stands still; for a monitor to call."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from aftercare import health, jobs
from notifications import clock, queue


class Command(BaseCommand):
    """Exit status: 0 while the tick is alive, 1 once its last beat is older than 90 seconds."""

    help = "Fail when the background work has stood still for longer than 90 seconds."

    def handle(self, *args: Any, **options: Any) -> None:
        beat = queue.last_beat(name=jobs.TICK)
        if beat is None:
            raise CommandError(f"The background work has never run. {health.REMEDY}")
        age = clock.now() - beat
        if health.is_stale(beat=beat, at=clock.now()):
            seconds = int(age.total_seconds())
            raise CommandError(
                f"The background work last ran {seconds} seconds ago. {health.REMEDY}"
            )
        self.stdout.write(
            f"The background work ran {max(0, int(age.total_seconds()))} seconds ago."
        )
