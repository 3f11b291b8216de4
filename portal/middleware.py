"""What every response carries, and the language and time zone of the person who asked."""

from collections.abc import Callable
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.template.loader import get_template
from django.utils import timezone, translation

from portal.models import User

# These pages answer while the database is away, so whoever asks is a stranger to them.
WITHOUT_SESSION = frozenset({"/help-now/", "/crisis/", "/sw.js"})

# The one page with a map.
MAP_PATH = "/meetings/"

# A policy of constants needs no library: nothing inline, nothing from elsewhere, no exception anywhere.
# `data:` pictures are the QR codes of log-in apps.
CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "worker-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
)
PERMISSIONS_POLICY = ", ".join(
    (
        "geolocation=(self)",
        "publickey-credentials-create=(self)",
        "publickey-credentials-get=(self)",
        "clipboard-write=(self)",
        "browsing-topics=()",
        "camera=()",
        "display-capture=()",
        "microphone=()",
        "payment=()",
        "usb=()",
    )
)


def _with_tiles(policy: str, tiles: str) -> str:
    """The policy with the pictures of an operator's own choice under the map."""
    parts = urlsplit(tiles.replace("{s}", "*"))
    return policy.replace("img-src 'self'", f"img-src 'self' {parts.scheme}://{parts.netloc}")


HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Permissions-Policy": PERMISSIONS_POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}

GetResponse = Callable[[HttpRequest], HttpResponse]


def _too_large(request: HttpRequest) -> HttpResponse | None:
    """An answer to a body beyond the cap, of which nothing is read; files count, too."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    size = int(length) if length.isascii() and length.isdecimal() else 0
    if size <= (settings.DATA_UPLOAD_MAX_MEMORY_SIZE or size):
        return None
    with translation.override(translation.get_language_from_request(request)):
        # Rendered without the request: nobody has logged in yet, and nothing has been looked up.
        return HttpResponse(get_template("413.html").render(), status=413)


class SecurityHeaders:
    """Outermost, so that static files, redirects and errors carry the same headers as pages."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path in WITHOUT_SESSION:
            request.COOKIES.pop(settings.SESSION_COOKIE_NAME, None)
        response = _too_large(request) or self.get_response(request)
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        if settings.SECURE_HSTS_SECONDS and request.is_secure():
            # Django's own says it on pages alone, and not where it turns a strange host away.
            response.headers["Strict-Transport-Security"] = (
                f"max-age={settings.SECURE_HSTS_SECONDS}; includeSubDomains; preload"
            )
        if settings.MAP_TILES and request.path == MAP_PATH:
            policy = _with_tiles(CONTENT_SECURITY_POLICY, settings.MAP_TILES)
            response.headers["Content-Security-Policy"] = policy
        self._keep_private(request, response)
        return response

    def _keep_private(self, request: HttpRequest, response: HttpResponse) -> None:
        """No copy of a page behind a log-in stays in a cache, and none of anything after log-out."""
        cookie = response.cookies.get(settings.SESSION_COOKIE_NAME)
        if cookie is not None and not cookie.value:
            response.headers.setdefault("Clear-Site-Data", '"cache", "storage"')
        is_static = request.path.startswith(settings.STATIC_URL)
        if (
            settings.SESSION_COOKIE_NAME in request.COOKIES or cookie is not None
        ) and not is_static:
            response.headers["Cache-Control"] = "no-store"


class PersonalSettings:
    """Innermost: from here on, times and words are in the zone and language of the logged-in person."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user = request.user
        if not isinstance(user, User):
            with timezone.override(None):
                return self.get_response(request)
        if user.language and user.language in dict(settings.LANGUAGES):
            translation.activate(user.language)
            request.LANGUAGE_CODE = translation.get_language() or settings.LANGUAGE_CODE
        with timezone.override(zone_of(user)):
            return self.get_response(request)


def zone_of(user: User | AnonymousUser) -> ZoneInfo | None:
    """The zone a person chose, where the reader is somebody."""
    return user.zone if isinstance(user, User) else None
