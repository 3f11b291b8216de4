"""Check-ins on the web: answer the open one, look back on the others."""

import uuid

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from aftercare import access, checkins, safety, tones, trends
from portal.forms.checkins import CheckInForm
from portal.http import INVALID, Request, graduate_only, once, page


@graduate_only
@require_safe
def index(request: Request) -> HttpResponseBase:
    """The open check-in, and one's own answers over time."""
    graduate = access.own_graduate(standing=request.standing)
    rows = checkins.history(graduate=graduate)
    context = {
        "open": checkins.open_for(graduate=graduate, at=request.at),
        "trends": trends.trends(rows=rows, zone=graduate.time_zone),
        "told": trends.told(rows=rows),
        "at": request.at,
    }
    return page(request, "checkins/index.html", context)


@graduate_only
@once
@require_http_methods(["GET", "HEAD", "POST"])
def one(request: Request, uid: uuid.UUID) -> HttpResponseBase:
    """Answer one check-in, in any order, as much of it as one likes."""
    check_in = access.own_check_in(standing=request.standing, uid=uid)
    form = CheckInForm(
        request.POST or None,
        codes=check_in.questions,
        initial=checkins.values_of(check_in=check_in),
    )
    if request.method == "POST" and form.is_valid():
        is_done = checkins.answer_all(
            check_in=check_in, values=form.answers(), door="web", at=request.at
        )
        messages.success(
            request,
            _("Thank you. Your answers are saved.")
            if is_done
            else _("Saved so far. You can answer the rest any time."),
        )
        if tones.wants_offer(check_in=check_in, at=request.at):
            return redirect("checkin_offer", uid=check_in.uid)
        return redirect("home")
    status = INVALID if form.is_bound else 200
    return page(request, "checkins/one.html", {"form": form, "check_in": check_in}, status=status)


@graduate_only
@once
@require_http_methods(["GET", "HEAD", "POST"])
def offer(request: Request, uid: uuid.UUID) -> HttpResponseBase:
    """After hard answers: company tonight, a call, or not now."""
    check_in = access.own_check_in(standing=request.standing, uid=uid)
    if request.method == "POST":
        safety.ask_for_call(graduate=check_in.graduate, at=request.at)
        messages.success(request, _("We will phone you as soon as somebody is there."))
        return redirect("home")
    return page(request, "checkins/offer.html", {"check_in": check_in})
