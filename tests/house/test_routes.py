import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from typing import Any

import pytest
from django.conf import settings
from django.db import transaction
from django.http import HttpResponseBase
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from aftercare import (
    alarms,
    calendars,
    changes,
    disclosure,
    duty,
    glass,
    holidays,
    inspections,
    invitations,
    mail_links,
    setbacks,
)
from aftercare import news as told
from aftercare.models import (
    AuditEntry,
    Broadcast,
    Closure,
    Commitment,
    Coverage,
    Export,
    GlassBreak,
    Graduate,
    ImportRun,
    Invitation,
    Item,
    MeetingNews,
    MeetingReport,
    Outreach,
    Role,
    Worry,
)
from aftercare.record import PORTAL, Actor
from notifications import clock
from portal.models import User
from tests import build
from tests.feeds import imported, row
from tests.house.routes import LOG_IN, MEMBERS, ROUTES, Person, Route

pytestmark = pytest.mark.one_database

TABLE = ROUTES | LOG_IN
LOG_IN_PAGE = "/accounts/login/"
HIDDEN = {HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND}
# An answer to an empty form; what is wrong with it is said, and nothing happens.
ANSWERED = {200, 204, 301, 302, 303, 400, 405, 409, 410, 422, 503}


@dataclass(frozen=True)
class World:
    """A program with somebody for each line of the table, and the rows that addresses name."""

    people: dict[Person, User | None]
    rows: dict[str, Any]

    def address(self, name: str) -> str:
        filled = {key: self.rows[row] for key, row in TABLE[name].rows.items()}
        return reverse(name, kwargs=filled)

    def form(self, name: str) -> dict[str, Any]:
        return {key: self.rows[row] for key, row in TABLE[name].form.items()}

    def session(self, person: Person) -> str:
        """The cookie of somebody who is logged in; empty for a visitor."""
        user = self.people[person]
        if user is None:
            return ""
        client = Client()
        client.force_login(user)
        return client.cookies[settings.SESSION_COOKIE_NAME].value


def ask(
    session: str, method: str, address: str, form: dict[str, Any] | None = None
) -> HttpResponseBase:
    """One request, whose traces are gone afterwards."""
    client = Client()
    if session:
        client.cookies[settings.SESSION_COOKIE_NAME] = session
    with transaction.atomic():
        response = client.post(address, form) if form else client.generic(method, address)
        transaction.set_rollback(True)
    return response


def staff(world: dict[Person, User | None], person: Person, **facts: Any) -> Role:
    """A member of staff with the second step that log-in asks for."""
    role = build.role(**facts)
    build.second_step(user=role.user)
    world[person] = role.user
    return role


def make_world() -> World:
    """Everybody of the table, and every row it names."""
    now = clock.now()
    people: dict[Person, User | None] = {Person.VISITOR: None}
    home, elsewhere = build.program(), build.program(name="Elsewhere", alias="Else")
    counselor = staff(people, Person.COUNSELOR, program=home)
    former = staff(people, Person.FORMER_COUNSELOR, program=home)
    staff(people, Person.OTHER_COUNSELOR, program=home)
    lead = staff(people, Person.LEAD, program=home, kind=Role.Kind.LEAD)
    staff(people, Person.OTHER_LEAD, program=elsewhere, kind=Role.Kind.LEAD)
    over = {"kind": Role.Kind.LEAD, "until": now - timedelta(days=1)}
    staff(people, Person.FORMER_LEAD, program=home, **over)
    for person, kind in [
        (Person.COORDINATOR, Role.Kind.COORDINATOR),
        (Person.AUDITOR, Role.Kind.AUDITOR),
        (Person.OPERATOR, Role.Kind.OPERATOR),
    ]:
        staff(people, person, program=home, kind=kind)
    staff(people, Person.OTHER_OPERATOR, program=elsewhere, kind=Role.Kind.OPERATOR)
    people[Person.GRADUATE], people[Person.OTHER_GRADUATE] = build.user(), build.user()
    people[Person.LEFT_GRADUATE] = build.user()
    left = Graduate.Status.LEFT
    build.graduate(program=home, user=people[Person.LEFT_GRADUATE], status=left)
    graduate = build.graduate(program=home, user=people[Person.GRADUATE])
    build.graduate(program=home, user=people[Person.OTHER_GRADUATE])
    ended = build.assignment(graduate=graduate, counselor=former)
    ended.until = now - timedelta(days=1)
    ended.save()
    build.assignment(graduate=graduate, counselor=counselor, since=ended.until)
    outreach = Outreach.objects.create(
        graduate=graduate,
        counselor=counselor.user,
        way=Outreach.Way.CALL,
        outcome=Outreach.Outcome.NO_ANSWER,
        next_step="Call again",
        next_on=now.date(),
        at=now,
    )
    issued = invitations.issue(
        program=home,
        way=Invitation.Way.BY_HAND,
        graduate=build.graduate(program=home, joined_at=None),
        actor=Actor(user=lead.user, role="lead"),
        at=now,
    )
    (meeting,) = imported(row())
    commitment = build.commitment(graduate=graduate)
    news = MeetingNews.objects.create(
        commitment=build.commitment(graduate=graduate, ended_at=now), moved_at=now, told_at=now
    )
    Commitment.objects.filter(pk=news.commitment_id).update(meeting=meeting)
    day = (now + timedelta(days=2)).date()
    group = build.commitment(
        graduate=graduate, kind=Commitment.Kind.GROUP, weekdays=[day.weekday()]
    )
    commitment.weekdays = group.weekdays
    commitment.save()
    address = calendars.subscribe(graduate=graduate, full_titles=False, actor=PORTAL, at=now)
    pause = changes.pause(
        graduate=graduate,
        first_on=day + timedelta(days=20),
        last_on=day + timedelta(days=21),
        actor=PORTAL,
        at=now,
    )
    holiday = holidays.add(
        program=home,
        name="Spring day",
        first_on=pause.first_on,
        last_on=pause.last_on,
        actor=PORTAL,
        at=now,
    )
    broadcast = Broadcast.objects.create(
        program=home, title="Group", starts_at=now + timedelta(days=1), sent_at=now
    )
    colleague = Role.objects.get(user=people[Person.OTHER_COUNSELOR])
    absence = Coverage.objects.create(
        counselor=counselor,
        cover=colleague,
        starts_at=now + timedelta(days=9),
        ends_at=now + timedelta(days=10),
    )
    date = build.occurrence(commitment=commitment, starts_at=now, recurrence_id="20260303T190000")
    visit = build.visit(graduate=graduate, meeting=meeting, starts_at=now - timedelta(days=1))
    report = MeetingReport.objects.create(meeting=meeting, kind="time", at=now)
    listed = duty.add(role=counselor, number=build.phone(), actor=PORTAL, at=now)
    alarm = alarms.open_danger(program=home, graduate=graduate, address=None, pages=False, at=now)
    setbacks.take_in(graduate=graduate, at=now)
    closure = Closure.objects.create(meeting=meeting, first_on=day, last_on=day, created_at=now)
    stranger = build.stranger(graduate=graduate, at=now)
    people[Person.SUPPORTER], people[Person.FORMER_SUPPORTER] = build.user(), build.user()
    release = build.release(graduate=graduate, holder=people[Person.SUPPORTER], at=now)
    build.release(graduate=graduate, holder=people[Person.FORMER_SUPPORTER], at=now, revoked_at=now)
    people[Person.MENTOR] = build.user()
    build.release(graduate=graduate, holder=people[Person.MENTOR], at=now, items=[Item.NAME])
    needed = glass.open_record(
        graduate=graduate,
        reason=GlassBreak.Reason.COVER,
        words="Nobody else is here.",
        actor=Actor(user=people[Person.OTHER_COUNSELOR], role="counselor"),
        at=now,
    )
    audit = inspections.grant(
        role=Role.objects.get(user=people[Person.AUDITOR]),
        graduates=[graduate],
        purpose="A yearly audit",
        agreement="Nothing leaves the house.",
        until=now + timedelta(days=3),
        actor=PORTAL,
        at=now,
    )
    emergency = disclosure.tell_in_emergency(
        graduate=graduate,
        recipient="Dr. Lee, General Hospital",
        what="Medication",
        nature="Unconscious",
        told_at=now,
        actor=PORTAL,
        at=now,
    )
    worry = Worry.objects.create(program=home, about="Sam", words="Not home.", at=now)
    rows = {
        "release": release.uid,
        "glass": needed.uid,
        "audit": audit.uid,
        "emergency": emergency.uid,
        "worry": worry.uid,
        "unsubscribe": mail_links.token_of(build.address(channel="email", value="a@example.org")),
        "closure": closure.uid,
        "export": Export.objects.create(
            program=home,
            asked_by=counselor.user,
            reason="Made up",
            people=101,
            asked_at=now,
            opens_at=now + timedelta(hours=24),
            closes_at=now + timedelta(hours=48),
        ).uid,
        "visit": visit.uid,
        "line": f"visit:{visit.uid}",
        "report": report.uid,
        "stranger": stranger.uid,
        "alarm": alarm.uid,
        "duty": listed.uid,
        "graduate": graduate.uid,
        "commitment": commitment.uid,
        "date": date.recurrence_id,
        "coming": f"{day}T19:00",
        "group": group.uid,
        "pause": pause.uid,
        "holiday": holiday.uid,
        "broadcast": broadcast.uid,
        "absence": absence.uid,
        "calendar": address.rsplit("/", 1)[-1].removesuffix(".ics"),
        "check_in": build.check_in(graduate=graduate, opens_at=now - timedelta(hours=1)).uid,
        "screening": build.screening(graduate=graduate, at=now - timedelta(hours=1)).uid,
        "instrument": "phq_9",
        "reply": build.reply(graduate=graduate, at=now).uid,
        "signal": build.signal(graduate=graduate, opened_at=now).uid,
        "outreach": outreach.uid,
        "program": home.uid,
        "message": build.message(graduate=graduate).uid,
        "sender": build.sender_of(graduate).uid,
        "role": counselor.uid,
        "token": issued.link.rstrip("/").rsplit("/", 1)[-1],
        "slug": meeting.slug,
        "news": told.token_of(news=news),
        "feed": meeting.feed.uid if meeting.feed else None,
        "import_run": ImportRun.objects.get(feed=meeting.feed).uid,
        "screen": "today",
        "own_form": "json",
        "nothing": uuid.UUID(int=1),
        "number": 1,
    }
    return World(people, rows)


@pytest.fixture
def world(db: None) -> World:
    return make_world()


def walk(patterns: list[URLPattern | URLResolver]) -> Iterator[URLPattern]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from walk(pattern.url_patterns)
        else:
            yield pattern


def verdict(response: HttpResponseBase) -> str:
    """What an answer comes to: "answered", "log in", "hidden", or the status that is none of them."""
    if response.status_code in HIDDEN:
        return "hidden"
    if response.headers.get("Location", "").startswith(LOG_IN_PAGE):
        return "log in"
    return "answered" if response.status_code in ANSWERED else str(response.status_code)


def meant(route: Route, person: Person) -> str:
    """What the table says that somebody gets."""
    if person in route.opens_to:
        return "answered"
    is_for_members = bool(route.opens_to)
    return "log in" if person is Person.VISITOR and is_for_members else "hidden"


def test_every_address_stands_in_the_table_and_no_other() -> None:
    patterns = list(walk(get_resolver().url_patterns))
    assert [str(pattern.pattern) for pattern in patterns if not pattern.name] == []
    assert {pattern.name for pattern in patterns} == set(TABLE)


def test_log_in_pages_of_members_lead_a_visitor_to_the_log_in(world: World) -> None:
    wanted = {name for name, route in LOG_IN.items() if Person.VISITOR not in route.opens_to}
    found = {name: verdict(ask("", "GET", world.address(name))) for name in wanted}
    assert found == dict.fromkeys(wanted, "log in")


@pytest.mark.parametrize("person", [Person.VISITOR, Person.GRADUATE, Person.LEAD])
def test_log_in_pages_answer_whatever_they_are_asked(world: World, person: Person) -> None:
    session = world.session(person)
    found = {name: verdict(ask(session, "GET", world.address(name))) for name in LOG_IN}
    assert set(found.values()) <= {"answered", "log in", "hidden"}


def test_nobody_signs_up_without_an_invitation(world: World) -> None:
    assert verdict(ask("", "GET", world.address("account_signup"))) == "hidden"
    assert verdict(ask("", "POST", world.address("account_signup"))) == "hidden"


def test_addresses_take_no_other_method(world: World) -> None:
    found = {}
    sessions = {person: world.session(person) for person in Person}
    for name, route in ROUTES.items():
        person = min(route.opens_to, default=Person.VISITOR, key=lambda each: each.value)
        for method in {"GET", "POST", "PUT", "DELETE"} - set(route.methods):
            response = ask(sessions[person], method, world.address(name))
            if response.status_code != HTTPStatus.METHOD_NOT_ALLOWED:
                found[name, method] = response.status_code
    assert found == {}


def test_visitors_are_given_no_cookie(world: World) -> None:
    pages = [
        name
        for name, route in ROUTES.items()
        if Person.VISITOR in route.opens_to and "GET" in route.methods
    ]
    given = {name for name in pages if Client().get(world.address(name)).cookies}
    # An invitation is a form, and forms have a key against forgery.
    assert given == {"join"}


@pytest.mark.parametrize("person", [Person.COUNSELOR, Person.LEAD])
def test_looking_at_somebody_is_put_on_record(world: World, person: Person) -> None:
    session, looked = world.session(person), set()
    for name, route in ROUTES.items():
        if person in route.opens_to and "GET" in route.methods:
            client, before = Client(), AuditEntry.objects.count()
            client.cookies[settings.SESSION_COOKIE_NAME] = session
            client.get(world.address(name))
            if AuditEntry.objects.count() > before:
                looked.add(name)
    wanted = {name for name, route in ROUTES.items() if route.looks and person in route.opens_to}
    assert looked == wanted


def test_simulator_is_not_there_without_a_demo(world: World) -> None:
    paths = ["/simulator/", "/simulator/messages.json", "/simulator/enter/lead"]
    for person in MEMBERS:
        session = world.session(person)
        found = {ask(session, "GET", path).status_code for path in paths}
        assert found == {HTTPStatus.NOT_FOUND}
