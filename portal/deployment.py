"""What `manage.py check --deploy` says besides: each setting that is unsafe where people are, and its remedy."""

import stat
from collections.abc import Callable, Iterator
from email.utils import parseaddr
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Tags, Warning, register

from aftercare import wording
from portal.checks import secret_key

LOCAL = ("", "localhost", "127.0.0.1", "::1")
SHORTEST_TOKEN = 20
ENCRYPTED = ("require", "verify-ca", "verify-full")


def _is_printed_mail() -> bool:
    return str(settings.EMAIL_BACKEND).endswith("console.EmailBackend")


def _is_open_mail() -> bool:
    return not (_is_printed_mail() or settings.EMAIL_USE_TLS or settings.EMAIL_HOST in LOCAL)


def _is_open_database() -> bool:
    url = urlsplit(settings.DATABASE_URL)
    mode = parse_qs(url.query).get("sslmode", [""])[-1]
    return (url.hostname or "") not in LOCAL and mode not in ENCRYPTED


def _is_open_provider() -> bool:
    url = urlsplit(settings.TWILIO_API_URL)
    return url.scheme == "http" and url.hostname not in LOCAL


def _any_host() -> bool:
    return any(host == "*" or host.startswith(".") for host in settings.ALLOWED_HOSTS)


def _is_one_key() -> bool:
    secret = secret_key()
    return bool(secret) and secret in str(settings.FIELD_KEYS)


def _is_telling() -> str:
    name, address = parseaddr(settings.DEFAULT_FROM_EMAIL)
    words = (settings.SITE_NAME, name, address.partition("@")[0])
    return next(filter(None, map(wording.telling_name, words)), "")


def _is_short_token() -> bool:
    return 0 < len(settings.METRICS_TOKEN) < SHORTEST_TOKEN


def _is_old_token() -> bool:
    return bool(settings.TWILIO_AUTH_TOKEN_PREVIOUS) and (
        settings.TWILIO_AUTH_TOKEN_PREVIOUS == settings.TWILIO_AUTH_TOKEN
    )


def _open_files() -> str:
    """The first file of keys that others on this machine may read."""
    folder = Path(settings.VAR_DIR) / "keys"
    files = sorted(folder.iterdir()) if folder.is_dir() else []
    others = stat.S_IRWXG | stat.S_IRWXO
    return next((str(one) for one in files if one.stat().st_mode & others), "")


# Each by its number: whether it is so (a word goes into the sentence), what is unsafe, the remedy.
UNSAFE: dict[int, tuple[Callable[[], object], str, str]] = {
    201: (
        lambda: settings.DEMO,
        "DEMO is on: anybody enters as anybody, without a password.",
        "Unset DEMO. A demo belongs on a machine of its own, with made-up people.",
    ),
    202: (
        lambda: settings.SMS_TRANSPORT != "twilio",
        "SMS_TRANSPORT sends no texts to people; the console prints them for all who read the log.",
        "Set SMS_TRANSPORT=twilio with its account and token.",
    ),
    203: (
        _is_printed_mail,
        "EMAIL_HOST is not set, so mails with log-in codes are printed into the log.",
        "Set EMAIL_HOST, EMAIL_HOST_USER and EMAIL_HOST_PASSWORD.",
    ),
    204: (
        _is_open_mail,
        "EMAIL_USE_TLS is off: log-in codes and passwords travel readable to the mail server.",
        "Set EMAIL_USE_TLS=1, and EMAIL_PORT=587.",
    ),
    205: (
        lambda: settings.FEEDS_ALLOW_PRIVATE,
        "FEEDS_ALLOW_PRIVATE is on: a feed's address may reach machines inside your network.",
        "Unset it, and publish the feed at a public https address.",
    ),
    206: (
        _is_open_database,
        "DATABASE_URL leads to another machine without encryption.",
        "Add ?sslmode=verify-full to it, or require where there is no certificate to verify.",
    ),
    207: (
        _is_open_provider,
        "TWILIO_API_URL is plain http to another machine: numbers and texts travel readable.",
        "Unset it, or give an https address.",
    ),
    208: (
        _any_host,
        "ALLOWED_HOSTS lets requests in by any name.",
        "Name each host in full, without * and without a leading dot.",
    ),
    209: (
        _is_one_key,
        "SECRET_KEY is one of FIELD_KEYS: whoever forges a session could read the database, too.",
        "Run `python manage.py make_keys` and set what it prints for SECRET_KEY.",
    ),
    210: (
        _is_telling,
        "SITE_NAME or MAIL_FROM says “%s”, and both stand where strangers read them.",
        "Choose a neutral name for the site and for the sender of mail.",
    ),
    211: (
        _is_short_token,
        f"METRICS_TOKEN has fewer than {SHORTEST_TOKEN} characters and may be guessed.",
        "Set a longer one: `python -c 'import secrets; print(secrets.token_urlsafe(32))'`.",
    ),
    212: (
        _is_old_token,
        "TWILIO_AUTH_TOKEN_PREVIOUS is the present token.",
        "Unset it; it is there for the hours in which a token is being changed.",
    ),
    213: (
        _open_files,
        "Others on this machine may read the key file %s.",
        "Run `chmod 600` on it, and see who had access.",
    ),
    214: (
        lambda: settings.LOGGING["root"]["level"] == "DEBUG",
        "LOG_LEVEL is DEBUG: libraries then log requests with what stands in them.",
        "Set LOG_LEVEL=INFO or higher.",
    ),
    215: (
        lambda: settings.MAP_TILES and not settings.MAP_TILES.startswith("https://"),
        "MAP_TILES is no https address: everybody on the way sees where somebody looks for help.",
        "Give an https address, best on a server of your own, or unset it.",
    ),
}


@register(Tags.security, deploy=True)
def check_deployment(**options: Any) -> list[CheckMessage]:
    """Every setting of the table that is unsafe, with its remedy."""
    return list(_unsafe())


def _unsafe() -> Iterator[CheckMessage]:
    for number, (is_so, what, remedy) in UNSAFE.items():
        found = is_so()
        if found:
            words = what % found if "%s" in what else what
            yield Warning(words, hint=remedy, id=f"portal.W{number}")
