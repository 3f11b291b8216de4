"""How long a log-in lasts: shorter for staff, longer on a phone that is nobody else's."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from aftercare import access
from notifications import clock

GetResponse = Callable[[HttpRequest], HttpResponse]

OWN_DEVICE = "own_device"
SHARED_PHONE = "shared_phone"
# On a phone that others see, a page is looked at for so long before the PIN is asked again.
PIN_HOLDS = timedelta(minutes=2)
_OPENED = "pin_at"
_BEGAN, _SEEN = "began_at", "seen_at"
# Writing the last sight once a minute keeps most page views free of a write.
_SEEN_STEP = timedelta(minutes=1)


@dataclass(frozen=True)
class Limits:
    """How long a log-in lasts while nothing is done, and at most."""

    idle: timedelta
    longest: timedelta


STAFF = Limits(idle=timedelta(minutes=15), longest=timedelta(hours=8))
GRADUATE = Limits(idle=timedelta(minutes=30), longest=timedelta(hours=12))
SHARED = Limits(idle=timedelta(minutes=10), longest=timedelta(hours=1))
OWN = Limits(idle=timedelta(days=14), longest=timedelta(days=14))


class SessionLimits:
    """Ends log-ins that are over; tells the rest of the request whether the person is staff."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        # Pages that stand without a database have nobody logged in, so nothing is asked of it here.
        if request.user.is_authenticated:
            is_staff = access.holds_role(user=request.user, at=clock.now())
            request.holds_role = is_staff  # type: ignore[attr-defined]
            self._limit(request, is_staff=is_staff, now=clock.real())
        return self.get_response(request)

    def _limit(self, request: HttpRequest, *, is_staff: bool, now: datetime) -> None:
        limits = limits_of(request.session, is_staff=is_staff)
        if _is_over(request.session, limits=limits, now=now):
            logout(request)
            messages.info(request, _("You were signed out to keep your page private."))
        else:
            _mark(request.session, now=now)


def limits_of(session: SessionBase, *, is_staff: bool) -> Limits:
    """The limits of a log-in; staff cannot stay logged in on any device."""
    if is_staff:
        return STAFF
    if session.get(SHARED_PHONE):
        return SHARED
    return OWN if session.get(OWN_DEVICE) else GRADUATE


def set_own_device(session: SessionBase, *, is_own: bool) -> None:
    """Remember whether this phone or computer is the person's own, and keep the cookie as long."""
    session[OWN_DEVICE] = is_own
    session.set_expiry(OWN.longest if is_own else 0)


def needs_pin(session: SessionBase, *, is_shared: bool, now: datetime) -> bool:
    """Whether a page asks for the PIN first; each page that is opened in time starts the time anew."""
    if bool(session.get(SHARED_PHONE)) != is_shared:
        session[SHARED_PHONE] = is_shared
        if is_shared:
            set_own_device(session, is_own=False)
    if not is_shared:
        return False
    opened = _instant(session, _OPENED)
    if opened is None or now - opened > PIN_HOLDS:
        return True
    open_with_pin(session, now=now)
    return False


def began_at(session: SessionBase) -> datetime | None:
    """When this log-in began; None before its first page."""
    return _instant(session, _BEGAN)


def open_with_pin(session: SessionBase, *, now: datetime) -> None:
    """The right PIN was typed, or a page was opened while it held."""
    session[_OPENED] = now.timestamp()


def _is_over(session: SessionBase, *, limits: Limits, now: datetime) -> bool:
    began, seen = _instant(session, _BEGAN), _instant(session, _SEEN)
    if began is None or seen is None:
        return False
    return now - seen > limits.idle or now - began > limits.longest


def _mark(session: SessionBase, *, now: datetime) -> None:
    if _instant(session, _BEGAN) is None:
        session[_BEGAN] = now.timestamp()
    seen = _instant(session, _SEEN)
    if seen is None or now - seen >= _SEEN_STEP:
        session[_SEEN] = now.timestamp()


def _instant(session: SessionBase, key: str) -> datetime | None:
    stamp = session.get(key)
    return datetime.fromtimestamp(stamp, tz=UTC) if isinstance(stamp, int | float) else None
