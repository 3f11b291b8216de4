"""The product's own settings as the tests run them: keys made for this run, cheap passwords.

The environment is set before the product reads it, so a process that a test starts sees the same.
"""

import os
import secrets
import tempfile

from notifications.crypto import make_keys

# Gone with this process; each worker of a run has its own.
FOLDER = tempfile.TemporaryDirectory(prefix="portal-tests-")

os.environ["DEMO"] = "0"
os.environ["SMS_TRANSPORT"] = "memory"
os.environ["VAR_DIR"] = FOLDER.name
os.environ.setdefault("SECRET_KEY", secrets.token_urlsafe(50))
os.environ.setdefault("FIELD_KEYS", make_keys())
os.environ.setdefault("AUDIT_KEY", secrets.token_urlsafe(50))

from portal.settings import *  # noqa: E402, F403
from portal.settings import DATABASES, LOGGING, STORAGES  # noqa: E402

if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # A file, as in real life: in memory, every thread of a live server would share one connection.
    DATABASES["default"]["TEST"] = {"NAME": f"{FOLDER.name}/test.sqlite3"}
    DATABASES["default"]["OPTIONS"]["init_command"] += (
        "PRAGMA synchronous=OFF;"
        # Rows nobody asked to be in order come the other way round, so that who counts on it is seen.
        "PRAGMA reverse_unordered_selects=ON;"
    )

# Hashing is meant to be slow; a test that logs in need not wait for it.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# Static files straight from their folders, so that nothing needs collecting before a test.
STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
WHITENOISE_AUTOREFRESH = True
WHITENOISE_USE_FINDERS = True
LOGGING["root"]["level"] = "WARNING"
