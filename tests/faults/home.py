"""A portal of one's own for a command: a fresh database, keys and folder, gone at the end."""

import os
import secrets
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import django
from django.core.management import call_command

from notifications.crypto import make_keys
from tests import postgres

# What survives a crash of the server, as in earnest.
DURABLE = ("--fsync=on", "--synchronous_commit=on", "--full_page_writes=on")


def end_when_told() -> None:
    """Being told to stop must stop what was started, too: it becomes an exit like any other."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))


@contextmanager
def portal(database: str, *, redis_url: str = "") -> Iterator[tuple[Path, postgres.Server | None]]:
    """This process becomes a portal with empty tables; yields its folder and its server, if any.

    `database` is "sqlite" or "postgres"; without `redis_url` the database is the queue. Once
    in a process, because settings are read once. Raises postgres.NoPostgres.
    """
    folder = Path(tempfile.mkdtemp(prefix="portal-"))
    try:
        if database == "postgres":
            with postgres.running(options=DURABLE) as server:
                _open(folder, server.address, redis_url)
                yield folder, server
                django.db.connections.close_all()
        else:
            _open(folder, f"sqlite:///{folder / 'portal.sqlite3'}", redis_url)
            yield folder, None
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _open(folder: Path, address: str, redis_url: str) -> None:
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "portal.settings",
        "DATABASE_URL": address,
        "VAR_DIR": str(folder),
        "SECRET_KEY": secrets.token_urlsafe(50),
        "FIELD_KEYS": make_keys(),
        "AUDIT_KEY": secrets.token_urlsafe(50),
        "SMS_TRANSPORT": "twilio",
        "ALLOW_FICTITIOUS_NUMBERS": "1",
        "LOG_LEVEL": "CRITICAL",
        "DEMO": "0",
        "REDIS_URL": redis_url,
    }
    django.setup()
    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)
