"""AUTH-07: each address that a limit is named for keeps to it, and the figures are those meant."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from allauth.account import app_settings as of_log_in
from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from allauth.mfa import app_settings as of_second_step
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from portal import accounts
from tests import build
from tests.house.test_routes import TABLE
from tests.security.doors import MAILBOX, age, log_in, person

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]

Figure = Callable[[str], None]
# A minute, an hour; for each client's address, for each account that is in, for each one that is named.
MEANT = {
    "login": "30/m/ip",
    "login_failed": "10/m/ip,5/5m/key",
    "request_login_code": "20/m/ip,3/m/key,10/h/key",
    "reset_password": "20/m/ip,3/m/key,10/h/key",
    "reset_password_from_key": "20/m/ip",
    "reauthenticate": "10/m/user",
    "manage_email": "10/m/user",
    "change_password": "5/m/user",
    "webauthn_login": "10/m/ip",
}
WRONG = "not the password, no"
FORMS: dict[str, dict[str, str]] = {
    "account_login": {"login": MAILBOX, "password": WRONG},
    "account_request_login_code": {"email": MAILBOX},
    "account_reset_password": {"email": MAILBOX},
    "account_reset_password_from_key": {"password1": "short", "password2": "short"},
    "account_reauthenticate": {"password": WRONG},
    "account_email": {"action_primary": "", "email": "nobody@example.org"},
    "account_change_password": {"oldpassword": WRONG, "password1": "x", "password2": "y"},
    "account_set_password": {"password1": "x", "password2": "y"},
    "mfa_authenticate": {"code": "000000"},
    "mfa_reauthenticate": {"code": "000000"},
    "mfa_login_webauthn": {"credential": "{}"},
}
# Asked of whoever has given the password, and is not in yet.
HALF_WAY = "mfa_authenticate"
TOLD = ("too many", "be patient")


def asking(client: Client, name: str) -> str:
    """Somebody who is where the form of this address is met, and its address."""
    user = person()
    build.graduate(user=user)
    if name.startswith("mfa_") and name != "mfa_login_webauthn":
        seed = accounts.SecondStepAdapter().encrypt(totp.generate_totp_secret())
        kind = Authenticator.Type.TOTP
        Authenticator.objects.create(user=user, type=kind, data={"secret": seed})
    if name == HALF_WAY:
        log_in(client)
    elif "key" in TABLE[name].rows:
        key = default_token_generator.make_token(user)
        opened = client.get(reverse(name, args=[user_pk_to_url_str(user), key]))
        return str(opened["Location"])
    elif TABLE[name].is_private:
        if name == "account_set_password":
            user.set_unusable_password()
            user.save()
        client.force_login(user)
        client.get(reverse("home"))
        age(client, idle=timedelta(0))
    return reverse(name)


def is_turned_away(answer: Any) -> bool:
    body = answer.content.decode().lower()
    return answer.status_code == 429 or any(words in body for words in TOLD)


@pytest.mark.parametrize(
    ("name", "action"),
    [(name, action) for name, route in TABLE.items() for action in route.rate],
)
def test_auth_07_an_address_keeps_to_its_limit(
    name: str, action: str, client: Client, settings: Any, figure: Figure
) -> None:
    cache.clear()
    whole = of_second_step if action == "webauthn_login" else of_log_in
    asked = MEANT[action].split(",")
    others = dict.fromkeys(whole.RATE_LIMITS, "")
    # Two of each kind instead of the many, so that the third is the one.
    low = ",".join(dict.fromkeys(f"2/h/{one.rpartition('/')[2]}" for one in asked))
    address = asking(client, name)
    settings.ACCOUNT_RATE_LIMITS = {**others, action: low}
    settings.MFA_RATE_LIMITS = {action: low}

    answers = []
    for _ in range(3):
        if name == "account_request_login_code":
            # Whoever waits for a code is only led to where it is typed.
            client.cookies.clear()
        answers.append(is_turned_away(client.post(address, FORMS[name])))

    assert answers == [False, False, True]
    figure(f"{name}: the third of {action} turned away")


def test_auth_07_the_limits_are_those_meant_and_stand_in_the_table(figure: Figure) -> None:
    named = {action for route in TABLE.values() for action in route.rate}
    inforce = of_log_in.RATE_LIMITS | of_second_step.RATE_LIMITS

    assert {name: str(inforce[name]) for name in MEANT} == MEANT
    assert named == set(MEANT)
    figure(f"{len(MEANT)} limits: " + "; ".join(f"{k} {v}" for k, v in MEANT.items()))
