"""This morning and the caseload in the browser."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from aftercare.models import AuditEntry, CheckIn, DisengagementSignal, Graduate, Role
from notifications import clock
from tests import build

pytestmark = pytest.mark.django_db

Band = DisengagementSignal.Band


@pytest.fixture
def counselor(client: Client) -> Role:
    """A counselor who is logged in."""
    role = build.role(program=build.program())
    client.force_login(role.user)
    return role


def of(counselor: Role, first_name: str, **about: Any) -> Graduate:
    return build.graduate(
        program=counselor.program, counselor=counselor, first_name=first_name, last_name="", **about
    )


def body(client: Client, address: str, **query: Any) -> str:
    answer = client.get(address, query)
    assert answer.status_code == 200
    return answer.content.decode()


def names(html: str) -> list[str]:
    """The people on the page, in its order."""
    return re.findall(r'class="person-name"><a href="[^"]+">([^<]+)<', html)


def answered(graduate: Graduate, *, rough: int) -> CheckIn:
    opens_at = clock.now() - timedelta(hours=5)
    check_in = build.check_in(
        graduate=graduate,
        opens_at=opens_at,
        state=CheckIn.State.ANSWERED,
        answered_at=opens_at,
        questions=["rough"],
    )
    build.answer(check_in=check_in, question="rough", value=rough, at=opens_at)
    return check_in


def test_morning_is_the_first_page_of_staff(client: Client, counselor: Role) -> None:
    build.signal(
        graduate=of(counselor, "Marcus"),
        reasons=[{"code": "check_ins_missed", "points": 0, "count": 2, "on": "2026-03-03"}],
    )
    build.signal(graduate=of(counselor, "Wren"), band=Band.WATCH)

    html = body(client, reverse("home"))

    assert names(html) == ["Marcus"]
    assert "Two check-ins in a row without an answer, the last on Tuesday, March 3." in html


def test_morning_says_that_nobody_is_waiting(client: Client, counselor: Role) -> None:
    of(counselor, "Steady")

    assert "Nobody is waiting" in body(client, reverse("home"))


def test_morning_shows_no_phone_number(client: Client, counselor: Role) -> None:
    build.signal(graduate=of(counselor, "Marcus", phone="+12155550142"))

    assert "0142" not in body(client, reverse("home"))


def test_answers_are_read_from_the_morning_in_one_go(client: Client, counselor: Role) -> None:
    light = answered(of(counselor, "Light"), rough=2)
    heavy = answered(of(counselor, "Heavy"), rough=9)
    html = body(client, reverse("home"))
    ticked = re.findall(r'type="checkbox"[^>]*name="check_in" value="([^"]+)" checked', html)

    answer = client.post(reverse("mark_read"), {"check_in": ticked, "next": "/"})

    assert ticked == [str(light.uid)]
    assert answer.headers["Location"] == "/"
    light.refresh_from_db()
    heavy.refresh_from_db()
    assert (light.read_at is None, heavy.read_at is None) == (False, True)


def test_morning_in_place_is_the_list_alone(client: Client, counselor: Role) -> None:
    build.signal(graduate=of(counselor, "Marcus"))

    html = client.get(reverse("home"), headers={"HX-Request": "true"}).content.decode()

    assert names(html) == ["Marcus"]
    assert "<html" not in html
    assert 'id="messages"' in html


def test_lead_sees_the_own_caseload_first_and_the_program_on_request(
    client: Client, counselor: Role
) -> None:
    build.role(program=counselor.program, kind=Role.Kind.LEAD, user=counselor.user)
    other = build.role(program=counselor.program)
    build.signal(graduate=of(counselor, "Mine"))
    build.signal(graduate=of(other, "Other"))

    assert names(body(client, reverse("home"))) == ["Mine"]
    assert sorted(names(body(client, reverse("home"), whose="all"))) == ["Mine", "Other"]


def test_counselor_cannot_ask_for_the_whole_program(client: Client, counselor: Role) -> None:
    other = build.role(program=counselor.program)
    build.signal(graduate=of(other, "Other"))

    assert names(body(client, reverse("home"), whose="all")) == []
    assert names(body(client, reverse("caseload"), whose="all")) == []


def test_caseload_shows_everyone_by_need(client: Client, counselor: Role) -> None:
    of(counselor, "Steady")
    build.signal(graduate=of(counselor, "Marcus"))

    html = body(client, reverse("caseload"))

    assert names(html) == ["Marcus", "Steady"]
    assert "Nothing stands out." in html
    assert "2 people" in html


def test_caseload_narrows_and_ignores_nonsense(client: Client, counselor: Role) -> None:
    of(counselor, "Steady")
    build.signal(graduate=of(counselor, "Marcus"))

    assert names(body(client, reverse("caseload"), band="steady")) == ["Steady"]
    nonsense = {"band": "purple", "page": "x", "track": "?", "program": "no"}
    assert names(body(client, reverse("caseload"), **nonsense)) == ["Marcus", "Steady"]


def test_caseload_search_finds_and_is_put_on_record(client: Client, counselor: Role) -> None:
    of(counselor, "Steady")
    of(counselor, "Marcus")

    assert names(body(client, reverse("caseload"), words="marc")) == ["Marcus"]
    assert [entry.verb for entry in AuditEntry.objects.all()] == ["searched"]
    assert "Nobody fits" in body(client, reverse("caseload"), words="nobody")


def test_caseload_in_place_is_the_rows_alone(client: Client, counselor: Role) -> None:
    of(counselor, "Marcus")

    html = client.get(reverse("caseload"), headers={"HX-Request": "true"}).content.decode()

    assert names(html) == ["Marcus"]
    assert "<html" not in html


@pytest.mark.parametrize("name", ["caseload", "inbox"])
def test_graduates_find_no_page_of_staff(client: Client, name: str) -> None:
    graduate = build.graduate(user=build.user())
    assert graduate.user is not None
    client.force_login(graduate.user)

    assert client.get(reverse(name)).status_code == 404


def test_lead_gives_ticked_people_to_a_colleague_sees_the_balance_and_takes_it_back(
    client: Client, counselor: Role
) -> None:
    build.role(program=counselor.program, kind=Role.Kind.LEAD, user=counselor.user)
    luis = build.role(program=counselor.program, name="Luis Vega")
    sam = of(counselor, "Sam")
    html = body(client, reverse("caseload"))
    assert f'name="graduate" value="{sam.uid}" form="give"' in html

    nobody = client.post(reverse("caseload_give"), {"to": luis.uid, "next": "/caseload/"})
    given = client.post(reverse("caseload_give"), {"graduate": sam.uid, "to": luis.uid})

    assert nobody.headers["Location"] == "/caseload/"
    assert given.headers["Location"] == reverse("caseload_balance")
    balance = body(client, reverse("caseload_balance"))
    assert "1 person came" in balance
    assert "Harbor House" not in balance
    elsewhere = build.program(name="Elm Street")
    build.role(program=elsewhere, kind=Role.Kind.LEAD, user=counselor.user)
    build.role(program=elsewhere, name="Ida Stone")
    both = body(client, reverse("caseload_balance"))
    assert (both.count(">Harbor House<"), both.count(">Elm Street<")) == (2, 1)
    (moved,) = re.findall(r'name="assignment" value="([^"]+)"', balance)
    assert names(body(client, reverse("caseload"), counselor=str(luis.uid))) == ["Sam"]
    client.post(reverse("caseload_take_back"), {"assignment": moved})
    assert names(body(client, reverse("caseload"), counselor=str(luis.uid))) == []
    client.post(reverse("caseload_give_all", args=[counselor.uid]), {"to": luis.uid})
    assert names(body(client, reverse("caseload"), counselor=str(luis.uid))) == ["Sam"]


def test_counselor_ticks_nobody_and_sees_the_budget(client: Client, counselor: Role) -> None:
    build.signal(graduate=of(counselor, "Marcus"), points=9)
    build.signal(graduate=of(counselor, "Wren"), points=5)

    html = body(client, reverse("caseload"))

    assert 'form="give"' not in html
    assert "This week: 1 of 1 call in the budget · 1 beyond it" in html
    assert html.count("beyond this week") == 1


def test_the_mail_of_the_morning_is_turned_off_at_its_foot(client: Client, counselor: Role) -> None:
    assert "Turn it off" in body(client, reverse("home"))

    client.post(reverse("choose_digest"), {"wanted": "no", "next": "/"})

    counselor.refresh_from_db()
    assert counselor.wants_digest is False
    assert "Turn it on" in body(client, reverse("home"))
