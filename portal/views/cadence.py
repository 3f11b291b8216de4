"""How often people hear from the program: one person's calendar, absences, and the templates of a program."""

import uuid
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import Http404, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from aftercare import access, cadences, coverage, diary, preferences, touches, upcoming
from aftercare.models import CheckIn, Graduate, Track
from notifications.models import Program
from portal.forms.cadence import AwayForm, MoveForm, TemplateForm, ToughDayForm
from portal.forms.preferences import CheckInsForm, PauseForm
from portal.http import INVALID, Request, lead_only, member, once, page, staff_only
from portal.views.plan import actor_for

# What a form on the calendar does: the form with its errors, or None once it is done.
Deed = Callable[[Request, Graduate], Form | None]


@member
@never_cache
@once
@require_http_methods(["GET", "HEAD", "POST"])
def calendar(request: Request, graduate_uid: uuid.UUID | None = None) -> HttpResponseBase:
    """What will be sent to somebody, and everything by which that can be changed (`?deed=`)."""
    graduate = access.to_plan_for(standing=request.standing, uid=graduate_uid)
    if request.method != "POST":
        return _calendar_page(request, graduate, {})
    name = request.GET.get("deed", "often")
    if name not in _DEEDS:
        raise Http404
    invalid = _DEEDS[name](request, graduate)
    if invalid is not None:
        return _calendar_page(request, graduate, {name: invalid})
    return redirect(_address(request, graduate))


def _is_own(request: Request, graduate: Graduate) -> bool:
    return graduate in request.standing.graduates


def _address(request: Request, graduate: Graduate) -> str:
    if _is_own(request, graduate):
        return reverse("cadence")
    return reverse("graduate_cadence", args=[graduate.uid])


def _calendar_page(
    request: Request, graduate: Graduate, bound: dict[str, Form]
) -> HttpResponseBase:
    is_past_year = preferences.is_past_year(graduate=graduate, at=request.at)
    is_own = _is_own(request, graduate)
    forms = {
        "often": CheckInsForm.of(graduate=graduate, is_past_year=is_past_year, is_own=is_own),
        "pause": PauseForm(),
        "tough": ToughDayForm(),
        "move": MoveForm(),
    }
    context = {
        "graduate": graduate,
        "is_own": is_own,
        "is_paused": graduate.status == Graduate.Status.PAUSED,
        "coming": upcoming.coming(graduate=graduate, at=request.at),
        "tough_days": touches.tough_days(graduate=graduate, at=request.at),
        "forms": {**forms, **bound},
        "at": request.at,
        "back": reverse("checkins") if is_own else reverse("graduate", args=[graduate.uid]),
    }
    return page(request, "cadence/calendar.html", context, status=INVALID if bound else 200)


def _choose(request: Request, graduate: Graduate) -> Form | None:
    form = CheckInsForm(
        request.POST,
        graduate=graduate,
        is_past_year=preferences.is_past_year(graduate=graduate, at=request.at),
        is_own=_is_own(request, graduate),
    )
    if not form.is_valid():
        return form
    actor = actor_for(request, graduate)
    preferences.set_check_ins(graduate=graduate, **form.choices(), actor=actor, at=request.at)
    diary.replan(graduate=graduate, at=request.at)
    messages.success(request, _("Saved. The calendar shows what now comes."))
    return None


def _pause(request: Request, graduate: Graduate) -> Form | None:
    form = PauseForm(request.POST)
    if not form.is_valid():
        return form
    try:
        preferences.pause(
            graduate=graduate,
            until=form.cleaned_data["until"],
            actor=actor_for(request, graduate),
            at=request.at,
        )
    except preferences.BadPause:
        form.add_error("until", _("Choose a day from today on, at most 90 days ahead."))
        return form
    messages.success(request, _("Paused. Nothing counts as missed."))
    return None


def _resume(request: Request, graduate: Graduate) -> Form | None:
    preferences.resume(graduate=graduate, actor=actor_for(request, graduate), at=request.at)
    messages.success(request, _("The pause is over."))
    return None


def _tough(request: Request, graduate: Graduate) -> Form | None:
    form = ToughDayForm(request.POST)
    if not form.is_valid():
        return form
    try:
        touches.expect_tough_day(
            graduate=graduate,
            **form.cleaned_data,
            actor=actor_for(request, graduate),
            at=request.at,
        )
    except touches.NotADayAhead:
        form.add_error("on", _("Choose a day from today on, within a year, that is not there yet."))
        return form
    messages.success(request, _("Saved. There is a text before that day, and a hello after it."))
    return None


def _forget(request: Request, graduate: Graduate) -> Form | None:
    touches.forget_tough_day(
        graduate=graduate, uid=_uid(request), actor=actor_for(request, graduate), at=request.at
    )
    messages.success(request, _("Taken out."))
    return None


def _leave_out(request: Request, graduate: Graduate) -> Form | None:
    row = upcoming.find(graduate=graduate, uid=_uid(request))
    actor = actor_for(request, graduate)
    if isinstance(row, CheckIn):
        diary.leave_out(check_in=row, actor=actor, at=request.at)
    else:
        touches.leave_out(touch=row, actor=actor, at=request.at)
    messages.success(request, _("It is left out, and does not count as missed."))
    return None


def _move(request: Request, graduate: Graduate) -> Form | None:
    form = MoveForm(request.POST)
    row = upcoming.find(graduate=graduate, uid=_uid(request))
    if not form.is_valid() or not isinstance(row, CheckIn):
        return form
    actor = actor_for(request, graduate)
    try:
        diary.move(check_in=row, on=form.cleaned_data["on"], actor=actor, at=request.at)
    except diary.NotThen:
        form.add_error(
            "on", _("Choose a day from tomorrow on, within four weeks, without another one.")
        )
        return form
    messages.success(request, _("Moved, just this once."))
    return None


def _uid(request: Request) -> uuid.UUID:
    try:
        return uuid.UUID(request.POST.get("uid", ""))
    except ValueError as error:
        raise Http404 from error


_DEEDS: dict[str, Deed] = {
    "often": _choose,
    "pause": _pause,
    "resume": _resume,
    "tough": _tough,
    "forget": _forget,
    "leave_out": _leave_out,
    "move": _move,
}


# Absences


@staff_only
@never_cache
@once
@require_http_methods(["GET", "HEAD", "POST"])
def away(request: Request) -> HttpResponseBase:
    """Who is away, and who reads meanwhile."""
    counselors = coverage.counselors_for(standing=request.standing)
    form = AwayForm(
        request.POST or None,
        counselors=counselors,
        colleagues=coverage.colleagues_for(standing=request.standing),
    )
    if request.method == "POST" and form.is_valid():
        absence = form.absence()
        actor = request.standing.actor(absence["counselor"].program_id)
        try:
            coverage.add(**absence, actor=actor, at=request.at)
        except coverage.NotAway as fault:
            form.add_error(None, str(fault))
        else:
            messages.success(request, _("Saved. Texts say who reads meanwhile."))
            return redirect("away")
    rows = coverage.coming(standing=request.standing, at=request.at)
    context = {"form": form, "rows": rows, "mine": counselors, "at": request.at}
    return page(request, "cadence/away.html", context, status=INVALID if form.is_bound else 200)


@staff_only
@once
@require_POST
def back(request: Request, uid: uuid.UUID) -> HttpResponseBase:
    """Back again: an absence ends, or is taken back."""
    absence = coverage.one(standing=request.standing, uid=uid)
    actor = request.standing.actor(absence.counselor.program_id)
    coverage.end(absence=absence, actor=actor, at=request.at)
    messages.success(request, _("Saved. Your graduates are with you."))
    return redirect("away")


# Templates


@lead_only
@never_cache
@once
@require_http_methods(["GET", "HEAD", "POST"])
def templates(request: Request, uid: uuid.UUID) -> HttpResponseBase:
    """How often a program asks, for every track or (`?track=`) for one of them."""
    program = access.program_led(standing=request.standing, uid=uid)
    track = _track(request)
    if request.method != "POST":
        held = cadences.in_force(program=program, track=track)
        return _templates_page(request, program, track, TemplateForm.of(held))
    if "reset" in request.POST:
        actor = request.standing.actor(program)
        cadences.reset(program=program, track=track, actor=actor, at=request.at)
        messages.success(request, _("Saved. It goes by the usual again."))
        return redirect(_template_address(program, track))
    form = TemplateForm(request.POST)
    if form.is_valid() and _set_template(request, program, track, form):
        messages.success(request, _("Saved. What was planned is planned anew."))
        return redirect(_template_address(program, track))
    return _templates_page(request, program, track, form, status=INVALID)


def _track(request: Request) -> str:
    track = request.GET.get("track", cadences.EVERY_TRACK)
    if track not in (cadences.EVERY_TRACK, *Track.values):
        raise Http404
    return track


def _tracks() -> list[tuple[str, str]]:
    return [(value, str(capfirst(label))) for value, label in Track.choices]


def _template_address(program: Program, track: str) -> str:
    address = reverse("program_cadence", args=[program.uid])
    return f"{address}?track={track}" if track else address


def _set_template(request: Request, program: Program, track: str, form: TemplateForm) -> bool:
    try:
        cadences.change(
            program=program,
            track=track,
            template=form.template(),
            actor=request.standing.actor(program),
            at=request.at,
        )
    except cadences.UnusableTemplate as fault:
        form.add_error("until_0" if fault.field == "steps" else fault.field, str(fault.words))
        return False
    return True


def _templates_page(
    request: Request, program: Program, track: str, form: TemplateForm, *, status: int = 200
) -> HttpResponseBase:
    own = cadences.own_tracks(program=program)
    tabs: list[dict[str, Any]] = [
        {
            "label": label,
            "href": _template_address(program, value),
            "is_current": value == track,
            "count": "✓" if value in own else "",
        }
        for value, label in [(cadences.EVERY_TRACK, _("Every track")), *_tracks()]
    ]
    held = cadences.in_force(program=program, track=track)
    context = {
        "program": program,
        "track": track,
        "form": form,
        "tabs": tabs,
        "is_own": cadences.own(program=program, track=track) is not None,
        "sample": cadences.sample(template=held),
    }
    return page(request, "cadence/templates.html", context, status=status)
