"""A counselor works a signal: sees why, records the call, and the signal is settled."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from aftercare.engagement import watch
from aftercare.models import DisengagementSignal, Graduate, Outreach
from notifications import clock
from portal.models import User
from tests import build
from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.watch import assert_accessible, assert_fits

OpenPage = Callable[..., Page]


def counselor_with_a_caseload() -> tuple[User, Graduate]:
    """A counselor with three people, one of whom asked for a call."""
    program = build.program()
    role = build.role(program=program, name="Dana Okafor")
    graduate = build.graduate(
        program=program, counselor=role, first_name="Jordan", last_name="Hale"
    )
    for name in ("Angela", "Marcus"):
        build.graduate(program=program, counselor=role, first_name=name)
    watch.raise_urgent(
        graduate=graduate,
        kind=DisengagementSignal.Kind.NEED_SUPPORT,
        reasons=[{"code": "need_support"}],
        at=clock.now(),
    )
    return role.user, graduate


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_counselor_works_a_signal(script: bool, open_page: OpenPage) -> None:
    user, graduate = counselor_with_a_caseload()
    page = open_page(size=DESKTOP, user=user, java_script_enabled=script)

    page.goto("/caseload/")
    page.get_by_role("link", name="Jordan Hale", exact=True).click()
    expect(page.get_by_role("heading", name="Jordan Hale")).to_be_visible()
    page.go_back()
    page.get_by_role("link", name="Record Jordan Hale").click()
    record = page.get_by_role("form", name="How did it go with Jordan?")
    record.get_by_text("Reached", exact=True).click()
    record.get_by_label("Note").fill("Good talk.")
    with page.expect_response(lambda response: response.request.method == "POST"):
        record.get_by_role("button", name="Save").click()

    contact = Outreach.objects.get()
    assert (contact.graduate, contact.outcome, contact.note) == (
        graduate,
        Outreach.Outcome.REACHED,
        "Good talk.",
    )
    signal = DisengagementSignal.objects.get(kind=DisengagementSignal.Kind.NEED_SUPPORT)
    assert signal.state == DisengagementSignal.State.CLOSED


@pytest.mark.parametrize(("size", "scheme"), [(PHONE, "dark"), (DESKTOP, "light")])
def test_pages_of_a_counselor_are_accessible_and_fit(
    size: tuple[int, int], scheme: str, open_page: OpenPage
) -> None:
    user, graduate = counselor_with_a_caseload()
    page = open_page(size=size, user=user, color_scheme=scheme)

    for path in ("/", "/caseload/", "/inbox/", f"/graduates/{graduate.uid}/", "/graduates/new/"):
        page.goto(path)
        assert_accessible(page)
        assert_fits(page)
