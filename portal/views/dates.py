"""Dates of a plan that go another way: left out, moved, paused; and reminders that come back."""

import uuid

from django.contrib import messages
from django.http import Http404, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from aftercare import access, changes, plan
from aftercare.models import Graduate
from portal.forms.plan import MoveForm, RestForm
from portal.http import INVALID, Request, member, once, page
from portal.views.plan import actor_for, back_to


@member
@once
@require_http_methods(["GET", "HEAD", "POST"])
def date(request: Request, uid: uuid.UUID, recurrence_id: str) -> HttpResponseBase:
    """One date: leave it out, or (posted here) move it just this once."""
    commitment = access.commitment(standing=request.standing, uid=uid)
    graduate = commitment.graduate
    try:
        one = changes.coming_date(commitment=commitment, recurrence_id=recurrence_id, at=request.at)
    except plan.NoSuchOccurrence as error:
        raise Http404 from error
    local = one.starts_at.astimezone(plan.zone_of(commitment=commitment))
    form = MoveForm(request.POST or None, initial={"on": local.date(), "start_time": local.time()})
    if request.method == "POST" and form.is_valid():
        try:
            changes.move(
                commitment=commitment,
                recurrence_id=recurrence_id,
                **form.cleaned_data,
                actor=actor_for(request, graduate),
                at=request.at,
            )
        except changes.NotThen as fault:
            form.add_error(fault.field, str(fault))
        else:
            messages.success(request, _("This date is moved, just this once."))
            return redirect(back_to(request, graduate))
    context = {
        "commitment": commitment,
        "date": one,
        "form": form,
        "at": request.at,
        "back": back_to(request, graduate),
    }
    return page(request, "plan/date.html", context, status=INVALID if form.is_bound else 200)


@member
@once
@require_POST
def skip(request: Request, uid: uuid.UUID) -> HttpResponseBase:
    """Leave one date out."""
    return _change(request, uid, changes.skip, _("This date is left out."))


@member
@once
@require_POST
def put_back(request: Request, uid: uuid.UUID) -> HttpResponseBase:
    """Let one date be as usual again."""
    return _change(request, uid, changes.take_back, _("This date is as usual again."))


def _change(
    request: Request, uid: uuid.UUID, verb: changes.ChangeOfDate, done: str
) -> HttpResponseBase:
    commitment = access.commitment(standing=request.standing, uid=uid)
    graduate = commitment.graduate
    try:
        verb(
            commitment=commitment,
            recurrence_id=request.POST.get("recurrence_id", ""),
            actor=actor_for(request, graduate),
            at=request.at,
        )
    except plan.NoSuchOccurrence:
        messages.error(request, _("This date cannot be changed any more."))
    else:
        messages.success(request, done)
    return redirect(back_to(request, graduate))


@member
@once
@require_http_methods(["GET", "HEAD", "POST"])
def pause(request: Request, graduate_uid: uuid.UUID | None = None) -> HttpResponseBase:
    """Rest the plan, or one thing of it, for some days."""
    graduate = access.to_plan_for(standing=request.standing, uid=graduate_uid)
    rows = plan.commitments(graduate=graduate, at=request.at)
    form = RestForm(request.POST or None, rows=rows)
    if request.method == "POST" and form.is_valid():
        try:
            _pause(request, graduate, form)
        except changes.NotThen as fault:
            form.add_error(fault.field, str(fault))
        else:
            messages.success(request, _("Saved. Nothing on these days counts as missed."))
            return redirect(back_to(request, graduate))
    context = {
        "form": form,
        "graduate": graduate,
        "is_own": graduate in request.standing.graduates,
        "heading": _("Pause for some days"),
        "back": back_to(request, graduate),
    }
    return page(request, "plan/form.html", context, status=INVALID if form.is_bound else 200)


def _pause(request: Request, graduate: Graduate, form: RestForm) -> None:
    data = form.cleaned_data
    commitment = None
    if data["what"]:
        commitment = access.commitment(standing=request.standing, uid=uuid.UUID(data["what"]))
    changes.pause(
        graduate=graduate,
        commitment=commitment,
        first_on=data["first_on"],
        last_on=data["last_on"],
        actor=actor_for(request, graduate),
        at=request.at,
    )


@member
@once
@require_POST
def end_pause(request: Request, uid: uuid.UUID) -> HttpResponseBase:
    """Take a pause back."""
    row = access.plan_pause(standing=request.standing, uid=uid)
    graduate = row.graduate
    changes.end_pause(pause=row, actor=actor_for(request, graduate), at=request.at)
    messages.success(request, _("The pause is over. The plan is as usual again."))
    return redirect(back_to(request, graduate))


@member
@once
@require_POST
def remind_again(request: Request, uid: uuid.UUID) -> HttpResponseBase:
    """Bring reminders back that rest since something was kept for a year."""
    commitment = access.commitment(standing=request.standing, uid=uid)
    graduate = commitment.graduate
    changes.remind_again(commitment=commitment, actor=actor_for(request, graduate), at=request.at)
    messages.success(request, _("Reminders are on again."))
    return redirect(back_to(request, graduate))
