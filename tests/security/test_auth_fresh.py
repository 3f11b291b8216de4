"""A fresh log-in before what matters most, and a notice of every change of a way in."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import allauth
import pytest
from allauth.account.models import EmailAddress
from allauth.core import context as allauth_context
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from django.contrib.auth.models import AnonymousUser
from django.core.cache import cache
from django.http import HttpResponseBase
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import translation

from aftercare import phones, wording
from aftercare.models import Contact, Graduate
from notifications import clock
from notifications.models import Message
from portal import accounts
from portal.models import User
from tests import build
from tests.house.test_routes import TABLE
from tests.security.doors import MAILBOX, PASSWORD, age, log_in, person, texts_and_mails

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]

Figure = Callable[[str], None]
FRESH = [name for name, route in TABLE.items() if route.fresh]
HOLDS = 5


@pytest.fixture(autouse=True)
def _fresh_limits() -> None:
    cache.clear()


def three_people() -> list[User]:
    """One who enters by mailed code alone, one with an app and recovery codes, one with a passkey."""
    plain, careful, keyed = (person(f"{name}@example.org") for name in ("sam", "kim", "lee"))
    plain.set_unusable_password()
    plain.save()
    kinds = Authenticator.Type
    seed = accounts.SecondStepAdapter().encrypt("JBSWY3DPEHPK3PXP")
    data = {"secret": seed, "seed": seed, "used_mask": 0, "name": "my phone"}
    for user, kind in [
        (careful, kinds.TOTP),
        (careful, kinds.RECOVERY_CODES),
        (keyed, kinds.WEBAUTHN),
    ]:
        Authenticator.objects.create(user=user, type=kind, data=data)
    for user in (plain, careful, keyed):
        build.graduate(user=user)
    return [plain, careful, keyed]


def led(answer: HttpResponseBase, proofs: tuple[str, ...]) -> bool:
    return answer.headers.get("Location", "").startswith(proofs)


def test_auth_11_what_matters_most_asks_after_five_minutes_and_not_before(figure: Figure) -> None:
    found: dict[int, set[str]] = {4: set(), 6: set()}
    proofs = (reverse("fresh_code"), reverse("account_reauthenticate"))
    for user in three_people():
        key = Authenticator.objects.filter(user=user, type=Authenticator.Type.WEBAUTHN).first()
        client = Client()
        client.force_login(user)
        client.get(reverse("help_now"))
        early = [(4, found[4], name) for name in FRESH[:3]]
        for minutes, asked, name in early + [(6, found[6], name) for name in FRESH]:
            if bool(key) is not bool(TABLE[name].rows):
                continue
            address = reverse(name, kwargs={"pk": key.pk} if key else {})
            age(client, idle=timedelta(0), since=timedelta(minutes=minutes))
            form = {"action_add": "1", "email": "new@example.org", "name": "x"}
            if led(client.get(address), proofs) or (
                minutes > HOLDS and led(client.post(address, form), proofs)
            ):
                asked.add(name)

    assert found == {4: set(), 6: set(FRESH)}
    figure(f"{len(FRESH)} addresses ask for a new proof after five minutes, none before")


def test_auth_11_a_password_or_a_second_step_makes_the_log_in_fresh_again(client: Client) -> None:
    build.graduate(user=person())
    log_in(client)
    wanted = reverse("mfa_activate_totp")
    age(client, idle=timedelta(0), since=timedelta(minutes=6))

    asked = client.get(wanted)
    wrong = client.post(asked["Location"], {"password": "not it", "next": wanted})
    still = client.get(wanted)
    right = client.post(asked["Location"], {"password": PASSWORD, "next": wanted})

    assert asked["Location"].startswith(reverse("account_reauthenticate"))
    assert (wrong.status_code, still.status_code) == (200, 302)
    assert right["Location"] == wanted
    assert client.get(wanted).status_code == 200


# Notices


def owner(client: Client) -> Graduate:
    """Somebody who is in, with a mailbox and a confirmed phone."""
    graduate = build.graduate(user=person())
    log_in(client)
    Message.objects.all().delete()
    return graduate


def told(graduate: Graduate) -> list[str]:
    """Where a notice went: "mail", "text"."""
    number = build.address_of(graduate).value
    ways = {MAILBOX: "mail", number: "text"}
    return sorted({ways.get(to, to) for to, _body in texts_and_mails()})


def assert_discreet() -> None:
    for _to, body in texts_and_mails():
        assert wording.telling_word(body) == ""
        assert "Harbor House" not in body
        assert len(re.findall(r"Sam|Rivers", body)) == 0


@pytest.mark.parametrize("change", ["password", "app off", "mailbox"])
def test_auth_12_a_changed_way_in_is_told_by_mail_and_text(
    client: Client, change: str, figure: Figure
) -> None:
    graduate = owner(client)
    user = graduate.user
    assert user is not None
    if change == "password":
        words = "a whole other sentence"
        form = {"oldpassword": PASSWORD, "password1": words, "password2": words}
        client.post(reverse("account_change_password"), form)
    elif change == "app off":
        Authenticator.objects.create(
            user=user,
            type=Authenticator.Type.TOTP,
            data={"secret": accounts.SecondStepAdapter().encrypt("JBSWY3DPEHPK3PXP")},
        )
        client.post(reverse("mfa_deactivate_totp"))
    else:
        change_mailbox(client)
        assert EmailAddress.objects.get(user=user, primary=True).email == "new@example.org"

    assert told(graduate) == ["mail", "text"]
    assert_discreet()
    figure(f"{change}: told by mail and by text")


def change_mailbox(client: Client) -> None:
    """Ask for another address, and open the link that comes there."""
    client.post(reverse("account_email"), {"action_add": "1", "email": "new@example.org"})
    link = next(
        word
        for to, body in texts_and_mails()
        if to == "new@example.org"
        for word in body.split()
        if "/confirm-email/" in word
    )
    Message.objects.all().delete()
    client.post(link.removeprefix("http://testserver"))


def test_auth_12_staff_change_their_mailbox_too_and_the_old_one_hears_of_it(client: Client) -> None:
    user = person()
    build.role(program=build.program(), user=user)
    client.force_login(user)

    change_mailbox(client)

    user.refresh_from_db()
    assert user.email == "new@example.org"
    assert [to for to, _body in texts_and_mails()] == [MAILBOX]
    assert_discreet()


LIBRARY = Path(allauth.__file__).parent / "templates"
FORMAL = re.compile(r"\b(?:usted|su|sus|ha)\b", re.IGNORECASE)


@pytest.mark.parametrize(
    ("language", "subject", "when"),
    [
        ("en", "Your sign-in was changed", "When: Jan. 14, 2026, 3:05 p.m. (EST)"),
        ("es", "Cambió tu forma de entrar", "Cuándo: 14 de enero de 2026 a las 15:05 (EST)"),
    ],
)
def test_auth_12_every_notice_of_the_library_goes_out_in_our_own_words(
    rf: RequestFactory, language: str, subject: str, when: str, figure: Figure
) -> None:
    user = person(language=language)
    build.graduate(user=user)
    notices = {
        path.relative_to(LIBRARY).as_posix().removesuffix("_message.txt")
        for path in LIBRARY.glob("*/email/*_message.txt")
        if "base_notification.txt" in path.read_text(encoding="utf-8")
    }
    notices = {name for name in notices if not name.startswith("socialaccount/")}
    assert set(accounts.CHANGED) == notices
    request = rf.get("/", HTTP_HOST="testserver")
    request.user = AnonymousUser()
    at = datetime(2026, 1, 14, 20, 5, tzinfo=UTC)

    with allauth_context.request_context(request):
        for name in sorted(notices):
            accounts.AccountAdapter(request).send_notification_mail(name, user, {"timestamp": at})

    mails = [body for to, body in texts_and_mails() if to == MAILBOX]
    with translation.override(language):
        told = [str(accounts.CHANGED[name]) for name in sorted(notices)]
    assert [mail.splitlines()[:5:2] for mail in mails] == [[subject, what, when] for what in told]
    assert [FORMAL.findall(mail) for mail in mails] == [[]] * len(mails)
    assert_discreet()
    figure(f"{len(mails)} notices in “{language}”, each “{subject}”")


@pytest.mark.django_db(transaction=True)
def test_auth_12_a_new_second_step_is_told_by_mail_and_text(client: Client) -> None:
    graduate = owner(client)
    client.get(reverse("mfa_activate_totp"))
    step = next(iter(totp.yield_hotp_counters_from_time()))
    number = totp.hotp_value(client.session["mfa.totp.secret"], step)

    client.post(reverse("mfa_activate_totp"), {"code": totp.format_hotp_value(number)})

    assert Authenticator.objects.filter(user=graduate.user).count() == 2
    assert told(graduate) == ["mail", "text"]
    assert_discreet()


def test_auth_12_a_changed_phone_is_told_to_the_mailbox_and_the_number_before(
    client: Client,
) -> None:
    graduate = owner(client)
    old = build.address_of(graduate).value
    Contact.objects.filter(graduate=graduate).update(confirmed_at=clock.now())

    client.post(reverse("me_phone"), {"phone": "(215) 555-0143"})

    new = phones.contact_of(graduate=graduate)
    assert new is not None
    assert {to for to, _ in texts_and_mails()} == {MAILBOX, old, new.address.value}
    assert [body for to, body in texts_and_mails() if to == old] == [
        "Harbor: another phone took the place of this one just now. Was it not you? "
        "Call (215) 555-0142."
    ]
    assert_discreet()


def test_auth_12_a_number_that_may_be_somebody_elses_hears_nothing(client: Client) -> None:
    graduate = owner(client)
    old = build.address_of(graduate)
    client.post(reverse("me_phone"), {"phone": "(215) 555-0143"})

    assert old.value not in {to for to, _ in texts_and_mails()}
    assert MAILBOX in {to for to, _ in texts_and_mails()}
    assert User.objects.count() == 1
