"""WEB-01, WEB-03, WEB-05, CONS-07, CONS-08 on every page of the product, asked once by each kind of reader.

What was typed into the rows behind the pages is hostile throughout, so one walk shows all of it.
"""

import itertools
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from django.conf import settings
from django.test import Client
from pytest_django import DjangoDbBlocker

from aftercare import wording
from portal.middleware import HEADERS
from tests import build
from tests.security.payloads import MARK, RUN, came_alive, payloads, store
from tests.security.walk import Visit, everywhere, markup, one_world

Figure = Callable[[str], None]
pytestmark = [pytest.mark.one_database, pytest.mark.django_db]

# The open directory of meetings is there for other sites, too.
OPEN = {("meetings_feed", "Cross-Origin-Resource-Policy"): "cross-origin"}
EVERY = list(payloads())


@dataclass(frozen=True)
class Walk:
    """What came of one walk, and the fields that were filled before it."""

    visits: list[Visit]
    filled: set[str]


def go(start: int) -> Walk:
    """Fill every free field, and look at everything."""
    with one_world() as world:
        filled = store(itertools.islice(itertools.cycle(EVERY), start, None))
        return Walk(list(everywhere(world)), filled)


@pytest.fixture(scope="module")
def walk(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Walk:
    """Every address once by each kind of reader."""
    with django_db_blocker.unblock():
        return go(0)


@pytest.fixture
def visits(walk: Walk) -> list[Visit]:
    """The answers alone."""
    return walk.visits


# WEB-01


def test_web_01_every_response_carries_the_headers(visits: list[Visit], figure: Figure) -> None:
    missing = {
        (visit.name, visit.person.name, header)
        for visit in visits
        for header, value in HEADERS.items()
        if visit.headers.get(header) != OPEN.get((visit.name, header), value)
    }
    assert missing == set()
    assert len({visit.name for visit in visits}) > 90
    figure(f"{len(HEADERS)} headers on {len(visits)} of {len(visits)} responses")


def test_web_01_the_policy_lets_nothing_inline_run(visits: list[Visit], figure: Figure) -> None:
    """The policy as a stranger's evaluator reads it, and pages that do not need more of it."""
    policy = dict(part.split(" ", 1) for part in HEADERS["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert {policy[name] for name in ("script-src", "style-src", "form-action")} == {"'self'"}
    pages = [visit for visit in visits if visit.is_page]
    inline = {
        (visit.name, tag, name)
        for visit in pages
        for tag, attributes in markup(visit.body).elements
        for name in attributes
        if name.startswith("on") or name == "style"
    }
    code = {visit.name for visit in pages if "".join(markup(visit.body).code).strip()}
    assert (inline, code) == (set(), set())
    figure(f"0 inline scripts, styles or handlers on {len(pages)} pages")


# WEB-03

# What looking may leave behind: the record of who looked, the session's own life, and the cache.
TRACES = {"aftercare_auditentry", "django_session", "usersessions_usersession", "portal_cache"}


def test_web_03_looking_changes_nothing_else(visits: list[Visit], figure: Figure) -> None:
    cache = settings.CACHES["default"]["LOCATION"]
    changed = {
        (visit.name, visit.person.name): visit.changed - TRACES - {cache}
        for visit in visits
        if visit.changed - TRACES - {cache}
    }
    assert changed == {}
    # The neighbour: what is allowed does show.
    assert "aftercare_auditentry" in set().union(*(visit.changed for visit in visits))
    figure(f"{len(visits)} requests to {len({v.name for v in visits})} addresses: 0 rows changed")


# WEB-05


def test_web_05_no_stored_text_becomes_markup(
    walk: Walk, django_db_blocker: DjangoDbBlocker, figure: Figure, many: Callable[..., int]
) -> None:
    visits, filled = list(walk.visits), walk.filled
    for turn in range(1, many(short=1, full=12)):
        with django_db_blocker.unblock():
            visits += go(turn * 97).visits
    pages = [visit for visit in visits if visit.is_page]
    alive = {(one.name, one.person.name): found for one in pages if (found := came_alive(one.body))}
    shown = {visit.name for visit in visits if MARK in visit.body}

    assert alive == {}
    assert {one.name for one in visits if one.status >= 500} <= {"readyz"}
    assert len(set(EVERY)) >= 500
    assert min(len(filled), len(shown)) >= 30, "the strings are hardly shown anywhere"
    figure(
        f"0 of {len(set(EVERY))} strings in {len(filled)} fields come alive on {len(pages)} pages"
        f" ({len(shown)} addresses show them)"
    )


def test_web_05_the_reader_of_pages_knows_what_is_alive() -> None:
    """The neighbours: without escaping, each kind is found."""
    dead = [f"<p>&lt;img onerror={RUN}&gt;</p>", f'<p title="{RUN}">x</p>', f"<p>{RUN}</p>"]
    living = [
        f"<p><img src=x onerror={RUN}></p>",
        f"<script>{RUN}</script>",
        f'<a href="java\tscript:{RUN}">x</a>',
        f"<p {MARK}>",
        f'<input value="" onfocus="{RUN}">',
    ]
    assert [came_alive(body) for body in dead] == [[], [], []]
    assert all(came_alive(body) for body in living)


# CONS-08


def test_cons_08_every_page_has_the_quick_exit(visits: list[Visit], figure: Figure) -> None:
    """A form, so that it works without a script; with one the page leaves the history, too."""
    # Where the exit ends, there is nothing to leave.
    pages = [visit for visit in visits if visit.is_page and visit.name != "measures"]
    without = {
        visit.name
        for visit in pages
        if ("form", "/exit/", "/measures/")
        not in [
            (tag, found.get("action"), found.get("data-exit"))
            for tag, found in markup(visit.body).elements
        ]
    }
    assert without == set()
    assert len({visit.name for visit in pages}) > 60
    figure(f"a quick exit on {len(pages)} of {len(pages)} pages")


@pytest.mark.parametrize("path", ["/today/", "/conversation/"])
def test_cons_08_the_exit_ends_the_log_in_and_leads_to_a_page_of_no_interest(path: str) -> None:
    """By a form without a token, so that a page open too long lets its reader out as well."""
    user = build.user()
    build.graduate(user=user)
    client = Client(enforce_csrf_checks=True)
    client.force_login(user)
    assert client.get(path).status_code == 200

    left = client.post("/exit/")

    assert (left.status_code, left.headers["Location"]) == (302, "/measures/")
    assert client.get(path).headers["Location"].startswith("/accounts/login/")
    shown = client.get("/measures/").content.decode()
    assert (wording.telling_word(shown), "Kitchen measures" in shown) == ("", True)


# CONS-07: what a page shows of itself to somebody who looks over a shoulder


def test_cons_07_no_tab_tells_what_the_page_is_about(visits: list[Visit], figure: Figure) -> None:
    """The title and the icon stand where others see them; so does the name of the site."""
    mine = [one for one in visits if one.is_page and one.person.name == "GRADUATE"]
    titles = {one.name: markup(one.body).title for one in mine if MARK not in one.body[:3000]}
    telling = {name: title for name, title in titles.items() if wording.telling_word(title)}
    assert telling == {}
    assert wording.telling_name(settings.SITE_NAME) == ""
    icons = {
        found["href"]
        for one in mine
        for tag, found in markup(one.body).elements
        if tag == "link" and found.get("rel") == "icon"
    }
    # The page where the exit ends has none at all.
    assert icons == {"/static/img/icon.svg", "data:,"}
    figure(f"{len(titles)} titles of a graduate's pages say nothing")
