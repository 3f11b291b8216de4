"""`manage.py upkeep`: what the cluster does by the hour and by the day, for machines without one."""

import logging
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.module_loading import import_string

from aftercare import timetable

log = logging.getLogger(__name__)


class Command(BaseCommand):
    """Runs every job of the timetable but the tick, each whatever became of the one before."""

    help = "Fetch feeds, compare with the provider's list, tidy up; run it each hour from cron."

    def handle(self, *args: Any, **options: Any) -> None:
        failed = []
        for entry in timetable.TABLE:
            if entry.name == timetable.TICK:
                continue
            try:
                import_string(entry.job)()
            except Exception:
                log.exception("The job %s has failed.", entry.name)
                failed.append(entry.name)
            else:
                self.stdout.write(f"{entry.name}: done")
        if failed:
            raise CommandError(f"Failed: {', '.join(failed)}. The log says why.")
