from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from notifications.models import Message
from tests import build
from tests.browser.conftest import OpenPage

WRONG = {"login": "sam@example.org", "password": "not the password, no"}


def with_authenticator(page: Page) -> None:
    """A device that can hold passkeys, and whose owner always says yes."""
    tool = page.context.new_cdp_session(page)
    tool.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    tool.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def test_a_passkey_is_added_and_opens_the_page_after_wrong_passwords_closed_it(
    open_page: OpenPage, live_server: LiveServer
) -> None:
    cache.clear()
    user = build.user(email="sam@example.org")
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    build.graduate(user=user)
    page = open_page(user=user)
    with_authenticator(page)

    # localhost, because a passkey belongs to a name and never to a number.
    page.goto(reverse("mfa_add_webauthn"))
    page.get_by_role("button", name="Add it").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    assert Authenticator.objects.filter(user=user, type=Authenticator.Type.WEBAUTHN).count() == 1
    assert any("added" in str(message.body).lower() for message in Message.objects.all())

    page.goto(reverse("me"))
    page.goto(reverse("account_logout"))
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url(lambda url: reverse("account_logout") not in url)
    page.go_back()
    expect(page.get_by_role("heading", name="Welcome back")).to_be_visible()

    stranger = Client(REMOTE_ADDR="198.51.100.9")
    for _ in range(6):
        refused = stranger.post(reverse("account_login"), WRONG)
    assert "Too many" in refused.content.decode()

    page.goto(reverse("account_login"))
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url(live_server.url + "/")
    page.goto(reverse("me"))
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert page.url.endswith(reverse("me"))
