"""Shared dates: see who is expected, call one off in two steps, take that back; and holidays."""

import uuid

from django.contrib import messages
from django.http import Http404, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from aftercare import access, broadcasts, groups, holidays, plan
from aftercare.groups import SharedDate
from aftercare.models import Role
from notifications import outbox
from notifications.models import Program
from portal.forms.broadcasts import HolidayForm, NoteForm
from portal.http import INVALID, Request, groups_only, lead_only, once, page


def _programs(request: Request) -> list[Program]:
    return request.standing.programs(Role.Kind.LEAD, Role.Kind.COUNSELOR, Role.Kind.COORDINATOR)


@groups_only
@never_cache
@require_safe
def index(request: Request) -> HttpResponseBase:
    """The shared dates of the next two weeks, and what was called off."""
    programs = _programs(request)
    context = {
        "dates": groups.upcoming(programs=programs, at=request.at),
        "recent": broadcasts.recent(programs=programs, at=request.at),
        "at": request.at,
    }
    return page(request, "broadcasts/index.html", context)


@groups_only
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@once
def call_off(request: Request, uid: uuid.UUID, recurrence_id: str) -> HttpResponseBase:
    """Who is expected; a sentence to add; then what would leave; then it leaves."""
    date = _date(request, uid, recurrence_id)
    form = NoteForm(request.POST or None)
    step = request.POST.get("step", "") if form.is_valid() else ""
    note = form.cleaned_data["note"] if step else ""
    if step == "send":
        return _send(request, date, note)
    preview = broadcasts.preview(date=date, note=note, at=request.at)
    names = access.names_for(standing=request.standing, program=date.program)
    context = {
        "date": date,
        "form": form,
        "preview": preview,
        "expected": [(names.get(one.graduate.pk, ""), one) for one in preview.going],
        "is_checked": step == "look",
        "at": request.at,
    }
    return page(
        request,
        "broadcasts/call_off.html",
        context,
        status=INVALID if form.is_bound and not step else 200,
    )


def _date(request: Request, uid: uuid.UUID, recurrence_id: str) -> SharedDate:
    try:
        return groups.find(
            programs=_programs(request), uid=uid, recurrence_id=recurrence_id, at=request.at
        )
    except plan.NoSuchOccurrence as error:
        raise Http404 from error


def _send(request: Request, date: SharedDate, note: str) -> HttpResponseBase:
    try:
        broadcasts.call_off(
            date=date, note=note, actor=request.standing.actor(date.program), at=request.at
        )
    except plan.NoSuchOccurrence:
        messages.error(request, _("Somebody else has called this off already."))
    except outbox.NoSender as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Called off. You have two minutes to take it back."))
    return redirect("broadcasts")


@groups_only
@require_POST
@once
def take_back(request: Request, uid: uuid.UUID) -> HttpResponseBase:
    """Let a date be on again."""
    found = broadcasts.of(programs=_programs(request), uid=uid, at=request.at)
    if found is None:
        raise Http404
    done = broadcasts.take_back(
        broadcast=found, actor=request.standing.actor(found.program), at=request.at
    )
    if done.told:
        words = _(
            "On again for %(restored)s. The text had left to %(told)s already: please call them."
        )
        messages.warning(request, words % {"restored": done.restored, "told": done.told})
    else:
        messages.success(request, _("It is on again, and nobody was told otherwise."))
    return redirect("broadcasts")


@lead_only
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@once
def holidays_of(request: Request, uid: uuid.UUID) -> HttpResponseBase:
    """The holidays of a program, and one more."""
    program = access.program_led(standing=request.standing, uid=uid)
    form = HolidayForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            holidays.add(
                program=program,
                **form.cleaned_data,
                actor=request.standing.actor(program),
                at=request.at,
            )
        except holidays.NotAHoliday as fault:
            form.add_error("last_on", str(fault))
        else:
            messages.success(request, _("Saved. Nothing of yours is planned on these days."))
            return redirect("program_holidays", uid=program.uid)
    context = {
        "program": program,
        "form": form,
        "rows": holidays.of(program=program, at=request.at),
    }
    status = INVALID if form.is_bound else 200
    return page(request, "programs/holidays.html", context, status=status)


@lead_only
@require_POST
@once
def remove_holiday(request: Request, uid: uuid.UUID, holiday_uid: uuid.UUID) -> HttpResponseBase:
    """Let things happen on these days after all."""
    program = access.program_led(standing=request.standing, uid=uid)
    holidays.remove(
        holiday=access.holiday_in(program=program, uid=holiday_uid),
        actor=request.standing.actor(program),
        at=request.at,
    )
    messages.success(request, _("Taken out. Plans are as usual on these days."))
    return redirect("program_holidays", uid=program.uid)
