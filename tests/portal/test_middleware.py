"""Headers of every response, and the zone and language of who asks."""

import pytest
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.test import Client
from django.urls import path
from django.utils import timezone, translation

from portal import urls
from portal.middleware import HEADERS
from tests import build


@login_not_required
def tell(request: HttpRequest) -> JsonResponse:
    """What a page would be written in."""
    return JsonResponse(
        {"zone": timezone.get_current_timezone_name(), "language": translation.get_language()}
    )


@login_not_required
def break_down(request: HttpRequest) -> HttpResponse:
    """A page with a mistake in it."""
    raise ValueError


urlpatterns = [*urls.urlpatterns, path("tell/", tell), path("break/", break_down)]
handler500 = urls.handler500

pytestmark = pytest.mark.urls(__name__)


@pytest.fixture
def visitor() -> Client:
    return Client(raise_request_exception=False)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/help-now/", 200),
        ("/static/css/tokens.css", 200),
        ("/plan/", 302),
        ("/no-such-page/", 404),
        ("/exit/", 405),
        ("/break/", 500),
    ],
)
def test_headers_are_on_every_response(visitor: Client, address: str, status: int) -> None:
    response = visitor.get(address)
    response.close()

    assert response.status_code == status
    assert {name: response.headers.get(name) for name in HEADERS} == HEADERS


def test_headers_are_on_a_request_for_a_strange_host(visitor: Client) -> None:
    response = visitor.get("/help-now/", headers={"host": "elsewhere.example.com"})

    assert response.status_code == 400
    assert response.headers["Content-Security-Policy"] == HEADERS["Content-Security-Policy"]


def test_policy_allows_nothing_inline_and_nothing_from_elsewhere() -> None:
    directives = dict(part.split(" ", 1) for part in HEADERS["Content-Security-Policy"].split("; "))

    assert directives["default-src"] == "'none'"
    assert directives["script-src"] == "'self'"
    assert directives["style-src"] == "'self'"
    assert set(" ".join(directives.values()).split()) == {"'none'", "'self'", "data:"}
    assert directives["img-src"] == "'self' data:"


@pytest.mark.django_db
def test_pages_of_a_log_in_are_in_no_cache(client: Client) -> None:
    client.force_login(build.user())

    page = client.get("/privacy/")
    stylesheet = client.get("/static/css/tokens.css")
    stylesheet.close()

    assert page.headers["Cache-Control"] == "no-store"
    assert "no-store" not in stylesheet.headers.get("Cache-Control", "")


@pytest.mark.django_db
def test_pages_of_a_visitor_may_be_kept(client: Client) -> None:
    assert "no-store" not in client.get("/privacy/").headers.get("Cache-Control", "")


@pytest.mark.django_db
def test_log_out_clears_what_the_browser_kept(client: Client) -> None:
    client.force_login(build.user())

    before = client.get("/privacy/")
    after = client.post("/accounts/logout/")

    assert "Clear-Site-Data" not in before.headers
    assert after.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert after.headers["Cache-Control"] == "no-store"


@pytest.mark.django_db
def test_page_is_in_the_zone_and_language_of_the_person(client: Client) -> None:
    user = build.user(language="es")
    user.time_zone = "America/Phoenix"
    user.save()
    client.force_login(user)

    response = client.get("/tell/", headers={"accept-language": "en"})

    assert response.json() == {"zone": "America/Phoenix", "language": "es"}
    assert response.headers["Content-Language"] == "es"


@pytest.mark.django_db
def test_zone_of_one_person_is_not_the_next_ones(client: Client) -> None:
    user = build.user()
    user.time_zone = "America/Phoenix"
    user.save()
    client.force_login(user)
    client.get("/tell/")

    assert Client().get("/tell/").json() == {"zone": settings.TIME_ZONE, "language": "en"}


@pytest.mark.django_db
@pytest.mark.parametrize("zone", ["Mars/Olympus", "../etc/passwd", ""])
def test_unknown_zone_falls_back(client: Client, zone: str) -> None:
    user = build.user()
    user.time_zone = zone
    user.save()
    client.force_login(user)

    assert client.get("/tell/").json()["zone"] == settings.TIME_ZONE


@pytest.mark.django_db
def test_unknown_language_falls_back_to_the_browsers(client: Client) -> None:
    client.force_login(build.user(language="tlh"))

    response = client.get("/tell/", headers={"accept-language": "es"})

    assert response.json()["language"] == "es"
