"""Requests as the views see them: typed, with a standing, guarded by role, taken in once."""

import uuid
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from functools import wraps
from typing import Any, cast
from urllib.parse import quote
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django_htmx.middleware import HtmxDetails

from aftercare import access, record
from aftercare.models import Role
from notifications import clock
from portal import proofs, sessions
from portal.models import User

ONCE = "_once"
INVALID = 422

View = Callable[..., HttpResponseBase]


class Request(HttpRequest):
    """A request of a logged-in person; `at` is its one instant and `standing` what the person may do."""

    user: User
    htmx: HtmxDetails
    at: datetime
    standing: access.Standing


def _guard(
    allowed: Callable[[access.Standing], bool], *, is_locked: bool = True
) -> Callable[[View], View]:
    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            asked = cast(Request, request)
            asked.at = clock.now()
            is_looking = asked.method in ("GET", "HEAD")
            asked.standing = access.roles_of(user=asked.user, at=asked.at, is_looking=is_looking)
            if not allowed(asked.standing):
                raise _refusal(asked)
            if _needs_pin(asked) and is_locked:
                return redirect(f"{reverse('pin')}?next={quote(asked.get_full_path())}")
            try:
                with _zone_of(asked):
                    return view(asked, *args, **kwargs)
            except (access.NotYours, Http404) as error:
                raise _refusal(asked) from error

        return guarded

    return decorate


def _refusal(request: Request) -> Http404:
    """What is not yours is not there, for whoever asks; that they asked is on record."""
    match = request.resolver_match
    ids = match.kwargs.values() if match else ()
    uid = next((value for value in ids if isinstance(value, uuid.UUID)), None)
    name = match.url_name if match and match.url_name else ""
    access.note_denial(standing=request.standing, thing=name, uid=uid)
    return Http404()


def _needs_pin(request: Request) -> bool:
    """Whether others may hold this phone; what was written meanwhile is taken in all the same."""
    if not request.standing.is_graduate or request.standing.is_staff:
        return False
    is_asked = sessions.needs_pin(
        request.session, is_shared=request.standing.is_on_shared_phone, now=clock.real()
    )
    return is_asked and request.method != "POST"


def _zone_of(request: Request) -> AbstractContextManager[None]:
    """Times are in the chosen zone (see PersonalSettings), else in the one where the person belongs."""
    zone = "" if request.user.time_zone else request.standing.time_zone
    return timezone.override(ZoneInfo(zone)) if zone else nullcontext()


member = _guard(lambda standing: True)
graduate_only = _guard(lambda standing: standing.is_graduate)
# The page that asks for the PIN cannot stand behind it.
before_pin = _guard(lambda standing: standing.is_graduate, is_locked=False)
staff_only = _guard(lambda standing: standing.is_staff)
groups_only = _guard(lambda standing: standing.is_staff or standing.is_coordinator)
lead_only = _guard(lambda standing: standing.is_lead)
# Feeds are the installation's, so whoever leads a program or runs the installation may look after them.
FEED_ROLES = (Role.Kind.LEAD, Role.Kind.OPERATOR)
feeds_only = _guard(lambda standing: standing.is_lead or standing.is_operator)
operator_only = _guard(lambda standing: standing.is_operator)
# Records beyond a caseload, which are read only.
records_only = _guard(lambda standing: standing.is_staff or standing.is_auditor)


def fresh_log_in(view: View) -> View:
    """Open a view only within five minutes of a log-in, or of showing once more who one is.

    For e-mail, phone, second steps, exports, and breaking the glass. Put it under the role decorator.
    The demo's made-up people have nothing to show.
    """

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if settings.DEMO or proofs.is_fresh(request=request, at=clock.real()):
            return view(request, *args, **kwargs)
        return proofs.ask(request=request)

    return guarded


def once(view: View) -> View:
    """Take a posted form in once: the second of two clicks lands where the first one led and changes nothing.

    The form carries `{% once %}`. A view answers a form with errors by status 422, which frees its key again.
    Put it under the role decorator.
    """

    @wraps(view)
    def taken_once(request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
        key = _key(request)
        if key is None:
            return view(request, *args, **kwargs)
        with transaction.atomic():
            submission = record.take_in(key=key, user=request.user, at=request.at)
            if submission is None:
                return _after_repeat(key=key, request=request)
            response = view(request, *args, **kwargs)
            if response.status_code >= 400:
                transaction.set_rollback(True)
            else:
                record.lead_to(submission=submission, location=response.headers.get("Location", ""))
        return response

    return taken_once


def is_taken_in(request: HttpRequest) -> bool:
    """Whether the form on the page was sent already, so that a draft of it comes too late."""
    key = _key(request)
    return key is not None and record.is_taken_in(key=key)


def _key(request: HttpRequest) -> uuid.UUID | None:
    try:
        return uuid.UUID(request.POST.get(ONCE, "")) if request.method == "POST" else None
    except ValueError:
        return None


def _after_repeat(*, key: uuid.UUID, request: Request) -> HttpResponseBase:
    location = record.location_of(key=key)
    return redirect(location) if location else HttpResponse(status=204)


def page(
    request: HttpRequest,
    template: str,
    context: dict[str, Any] | None = None,
    *,
    fragment: str = "",
    status: int = 200,
) -> HttpResponse:
    """Render a page, or only its fragment template where htmx asked for a part of it."""
    details = getattr(request, "htmx", None)
    name = (
        fragment
        if fragment and details and not details.boosted and not details.history_restore_request
        else template
    )
    return render(request, name, context or {}, status=status)
