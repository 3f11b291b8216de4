"""Where a graduate went: meetings kept at hand, "I went", the log, and a proof to print."""

import uuid
from datetime import datetime

from django.contrib import messages
from django.http import Http404, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from aftercare import access, saved, visits
from aftercare.directory import search
from aftercare.directory.search import Detail
from portal.http import Request, graduate_only, once, page, staff_only

# What a proof may show; nothing else of a line is on it.
SHOWS = ("name", "first_name", "title", "place", "time", "signature")


@graduate_only
@require_safe
def kept(request: Request) -> HttpResponseBase:
    """The meetings kept at hand, what is next first."""
    graduate = access.own_graduate(standing=request.standing)
    context = {"kept": saved.shelf(graduate=graduate, at=request.at), "at": request.at}
    return page(request, "meetings/saved.html", context)


@graduate_only
@require_POST
@once
def keep(request: Request, slug: str) -> HttpResponseBase:
    """Keep a meeting at hand, or no longer."""
    graduate = access.own_graduate(standing=request.standing)
    meeting = _detail(slug, request.at).meeting
    if request.POST.get("keep") == "0":
        saved.drop(graduate=graduate, meeting=meeting)
    else:
        saved.keep(graduate=graduate, meeting=meeting, at=request.at)
    return redirect("meeting", slug=slug)


@graduate_only
@require_POST
@once
def went(request: Request, slug: str) -> HttpResponseBase:
    """Say that one went, with the code that was read out there if the person has it."""
    graduate = access.own_graduate(standing=request.standing)
    detail = _detail(slug, request.at)
    try:
        visits.went(
            graduate=graduate,
            detail=detail,
            code=request.POST.get("code", ""),
            actor=request.standing.actor(graduate.program_id),
            at=request.at,
        )
    except visits.WrongCode:
        messages.error(
            request, _("This is not the code of this date, or it is too late for it. Ask again.")
        )
    except visits.NotOver:
        messages.error(request, _("This meeting has not been in the last seven days."))
    else:
        messages.success(request, _("Good that you went. It is in your log."))
    return redirect("meeting", slug=slug)


@graduate_only
@never_cache
@require_safe
def log(request: Request) -> HttpResponseBase:
    """Everything one went to, to look back on and to choose a proof from."""
    graduate = access.own_graduate(standing=request.standing)
    lines = visits.log(graduate=graduate, at=request.at)
    return page(request, "attendance/log.html", {"lines": lines, "at": request.at})


@graduate_only
@never_cache
@require_safe
def proof(request: Request) -> HttpResponseBase:
    """The lines that the person chose, and of each only what the person chose, to print."""
    graduate = access.own_graduate(standing=request.standing)
    chosen = set(request.GET.getlist("line"))
    lines = visits.log(graduate=graduate, at=request.at)
    context = {
        "lines": [line for line in reversed(lines) if line.key in chosen],
        "shows": {name: name in request.GET.getlist("show") for name in SHOWS},
        "graduate": graduate,
        "at": request.at,
    }
    return page(request, "attendance/proof.html", context)


@graduate_only
@require_POST
@once
def take_back(request: Request, uid: uuid.UUID) -> HttpResponseBase:
    """Take back what one said oneself."""
    graduate = access.own_graduate(standing=request.standing)
    actor = request.standing.actor(graduate.program_id)
    try:
        visits.take_back(graduate=graduate, uid=uid, actor=actor, at=request.at)
    except visits.NoSuchLine as error:
        raise access.NotYours from error
    messages.success(request, _("Taken back."))
    return redirect("attendance")


@staff_only
@never_cache
@require_safe
def log_of(request: Request, uid: uuid.UUID) -> HttpResponseBase:
    """Where a graduate of the caseload went, for staff who can vouch for it."""
    graduate = access.graduate_of_caseload(standing=request.standing, uid=uid)
    context = {
        "graduate": graduate,
        "lines": visits.log(graduate=graduate, at=request.at),
        "at": request.at,
    }
    return page(request, "attendance/log_of.html", context)


@staff_only
@require_POST
@once
def sign(request: Request, uid: uuid.UUID) -> HttpResponseBase:
    """Vouch for one line: it is printed as signed, with one's name."""
    graduate = access.graduate_of_caseload(standing=request.standing, uid=uid)
    actor = request.standing.actor(graduate.program_id)
    try:
        visits.sign(graduate=graduate, key=request.POST.get("line", ""), actor=actor, at=request.at)
    except visits.NoSuchLine as error:
        raise access.NotYours from error
    messages.success(request, _("Signed."))
    return redirect("graduate_attendance", uid=uid)


def _detail(slug: str, at: datetime) -> Detail:
    found = search.detail(slug=slug, at=at)
    if found is None:
        raise Http404
    return found
