"""Ways in: by invitation only, with a second step for staff, passwords, codes and passkeys."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth import get_user
from django.contrib.auth.password_validation import validate_password
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils.module_loading import import_string

from aftercare import invitations
from aftercare.models import Graduate, Invitation, Role
from notifications import clock
from notifications.models import Message, Sender
from portal import accounts
from portal import settings as own_settings
from portal.models import User
from tests import build
from tests.security.doors import MAILBOX, PASSWORD, at_once, invited, log_in, mailed_code, person

pytestmark = pytest.mark.django_db

Figure = Callable[[str], None]


@pytest.fixture(autouse=True)
def _fresh_limits() -> None:
    cache.clear()


@pytest.mark.django_db(transaction=True)
def test_auth_01_an_invitation_opens_one_account_whoever_tries_at_once(
    figure: Figure, many: Callable[..., int]
) -> None:
    link = invited()
    tries = many(short=16, full=50)

    def join(number: int) -> bool:
        try:
            accounts.join(token=link.token, email=f"sam{number}@example.org", password=PASSWORD)
        except invitations.LinkClosed:
            return False
        return True

    opened = at_once(join, range(tries))

    graduate = Graduate.objects.get()
    assert (opened.count(True), User.objects.count()) == (1, 1)
    assert graduate.user == User.objects.get()
    figure(f"{opened.count(True)} account of {tries} parallel redemptions")


def test_auth_01_a_link_is_128_bit_72_hours_long_and_kept_as_a_fingerprint(client: Client) -> None:
    link, late = invited(), invited()
    row = Invitation.objects.get(pk=link.invitation.pk)
    Invitation.objects.filter(pk=late.invitation.pk).update(
        expires_at=clock.now() - timedelta(seconds=1)
    )

    assert invitations.TOKEN_BYTES * 8 == 128
    assert row.expires_at - row.created_at == timedelta(hours=72)
    assert (row.token_hash, link.token in str(vars(row))) == (
        invitations.fingerprint(link.token),
        False,
    )
    form = {"email": MAILBOX, "password": PASSWORD}
    assert client.post(reverse("join", args=[late.token]), form).status_code == 410
    assert client.post(reverse("join", args=[link.token]), form).status_code == 302
    assert Client().post(reverse("join", args=[link.token]), form).status_code == 410
    assert User.objects.count() == 1


@pytest.mark.parametrize("method", ["get", "post"])
def test_auth_01_there_is_no_sign_up(client: Client, method: str) -> None:
    answer = getattr(client, method)(reverse("account_signup"), {"email": "x@example.org"})

    assert (answer.status_code, User.objects.count()) == (404, 0)


# A second step for staff


@pytest.mark.one_database
@pytest.mark.parametrize("kind", list(Role.Kind))
def test_auth_02_staff_of_any_kind_see_no_page_before_a_second_step(
    client: Client, kind: Role.Kind, figure: Figure
) -> None:
    role = build.role(program=build.program(), kind=kind, with_second_step=False)
    client.force_login(role.user)
    names = [
        "home", "caseload", "inbox", "safety", "broadcasts", "report", "operations", "feeds",
        "programs", "graduate_new", "today", "me", "style",
    ]  # fmt: skip

    led = {client.get(reverse(name)).headers.get("Location") for name in names}
    Authenticator.objects.create(
        user=role.user, type=Authenticator.Type.RECOVERY_CODES, data={"seed": "x"}
    )

    assert led == {reverse("mfa_index")}
    assert client.get(reverse("home"))["Location"] == reverse("mfa_index")
    build.second_step(user=role.user)
    assert client.get(reverse("home")).headers.get("Location") != reverse("mfa_index")
    figure(f"0 of {len(names)} pages before a second step ({kind})")


@pytest.mark.one_database
def test_auth_02_staff_log_in_by_password_and_second_step_and_keep_their_last_one(
    client: Client,
) -> None:
    user = person()
    build.role(program=build.program(), user=user)

    answer = log_in(client)

    last = Authenticator.objects.get(user=user)
    adapter = accounts.SecondStepAdapter()
    assert answer["Location"] == reverse("mfa_authenticate")
    assert get_user(client).is_authenticated is False
    assert adapter.can_delete_authenticator(last) is False
    Authenticator.objects.create(user=user, type=Authenticator.Type.WEBAUTHN, data={})
    assert adapter.can_delete_authenticator(last) is True


# Graduates


@pytest.mark.one_database
def test_auth_03_a_long_password_opens_alone_and_a_short_one_with_a_mailed_code() -> None:
    long, short = person(), person("kim@example.org", password="otter walks")
    for user in (long, short):
        build.graduate(user=user)
    alone, with_code = Client(), Client()

    log_in(alone)
    answer = log_in(with_code, "kim@example.org", password="otter walks")
    before = get_user(with_code).is_authenticated
    with_code.post(reverse("account_confirm_login_code"), {"code": mailed_code()})

    assert get_user(alone) == long
    assert (answer["Location"], before) == (reverse("account_confirm_login_code"), False)
    assert get_user(with_code) == short


@pytest.mark.one_database
def test_auth_03_a_mailed_code_opens_and_asks_for_the_second_step_of_who_has_one() -> None:
    plain, careful = person(), person("kim@example.org")
    for user in (plain, careful):
        build.graduate(user=user)
    build.second_step(user=careful)
    answers = {}
    for user in (plain, careful):
        client = Client()
        client.post(reverse("account_request_login_code"), {"email": user.email})
        form = {"code": mailed_code()}
        answers[user] = client.post(reverse("account_confirm_login_code"), form)["Location"]

    assert answers == {plain: reverse("home"), careful: reverse("mfa_authenticate")}


@pytest.mark.one_database
def test_auth_03_a_graduate_without_a_log_in_lives_by_text_and_no_code_of_log_in_is_texted(
    client: Client, figure: Figure
) -> None:
    build.graduate(user=None)
    texted = build.graduate(user=person())

    client.post(reverse("account_request_login_code"), {"email": MAILBOX})
    client.post(reverse("account_request_login_code"), {"phone": "+12155550142"})
    client.post(reverse("account_reset_password"), {"email": MAILBOX})

    channels = list(Message.objects.values_list("address__channel", flat=True))
    assert channels == [Sender.Channel.EMAIL] * 2
    assert texted.user is not None
    figure("0 of 2 log-in messages by text: a phone is never the only way in")


# Passwords


@pytest.mark.parametrize(
    ("password", "is_taken"),
    [
        ("otter77", False),  # seven characters
        ("otter778", True),
        ("password123", False),  # common, from a list that lies on the disk
        ("1q2w3e4r5t6y", False),
        ("sam@example.org", False),  # says who it is
        ("purple otter walks home", True),
        ("pássword ünlike any öther", True),
    ],
)
def test_auth_05_passwords_are_long_and_not_those_everybody_uses(
    password: str, is_taken: bool
) -> None:
    try:
        validate_password(password, user=User(email=MAILBOX, name="Sam Rivers"))
        found = True
    except ValidationError:
        found = False

    assert found is is_taken


def test_auth_05_passwords_are_kept_as_argon2id(figure: Figure) -> None:
    hasher = import_string(own_settings.PASSWORD_HASHERS[0])()

    kept = hasher.encode("otter", hasher.salt())

    assert kept.startswith("argon2$argon2id$")
    assert hasher.verify("otter", kept) is True
    figure(f"{hasher.memory_cost // 1024} MiB, {hasher.time_cost} rounds of Argon2id")


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
def test_auth_08_the_address_of_a_client_counts_from_the_nearest_proxy(
    settings: Any, depth: int, forwarded: str, address: str, figure: Figure
) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = depth
    headers = {"x-forwarded-for": forwarded} if forwarded else {}
    request = RequestFactory().get("/", headers=headers, REMOTE_ADDR="192.0.2.1")

    assert accounts.AccountAdapter(request).get_client_ip(request) == address
    figure(f"{depth} proxies, header “{forwarded}”: {address}")


@pytest.mark.one_database
def test_auth_08_what_a_client_claims_does_not_open_a_new_allowance() -> None:
    person()
    for number in range(12):
        answer = Client().post(
            reverse("account_login"),
            {"login": f"nobody{number}@example.org", "password": "not the password"},
            headers={"x-forwarded-for": f"198.51.100.{number}"},
        )

    assert "Too many" in answer.content.decode()
