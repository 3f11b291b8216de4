"""A text nobody can tell about is decided where it is seen; an operator looks at how sending goes."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from aftercare.models import Graduate, Role
from notifications import clock
from notifications.models import Message
from portal.models import User
from tests import build
from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.watch import assert_accessible, assert_fits

OpenPage = Callable[..., Page]


def unclear(graduate: Graduate) -> Message:
    at = clock.now() - timedelta(minutes=10)
    message = build.message(
        graduate=graduate, state=Message.State.UNKNOWN, reason="unsettled", at=at
    )
    message.claimed_at = message.unsettled_at = at
    message.expires_at = at + timedelta(days=1)
    message.save()
    return message


def people() -> tuple[User, User, Message]:
    """A counselor, an operator of the same program, and a text nobody can tell about."""
    program = build.program()
    counselor = build.role(program=program)
    graduate = build.graduate(program=program, counselor=counselor)
    operator = build.role(program=program, kind=Role.Kind.OPERATOR)
    for state in (Message.State.FAILED, Message.State.DUE):
        build.message(graduate=graduate, state=state, at=clock.now())
    Message.objects.filter(state=Message.State.FAILED).update(ended_at=clock.now())
    return counselor.user, operator.user, unclear(graduate)


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_counselor_decides_in_the_morning(script: bool, open_page: OpenPage) -> None:
    counselor, _, message = people()
    page = open_page(size=PHONE, user=counselor, java_script_enabled=script)

    page.goto("/")
    with page.expect_response(lambda response: response.request.method == "POST"):
        page.get_by_role("button", name="Send it again").click()

    expect(page.get_by_text("It is sent again as soon as texts may leave.")).to_be_visible()
    expect(page.get_by_role("button", name="Send it again")).to_have_count(0)
    message.refresh_from_db()
    assert message.state == Message.State.DUE
    page.get_by_role("link", name="See it, or undo").click()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("button", name="Send it again")).to_be_visible()
    message.refresh_from_db()
    assert message.state == Message.State.UNKNOWN


@pytest.mark.parametrize(("size", "scheme"), [(PHONE, "dark"), (DESKTOP, "light")])
def test_pages_of_sending_are_accessible_and_fit(
    size: tuple[int, int], scheme: str, open_page: OpenPage
) -> None:
    counselor, operator, message = people()
    story = f"/texts/{message.uid}/"
    operations = ("/operations/", "/operations/?show=stopped", "/operations/?show=waiting")
    texting = ("/texting/", "/texting/joining/", "/texting/privacy/")
    for user, paths in (
        (counselor, ("/", story)),
        (operator, (*operations, story)),
        (None, texting),
    ):
        page = open_page(size=size, user=user, color_scheme=scheme)
        for path in paths:
            page.goto(path)
            assert_accessible(page)
            assert_fits(page)
