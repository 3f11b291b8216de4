"""How an account ends: by the person, or by staff who were asked to; and the days to stay after all."""

import uuid

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from aftercare import access, leaving
from aftercare.record import Actor
from portal.http import Request, fresh_log_in, graduate_only, member, once, page, staff_only


@graduate_only
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@fresh_log_in
@once
def leave(request: Request) -> HttpResponseBase:
    """Say what leaving means, and leave."""
    graduate = access.own_graduate(standing=request.standing)
    if request.method != "POST":
        context = {"graduate": graduate, "days": leaving.grace_days()}
        return page(request, "leaving/leave.html", context)
    actor = request.standing.actor(graduate.program_id)
    leaving.leave(graduate=graduate, actor=actor, at=request.at)
    return redirect("me_leaving")


@member
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@once
def undo(request: Request) -> HttpResponseBase:
    """Until when one may stay after all; and stay."""
    if request.standing.is_graduate:
        return redirect("me")
    departure = access.own_departure(standing=request.standing)
    if request.method != "POST":
        return page(request, "leaving/leaving.html", {"departure": departure, "at": request.at})
    actor = Actor(user=request.user, role="graduate")
    leaving.stay(departure=departure, actor=actor, at=request.at)
    messages.success(request, _("Welcome back. Your account stays as it was."))
    return redirect("home")


@staff_only
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@once
def of_graduate(request: Request, uid: uuid.UUID) -> HttpResponseBase:
    """End an account for somebody who lives by text and asked for it, or keep it after all."""
    graduate = access.graduate_of_caseload(standing=request.standing, uid=uid)
    departure = leaving.departure_of(graduate=graduate)
    if request.method != "POST":
        context = {
            "graduate": graduate,
            "departure": departure,
            "days": leaving.grace_days(),
            "at": request.at,
        }
        return page(request, "leaving/of_graduate.html", context)
    actor = request.standing.actor(graduate.program_id)
    if departure is not None:
        leaving.stay(departure=departure, actor=actor, at=request.at)
        messages.success(request, _("The account stays as it was."))
    else:
        try:
            leaving.leave(graduate=graduate, actor=actor, at=request.at)
        except leaving.AlreadyOver:
            messages.info(request, _("This account has ended before."))
    return redirect("graduate_leave", uid=graduate.uid)
