"""What `manage.py check` says of texting: each finding names the variable and the remedy."""

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import DatabaseError

from notifications import proof, transports
from notifications.crypto import BadKeys, WrongKey

_HINTS = {
    "TWILIO_ACCOUNT_SID": "Set TWILIO_ACCOUNT_SID to the Account SID of the Twilio console (AC...)",
    "TWILIO_AUTH_TOKEN": "Set TWILIO_AUTH_TOKEN (or TWILIO_AUTH_TOKEN_FILE) to its Auth Token",
}
_OR_CONSOLE = ", or set SMS_TRANSPORT=console to print texts instead of sending them."


@register(Tags.compatibility)
def check_texting(**options: Any) -> list[CheckMessage]:
    """Whether texts can leave as SMS_TRANSPORT says."""
    if settings.SMS_TRANSPORT not in transports.NAMES:
        return [
            Error(
                f"SMS_TRANSPORT is {settings.SMS_TRANSPORT!r}, and there is no such transport.",
                hint=f"Use one of: {', '.join(transports.NAMES)}.",
                id="notifications.E001",
            )
        ]
    return _check_twilio() if settings.SMS_TRANSPORT == "twilio" else []


def _check_twilio() -> list[CheckMessage]:
    found: list[CheckMessage] = [
        Error(
            f"Texts go through Twilio, but {name} is empty: they would wait and not be sent.",
            hint=hint + _OR_CONSOLE,
            id="notifications.E002",
        )
        for name, hint in _HINTS.items()
        if not getattr(settings, name)
    ]
    # A stand-in for Twilio may be on this machine, and then so may we.
    if not settings.TWILIO_API_URL and urlsplit(settings.PUBLIC_URL).scheme != "https":
        found.append(
            Error(
                f"Twilio must reach this portal, and PUBLIC_URL is {settings.PUBLIC_URL}.",
                hint="Set PUBLIC_URL to the https address at which the internet sees the portal.",
                id="notifications.E003",
            )
        )
    return found


@register(Tags.database)
def check_keys(**options: Any) -> list[CheckMessage]:
    """Whether FIELD_KEYS opens what this database holds: asked for by `check --database default`."""
    if not options.get("databases"):
        return []
    try:
        proof.check()
    except WrongKey as error:
        return [Error(str(error), hint=proof.REMEDY, id="notifications.E004")]
    except (BadKeys, DatabaseError):
        # The check of secrets names the first; `migrate`, which asks this before it runs, mends the other.
        return []
    return []
