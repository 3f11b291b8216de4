"""My plan: the week, the commitments, and what became of each date. Staff come here for a graduate."""

import uuid
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.forms import Form
from django.http import Http404, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from aftercare import access, plan
from aftercare.models import Graduate
from aftercare.record import Actor
from portal.forms.plan import REASONS, CommitmentForm, MeetingForm, initial_of
from portal.http import INVALID, Request, graduate_only, member, once, page


@graduate_only
@require_safe
def week(request: Request) -> HttpResponseBase:
    """The week and the commitments of one's own plan."""
    graduate = access.own_graduate(standing=request.standing)
    context = {
        "week": plan.week(graduate=graduate, at=request.at),
        "commitments": plan.commitments(graduate=graduate, at=request.at),
        "pauses": plan.pauses(graduate=graduate, at=request.at),
        "at": request.at,
        "reasons": REASONS,
        "ended": _uid(request.GET.get("ended", "")),
    }
    return page(request, "plan/week.html", context)


@member
@once
@require_http_methods(["GET", "HEAD", "POST"])
def add(request: Request, graduate_uid: uuid.UUID | None = None) -> HttpResponseBase:
    """Add a commitment: one of the directory (`?meeting=slug`), or one typed in."""
    graduate = access.to_plan_for(standing=request.standing, uid=graduate_uid)
    slug = request.GET.get("meeting", "")
    if slug:
        return _add_meeting(request, graduate, slug)
    today = _today(request, graduate)
    initial = {"time_zone": graduate.time_zone, "starts_on": today}
    form = CommitmentForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        commitment = plan.add(
            graduate=graduate, draft=form.draft(), actor=actor_for(request, graduate), at=request.at
        )
        messages.success(request, _("Added to the plan."))
        return redirect(back_to(request, commitment.graduate))
    return _form(request, form, graduate, {"heading": _("Add to the plan")})


def _add_meeting(request: Request, graduate: Graduate, slug: str) -> HttpResponseBase:
    meeting = plan.listed_meeting(slug=slug)
    if meeting is None:
        raise Http404
    form = MeetingForm(request.POST or None, today=_today(request, graduate))
    if request.method == "POST" and form.is_valid():
        try:
            added = plan.add_meeting(
                graduate=graduate,
                meeting=meeting,
                actor=actor_for(request, graduate),
                at=request.at,
                **form.cleaned_data,
            )
        except plan.UnusableDraft as fault:
            form.add_error(None, str(fault))
        else:
            said = _("Added to the plan.") if added else _("It is in the plan already.")
            messages.success(request, said)
            return redirect(back_to(request, graduate))
    context = {"heading": _("Add this meeting to the plan"), "meeting": meeting}
    return _form(request, form, graduate, context)


@member
@once
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: Request, uid: uuid.UUID) -> HttpResponseBase:
    """Change one commitment from now on."""
    commitment = access.commitment(standing=request.standing, uid=uid)
    graduate = commitment.graduate
    form = CommitmentForm(request.POST or None, initial=initial_of(plan.draft_of(commitment)))
    if request.method == "POST" and form.is_valid():
        draft = form.draft(meeting=commitment.meeting)
        plan.change(
            commitment=commitment, draft=draft, actor=actor_for(request, graduate), at=request.at
        )
        messages.success(request, _("Your change is saved. It counts from now on."))
        return redirect(back_to(request, graduate))
    dates = plan.coming(commitment=commitment, at=request.at)
    context = {"heading": _("Change it"), "commitment": commitment, "dates": dates}
    context["at"] = request.at
    return _form(request, form, graduate, context)


@member
@once
@require_POST
def end(request: Request, uid: uuid.UUID) -> HttpResponseBase:
    """Take a commitment out of the plan; it can be brought back."""
    commitment = access.commitment(standing=request.standing, uid=uid)
    graduate = commitment.graduate
    plan.end(commitment=commitment, actor=actor_for(request, graduate), at=request.at)
    back = back_to(request, graduate)
    return redirect(f"{back}?ended={commitment.uid}" if back == reverse("plan") else back)


@member
@once
@require_POST
def restore(request: Request, uid: uuid.UUID) -> HttpResponseBase:
    """Bring a commitment back that was taken out."""
    commitment = access.commitment(standing=request.standing, uid=uid)
    graduate = commitment.graduate
    plan.restore(commitment=commitment, actor=actor_for(request, graduate), at=request.at)
    messages.success(request, _("It is back in the plan."))
    return redirect(back_to(request, graduate))


@member
@once
@require_POST
def answer(request: Request, uid: uuid.UUID) -> HttpResponseBase:
    """Say what became of one date."""
    commitment = access.commitment(standing=request.standing, uid=uid)
    graduate = commitment.graduate
    try:
        plan.answer(
            commitment=commitment,
            recurrence_id=request.POST.get("recurrence_id", ""),
            outcome=request.POST.get("outcome", ""),
            reason=request.POST.get("reason", ""),
            actor=actor_for(request, graduate),
            at=request.at,
        )
    except plan.NoSuchOccurrence as error:
        raise Http404 from error
    except plan.NotAnAnswer as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Saved. Thank you for telling us."))
    return redirect(back_to(request, graduate))


def actor_for(request: Request, graduate: Graduate) -> Actor:
    """Who acts on somebody's plan, in the role held in their program."""
    return request.standing.actor(graduate.program_id)


def _today(request: Request, graduate: Graduate) -> date:
    return request.at.astimezone(ZoneInfo(graduate.time_zone)).date()


def back_to(request: Request, graduate: Graduate) -> str:
    """Where the form came from, if it says so and it is ours; else the plan it is about."""
    wanted = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(wanted, allowed_hosts=None):
        return wanted
    if graduate in request.standing.graduates:
        return reverse("plan")
    return reverse("graduate", args=[graduate.uid])


def _form(
    request: Request, form: Form, graduate: Graduate, context: dict[str, Any]
) -> HttpResponseBase:
    shared = {
        "form": form,
        "graduate": graduate,
        "is_own": graduate in request.standing.graduates,
        "back": back_to(request, graduate),
    }
    status = INVALID if form.is_bound else 200
    return page(request, "plan/form.html", {**shared, **context}, status=status)


def _uid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
