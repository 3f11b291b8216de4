"""What `manage.py check` says of an installation: what is missing, and how to mend it.

Whatever else is missing in the tables of a running installation stands under `check --database
default`, and what a load balancer should know under /readyz.
"""

from collections.abc import Iterator
from typing import Any
from urllib.parse import SplitResult, urlsplit

from django.apps import apps
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connection

from aftercare import resources, retention, wording
from notifications import clock, crypto

KEYS_REMEDY = "Run `python manage.py make_keys` and set what it prints."
SHORTEST_SECRET = 32
LOCAL_HOSTS = ("localhost", "127.0.0.1", "::1")


@register(Tags.security)
def check_secrets(**options: Any) -> list[CheckMessage]:
    """Whether sessions can be signed and personal fields sealed."""
    found: list[CheckMessage] = []
    secret = secret_key()
    if len(secret) < SHORTEST_SECRET:
        state = "is empty" if not secret else f"has only {len(secret)} characters"
        found.append(Error(f"SECRET_KEY {state}.", hint=KEYS_REMEDY, id="portal.E001"))
    try:
        crypto.parse_keys(settings.FIELD_KEYS)
    except crypto.BadKeys as error:
        found.append(Error(str(error), hint=KEYS_REMEDY, id="portal.E002"))
    if not settings.AUDIT_KEY:
        what = "AUDIT_KEY is empty, so the record of who did what cannot be sealed."
        found.append(Error(what, hint=KEYS_REMEDY, id="portal.E008"))
    return found


def secret_key() -> str:
    """What signs sessions; empty where it is not set."""
    try:
        return str(settings.SECRET_KEY)
    except ImproperlyConfigured:
        return ""


@register(Tags.urls)
def check_address(**options: Any) -> list[CheckMessage]:
    """Whether links that leave in texts and mails lead here, and give nothing away."""
    address = urlsplit(settings.PUBLIC_URL)
    if address.scheme not in ("http", "https") or not address.hostname:
        return [
            Error(
                f"PUBLIC_URL is {settings.PUBLIC_URL!r}, which is no web address.",
                hint="Set it to the address people open, such as https://portal.example.org.",
                id="portal.E003",
            )
        ]
    return list(_about_address(address))


def _about_address(address: SplitResult) -> Iterator[CheckMessage]:
    if address.path:
        yield Error(
            f"PUBLIC_URL has a path: {address.path}.",
            hint="The portal needs a host of its own; leave out everything after the host.",
            id="portal.E004",
        )
    word = wording.telling_name(address.hostname or "")
    if word:
        yield Error(
            f"PUBLIC_URL says “{word}”, and it stands on lock screens in texts with a link.",
            hint="Choose a host name that tells a stranger nothing.",
            id="portal.E005",
        )
    if address.scheme == "http" and address.hostname not in LOCAL_HOSTS:
        yield Warning(
            "PUBLIC_URL is plain http: everybody on the way can read along.",
            hint="Put a server with TLS in front, and set PUBLIC_URL to its https address.",
            id="portal.W001",
        )


@register(Tags.compatibility)
def check_proxies(**options: Any) -> list[CheckMessage]:
    """Whether the client's address can be told."""
    if settings.PROXY_DEPTH >= 0:
        return []
    return [
        Error(
            f"PROXY_DEPTH is {settings.PROXY_DEPTH}.",
            hint="Set it to how many proxies stand in front of the portal: 0 for none.",
            id="portal.E006",
        )
    ]


@register(Tags.compatibility)
def check_retention(**options: Any) -> list[CheckMessage]:
    """Whether it is known how long each table is kept, so that the daily job can erase."""
    try:
        retention.grace(path=settings.RETENTION_FILE)
        named = {
            table
            for each in retention.read(path=settings.RETENTION_FILE)
            for table in each.every_table
        }
        wrong = named ^ {model._meta.label for model in apps.get_models() if not model._meta.proxy}
    except retention.BadRetention as error:
        return [Error(str(error), hint="See docs/data.md.", id="portal.E009")]
    if not wrong:
        return []
    what = f"RETENTION_FILE and the tables differ: {', '.join(sorted(wrong))}."
    hint = "Each table stands in one class, and no class names one that is not there."
    return [Error(what, hint=hint, id="portal.E010")]


@register(Tags.compatibility)
def check_database(**options: Any) -> list[CheckMessage]:
    """Whether the database answers, and, once it has tables, whether the shared cache is among them."""
    try:
        tables = set(connection.introspection.table_names())
    except DatabaseError as error:
        words = " ".join(str(error).split())
        return [
            Error(
                f"The database does not answer: {words}",
                hint="Check that DATABASE_URL names a running PostgreSQL with the right password; "
                "without it, that the folder VAR_DIR can be written.",
                id="portal.E007",
            )
        ]
    cache = settings.CACHES["default"]["LOCATION"]
    if "django_migrations" not in tables or cache in tables:
        return []
    return [
        Warning(
            "The table of the shared cache is missing, so nobody can log in.",
            hint="Run `python manage.py createcachetable`.",
            id="portal.W002",
        )
    ]


@register(Tags.compatibility)
def check_aliases(**options: Any) -> list[CheckMessage]:
    """Whether a text's signature tells a stranger what somebody is here for."""
    from aftercare import programs

    try:
        found = programs.telling_aliases()
    except DatabaseError:
        # No tables yet, or no database: `migrate` and check_database say so.
        return []
    return [
        Warning(
            str(error),
            hint="Choose a neutral name, a registered one where the program has it: "
            "`python manage.py setup --alias`, or the page of the program.",
            id="portal.W003",
        )
        for error in found
    ]


@register(Tags.database)
def check_programs(**options: Any) -> list[CheckMessage]:
    """Whether each program can do its work: asked for by `check --database default`."""
    from aftercare import programs

    if (
        not options.get("databases")
        or "aftercare_graduate" not in connection.introspection.table_names()
    ):
        return []
    try:
        lacks = programs.lacks()
    except DatabaseError:
        # Tables of another version: `migrate` is what mends it, and it asks this before it runs.
        return []
    return [
        Warning(lack.what, hint=lack.remedy, id=f"portal.W1{lack.number:02d}") for lack in lacks
    ]


@register(Tags.database)
def check_resources(**options: Any) -> list[CheckMessage]:
    """Whether the crisis lines were compared with their sources lately: with `check --database default`."""
    if not options.get("databases"):
        return []
    # The age of a list is no matter of the demo's clock, which has no table yet before `migrate`.
    stale = resources.stale(at=clock.real())
    return [
        Warning(
            f"The crisis line “{line.name}” was verified on {line.verified_on}, over 180 days ago.",
            hint=f"Compare it with {line.source} and change verified_on in {resources.SOURCE.name}.",
            id="portal.W120",
        )
        for line in stale
    ]
