"""Dates that go another way: a graduate leaves one out, a lead calls a group off, both without a script."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from aftercare import plan
from aftercare.models import Broadcast, Commitment, DateChange, Graduate, PlanPause, Role
from notifications import clock
from notifications.models import Message
from tests import build
from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.watch import assert_accessible, assert_fits

OpenPage = Callable[..., Page]


def group(graduate: Graduate) -> Commitment:
    return build.commitment(
        graduate=graduate,
        kind=Commitment.Kind.GROUP,
        title="Evening group",
        weekdays=range(7),
    )


def test_graduate_leaves_a_date_out_and_takes_it_back(open_page: OpenPage) -> None:
    graduate = build.graduate(user=build.user())
    group(graduate)
    page = open_page(size=PHONE, user=graduate.user, java_script_enabled=False)

    page.goto("/plan/")
    page.get_by_role("link", name="Change", exact=True).click()
    page.get_by_role("link", name="Leave out or move").last.click()
    page.get_by_role("button", name="Leave it out").click()
    expect(page.get_by_text("This date is left out.")).to_be_visible()
    assert DateChange.objects.get().kind == DateChange.Kind.SKIPPED

    page.get_by_role("link", name="Change", exact=True).click()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("This date is as usual again.")).to_be_visible()
    assert not DateChange.objects.exists()


def test_only_the_questions_that_how_often_has_use_for_are_asked(open_page: OpenPage) -> None:
    graduate = build.graduate(user=build.user())
    page = open_page(size=PHONE, user=graduate.user, java_script_enabled=False)
    page.goto("/plan/add/")

    shown = {}
    for pattern in ("weekly", "every_few", "monthly_position", "monthly_date", "last_day"):
        page.get_by_label("How often?").select_option(pattern)
        shown[pattern] = [
            name
            for name in ("interval", "weekdays", "position", "month_day")
            if page.locator(f"[name={name}]").first.is_visible()
        ]

    assert shown == {
        "weekly": ["weekdays"],
        "every_few": ["interval", "weekdays"],
        "monthly_position": ["weekdays", "position"],
        "monthly_date": ["month_day"],
        "last_day": [],
    }


def test_lead_calls_a_group_off_and_takes_it_back(open_page: OpenPage) -> None:
    role = build.role(program=build.program(), kind=Role.Kind.LEAD)
    build.second_step(user=role.user)
    for name in ("Ana", "Ben"):
        group(build.graduate(program=role.program, first_name=name))
    page = open_page(size=DESKTOP, user=role.user, java_script_enabled=False)

    page.goto("/groups/")
    page.get_by_role("link", name="Call it off").last.click()
    page.get_by_role("button", name="See the text").click()
    expect(page.get_by_text("2 texts to 2 people")).to_be_visible()
    page.get_by_role("button", name="Send, and call it off").click()
    expect(page.get_by_text("You have two minutes to take it back.")).to_be_visible()
    page.get_by_role("button", name="Take it back").click()
    expect(page.get_by_text("nobody was told otherwise")).to_be_visible()

    assert Broadcast.objects.get().taken_back_at is not None
    states = Message.objects.filter(key__startswith="called-off:").values_list("state", flat=True)
    assert list(states) == [Message.State.CANCELLED] * 2


@pytest.mark.parametrize(
    ("size", "language"), [(PHONE, "es"), (DESKTOP, "en")], ids=["es-phone", "en-desktop"]
)
def test_pages_of_dates_fit_and_are_accessible(
    size: tuple[int, int], language: str, open_page: OpenPage
) -> None:
    program = build.program()
    role = build.role(program=program, kind=Role.Kind.LEAD)
    build.second_step(user=role.user)
    graduate = build.graduate(program=program, user=build.user())
    for user in (role.user, graduate.user):
        assert user is not None
        user.language = language
        user.save()
    commitment = group(graduate)
    rested = build.commitment(graduate=graduate, title="Choir")
    Commitment.objects.filter(pk=rested.pk).update(rested_at=clock.now())
    one, other, *_rest = plan.coming(commitment=commitment, at=clock.now())
    DateChange.objects.create(
        commitment=commitment,
        recurrence_id=one.recurrence_id,
        kind=DateChange.Kind.SKIPPED,
        changed_at=clock.now(),
    )
    far = clock.now().date() + timedelta(days=30)
    PlanPause.objects.create(graduate=graduate, first_on=far, last_on=far, created_at=clock.now())
    pages = {
        graduate.user: [
            "/plan/",
            "/plan/add/",
            "/plan/pause/",
            "/plan/calendar/",
            f"/plan/{commitment.uid}/",
            f"/plan/{commitment.uid}/dates/{other.recurrence_id}/",
        ],
        role.user: [
            "/groups/",
            f"/groups/{commitment.uid}/{other.recurrence_id}/",
            f"/program/{program.uid}/holidays/",
        ],
    }
    for user, paths in pages.items():
        page = open_page(size=size, user=user)
        for path in paths:
            page.goto(path)
            assert_fits(page)
            assert_accessible(page)
