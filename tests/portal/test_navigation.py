"""Where people can go, by what they are."""

import pytest
from django.http import HttpRequest
from django.test import Client, RequestFactory
from django.urls import path

from aftercare import access
from aftercare.models import Role
from portal import navigation
from portal.models import User
from portal.views import health
from tests import build

# Only some of the places exist here.
urlpatterns = [path("", health.live, name="home"), path("plan/", health.live, name="plan")]

pytestmark = pytest.mark.django_db


def names(user: User) -> list[str]:
    standing = access.roles_of(user=user, at=build.LONG_AGO)
    return [entry.name for entry in navigation.entries(standing)]


def asked(user: User, address: str = "/") -> HttpRequest:
    request = RequestFactory().get(address)
    request.user = user
    return request


def graduate_user() -> User:
    user = build.user()
    build.graduate(user=user)
    return user


def test_graduate_finds_the_own_places() -> None:
    assert names(graduate_user()) == [
        *("home", "meetings", "plan"),
        *("checkins", "conversation", "people", "me"),
    ]


def test_counselor_finds_the_places_of_staff() -> None:
    role = build.role(program=build.program())

    assert names(role.user) == [
        "home",
        "caseload",
        "inbox",
        "safety",
        "graduate_new",
        "meetings",
        "broadcasts",
    ]


def test_lead_finds_report_and_settings_as_well() -> None:
    role = build.role(program=build.program(), kind=Role.Kind.LEAD)

    assert names(role.user)[-4:] == ["report", "programs", "oversight", "feeds"]


def test_staff_who_are_graduates_find_each_place_once() -> None:
    role = build.role(program=build.program())
    build.graduate(user=role.user)

    found = names(role.user)

    assert found[:6] == ["home", "caseload", "inbox", "safety", "graduate_new", "meetings"]
    assert found[6:10] == ["broadcasts", "today", "plan", "checkins"]
    assert found[10:] == ["conversation", "people", "me"]


def test_supporter_and_auditor_find_what_is_open_to_them_alone() -> None:
    graduate, mother = build.graduate(), build.user()
    build.release(graduate=graduate, at=build.LONG_AGO, holder=mother)
    auditor = build.role(program=graduate.program, kind=Role.Kind.AUDITOR)

    assert (names(mother), names(auditor.user)) == (["shared"], ["records"])


def test_nobody_without_a_role_has_places() -> None:
    assert names(build.user()) == []


@pytest.mark.urls(__name__)
def test_places_without_an_address_are_left_out() -> None:
    links = navigation.links(asked(graduate_user()))

    assert [link.entry.name for link in links] == ["home", "plan"]


@pytest.mark.urls(__name__)
@pytest.mark.parametrize(("address", "current"), [("/", "home"), ("/plan/7/", "plan")])
def test_place_of_the_page_is_marked(address: str, current: str) -> None:
    links = navigation.links(asked(graduate_user(), address))

    assert [link.entry.name for link in links if link.is_current] == [current]


def test_page_shows_the_places(client: Client) -> None:
    client.force_login(graduate_user())

    html = client.get("/privacy/").content.decode()

    assert 'aria-label="Pages"' in html
    assert 'href="/plan/"' in html


def test_visitor_sees_no_places(client: Client) -> None:
    html = client.get("/privacy/").content.decode()

    assert 'aria-label="Pages"' not in html
    assert 'href="/accounts/login/"' in html
