"""Twelve weeks of made-up lives, played by the same code at past times.

Only people and what they do come from here; every row is written by the verbs that production runs.
"""

import gc
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.conf import settings
from django.core.management import call_command
from django.db import connection

from aftercare.demo import surfacing
from aftercare.demo.behaviour import WEEKS
from aftercare.demo.story import Story
from aftercare.models import Graduate
from notifications import clock
from notifications.models import Heartbeat, Program

READY = "demo ready"


class NotADemo(Exception):
    """The database holds people who are not made up; the message names the remedy."""


def prepare(*, at: datetime, fresh: bool, tell: Callable[[str], None]) -> bool:
    """Fill the database up to `at` unless that was done before; returns whether it was done now.

    Raises NotADemo, before anything is written.
    """
    _refuse_real_people()
    if not fresh and Heartbeat.objects.filter(name=READY).exists():
        return False
    # An earlier try may have been interrupted half-way.
    call_command("flush", interactive=False, verbosity=0)
    shutil.rmtree(settings.EMAIL_FILE_PATH, ignore_errors=True)
    tell(f"Playing {WEEKS} weeks of 60 made-up people. This takes a minute or two.")
    with _hurry(), _unprinted_mail():
        story = Story(start=at - timedelta(weeks=WEEKS), end=at)
        story.begin()
        for week in story.play():
            tell(f"  week {week} of {WEEKS}")
        story.finish()
    Heartbeat.objects.create(name=READY, at=clock.now())
    tell(f"  {Graduate.objects.count()} graduates are here.")
    people, start = story.talk.people, at - timedelta(weeks=WEEKS)
    tell(surfacing.words(surfacing.table(people=people, start=start, end=at)))
    return True


def _refuse_real_people() -> None:
    if Program.objects.filter(is_demo=False).exists() or (
        Graduate.objects.exclude(program__is_demo=True).exists()
    ):
        raise NotADemo(
            "This database holds people who are not part of the demo, so nothing was touched. "
            "Unset DATABASE_URL, or name an empty database."
        )


@contextmanager
def _unprinted_mail() -> Iterator[None]:
    """Mail of twelve weeks is nothing for the terminal of whoever waits for the demo."""
    backend = settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
    try:
        yield
    finally:
        settings.EMAIL_BACKEND = backend


@contextmanager
def _hurry() -> Iterator[None]:
    """A demo that is cut off starts anew, so it need not wait for the disk, nor collect garbage."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA synchronous=OFF")
            # Nobody's traces are left behind by people who are made up.
            cursor.execute("PRAGMA secure_delete=OFF")
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
