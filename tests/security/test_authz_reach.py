"""What a role reaches once it has ended, past its form, and across programs."""

import random
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import transaction
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from aftercare.models import Assignment, Coverage, Graduate, Role
from notifications import clock
from notifications.models import Program
from portal.models import User
from tests import build
from tests.house.routes import ROUTES, Person
from tests.house.test_routes import World, make_world
from tests.security.doors import staff

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]

Figure = Callable[[str], None]
Many = Callable[..., int]


@pytest.fixture(autouse=True)
def _fresh_limits() -> None:
    cache.clear()


@pytest.mark.parametrize("what", ["caseload", "role", "cover"])
def test_authz_03_an_end_acts_on_the_next_request(
    client: Client, what: str, figure: Figure
) -> None:
    role, now = staff(client, kind=Role.Kind.COUNSELOR), clock.now()
    carrier = role if what != "cover" else build.role(program=role.program)
    graduate = build.graduate(program=role.program, counselor=carrier)
    page = reverse("graduate", args=[graduate.uid])
    if what == "cover":
        Coverage.objects.create(
            counselor=carrier,
            cover=role,
            starts_at=now - timedelta(days=1),
            ends_at=now + timedelta(1),
        )
    before = client.get(page).status_code

    if what == "caseload":
        Assignment.objects.update(until=now)
    elif what == "role":
        Role.objects.update(until=now)
    else:
        Coverage.objects.update(ends_at=now)

    assert (before, client.get(page).status_code) == (200, 404)
    figure(f"the end of a {what}: 404 on the next request")


# Past the form

# What no form lists; a few addresses exist to change just one of them.
KEPT: dict[type[Model], tuple[str, ...]] = {
    User: ("uid", "email", "password", "is_active", "created_at"),
    Graduate: ("uid", "program_id", "user_id", "graduated_on", "created_at", "joined_at"),
    Role: ("uid", "user_id", "program_id", "kind", "since", "until"),
    Assignment: ("graduate_id", "counselor_id", "since", "until"),
    Program: ("uid", "created_at"),
}
# The end of a role, of a cover, and of the audit that a role stands on.
MEANT = {"program_end_role", "away_back", "audit_end"}


def kept() -> dict[str, list[tuple[Any, ...]]]:
    return {
        model.__name__: list(model._default_manager.order_by("pk").values_list("pk", *names))
        for model, names in KEPT.items()
    }


def test_authz_04_posting_every_field_to_every_form_changes_nothing_unlisted(
    figure: Figure, many: Many
) -> None:
    world = make_world()
    before, changed, posts = kept(), {}, 0
    intruder = world.people[Person.OTHER_LEAD]
    assert intruder is not None
    everything: dict[str, Any] = {}
    for model in KEPT:
        for field in model._meta.concrete_fields:
            for name in {field.name, field.attname}:
                everything[name] = "1" if not name.endswith("_at") else "2020-01-01T00:00"
    everything |= {"user": intruder.pk, "kind": "lead", "is_staff": "on", "is_superuser": "on"}
    for name in _forms(at_most=many(short=24, full=1000)):
        people = ROUTES[name].opens_to - {Person.VISITOR}
        person = min(people, key=lambda each: each.value)
        client = Client()
        client.cookies[settings.SESSION_COOKIE_NAME] = world.session(person)
        posts += 1
        with transaction.atomic():
            client.post(world.address(name), everything | world.form(name))
            after = kept()
            transaction.set_rollback(True)
        # What is added is listed: a new person in one's own program, never a new role.
        found = {key: rows[: len(before[key])] for key, rows in after.items()}
        if found != before or after["Role"] != before["Role"]:
            changed[name] = [key for key in found if found[key] != before[key]]
    assert changed == {}
    figure(f"{posts} forms with {len(everything)} unlisted fields each: 0 changes")


def _forms(*, at_most: int) -> list[str]:
    names = [
        name
        for name, route in ROUTES.items()
        if "POST" in route.methods and route.opens_to - {Person.VISITOR} and name not in MEANT
    ]
    return random.Random(4).sample(names, min(at_most, len(names)))


# Across programs

MARKS = ("Xanthippe", "Quillfeather", "Vermilion Lantern", "ocelot parade", "heliotrope")


def elsewhere() -> dict[str, Any]:
    """Another program with a person and a row of each kind, in words that stand nowhere else."""
    program = build.program(name="Heliotrope House", alias="Heliotrope")
    counselor = build.role(program=program)
    now = clock.now()
    graduate = build.graduate(
        program=program, counselor=counselor, first_name=MARKS[0], last_name=MARKS[1]
    )
    commitment = build.commitment(graduate=graduate, title=MARKS[2])
    return {
        "graduate": graduate.uid,
        "commitment": commitment.uid,
        "message": build.message(graduate=graduate, body=MARKS[3]).uid,
        "reply": build.reply(graduate=graduate, body=MARKS[4], at=now).uid,
        "stranger": build.stranger(graduate=graduate, body=MARKS[4], at=now).uid,
        "check_in": build.check_in(graduate=graduate, opens_at=now - timedelta(hours=1)).uid,
        "screening": build.screening(graduate=graduate, at=now).uid,
        "signal": build.signal(graduate=graduate, opened_at=now).uid,
        "program": program.uid,
        "role": counselor.uid,
    }


INSIDERS = [
    Person.GRADUATE,
    Person.OTHER_GRADUATE,
    Person.COUNSELOR,
    Person.OTHER_COUNSELOR,
    Person.LEAD,
    Person.COORDINATOR,
    Person.AUDITOR,
    Person.OPERATOR,
]


def test_authz_08_random_walks_between_programs_leak_nothing(figure: Figure, many: Many) -> None:
    home = make_world()
    theirs = elsewhere()
    walks, steps, asked = many(short=8, full=1000), 5, 0
    dice, leaks = random.Random(8), []
    private = [name for name, route in ROUTES.items() if route.is_private]
    sessions = {person: home.session(person) for person in INSIDERS}
    for _ in range(walks):
        person = dice.choice(INSIDERS)
        client = Client()
        client.cookies[settings.SESSION_COOKIE_NAME] = sessions[person]
        for _ in range(steps):
            name = dice.choice(private)
            method = dice.choice(ROUTES[name].methods)
            world = World(home.people, home.rows | _some(dice, theirs))
            asked += 1
            with transaction.atomic():
                answer = client.generic(method, world.address(name))
                transaction.set_rollback(True)
            words = b"" if answer.streaming else answer.content
            leaks += [(name, person, mark) for mark in MARKS if mark.encode() in words]
    assert leaks == []
    figure(f"{len(leaks)} leaks in {walks} walks of {steps} requests each")


def _some(dice: random.Random, rows: dict[str, Any]) -> dict[str, Any]:
    """Some ids of the other program's rows, as somebody would try who has seen a few."""
    found = {key: value for key, value in rows.items() if dice.random() < 0.7}
    return found or {"graduate": uuid.uuid4()}
