"""What the tests of log-in, sessions and reach share: people with a way in, and many who try at once."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import Any, TypeVar

from allauth.account.models import EmailAddress
from django.contrib.auth import get_user
from django.db import connection
from django.test import Client
from django.urls import reverse

from aftercare import enrolment
from aftercare.models import Role
from aftercare.record import PORTAL
from notifications import clock
from notifications.models import Message
from portal.models import User
from tests import build

PASSWORD = "purple otter walks home"
MAILBOX = "sam@example.org"
AT_ONCE = 16

Found = TypeVar("Found")


def person(email: str = MAILBOX, *, password: str = PASSWORD, language: str = "") -> User:
    """Somebody with a shown mailbox and a password."""
    user = build.user(email=email, language=language)
    user.set_password(password)
    user.save()
    EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    return user


def log_in(client: Client, email: str = MAILBOX, **form: str) -> Any:
    """Post the log-in form."""
    data = {"login": email, "password": PASSWORD, **form}
    return client.post(reverse("account_login"), data)


def is_in(client: Client) -> bool:
    """Whether a page behind the log-in opens."""
    client.get(reverse("home"))
    return get_user(client).is_authenticated


def staff(client: Client, *, kind: Role.Kind = Role.Kind.LEAD, **facts: Any) -> Role:
    """Somebody with a role, who is in."""
    role = build.role(program=build.program(), kind=kind, **facts)
    client.force_login(role.user)
    return role


def age(client: Client, *, idle: timedelta, since: timedelta | None = None) -> None:
    """Make the open log-in older than it is."""
    now = clock.real()
    session = client.session
    session["seen_at"] = (now - idle).timestamp()
    session["began_at"] = (now - (since or idle)).timestamp()
    session.save()


def mailed_code() -> str:
    """The code of the newest mail."""
    newest = Message.objects.filter(body__isnull=False).order_by("-pk")
    bodies = [str(message.body) for message in newest]
    return next(b.partition("Your code:")[2].split()[0] for b in bodies if "Your code:" in b)


def texts_and_mails() -> list[tuple[str, str]]:
    """Where each queued message goes, and its words, oldest first."""
    rows = Message.objects.select_related("address").order_by("pk")
    return [(row.address.value, str(row.body)) for row in rows]


def invited(*, email: str = "") -> enrolment.Invited:
    """A graduate with a link into the account."""
    return enrolment.invite(
        program=build.program(),
        newcomer=enrolment.Newcomer(
            first_name="Sam",
            phone=build.phone(),
            email=email,
            graduated_on=date(2026, 1, 20),
            time_zone=build.NEW_YORK,
        ),
        counselor=None,
        actor=PORTAL,
        at=clock.now(),
        attested_words="They asked.",
    )


def at_once(deed: Callable[[int], Found], given: Iterable[int]) -> list[Found]:
    """Do the same for each, many at a time, each with a connection of its own."""

    def one(value: int) -> Found:
        try:
            return deed(value)
        finally:
            connection.close()

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(one, given))
