"""What a lead watches: records opened in need, emergencies, worries from outside, audits."""

import uuid
from datetime import datetime, time, timedelta

from django import forms
from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from aftercare import glass, grants, inspections, oversight, worries
from aftercare.models import GlassBreak, Worry
from portal.forms.trust import InspectionForm, ReviewForm, WorryDoneForm
from portal.http import INVALID, Request, lead_only, once, page


@lead_only
@never_cache
@require_safe
def index(request: Request) -> HttpResponseBase:
    """The list."""
    return _list(request)


def _list(request: Request, bound: forms.Form | None = None, of: object = "") -> HttpResponseBase:
    """The list, each row with a form of its own; the one that has errors stands in its place."""
    seen = oversight.read(standing=request.standing, at=request.at)

    def form_of(kind: type[forms.Form], uid: uuid.UUID) -> forms.Form:
        return bound if bound is not None and uid == of else kind(auto_id=f"{uid}_%s")

    context = {
        "oversight": seen,
        "breaks": [(one, form_of(ReviewForm, one.row.uid)) for one in seen.breaks],
        "worries": [(row, form_of(WorryDoneForm, row.uid)) for row in seen.worries],
        "at": request.at,
    }
    return page(request, "oversight/index.html", context, status=200 if bound is None else INVALID)


@lead_only
@never_cache
@require_POST
@once
def review(request: Request, uid: uuid.UUID) -> HttpResponseBase:
    """Write down what was found about a record opened in need."""
    row = grants.glass_break(standing=request.standing, uid=uid)
    form = ReviewForm(request.POST)
    if not form.is_valid():
        return _list(request, form, of=row.uid)
    data = form.cleaned_data
    try:
        glass.review(
            row=row,
            outcome=GlassBreak.Outcome(data["outcome"]),
            note=data["note"],
            tells=data["tells"],
            actor=request.standing.actor(row.graduate.program_id),
            at=request.at,
        )
    except glass.OwnReview:
        messages.error(request, _("Another lead reviews what you opened yourself."))
    except glass.AlreadyReviewed:
        messages.info(request, _("Somebody has reviewed this already."))
    else:
        messages.success(request, _("Written down."))
    return redirect("oversight")


@lead_only
@never_cache
@require_POST
@once
def seen(request: Request, uid: uuid.UUID) -> HttpResponseBase:
    """An emergency was looked at."""
    row = grants.emergency(standing=request.standing, uid=uid)
    actor = request.standing.actor(row.graduate.program_id if row.graduate else None)
    oversight.see_emergency(row=row, actor=actor, at=request.at)
    return redirect("oversight")


@lead_only
@never_cache
@require_POST
@once
def worry(request: Request, uid: uuid.UUID) -> HttpResponseBase:
    """Settle what somebody from outside wrote; a name makes it a task."""
    row = grants.worry(standing=request.standing, uid=uid)
    form = WorryDoneForm(request.POST)
    graduate = None
    if form.is_valid() and form.cleaned_data["who"]:
        try:
            graduate = grants.find_one(standing=request.standing, who=form.cleaned_data["who"])
        except grants.NotOne:
            form.add_error("who", _("This fits nobody, or several. Write the full name."))
    if not form.is_valid():
        return _list(request, form, of=row.uid)
    worries.handle(
        row=row,
        outcome=Worry.Outcome(form.cleaned_data["outcome"]),
        graduate=graduate,
        actor=request.standing.actor(row.program_id),
        at=request.at,
    )
    messages.success(request, _("Written down."))
    return redirect("oversight")


@lead_only
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@once
def audit(request: Request) -> HttpResponseBase:
    """Let an auditor read named records until a day."""
    roles = oversight.auditors(standing=request.standing)
    form = InspectionForm(request.POST or None, roles=roles)
    if request.method == "POST" and form.is_valid() and _granted(request, form):
        messages.success(request, _("Open until the day you set."))
        return redirect("oversight")
    status = INVALID if request.method == "POST" else 200
    return page(request, "oversight/audit.html", {"form": form, "roles": roles}, status=status)


def _granted(request: Request, form: InspectionForm) -> bool:
    data = form.cleaned_data
    midnight = datetime.combine(data["last_on"] + timedelta(days=1), time())
    try:
        inspections.grant(
            role=form.chosen,
            graduates=oversight.named(
                standing=request.standing, role=form.chosen, lines=data["names"]
            ),
            purpose=data["purpose"],
            agreement=data["agreement"],
            until=timezone.make_aware(midnight),
            actor=request.standing.actor(form.chosen.program),
            at=request.at,
        )
    except oversight.NotFound as error:
        fits_nobody = _("“%(line)s” fits nobody, or several.") % {"line": error.line}
        form.add_error("names", fits_nobody)
        return False
    except inspections.NoAgreement:
        form.add_error("last_on", _("Choose a day from today on."))
        return False
    return True


@lead_only
@never_cache
@require_POST
@once
def end_audit(request: Request, uid: uuid.UUID) -> HttpResponseBase:
    """The auditor sees nothing of it from now on."""
    row = grants.inspection(standing=request.standing, uid=uid)
    actor = request.standing.actor(row.role.program)
    inspections.end(row=row, actor=actor, at=request.at)
    messages.success(request, _("Ended."))
    return redirect("oversight")
