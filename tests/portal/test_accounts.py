"""Log-in rules: no open sign-up, queued mails, second steps, sessions that end."""

from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.core import mail as django_mail
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext

from aftercare.models import AuditEntry, Role
from notifications.kinds import Kind
from notifications.models import Message
from portal import accounts
from tests import build
from tests.security.doors import log_in, person

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _fresh_limits() -> None:
    cache.clear()


# Log-in


def test_log_in_leads_home_and_is_recorded_with_the_program(client: Client) -> None:
    user = person()
    graduate = build.graduate(user=user)

    answer = log_in(client)

    entry = AuditEntry.objects.get(verb=AuditEntry.Verb.LOG_IN)
    assert answer["Location"] == reverse("home")
    assert (entry.actor, entry.program, entry.role) == (user, graduate.program, "graduate")


def test_log_in_says_tu_in_spanish_also_when_it_goes_wrong(client: Client) -> None:
    client.cookies["django_language"] = "es"
    form = {"login": "nobody@example.com", "password": "wrong words of no use"}

    page = client.post(reverse("account_login"), form).content.decode()

    assert "Este correo y esta contraseña no van juntos. Revisa los dos." in page
    assert "¿Olvidaste tu contraseña?" in page


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


# Second steps


def staff(client: Client, *, with_second_step: bool, kind: Role.Kind = Role.Kind.LEAD) -> Role:
    role = build.role(program=build.program(), kind=kind, with_second_step=with_second_step)
    client.force_login(role.user)
    return role


def test_staff_with_a_second_step_pass(client: Client) -> None:
    role = staff(client, with_second_step=True)

    assert client.get(reverse("program", args=[role.program.uid])).status_code == 200


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


def test_most_page_views_write_no_session(client: Client) -> None:
    user = build.user()
    build.graduate(user=user)
    client.force_login(user)
    client.get(reverse("me"))
    before = client.session["seen_at"]

    client.get(reverse("me"))

    assert client.session["seen_at"] == before
