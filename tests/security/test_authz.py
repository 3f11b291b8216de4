"""Who sees what: the table of addresses in every combination, and what is refused."""

import uuid
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import transaction
from django.test import Client
from django.urls import get_resolver, reverse

from aftercare import access
from aftercare.models import AuditEntry, Disclosure, Graduate, Item, Outreach, Release
from notifications import clock
from notifications.models import Message
from tests import build
from tests.house.routes import ROUTES, Person
from tests.house.test_routes import TABLE, World, ask, make_world, meant, verdict

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]

Figure = Callable[[str], None]
# Refused by no role and no row: a page of nobody's, and what a program signs.
SILENT = {name for name, route in ROUTES.items() if not route.opens_to}


@pytest.fixture(autouse=True)
def _fresh_limits() -> None:
    cache.clear()


Rows = list[tuple[Any, ...]]
# Of the one graduate whose rows the addresses point at.
FAMILY_NAME, TEXT, NOTE = "Quillfeather", "ocelot parade", "heliotrope"
# Who finds what on any page at all; nobody else finds any of it.
SEES = {
    Person.GRADUATE: {"family name", "text"},
    Person.COUNSELOR: {"family name", "number", "text", "note"},
    # The words of a text take a reason (AUD-07).
    Person.LEAD: {"family name", "number", "note"},
    Person.OTHER_COUNSELOR: {"family name", "text", "note"},
    Person.AUDITOR: {"family name", "note"},
}
# Tried on every page in every run, whatever else is left to the full report.
EVERYWHERE = (Person.GRADUATE, Person.COUNSELOR, Person.OTHER_COUNSELOR)
# Who finds it on these pages alone: a record opened in need, or named for an audit.
THROUGH = {Person.OTHER_COUNSELOR: {"record"}, Person.AUDITOR: {"record", "records"}}
# Where a whole number stands: pages that put it on record who looked.
REVEALS = {"graduate_phone", "safety_item"}


def marked_world() -> tuple[World, dict[str, str]]:
    """The world, with words in it that stand nowhere else, by what they are."""
    world = make_world()
    graduate = Graduate.objects.get(uid=world.rows["graduate"])
    graduate.last_name = FAMILY_NAME
    graduate.save()
    message = Message.objects.get(uid=world.rows["message"])
    message.body = TEXT
    message.save()
    call = Outreach.objects.get(uid=world.rows["outreach"])
    call.note = NOTE
    call.save()
    digits = build.address_of(graduate).value[2:]
    number = f"({digits[:3]}) {digits[3:6]}-{digits[6:]}"
    return world, {"family name": FAMILY_NAME, "number": number, "text": TEXT, "note": NOTE}


def refused(
    session: str, method: str, address: str, form: dict[str, object]
) -> tuple[str, Rows, str]:
    """One request: its verdict, the refusals it left on record, its words; then its traces are gone."""
    client = Client()
    client.cookies[settings.SESSION_COOKIE_NAME] = session
    with transaction.atomic():
        response = client.post(address, form) if form else client.generic(method, address)
        rows = AuditEntry.objects.filter(verb=AuditEntry.Verb.DENIED)
        found = list(rows.values_list("actor", "thing", "thing_uid", "graduate_uid"))
        transaction.set_rollback(True)
    words = "" if response.streaming else response.content.decode(errors="replace")
    return verdict(response), found, words


@pytest.mark.parametrize("person", Person, ids=lambda person: person.name.lower())
def test_authz_01_addresses_answer_those_they_are_for_and_record_whom_they_refuse(
    person: Person, figure: Figure, many: Callable[..., int]
) -> None:
    world, marks = marked_world()
    # Each of the others begins at another page, so that all pages are tried.
    step = 1 if person in EVERYWHERE else many(short=4, full=1)
    routes = list(ROUTES.items())[list(Person).index(person) % step :: step]
    session, user = world.session(person), world.people[person]
    # Somebody of no program at present has none to whose record a refusal could go.
    leaves_trace = user is not None and person not in (Person.FORMER_LEAD, Person.LEFT_GRADUATE)
    wrong: dict[tuple[str, ...], str] = {}
    cases, seen, numbers, places = 0, set[str](), set[str](), set[str]()
    for name, route in routes:
        for method in route.methods:
            cases += 1
            answer = refused(session, method, world.address(name), world.form(name))
            found, traces, words = answer
            shown = {kind for kind, mark in marks.items() if mark in words}
            seen |= shown
            places |= {name} if shown else set()
            numbers |= {name} if "number" in shown else set()
            if found != meant(route, person):
                wrong[name, method] = f"{found}, not {meant(route, person)}"
            uids = [one for one in world.rows.values() if isinstance(one, uuid.UUID)]
            expected = found == "hidden" and leaves_trace and name not in SILENT
            if [row[:2] for row in traces] != ([(user.pk, name)] if expected and user else []):
                wrong[name, method, "record"] = f"{traces}"
            if any(row[2] not in [None, *uids] for row in traces):
                wrong[name, method, "id"] = f"{traces}"
    assert wrong == {}
    finds = SEES.get(person, set())
    reveals = REVEALS if person in (Person.COUNSELOR, Person.LEAD) else set()
    assert (seen <= finds, numbers <= reveals) == (True, True)
    assert step > 1 or (seen, numbers) == (finds, reveals)
    assert places <= THROUGH.get(person, places)
    assert all(ROUTES[name].looks for name in numbers)
    figure(f"{cases} cases as {person.name.lower()}, who reads {sorted(seen) or 'nothing'}")


@pytest.mark.parametrize("person", [Person.LEAD])
def test_authz_01_what_is_deleted_is_there_for_nobody(person: Person, figure: Figure) -> None:
    world = make_world()
    session = world.session(person)
    gone = {
        key: uuid.uuid4() if isinstance(value, uuid.UUID) else value
        for key, value in world.rows.items()
    }
    empty, found = replace(world, rows=gone), {}
    names = [name for name, route in ROUTES.items() if ids_of(world, name) and route.is_private]
    for name in names:
        for method in ROUTES[name].methods:
            found[name, method] = verdict(
                ask(session, method, empty.address(name), empty.form(name))
            )
    assert {key: value for key, value in found.items() if value != "hidden"} == {}
    figure(f"{len(found)} cases of rows that are gone, as {person.name.lower()}")


def ids_of(world: World, name: str) -> list[uuid.UUID]:
    wanted = [world.rows[row] for row in TABLE[name].rows.values()]
    return [value for value in wanted if isinstance(value, uuid.UUID)]


def test_authz_01_a_mentor_reads_a_first_name_alone_and_nothing_after_the_end(
    client: Client, figure: Figure
) -> None:
    world, marks = marked_world()
    release = Release.objects.get(holder=world.people[Person.MENTOR])
    client.cookies[settings.SESSION_COOKIE_NAME] = world.session(Person.MENTOR)
    page = reverse("shared_one", args=[release.uid])
    first_name = release.graduate.first_name

    words = client.get(page).content.decode()
    Release.objects.filter(pk=release.pk).update(revoked_at=clock.now())
    after = client.get(page).content.decode()

    assert (first_name in words, [one for one in marks.values() if one in words]) == (True, [])
    assert words.count('class="card') == 0
    assert (first_name in after, "This link has ended" in after) == (False, True)
    told = Disclosure.objects.filter(release=release)
    assert list(told.values_list("items", flat=True)) == [[Item.NAME]]
    figure("1 first name and 0 of 4 other facts on a mentor's page; 0 after the end")


def test_authz_01_somebody_who_asks_and_asks_fills_no_record() -> None:
    role = build.role(program=build.program())
    standing = access.roles_of(user=role.user, at=clock.now())
    for _ in range(access.DENIALS_AN_HOUR + 5):
        access.note_denial(standing=standing, thing="graduate", uid=uuid.uuid4())

    assert AuditEntry.objects.count() == access.DENIALS_AN_HOUR


@pytest.mark.parametrize("person", [Person.GRADUATE, Person.COUNSELOR, Person.LEAD])
def test_ses_06_no_cache_keeps_a_page_behind_the_log_in(person: Person, figure: Figure) -> None:
    world = make_world()
    session = world.session(person)
    pages = [
        name
        for name, route in TABLE.items()
        if person in route.opens_to and route.is_private and "GET" in route.methods
    ]
    headers = {name: ask(session, "GET", world.address(name)).headers for name in pages}
    kept = [name for name in pages if "no-store" not in headers[name].get("Cache-Control", "")]
    assert kept == []
    figure(f"0 of {len(pages)} pages may be kept by a cache, as {person.name.lower()}")


# Ids of the log-in library count rows, and open nothing of anybody else's: they name a person's own
# keys, or stand beside a signed token. A part of a questionnaire is its place in it.
COUNTED = {
    ("mfa_remove_webauthn", "pk"),
    ("mfa_edit_webauthn", "pk"),
    ("account_reset_password_from_key", "uidb36"),
    ("screening", "number"),
}


def test_authz_05_addresses_carry_random_ids(figure: Figure) -> None:
    found = {}
    for name in TABLE:
        for ways, _pattern, _defaults, converters in get_resolver().reverse_dict.getlist(name):
            for parameter in ways[0][1]:
                found[name, parameter] = type(converters.get(parameter)).__name__
    random = {key for key, kind in found.items() if kind == "UUIDConverter"}
    words = {key for key, kind in found.items() if kind in ("StringConverter", "SlugConverter")}
    words |= {key for key, kind in found.items() if kind == "NoneType" and key[1] == "key"}

    assert {key[1] for key in words} <= {
        "token",
        "slug",
        "recurrence_id",
        "code",
        "key",
        "screen",
        "form",
    }
    assert set(found) - random - words == COUNTED
    figure(
        f"{len(random)} of {len(found)} parameters are random ids, {len(COUNTED)} count, the rest are words"
    )
