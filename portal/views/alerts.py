"""A program's alerts: how many a week, how they ended, and where the line for a call stands."""

import uuid

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from aftercare import access
from aftercare.engagement import calibration
from aftercare.models import Outreach
from portal.forms.alerts import AlertsForm
from portal.http import INVALID, Request, lead_only, once, page


@lead_only
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@once
def show(request: Request, uid: uuid.UUID) -> HttpResponseBase:
    """The budget of alerts, what became of the last ones, and the line."""
    program = access.program_led(standing=request.standing, uid=uid)
    initial = {"per_fifty": calibration.alerts_per_fifty(program=program)}
    form = AlertsForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        calibration.set_alerts(
            program=program,
            per_fifty=form.cleaned_data["per_fifty"],
            actor=request.standing.actor(program),
            at=request.at,
        )
        messages.success(request, _("Saved."))
        return redirect("program_alerts", uid=program.uid)
    outcomes = calibration.of_program(program=program, at=request.at)
    context = {
        "program": program,
        "form": form,
        "line": calibration.standing(program=program, at=request.at),
        "outcomes": outcomes,
        "parts": _parts(outcomes),
    }
    return page(request, "programs/alerts.html", context, status=INVALID if form.is_bound else 200)


def _parts(outcomes: calibration.Outcomes) -> str:
    """ "9 reached, 5 planned for later"."""
    words = dict(Outreach.Outcome.choices)
    ordered = sorted(outcomes.counts.items(), key=lambda pair: (-pair[1], pair[0]))
    return ", ".join(f"{count} {words[outcome]}" for outcome, count in ordered)


@lead_only
@require_POST
@once
def move(request: Request, uid: uuid.UUID) -> HttpResponseBase:
    """Move the line where the outcomes have it."""
    program = access.program_led(standing=request.standing, uid=uid)
    try:
        calibration.move(program=program, actor=request.standing.actor(program), at=request.at)
    except calibration.NothingToMove:
        messages.info(request, _("There is no reason to move the line now."))
    else:
        messages.success(request, _("The line has moved."))
    return redirect("program_alerts", uid=program.uid)
