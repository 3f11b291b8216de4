#!/usr/bin/env python3
"""Runs the management commands of the portal."""

import os
import sys

REMEDY = (
    "Check that DATABASE_URL names a running database (without it, that the folder var/ can be written), "
    "and run `python manage.py migrate` if tables are missing. --traceback shows where it happened."
)


def main() -> None:
    """Run one command; `demo` is a demo without being told so."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    if sys.argv[1:2] == ["demo"]:
        os.environ["DEMO"] = "1"
    from django.core.management import execute_from_command_line
    from django.db import InterfaceError, OperationalError

    from notifications.crypto import BadKeys
    from portal.env import BadSetting

    try:
        execute_from_command_line(sys.argv)
    except (BadSetting, BadKeys) as error:
        sys.exit(f"{error}")
    except (OperationalError, InterfaceError) as error:
        if "--traceback" in sys.argv:
            raise
        sys.exit(f"The database does not answer as it should: {error}".strip() + f"\n{REMEDY}")


if __name__ == "__main__":
    main()
