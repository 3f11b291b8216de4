"""A counselor's morning: ten ordinary items in a few presses each, and what is typed outlives a log-out."""

from collections.abc import Callable
from datetime import timedelta
from importlib import import_module
from typing import Any
from urllib.parse import urlsplit

from allauth.account.models import EmailAddress
from django.conf import settings
from playwright.sync_api import Locator, Page, expect

from aftercare.engagement import watch
from aftercare.models import (
    CheckIn,
    DisengagementSignal,
    Graduate,
    Outreach,
    Reply,
    Role,
    TextDraft,
)
from notifications import clock
from notifications.kinds import Kind
from notifications.models import Message
from tests import build
from tests.browser.conftest import DESKTOP

OpenPage = Callable[..., Page]
Kinds, Band, State = (
    DisengagementSignal.Kind,
    DisengagementSignal.Band,
    DisengagementSignal.State,
)


class Hands:
    """Presses on a page, counted for each person."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.presses: dict[str, int] = {}

    def press(self, who: str, button: Locator) -> None:
        """One press that counts, and the list as it is afterwards."""
        self.presses[who] = self.presses.get(who, 0) + 1
        with self.page.expect_response(lambda response: response.request.method in ("GET", "POST")):
            button.click()

    def item(self, who: str) -> Locator:
        """The line of one person."""
        return self.page.locator(".entry").filter(
            has=self.page.get_by_role("link", name=who, exact=True)
        )

    def do(self, who: str, *buttons: str) -> None:
        """Press these buttons of one person, the last of which finishes the item."""
        for name in buttons:
            self.press(
                who,
                self.item(who)
                .get_by_role("button", name=name)
                .or_(self.item(who).get_by_role("link", name=name))
                .first,
            )
        expect(self.item(who)).to_have_count(0)


def of(role: Role, first_name: str) -> Graduate:
    return build.graduate(program=role.program, counselor=role, first_name=first_name, last_name="")


def answered(graduate: Graduate, *, rough: int) -> CheckIn:
    opens_at = clock.now() - timedelta(hours=5)
    made = build.check_in(
        graduate=graduate,
        opens_at=opens_at,
        state=CheckIn.State.ANSWERED,
        answered_at=opens_at,
        questions=["rough"],
    )
    build.answer(check_in=made, question="rough", value=rough, at=opens_at)
    return made


def ten_items(role: Role) -> None:
    """What an ordinary morning holds."""
    asked = of(role, "Asked")
    reasons = [{"code": "need_support"}]
    watch.raise_urgent(graduate=asked, kind=Kinds.NEED_SUPPORT, reasons=reasons, at=clock.now())
    build.signal(graduate=of(role, "Lost"), band=Band.LOST_CONTACT)
    for name, kind in (
        ("Silent", Kinds.SILENT),
        ("Missing", Kinds.MISSED_COMMITMENTS),
        ("Busy", Kinds.MISSED_CHECK_INS),
        ("Moved", Kinds.UNREACHABLE),
    ):
        build.signal(graduate=of(role, name), kind=kind)
    build.reply(graduate=of(role, "Wrote"), body="Thank you for last week")
    Outreach.objects.create(
        graduate=of(role, "Promised"),
        way="call",
        outcome="planned",
        next_step="Ask about the job",
        next_on=clock.now().date() - timedelta(days=1),
        at=clock.now() - timedelta(days=4),
    )
    answered(of(role, "Heavy"), rough=9)
    answered(of(role, "Light"), rough=2)


def test_ten_ordinary_items_take_three_presses_each_at_most(open_page: OpenPage) -> None:
    role = build.role(program=build.program(), name="Dana Okafor")
    ten_items(role)
    page = open_page(size=DESKTOP, user=role.user)
    page.goto("/")
    hands = Hands(page)

    hands.do("Asked", "Call", "Reached")
    hands.do("Lost", "Call", "Plan it")
    hands.do("Silent", "Text", "Send, and wait three days")
    hands.do("Missing", "Call", "False alarm")
    hands.do("Busy", "No answer")
    hands.do("Moved", "Call", "Wrong number")
    hands.press("Wrote", hands.item("Wrote").get_by_role("link", name="Text"))
    hands.press("Wrote", hands.item("Wrote").get_by_role("button", name="Send", exact=True))
    expect(page.get_by_text("Your text is on its way.")).to_be_visible()
    hands.do("Wrote", "Read")
    hands.do("Promised", "Done")
    # "Read" is one key: for the person who is meant, and for all that are ticked.
    for who in ("Heavy", "Light"):
        page.keyboard.press("k")
        hands.presses[who] = 1
        with page.expect_response(lambda response: response.request.method == "POST"):
            page.keyboard.press("r")
        expect(page.locator("[data-keys] > li").filter(has_text=who)).to_have_count(0)

    expect(page.get_by_text("Nobody is waiting")).to_be_visible()
    assert len(hands.presses) == 10
    assert max(hands.presses.values()) <= 3
    assert sum(hands.presses.values()) == 17
    assert sorted(Outreach.objects.filter(counselor=role.user).values_list("way", "outcome")) == [
        ("call", "false_alarm"),
        ("call", "no_answer"),
        ("call", "planned"),
        ("call", "reached"),
        ("call", "wrong_number"),
        ("text", "planned"),
    ]
    assert Message.objects.filter(kind=Kind.PERSONAL, author=role.user).count() == 4
    assert Reply.objects.filter(read_at__isnull=True).count() == 0
    assert DisengagementSignal.objects.filter(state=State.OPEN, band=Band.URGENT).count() == 0


def session_of(page: Page) -> Any:
    """The session behind a page's cookie."""
    cookies = page.context.cookies()
    key = next(one["value"] for one in cookies if one["name"] == settings.SESSION_COOKIE_NAME)
    return import_module(settings.SESSION_ENGINE).SessionStore(key)


def with_passkey(page: Page) -> None:
    """A device that makes passkeys, and one of them for whoever is logged in."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    device = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
    }
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": device})
    page.goto("/accounts/2fa/webauthn/add/")
    page.get_by_role("button", name="Add it").click()
    page.wait_for_url(lambda address: "add" not in address)


def test_what_is_typed_outlives_a_log_out_and_a_passkey_leads_back_to_it(
    open_page: OpenPage,
) -> None:
    role = build.role(program=build.program(), name="Dana Okafor", with_second_step=False)
    EmailAddress.objects.create(user=role.user, email=role.user.email, verified=True, primary=True)
    graduate = of(role, "Jordan")
    build.signal(graduate=graduate)
    page = open_page(size=DESKTOP, user=role.user)
    with_passkey(page)
    page.goto("/")
    page.get_by_role("link", name="Record Jordan").click()
    with page.expect_response(lambda response: response.url.endswith("/outreach/draft/")):
        page.get_by_label("Note").fill("A sister answered. Jordan works nights.")

    session = session_of(page)
    session["seen_at"] = clock.real().timestamp() - 16 * 60
    session.save()
    page.get_by_role("button", name="Save").click()
    page.get_by_role("button", name="Sign in with a passkey").click()

    note = page.get_by_label("Note")
    expect(note).to_have_value("A sister answered. Jordan works nights.")
    assert Outreach.objects.count() == 0
    page.get_by_text("Reached", exact=True).click()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Nobody is waiting")).to_be_visible()
    assert urlsplit(page.url).path == "/"
    made = Outreach.objects.get()
    assert (made.outcome, made.note) == ("reached", "A sister answered. Jordan works nights.")
    assert TextDraft.objects.count() == 0
