"""Pages for anybody: they stand when nothing else does, keep nothing, and leave quickly."""

import re
from typing import Any

import pytest
from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.db import OperationalError
from django.test import Client
from django.utils import translation
from django.utils.html import escape

from aftercare import consent_words, resources
from notifications.kinds import Scope
from tests import build

STATIC_PAGES = ("/help-now/", "/crisis/")
TEXTING = ("/texting/", "/texting/joining/", "/texting/privacy/")
PAGES = (*STATIC_PAGES, *TEXTING, "/what-is-aftercare/", "/family/", "/privacy/", "/measures/")


def links(response: Any) -> list[str]:
    return re.findall(r'href="([^"]+)"', response.content.decode())


# Without the mark django_db, any use of the database fails the test.
@pytest.mark.parametrize("address", STATIC_PAGES)
@pytest.mark.parametrize("language", ["en", "es"])
def test_help_stands_without_database_session_and_log_in(address: str, language: str) -> None:
    client = Client()
    client.cookies[settings.SESSION_COOKIE_NAME] = "a" * 32

    response = client.get(address, {"lang": language})

    assert response.status_code == 200
    assert f'<html lang="{language}"' in response.content.decode()
    assert "tel:988" in links(response)
    assert "tel:911" in links(response)
    assert response.cookies == {}


@pytest.mark.parametrize("address", STATIC_PAGES)
def test_help_speaks_the_language_of_the_browser(address: str) -> None:
    response = Client().get(address, headers={"accept-language": "es-US,es;q=0.9"})

    assert '<html lang="es"' in response.content.decode()
    assert f"{address}?lang=en" in links(response)


def test_help_ignores_a_language_nobody_speaks_here() -> None:
    response = Client().get("/help-now/", {"lang": "xx"})

    assert '<html lang="en"' in response.content.decode()


@pytest.mark.parametrize("language", ["en", "es"])
def test_help_offers_every_line_by_one_tap(language: str) -> None:
    response = Client().get("/help-now/", {"lang": language})
    found = links(response)

    for line in resources.lines(language=language):
        if line.call:
            assert f"tel:{line.call}" in found
        if line.text:
            body = f"?&amp;body={line.text_body}" if line.text_body else ""
            assert f"sms:{line.text}{body}" in found


@pytest.mark.django_db
@pytest.mark.parametrize("address", PAGES)
def test_page_is_open_to_anybody_and_leaves_no_cookie(client: Client, address: str) -> None:
    response = client.get(address)

    assert response.status_code == 200
    assert response.cookies == {}
    assert client.post(address).status_code == 405


@pytest.mark.django_db
@pytest.mark.parametrize("address", PAGES)
def test_page_asks_nobody_else_for_anything(client: Client, address: str) -> None:
    html = client.get(address).content.decode()

    assert re.findall(r'(?:src|href|action)="(?:https?:)?//', html) == []


@pytest.mark.django_db
@pytest.mark.parametrize("address", [page for page in PAGES if page != "/measures/"])
def test_page_has_help_and_exit(client: Client, address: str) -> None:
    html = client.get(address).content.decode()

    assert 'class="button button-help" href="/help-now/"' in html
    assert '<form action="/exit/" method="post" data-exit="/measures/">' in html


# Texts


@pytest.mark.django_db
@pytest.mark.parametrize("address", TEXTING)
def test_pages_about_texts_name_who_signs_and_whom_to_call(client: Client, address: str) -> None:
    program = build.program(name="Bay Recovery Program", alias="Harbor")

    html = client.get(address).content.decode()

    assert f'<li>Harbor: <a href="tel:2155550142">{program.phone}</a></li>' in html
    assert "Bay Recovery Program" not in html


@pytest.mark.django_db
def test_pages_about_texts_hold_what_phone_companies_ask_for(client: Client) -> None:
    terms = client.get("/texting/").content.decode()
    joining = client.get("/texting/joining/").content.decode()
    privacy = client.get("/texting/privacy/").content.decode()

    for words in (
        "at most one a day and three a week",
        "Message and data rates may apply.",
        "Reply STOP",
        "Reply HELP",
        "Phone companies are not liable",
        "never a condition of care",
    ):
        assert words in terms
    for scope in Scope:
        with translation.override("en"):
            assert escape(consent_words.sentence(scope=scope, alias="us")) in joining
    assert escape(str(consent_words.TERMS)) in joining
    assert "shared with third parties or affiliates for marketing" in privacy
    assert '"/texting/joining/"' in terms
    assert '"/texting/privacy/"' in terms


@pytest.mark.django_db
@pytest.mark.parametrize("address", TEXTING)
def test_pages_about_texts_speak_spanish(client: Client, address: str) -> None:
    html = client.get(address, headers={"accept-language": "es"}).content.decode()

    assert '<html lang="es"' in html
    assert "mensajes" in html


# Leaving


@pytest.mark.django_db
def test_exit_ends_the_log_in_and_shows_something_else() -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(build.user())
    key = client.cookies[settings.SESSION_COOKIE_NAME].value

    response = client.post("/exit/")

    assert (response.status_code, response.headers["Location"]) == (302, "/measures/")
    assert response.headers["Clear-Site-Data"] == '"storage"'
    assert not SessionStore(key).exists(key)
    assert client.cookies[settings.SESSION_COOKIE_NAME].value == ""


@pytest.mark.django_db
def test_exit_works_for_a_visitor(client: Client) -> None:
    assert client.post("/exit/").headers["Location"] == "/measures/"


@pytest.mark.django_db
def test_exit_changes_nothing_when_merely_looked_at(client: Client) -> None:
    client.force_login(build.user())
    key = client.cookies[settings.SESSION_COOKIE_NAME].value

    assert client.get("/exit/").status_code == 405
    assert SessionStore(key).exists(key)


@pytest.mark.django_db
def test_exit_works_while_the_database_is_away(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.force_login(build.user())

    def be_away(self: SessionStore, session_key: str | None = None) -> None:
        raise OperationalError

    monkeypatch.setattr(SessionStore, "delete", be_away)
    response = client.post("/exit/")

    assert response.headers["Location"] == "/measures/"
    assert client.cookies[settings.SESSION_COOKIE_NAME].value == ""


def test_page_after_the_exit_says_nothing() -> None:
    html = Client().get("/measures/").content.decode()

    assert "<title>Kitchen measures</title>" in html
    assert settings.SITE_NAME not in html
    assert re.findall(r"<(?:a|form|script)\b", html) == []


# Language


@pytest.mark.django_db
def test_language_is_kept_in_the_browser() -> None:
    client = Client(enforce_csrf_checks=True)

    response = client.post("/language/", {"language": "es", "next": "/privacy/"})

    assert (response.status_code, response.headers["Location"]) == (302, "/privacy/")
    assert '<html lang="es"' in client.get("/privacy/").content.decode()


@pytest.mark.django_db
def test_language_is_kept_with_the_person(client: Client) -> None:
    user = build.user()
    client.force_login(user)

    client.post("/language/", {"language": "es"})

    user.refresh_from_db()
    assert user.language == "es"


@pytest.mark.django_db
def test_unknown_language_changes_nothing(client: Client) -> None:
    user = build.user(language="es")
    client.force_login(user)

    client.post("/language/", {"language": "tlh"})

    user.refresh_from_db()
    assert user.language == "es"


@pytest.mark.django_db
def test_language_leads_to_no_other_site(client: Client) -> None:
    response = client.post(
        "/language/", {"language": "es", "next": "https://elsewhere.example.com/"}
    )

    assert response.headers["Location"] == "/"


# Without a connection


def test_service_worker_keeps_the_help_pages_and_nothing_else() -> None:
    response = Client().get("/sw.js")
    help_page = Client().get("/help-now/").content.decode()
    script = response.content.decode()
    pages = re.search(r"PAGES = (\[.*?\]);", script)

    assert response.headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert response.headers["Cache-Control"] == "no-cache"
    assert pages is not None
    assert pages[1] == '["/help-now/", "/crisis/"]'
    assert 'credentials: "omit"' in script

    linked = re.findall(r'<link rel="stylesheet" href="([^"]+)"', help_page)
    assert len(linked) == 8
    assert [name for name in linked if f'"{name}"' not in script] == []


# Errors


@pytest.mark.django_db
def test_missing_page_says_so_kindly(client: Client) -> None:
    response = client.get("/no-such-page/")

    assert response.status_code == 404
    assert "We cannot find this page" in response.content.decode()


@pytest.mark.django_db
def test_database_away_is_said_with_503(monkeypatch: pytest.MonkeyPatch) -> None:
    client = Client(raise_request_exception=False)
    client.force_login(build.user())

    def be_away(self: SessionStore) -> dict[str, Any]:
        raise OperationalError

    monkeypatch.setattr(SessionStore, "load", be_away)
    response = client.get("/plan/")

    assert response.status_code == 503
    assert response.headers["Retry-After"] == "10"
    assert "We will be back in a moment" in response.content.decode()


def test_error_pages_speak_spanish_as_well() -> None:
    with translation.override("es"):
        response = Client().get("/no-such-page/", headers={"accept-language": "es"})

    assert '<html lang="es"' in response.content.decode()
