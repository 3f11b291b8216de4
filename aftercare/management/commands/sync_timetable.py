"""`manage.py sync_timetable`: keep the schedules of the background jobs as the timetable says."""

from typing import Any

from django.core.management.base import BaseCommand

from aftercare import timetable
from notifications import clock


class Command(BaseCommand):
    """Adds what is missing, mends what drifted, removes what is ours and no longer in the table."""

    help = "Make the schedules of the background jobs what the timetable says."

    def handle(self, *args: Any, **options: Any) -> None:
        mended = timetable.sync(at=clock.now())
        if options["verbosity"]:
            for line in mended or ["Every schedule is as it should be."]:
                self.stdout.write(line)
