"""WEB-01, WEB-06, WEB-07: what errors carry too, and what is refused."""

import random
from collections.abc import Callable, Iterator
from http import HTTPStatus
from urllib.parse import quote

import pytest
from django.conf import settings as portal_settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from aftercare.models import Role
from portal.middleware import HEADERS
from portal.views import webhooks
from tests import build
from tests.house.routes import ROUTES, Person
from tests.house.test_deploy import check_deploy
from tests.house.test_routes import TABLE, World, ask
from tests.security.walk import one_world

Figure = Callable[[str], None]
Many = Callable[..., int]
pytestmark = pytest.mark.one_database

EVIL = "https://elsewhere.example.com"
HSTS = "max-age=31536000; includeSubDomains; preload"
# By whom a request is protected that carries no token against forgery: the provider's signature, or
# the session cookie, which no foreign post brings along (see portal/views/public.py).
SIGNED = {"sms_inbound", "sms_status", "voice_inbound"}
WITHOUT_TOKEN = {"exit", "choose_language", "meeting_wrong", "family_worried", "unsubscribe"}


@pytest.fixture
def https(settings: Settings) -> None:
    settings.SECURE_HSTS_SECONDS = 31_536_000
    settings.ALLOWED_HOSTS = ["portal.example.org"]


def secure_client(**headers: str) -> Client:
    host = {"host": "portal.example.org", **headers}
    return Client(raise_request_exception=False, headers=host)


# WEB-01


@pytest.mark.django_db
@pytest.mark.usefixtures("https")
@pytest.mark.parametrize(
    ("address", "headers", "status"),
    [
        ("/help-now/", {}, 200),
        ("/static/css/tokens.css", {}, 200),
        ("/static/none.css", {}, 404),
        ("/plan/", {}, 302),
        ("/no-such-page/", {}, 404),
        ("/exit/", {}, 405),
        ("/help-now/", {"host": "elsewhere.example.com"}, 400),
        ("/healthz", {}, 200),
    ],
)
def test_web_01_errors_and_files_carry_them_too(
    address: str, headers: dict[str, str], status: int
) -> None:
    response = secure_client(**headers).get(address, secure=True)
    response.close()

    wanted = HEADERS | {"Strict-Transport-Security": HSTS}
    assert response.status_code == status
    assert {name: response.headers.get(name) for name in wanted} == wanted


# WEB-06


def test_web_06_the_documented_installation_is_clean(figure: Figure) -> None:
    answer = check_deploy()

    assert (answer.returncode, answer.stderr) == (0, "")
    figure("check --deploy --fail-level WARNING: 0 findings")


# WEB-07


@pytest.mark.parametrize(
    ("address", "size", "status"),
    [
        ("/accounts/login/", 1_048_576, 200),
        ("/accounts/login/", 1_048_577, 413),
        ("/exit/", 1_048_577, 413),
        ("/no-such-page/", 5_000_000, 413),
        ("/sms/inbound", webhooks.MOST_BYTES, 403),
        ("/sms/inbound", webhooks.MOST_BYTES + 1, 413),
        ("/voice/inbound", webhooks.MOST_BYTES + 1, 413),
    ],
)
@pytest.mark.django_db
def test_web_07_a_large_body_is_not_read(address: str, size: int, status: int) -> None:
    body = b"a=" + b"b" * (size - 2)
    kind = "application/x-www-form-urlencoded"
    response = Client().generic("POST", address, body, content_type=kind)
    assert response.status_code == status
    assert response.headers["Content-Security-Policy"] == HEADERS["Content-Security-Policy"]


@pytest.mark.django_db
def test_web_07_many_fields_or_files_are_refused(figure: Figure) -> None:
    client, address = Client(), reverse("account_login")
    few = {f"f{number}": "1" for number in range(200)}
    files = {f"f{n}": SimpleUploadedFile("a.csv", b"a") for n in range(2)}

    assert client.post(address, few).status_code == HTTPStatus.OK
    assert client.post(address, few | {"one": "more"}).status_code == HTTPStatus.BAD_REQUEST
    assert client.post(address, files).status_code == HTTPStatus.BAD_REQUEST
    asked = client.get(address, {f"f{number}": "1" for number in range(201)})
    assert asked.status_code == HTTPStatus.BAD_REQUEST
    figure("caps: 1,048,576 bytes, 65,536 for webhooks, 200 fields, 1 file")


def test_web_07_a_body_of_files_counts_in_whole() -> None:
    large = SimpleUploadedFile("roster.csv", b"x" * 1_100_000)
    response = Client().post("/graduates/import/", {"file": large})
    assert response.status_code == 413
    assert "We can take 1 MB at a time" in response.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "host",
    ["elsewhere.example.com", "portal.example.org.evil.example.com", "evil@portal.example.org",
     "portal.example.org:99999x", "127.0.0.1", "", "portal.example.org/../x", "[::1]"],
)  # fmt: skip
@pytest.mark.usefixtures("https")
def test_web_07_a_strange_host_is_turned_away(host: str) -> None:
    response = secure_client(host=host).get("/accounts/login/", secure=True)
    assert response.status_code == HTTPStatus.BAD_REQUEST


@pytest.mark.django_db
@pytest.mark.usefixtures("https")
def test_web_07_no_forwarded_host_is_believed() -> None:
    client = secure_client(**{"x-forwarded-host": "elsewhere.example.com"})
    body = client.get("/accounts/login/", secure=True).content.decode()
    assert "elsewhere.example.com" not in body


NEXT = (
    EVIL,
    "//elsewhere.example.com",
    "///elsewhere.example.com",
    "/\\elsewhere.example.com",
    "\\\\elsewhere.example.com",
    "https:elsewhere.example.com",
    "https:/elsewhere.example.com",
    "javascript:alert(1)",
    "data:text/html,x",
    " //elsewhere.example.com",
    "\t//elsewhere.example.com",
    "/%09/elsewhere.example.com",
    "//elsewhere.example.com%2f%2e%2e",
    "https://testserver@elsewhere.example.com",
    "https://testserver.elsewhere.example.com",
    "/\x00/elsewhere.example.com",
    "http://[::1]elsewhere.example.com",
)


def leads_away(location: str) -> bool:
    """Whether a browser would go elsewhere; it takes a backslash for a slash and drops blanks."""
    plain = location.strip().replace("\\", "/").replace("\t", "").replace("\n", "")
    here = plain.startswith("/") and not plain.startswith("//")
    return bool(plain) and not here and not plain.startswith(("http://testserver/", "?", "#"))


@pytest.fixture
def world(db: None) -> Iterator[World]:
    with one_world() as made:
        yield made


def test_web_07_no_redirect_leads_elsewhere(world: World, figure: Figure, many: Many) -> None:
    """`next` in the address and in the form, on everything that takes a form, for those it is for."""
    away, asked = {}, 0
    sessions = {person: world.session(person) for person in Person}
    for name, route in TABLE.items():
        person = min(route.opens_to, default=Person.VISITOR, key=lambda each: each.value)
        for wanted in random.Random(name).sample(NEXT, many(short=1, full=len(NEXT))):
            address = f"{world.address(name)}?next={quote(wanted)}"
            for method in route.methods[-many(short=1, full=2) :]:
                form = {"next": wanted, **world.form(name)} if method == "POST" else None
                response = ask(sessions[person], method, address, form)
                asked += 1
                if leads_away(response.headers.get("Location", "")):
                    away[name, method, wanted] = response.headers["Location"]
    assert away == {}
    figure(f"0 of {asked:,} answers lead elsewhere")


@pytest.mark.parametrize("wanted", NEXT)
def test_web_07_a_form_that_is_done_leads_nowhere_else(
    client: Client, wanted: str, db: None
) -> None:
    lead = build.role(program=build.program(), kind=Role.Kind.LEAD)
    person = build.graduate(program=lead.program)
    client.force_login(lead.user)
    address = reverse("graduate_take_over", args=[person.uid])

    told = client.post(address, {"next": wanted})
    language = client.post("/language/", {"language": "es", "next": wanted})

    assert (told.status_code, language.status_code) == (302, 302)
    assert not leads_away(told.headers["Location"])
    assert not leads_away(language.headers["Location"])
    # The neighbour: an address of our own is followed.
    assert client.post(address, {"next": "/inbox/"}).headers["Location"] == "/inbox/"


def test_web_07_every_form_needs_its_token(world: World, figure: Figure) -> None:
    """All that is posted, by those it is for: without the token nothing happens."""
    taken = {}
    for name, route in ROUTES.items():
        if "POST" not in route.methods:
            continue
        person = min(route.opens_to, default=Person.VISITOR, key=lambda each: each.value)
        client = Client(enforce_csrf_checks=True)
        client.cookies[portal_settings.SESSION_COOKIE_NAME] = world.session(person)
        response = client.post(world.address(name), world.form(name))
        is_refused = response.status_code == HTTPStatus.FORBIDDEN
        if is_refused == (name in WITHOUT_TOKEN):
            taken[name] = response.status_code
    assert taken == {}
    posted = sum("POST" in route.methods for route in ROUTES.values())
    figure(f"{posted - len(WITHOUT_TOKEN | SIGNED)} of {posted} posts need a token, 3 a signature")


def test_web_07_a_head_is_a_look(world: World) -> None:
    """HEAD and OPTIONS change nothing and tell no more than GET."""
    session = world.session(Person.LEAD)
    found = {
        name: ask(session, "OPTIONS", world.address(name)).status_code
        for name, route in ROUTES.items()
        if Person.LEAD in route.opens_to
    }
    assert set(found.values()) <= {HTTPStatus.METHOD_NOT_ALLOWED, HTTPStatus.FOUND}
