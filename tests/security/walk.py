"""Every address of the product asked once by everybody it answers, and what came of it."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from html.parser import HTMLParser

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db import connection, reset_queries, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.house.routes import Person
from tests.house.test_routes import TABLE, World, make_world

# One of each kind of reader; whoever else there is sees no page that none of them does.
READERS = (Person.VISITOR, Person.GRADUATE, Person.LEAD, Person.OPERATOR)
_CHANGE = re.compile(r'\s*(?:INSERT INTO|UPDATE|DELETE FROM|REPLACE INTO)\s+"?(\w+)', re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Visit:
    """One page as one person got it; `changed` are the tables that the request wrote to."""

    name: str
    person: Person
    address: str
    status: int
    headers: dict[str, str]
    body: str
    changed: frozenset[str]

    @property
    def is_page(self) -> bool:
        """Whether a person reads it in a browser."""
        return self.body.lstrip().lower().startswith("<!doctype html")


@contextmanager
def one_world() -> Iterator[World]:
    """A program with everybody in it, gone afterwards."""
    with transaction.atomic():
        world = make_world()
        for user in filter(None, world.people.values()):
            # As log-in leaves each account; the library would make up for it when it is looked at.
            EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
        yield world
        transaction.set_rollback(True)


def readers_of(name: str) -> list[Person]:
    """Who is to look at an address: a visitor and a graduate, staff where it is not for everybody."""
    found = [person for person in READERS if person in TABLE[name].opens_to]
    return found[:2]


def everywhere(world: World) -> Iterator[Visit]:
    """Each address that can be looked at, by those of the readers whom the table lets in."""
    sessions = {person: world.session(person) for person in READERS}
    for name, route in TABLE.items():
        if "GET" in route.methods and any(person in route.opens_to for person in READERS):
            for person in readers_of(name):
                yield look(world, name=name, person=person, session=sessions[person])


def look(world: World, *, name: str, person: Person, session: str) -> Visit:
    """One page by one person, whose traces are gone afterwards."""
    client = Client(raise_request_exception=False)
    if session:
        client.cookies[settings.SESSION_COOKIE_NAME] = session
    # The log of a connection has an end, which a long walk would come to.
    reset_queries()
    with transaction.atomic(), CaptureQueriesContext(connection) as asked:
        response = client.get(world.address(name))
        body = b"".join(response) if response.streaming else response.content
        transaction.set_rollback(True)
    found = (_CHANGE.match(query["sql"]) for query in asked.captured_queries)
    return Visit(
        name=name,
        person=person,
        address=world.address(name),
        status=response.status_code,
        headers=dict(response.headers.items()),
        body=body.decode("utf-8", "replace"),
        changed=frozenset(one[1].lower() for one in found if one),
    )


@dataclass
class Markup(HTMLParser):
    """A page as a browser takes it apart: each element with its attributes, and the words between."""

    elements: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    code: list[str] = field(default_factory=list)
    title: str = ""

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element."""
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_data(self, data: str) -> None:
        """What stands between, or in a script."""
        inside = self.elements[-1][0] if self.elements else ""
        if inside in ("script", "style") and self.cdata_elem:
            # What is data for a script is not run.
            if self.elements[-1][1].get("type") != "application/json":
                self.code.append(data)
        elif inside == "title" and not self.title:
            self.title = data
        else:
            self.words.append(data)


def markup(body: str) -> Markup:
    """The parts of a page."""
    found = Markup()
    found.feed(body)
    found.close()
    return found
