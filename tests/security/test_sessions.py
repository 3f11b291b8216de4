"""How long a log-in lasts, what ends it, and what is left behind."""

import ast
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.conf import settings as live
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from aftercare import programs
from aftercare.models import Role
from aftercare.record import PORTAL
from notifications import clock
from portal import accounts, sessions
from tests import build
from tests.security.doors import (
    MAILBOX,
    PASSWORD,
    age,
    invited,
    is_in,
    log_in,
    mailed_code,
    person,
    staff,
)

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]

Figure = Callable[[str], None]
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
ROOT = Path(live.BASE_DIR)


@pytest.fixture(autouse=True)
def _fresh_limits() -> None:
    cache.clear()


def graduate(client: Client, *, shared: bool = False) -> None:
    user = build.user()
    build.graduate(user=user, shared=shared)
    client.force_login(user)


def set_own(client: Client) -> None:
    session = client.session
    sessions.set_own_device(session, is_own=True)
    session.save()


@pytest.mark.parametrize(
    ("idle", "since", "stays"),
    [
        (14 * MINUTE, None, True),
        (16 * MINUTE, None, False),
        (MINUTE, 8 * HOUR - MINUTE, True),
        (MINUTE, 8 * HOUR + MINUTE, False),
    ],
)
def test_ses_01_staff_are_out_after_15_idle_minutes_and_8_hours_on_any_device(
    client: Client, idle: timedelta, since: timedelta | None, stays: bool, figure: Figure
) -> None:
    staff(client)
    set_own(client)
    age(client, idle=idle, since=since)

    assert is_in(client) is stays
    figure(f"staff, idle {idle}, in for {since or idle}: {'in' if stays else 'out'}")


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
def test_ses_01_graduates_are_out_later_and_on_their_own_device_after_14_days(
    client: Client,
    own: bool,
    idle: timedelta,
    since: timedelta | None,
    stays: bool,
    figure: Figure,
) -> None:
    graduate(client)
    if own:
        set_own(client)
    age(client, idle=idle, since=since)

    assert is_in(client) is stays
    whose = "own device" if own else "any device"
    figure(f"graduate, {whose}, idle {idle}, in for {since or idle}: {'in' if stays else 'out'}")


@pytest.mark.parametrize("box", ["", "on"])
def test_ses_01_every_way_in_asks_whose_device_it_is_and_forgets_without_a_yes(box: str) -> None:
    build.graduate(user=person())
    by_password, by_code = Client(), Client()
    log_in(by_password, **({"remember": box} if box else {}))
    by_code.post(reverse("account_request_login_code"), {"email": MAILBOX})
    form = {"code": mailed_code(), **({"own_device": box} if box else {})}
    by_code.post(reverse("account_confirm_login_code"), form)

    for client in (by_password, by_code):
        assert client.session[sessions.OWN_DEVICE] is bool(box)
        assert client.session.get_expire_at_browser_close() is not bool(box)
    page = Client().get(reverse("account_login")).content.decode()
    assert 'name="remember"' in page
    assert 'name="own_device"' in page
    assert " checked" not in page


def test_ses_01_no_shared_phone_is_kept_in(client: Client) -> None:
    graduate(client, shared=True)
    set_own(client)
    client.get(reverse("me"))

    assert client.session[sessions.OWN_DEVICE] is False
    assert sessions.limits_of(client.session, is_staff=False) == sessions.SHARED


def test_ses_02_sessions_are_rows_and_cookies_belong_to_this_host_alone(client: Client) -> None:
    graduate(client)
    client.get(reverse("me"))
    cookie = client.cookies[live.SESSION_COOKIE_NAME]

    assert Session.objects.filter(session_key=cookie.value).exists()
    assert live.SESSION_ENGINE == "django.contrib.sessions.backends.db"
    assert (bool(cookie["httponly"]), cookie["samesite"], cookie["domain"]) == (True, "Lax", "")


@pytest.mark.parametrize(
    ("public", "expected"),
    [
        ("https://portal.example.org", ("__Host-session", "__Host-csrf", True, True, 31_536_000)),
        ("http://localhost:8000", ("session", "csrf", False, False, 0)),
    ],
)
def test_ses_02_https_brings_host_cookies_and_hsts(
    public: str, expected: tuple[object, ...], monkeypatch: pytest.MonkeyPatch, figure: Figure
) -> None:
    monkeypatch.setenv("PUBLIC_URL", public)
    source = (ROOT / "portal/settings.py").read_text(encoding="utf-8")
    read: dict[str, Any] = {"__file__": str(ROOT / "portal/settings.py"), "__name__": "read"}
    exec(compile(ast.parse(source), "settings", "exec"), read)  # noqa: S102

    assert (
        read["SESSION_COOKIE_NAME"],
        read["CSRF_COOKIE_NAME"],
        read["SESSION_COOKIE_SECURE"],
        read["CSRF_COOKIE_SECURE"],
        read["SECURE_HSTS_SECONDS"],
    ) == expected
    figure(f"{public}: {expected[0]}, Secure {expected[2]}, HSTS {expected[4]} s")


# What ends every log-in


def three_devices() -> list[Client]:
    clients = [Client() for _ in range(3)]
    for client in clients:
        log_in(client)
        assert is_in(client)
    return clients


def left(clients: list[Client]) -> list[bool]:
    return [is_in(client) for client in clients]


def test_ses_03_a_new_password_ends_every_other_log_in(figure: Figure) -> None:
    build.graduate(user=person())
    clients = three_devices()
    words = "a whole other sentence"

    clients[0].post(
        reverse("account_change_password"),
        {"oldpassword": PASSWORD, "password1": words, "password2": words},
    )

    assert left(clients) == [True, False, False]
    figure("2 of 2 other devices out with a new password")


def test_ses_03_a_changed_second_step_ends_every_other_log_in() -> None:
    user = person()
    build.graduate(user=user)
    clients = three_devices()
    build.second_step(user=user)
    before = clients[0].session.session_key

    clients[0].post(reverse("mfa_deactivate_totp"))

    assert not Authenticator.objects.filter(user=user).exists()
    assert left(clients) == [True, False, False]
    assert clients[0].session.session_key != before


def test_ses_03_the_end_of_a_role_and_a_deactivation_end_every_log_in() -> None:
    user = person()
    role = build.role(program=build.program(), user=user, with_second_step=False)
    build.graduate(user=user)
    clients = three_devices()

    programs.end_role(role=role, actor=PORTAL, at=clock.now())

    assert left(clients) == [False, False, False]
    again = three_devices()
    user.refresh_from_db()
    user.is_active = False
    user.save()
    assert left(again) == [False, False, False]


def test_ses_03_a_new_role_ends_every_other_log_in() -> None:
    user = person()
    build.graduate(user=user)
    clients = three_devices()
    link = invited()
    type(link.invitation).objects.filter(pk=link.invitation.pk).update(
        graduate=None, role_kind=Role.Kind.COUNSELOR
    )

    clients[0].post(reverse("join", args=[link.token]))

    assert Role.objects.get(user=user).kind == Role.Kind.COUNSELOR
    assert left(clients) == [True, False, False]


def test_ses_03_a_new_log_in_in_the_place_of_a_lost_one_ends_the_old_ones() -> None:
    link = invited(email="")
    old = person()
    graduate = link.graduate
    graduate.user = old
    graduate.save()
    clients = three_devices()

    accounts.join(token=link.token, email="new@example.org", password=PASSWORD)

    assert left(clients) == [False, False, False]


# Devices


def test_ses_04_everybody_sees_and_ends_own_devices_one_or_all(figure: Figure) -> None:
    build.graduate(user=person())
    build.graduate(user=person("kim@example.org"))
    clients, other = three_devices(), Client()
    log_in(other, "kim@example.org")
    rows = list(UserSession.objects.filter(user__email=MAILBOX).order_by("pk"))
    # Five past three in the afternoon, by the clock of New York.
    since = datetime(2026, 1, 14, 20, 5, tzinfo=UTC)
    UserSession.objects.filter(pk=rows[2].pk).update(created_at=since)
    theirs = UserSession.objects.get(user__email="kim@example.org")

    page = clients[0].get(reverse("usersessions_list")).content.decode()
    foreign = clients[0].post(reverse("device_end"), {"device": theirs.pk})
    one = clients[0].post(reverse("device_end"), {"device": rows[1].pk})

    assert page.count('class="row"') == 3
    assert "Since Jan. 14, 2026, 3:05 p.m." in page
    assert (foreign.status_code, is_in(other)) == (404, True)
    assert (one["Location"], left(clients)) == (
        reverse("usersessions_list"),
        [True, False, True],
    )
    clients[0].post(reverse("usersessions_list"))
    assert left(clients) == [True, False, False]
    figure("3 of 3 own devices listed and ended, one by one and together; 0 of 1 of others")


# Log-out


def test_ses_05_log_out_clears_what_the_browser_kept(client: Client, figure: Figure) -> None:
    graduate(client)
    client.get(reverse("me"))
    key = client.session.session_key

    answer = client.post(reverse("account_logout"))

    assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert answer.headers["Cache-Control"] == "no-store"
    assert not Session.objects.filter(session_key=key).exists()
    assert answer.cookies[live.SESSION_COOKIE_NAME].value == ""
    back = client.get(reverse("me"))
    assert back["Location"].startswith(reverse("account_login"))
    figure(f"Clear-Site-Data: {answer.headers['Clear-Site-Data']}; 0 session rows left")
