"""The first page behind the log-in: Today for a graduate, the morning list for staff."""

from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from aftercare import access, cards, phones, plan, screenings
from portal.forms.plan import REASONS
from portal.http import Request, graduate_only, member, page
from portal.views import caseload, operations


@member
@require_safe
def home(request: Request) -> HttpResponseBase:
    """Lead everybody to their own first page."""
    if request.standing.is_staff:
        return caseload.morning(request)
    if request.standing.is_graduate:
        return today(request)
    if request.standing.is_operator:
        return operations.index(request)
    if access.is_leaving(standing=request.standing):
        return redirect("me_leaving")
    if request.standing.is_auditor:
        return redirect("records")
    if request.standing.shared:
        return redirect("shared")
    return render(request, "home/nothing_here.html", {"standing": request.standing})


@graduate_only
@require_safe
def today(request: Request) -> HttpResponseBase:
    """What is next, what is asked, and how the week goes."""
    graduate = access.own_graduate(standing=request.standing)
    context = {
        "graduate": graduate,
        "today": plan.today(graduate=graduate, at=request.at),
        "asks_card": cards.is_due(graduate=graduate, at=request.at),
        "silent_number": phones.silent_number(graduate=graduate, at=request.at),
        "monthly": screenings.sitting(
            graduate=graduate, language=get_language() or "en", at=request.at
        ),
        "at": request.at,
        "reasons": REASONS,
    }
    return page(request, "home/today.html", context)
