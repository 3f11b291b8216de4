"""Log-in rules: no open sign-up, queued mails, second steps, sessions that end."""

import re
from datetime import timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib.auth import get_user
from django.core import mail as django_mail
from django.core.cache import cache
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext

from aftercare.models import AuditEntry, Role
from notifications import clock
from notifications.kinds import Kind
from notifications.models import Message
from portal import accounts, sessions
from portal.models import User
from tests import build

pytestmark = pytest.mark.django_db

PASSWORD = "purple otter walks home"


@pytest.fixture(autouse=True)
def _fresh_limits() -> None:
    cache.clear()


def person(email: str = "sam@example.org", *, language: str = "") -> User:
    user = build.user(email=email, language=language)
    user.set_password(PASSWORD)
    user.save()
    EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    return user


def bare(html: str) -> str:
    """A page without what was typed and the keys of its forms."""
    return re.sub(r'value="[^"]*"', "", html)


def log_in(client: Client, email: str = "sam@example.org", **form: str) -> Any:
    data = {"login": email, "password": PASSWORD, **form}
    return client.post(reverse("account_login"), data)


# Sign-up


@pytest.mark.parametrize("method", ["get", "post"])
def test_there_is_no_sign_up(client: Client, method: str) -> None:
    answer = getattr(client, method)(reverse("account_signup"), {"email": "x@example.org"})

    assert answer.status_code == 404
    assert User.objects.count() == 0


# Log-in


def test_log_in_leads_home_and_is_recorded_with_the_program(client: Client) -> None:
    user = person()
    graduate = build.graduate(user=user)

    answer = log_in(client)

    entry = AuditEntry.objects.get(verb=AuditEntry.Verb.LOG_IN)
    assert answer["Location"] == reverse("home")
    assert (entry.actor, entry.program, entry.role) == (user, graduate.program, "graduate")


def test_known_and_unknown_people_get_the_same_answer() -> None:
    person()

    answers = [
        log_in(Client(), email=email, password="not the password, no")
        for email in ("sam@example.org", "nobody@example.org")
    ]

    assert [answer.status_code for answer in answers] == [200, 200]
    known, unknown = (answer.content.decode() for answer in answers)
    assert "not correct" in known
    assert bare(known) == bare(unknown)


def test_wrong_passwords_are_limited_for_each_account(client: Client) -> None:
    person()

    for _ in range(5):
        log_in(client, password="not the password, no")
    answer = log_in(client)

    assert answer.status_code == 200
    assert get_user(client).is_authenticated is False


def test_a_password_is_stored_as_argon2() -> None:
    from portal import settings

    assert settings.PASSWORD_HASHERS[0].endswith("Argon2PasswordHasher")


# Mails


def test_a_code_by_mail_is_queued_and_never_sent_in_the_request(client: Client) -> None:
    graduate = build.graduate(user=person())

    client.post(reverse("account_request_login_code"), {"email": "sam@example.org"})

    message = Message.objects.get()
    assert django_mail.outbox == []
    assert (message.kind, message.program, message.address.value) == (
        Kind.CODE,
        graduate.program,
        "sam@example.org",
    )


def test_a_code_lets_in_once(client: Client) -> None:
    user = person()
    build.graduate(user=user)
    client.post(reverse("account_request_login_code"), {"email": "sam@example.org"})
    code = Message.objects.get().body.partition("Your code:")[2].split()[0]

    client.post(reverse("account_confirm_login_code"), {"code": code})

    assert get_user(client).pk == user.pk


def test_a_mailbox_nobody_has_gets_no_mail_and_the_same_page(client: Client) -> None:
    build.graduate(user=person())

    known = client.post(reverse("account_request_login_code"), {"email": "sam@example.org"})
    unknown = Client().post(reverse("account_request_login_code"), {"email": "nobody@example.org"})

    assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])
    assert [message.address.value for message in Message.objects.all()] == ["sam@example.org"]


def test_mails_are_in_the_language_of_their_reader(client: Client) -> None:
    build.graduate(user=person(language="es"))

    client.post(reverse("account_reset_password"), {"email": "sam@example.org"})

    with translation.override("es"):
        subject = gettext("Your password link")
    assert Message.objects.get().body.splitlines()[0] == subject


def test_a_reset_link_leads_to_a_new_password(client: Client) -> None:
    user = person()
    build.graduate(user=user)
    client.post(reverse("account_reset_password"), {"email": "sam@example.org"})
    link = next(word for word in Message.objects.get().body.split() if "/reset/key/" in word)

    form = client.get(link.removeprefix("http://testserver"), follow=True)
    client.post(
        form.redirect_chain[-1][0],
        {"password1": "a whole other sentence", "password2": "a whole other sentence"},
    )

    user.refresh_from_db()
    assert user.check_password("a whole other sentence")


# Where a request comes from


@pytest.mark.parametrize(
    ("depth", "forwarded", "address"),
    [
        (0, "198.51.100.7", "192.0.2.1"),
        (1, "203.0.113.9, 198.51.100.7", "198.51.100.7"),
        (2, "203.0.113.9, 198.51.100.7", "203.0.113.9"),
        (2, "198.51.100.7", "192.0.2.1"),
        (1, "", "192.0.2.1"),
    ],
)
def test_the_address_of_a_client_counts_from_the_nearest_proxy(
    settings: Any, depth: int, forwarded: str, address: str
) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = depth
    headers = {"x-forwarded-for": forwarded} if forwarded else {}
    request = RequestFactory().get("/", headers=headers, REMOTE_ADDR="192.0.2.1")

    assert accounts.AccountAdapter(request).get_client_ip(request) == address


# Second steps


def staff(client: Client, *, with_second_step: bool, kind: Role.Kind = Role.Kind.LEAD) -> Role:
    role = build.role(program=build.program(), kind=kind, with_second_step=with_second_step)
    client.force_login(role.user)
    return role


@pytest.mark.parametrize("kind", list(Role.Kind))
def test_staff_without_a_second_step_are_led_to_set_one_up(client: Client, kind: Role.Kind) -> None:
    staff(client, with_second_step=False, kind=kind)

    answer = client.get(reverse("home"))

    assert answer["Location"] == reverse("mfa_index")


def test_staff_with_a_second_step_pass(client: Client) -> None:
    role = staff(client, with_second_step=True)

    assert client.get(reverse("program", args=[role.program.uid])).status_code == 200


def test_recovery_codes_alone_are_no_second_step(client: Client) -> None:
    role = staff(client, with_second_step=False)
    Authenticator.objects.create(
        user=role.user, type=Authenticator.Type.RECOVERY_CODES, data={"seed": "x"}
    )

    assert client.get(reverse("home"))["Location"] == reverse("mfa_index")


@pytest.mark.parametrize("name", ["mfa_index", "help_now", "account_logout", "account_email"])
def test_what_is_needed_on_the_way_stays_open(client: Client, name: str) -> None:
    staff(client, with_second_step=False)

    assert client.get(reverse(name)).status_code == 200


def test_graduates_need_no_second_step(client: Client) -> None:
    user = build.user()
    build.graduate(user=user)
    client.force_login(user)

    assert client.get(reverse("home")).status_code == 200


def test_a_demo_has_its_own_way_in(client: Client, settings: Any) -> None:
    role = staff(client, with_second_step=False)
    settings.DEMO = True

    assert client.get(reverse("program", args=[role.program.uid])).status_code == 200


def test_staff_keep_their_last_second_step() -> None:
    role = build.role(program=build.program())
    last = Authenticator.objects.get(user=role.user)
    adapter = accounts.SecondStepAdapter()

    alone = adapter.can_delete_authenticator(last)
    Authenticator.objects.create(user=role.user, type=Authenticator.Type.WEBAUTHN, data={})

    assert (alone, adapter.can_delete_authenticator(last)) == (False, True)


def test_graduates_may_drop_theirs() -> None:
    user = build.user()
    build.second_step(user=user)

    only = Authenticator.objects.get(user=user)

    assert accounts.SecondStepAdapter().can_delete_authenticator(only) is True


def test_secrets_of_apps_are_sealed() -> None:
    adapter = accounts.SecondStepAdapter()

    sealed = adapter.encrypt("JBSWY3DPEHPK3PXP")

    assert "JBSWY3DPEHPK3PXP" not in sealed
    assert adapter.decrypt(sealed) == "JBSWY3DPEHPK3PXP"


# How long a log-in lasts


def age(client: Client, *, idle: timedelta, since: timedelta | None = None) -> None:
    """Make the session older than it is."""
    now = clock.real()
    session = client.session
    session["seen_at"] = (now - idle).timestamp()
    session["began_at"] = (now - (since or idle)).timestamp()
    session.save()


def is_in(client: Client) -> bool:
    client.get(reverse("help_now"))
    client.get(reverse("home"))
    return get_user(client).is_authenticated


MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@pytest.mark.parametrize(
    ("idle", "since", "stays"),
    [
        (14 * MINUTE, None, True),
        (16 * MINUTE, None, False),
        (MINUTE, 8 * HOUR - MINUTE, True),
        (MINUTE, 8 * HOUR + MINUTE, False),
    ],
)
def test_staff_are_logged_out_after_15_idle_minutes_and_8_hours(
    client: Client, idle: timedelta, since: timedelta | None, stays: bool
) -> None:
    staff(client, with_second_step=True)
    age(client, idle=idle, since=since)

    assert is_in(client) is stays


@pytest.mark.parametrize(
    ("own", "idle", "since", "stays"),
    [
        (False, 29 * MINUTE, None, True),
        (False, 31 * MINUTE, None, False),
        (False, MINUTE, 12 * HOUR - MINUTE, True),
        (False, MINUTE, 12 * HOUR + MINUTE, False),
        (True, 13 * DAY, None, True),
        (True, MINUTE, 14 * DAY + MINUTE, False),
    ],
)
def test_graduates_are_logged_out_later_and_on_their_own_device_after_14_days(
    client: Client, own: bool, idle: timedelta, since: timedelta | None, stays: bool
) -> None:
    user = build.user()
    build.graduate(user=user)
    client.force_login(user)
    session = client.session
    sessions.set_own_device(session, is_own=own)
    session.save()
    age(client, idle=idle, since=since)

    assert is_in(client) is stays


def test_staff_have_no_own_device(client: Client) -> None:
    staff(client, with_second_step=True)
    session = client.session
    sessions.set_own_device(session, is_own=True)
    session.save()
    age(client, idle=16 * MINUTE)

    assert is_in(client) is False


def test_the_box_on_the_log_in_page_makes_it_last(client: Client) -> None:
    build.graduate(user=person())

    log_in(client, remember="on")

    assert client.session[sessions.OWN_DEVICE] is True
    assert client.session.get_expire_at_browser_close() is False


def test_without_the_box_it_ends_with_the_browser(client: Client) -> None:
    build.graduate(user=person())

    log_in(client)

    assert client.session[sessions.OWN_DEVICE] is False
    assert client.session.get_expire_at_browser_close() is True


def test_most_page_views_write_no_session(client: Client) -> None:
    user = build.user()
    build.graduate(user=user)
    client.force_login(user)
    client.get(reverse("me"))
    before = client.session["seen_at"]

    client.get(reverse("me"))

    assert client.session["seen_at"] == before
