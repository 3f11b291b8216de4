"""Role guards, and forms that are taken in once."""

import uuid
from datetime import UTC, datetime
from typing import cast

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.test import RequestFactory
from django.utils import timezone

from aftercare.access import NotYours
from aftercare.models import Submission
from portal import http
from portal.models import User
from tests import build

pytestmark = pytest.mark.django_db


def asked(user: User, data: dict[str, str] | None = None) -> HttpRequest:
    factory = RequestFactory()
    request = factory.get("/") if data is None else factory.post("/", data)
    request.user = user
    request.session = SessionStore()
    return request


def answer(request: HttpRequest) -> HttpResponse:
    return HttpResponse("seen")


def test_guard_lets_the_role_in() -> None:
    role = build.role(program=build.program())

    assert http.staff_only(answer)(asked(role.user)).status_code == 200


def test_guard_hides_the_page_from_others() -> None:
    graduate = build.graduate(user=build.user())
    assert graduate.user is not None

    with pytest.raises(Http404):
        http.staff_only(answer)(asked(graduate.user))
    assert http.graduate_only(answer)(asked(graduate.user)).status_code == 200


def test_what_is_not_yours_is_not_found() -> None:
    def view(request: HttpRequest) -> HttpResponse:
        raise NotYours

    with pytest.raises(Http404):
        http.member(view)(asked(build.user()))


def hour(request: HttpRequest) -> HttpResponse:
    hour = timezone.localtime(datetime(2026, 3, 8, 12, tzinfo=UTC)).hour
    return HttpResponse(status=200 + hour)


def test_staff_without_a_zone_read_times_in_that_of_their_program() -> None:
    role = build.role(program=build.program(time_zone="America/Chicago"))

    assert http.staff_only(hour)(asked(role.user)).status_code == 207


def test_zone_of_ones_own_choice_stays() -> None:
    role = build.role(program=build.program(time_zone="America/Chicago"))
    role.user.time_zone = "America/Denver"

    with timezone.override("America/Denver"):
        assert http.staff_only(hour)(asked(role.user)).status_code == 206


class Counter:
    """A view that counts what it took in."""

    def __init__(self, response: HttpResponseBase) -> None:
        self.count = 0
        self.response = response
        self.__name__ = "counter"

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        self.count += 1
        return self.response


def test_second_click_leads_to_the_same_place_and_does_nothing() -> None:
    counter = Counter(redirect("/plan/"))
    view = http.member(http.once(counter))
    user, form = build.user(), {"_once": str(uuid.uuid4())}

    first, second = view(asked(user, form)), view(asked(user, form))

    assert counter.count == 1
    assert [cast(HttpResponse, r).headers["Location"] for r in (first, second)] == ["/plan/"] * 2


def test_form_with_errors_may_be_sent_again() -> None:
    counter = Counter(HttpResponse(status=http.INVALID))
    view = http.member(http.once(counter))
    user, form = build.user(), {"_once": str(uuid.uuid4())}

    view(asked(user, form))
    view(asked(user, form))

    assert counter.count == 2
    assert not Submission.objects.exists()


@pytest.mark.parametrize("form", [{}, {"_once": "no key"}])
def test_form_without_a_key_is_taken_in(form: dict[str, str]) -> None:
    counter = Counter(redirect("/"))

    http.member(http.once(counter))(asked(build.user(), form))

    assert counter.count == 1
