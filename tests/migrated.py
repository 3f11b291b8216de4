"""A migrated SQLite database, kept from run to run, so that only changed migrations run again."""

import hashlib
import shutil
import sqlite3
from contextlib import closing, suppress
from importlib import import_module
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.db import connection

FOLDER = Path(__file__).resolve().parent.parent / ".pytest_cache" / "migrated"


def take() -> None:
    """Begin with a copy of the kept database, where there is one for today's migrations."""
    name = _test_name()
    kept = _kept()
    if name is not None and kept.exists():
        shutil.copyfile(kept, name)


def keep() -> None:
    """Keep what the migrations have made; older ones go."""
    name = _test_name()
    kept = _kept()
    if name is None or kept.exists():
        return
    FOLDER.mkdir(parents=True, exist_ok=True)
    with suppress(FileNotFoundError):  # another process clears up, too
        for older in FOLDER.iterdir():
            older.unlink()
    unfinished = kept.with_suffix(f".{name.stem}")
    with closing(sqlite3.connect(name)) as made, closing(sqlite3.connect(unfinished)) as copy:
        made.backup(copy)
    unfinished.replace(kept)


def _test_name() -> Path | None:
    """The file that tests write to; None where the database is no file."""
    if connection.vendor != "sqlite":
        return None
    return Path(str(settings.DATABASES["default"]["TEST"]["NAME"]))


def _kept() -> Path:
    digest = hashlib.sha256()
    for app in sorted(apps.get_app_configs(), key=lambda app: app.label):
        with suppress(ModuleNotFoundError):
            folder = Path(str(import_module(f"{app.name}.migrations").__file__)).parent
            for source in sorted(folder.glob("*.py")):
                digest.update(source.name.encode() + source.read_bytes())
    return FOLDER / f"{digest.hexdigest()[:20]}.sqlite3"
