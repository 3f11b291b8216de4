"""Pages of the safety lane: what is open for staff, and what a program settles for it."""

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from aftercare import access, alarms, duty, lane, phones, programs, resources, strangers
from aftercare.models import Duty
from notifications.models import Program
from notifications.outbox import NoSender
from portal.forms.safety import DoneForm, DutyForm, WhoseForm
from portal.http import INVALID, Request, lead_only, once, page, staff_only


@staff_only
@never_cache
@require_safe
def index(request: Request) -> HttpResponseBase:
    """Everything that may not wait, with its clock."""
    context = {
        "items": lane.items(standing=request.standing),
        "unpaged": lane.unpaged(standing=request.standing),
        "at": request.at,
    }
    return page(request, "safety/index.html", context)


@staff_only
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@once
def item(request: Request, uid: uuid.UUID) -> HttpResponseBase:
    """One item: what was said, where to call, and the form that ends it."""
    form = DoneForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        row = lane.alarm(standing=request.standing, uid=uid)
        alarms.close(
            alarm=row,
            outcome=form.cleaned_data["outcome"],
            note=form.cleaned_data["note"],
            resumes=form.cleaned_data["resumes"],
            actor=request.standing.actor(row.program_id),
            at=request.at,
        )
        messages.success(request, _("Written down. Thank you."))
        return redirect("safety")
    context = {
        "story": lane.open_story(standing=request.standing, uid=uid, at=request.at),
        "form": form,
        "at": request.at,
    }
    return page(request, "safety/item.html", context, status=INVALID if form.errors else 200)


@staff_only
@require_POST
@once
def take(request: Request, uid: uuid.UUID) -> HttpResponseBase:
    """I have it: no more pages leave."""
    row = lane.alarm(standing=request.standing, uid=uid)
    alarms.acknowledge(alarm=row, actor=request.standing.actor(row.program_id), at=request.at)
    messages.success(request, _("It is yours. Nobody else is paged."))
    return redirect("safety_item", uid=uid)


@staff_only
@require_POST
@once
def resume(request: Request, uid: uuid.UUID) -> HttpResponseBase:
    """Planned texts go on."""
    row = lane.alarm(standing=request.standing, uid=uid)
    alarms.resume(alarm=row, actor=request.standing.actor(row.program_id), at=request.at)
    messages.success(request, _("Planned texts go on."))
    return redirect("safety")


@staff_only
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@once
def whose(request: Request, uid: uuid.UUID) -> HttpResponseBase:
    """Whose number a text came from, once somebody has heard the person."""
    question = strangers.ask(standing=request.standing, reply=uid)
    form = WhoseForm(request.POST or None, people=question.people)
    if request.method == "POST" and form.is_valid():
        try:
            person = strangers.attach(
                standing=request.standing,
                reply=uid,
                graduate=uuid.UUID(form.cleaned_data["graduate"]),
                is_heard=form.cleaned_data["is_heard"],
                at=request.at,
            )
        except phones.SameNumber:
            form.add_error("graduate", _("This person has that number already."))
        else:
            messages.success(request, _("The number is on file. Ask again what we may text to it."))
            return redirect("graduate", uid=person.uid)
    context = {"question": question, "form": form}
    return page(request, "safety/whose.html", context, status=INVALID if form.errors else 200)


# What a program settles


@lead_only
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@once
def settings(request: Request, uid: uuid.UUID) -> HttpResponseBase:
    """Whether danger pages anybody, what is missing for it, and who is on the list."""
    program = access.program_led(standing=request.standing, uid=uid)
    form = DutyForm(request.POST or None, roles=programs.carers(program=program))
    if request.method == "POST" and form.is_valid():
        actor = request.standing.actor(program)
        try:
            duty.add(
                role=form.chosen(), number=form.cleaned_data["phone"], actor=actor, at=request.at
            )
        except NoSender as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("A test is on its way to that phone."))
            return redirect("program_safety", uid=program.uid)
    context: dict[str, Any] = {
        "program": program,
        "form": form,
        "lane": duty.lane_of(program=program),
        "lacks": duty.lacks(program=program),
        "people": duty.people(program=program),
        "stale": resources.stale(at=request.at),
        "at": request.at,
    }
    return page(request, "safety/settings.html", context, status=INVALID if form.errors else 200)


@lead_only
@require_POST
@once
def approve(request: Request, uid: uuid.UUID) -> HttpResponseBase:
    """The crisis texts were read and are right."""
    program = access.program_led(standing=request.standing, uid=uid)
    try:
        duty.approve_words(program=program, actor=request.standing.actor(program), at=request.at)
    except duty.NotReady as error:
        messages.error(request, str(error.lacks[0]))
    else:
        messages.success(request, _("The words are approved."))
    return redirect("program_safety", uid=uid)


@lead_only
@require_POST
@once
def switch(request: Request, uid: uuid.UUID) -> HttpResponseBase:
    """Switch paging on, or off where it is on."""
    program = access.program_led(standing=request.standing, uid=uid)
    actor = request.standing.actor(program)
    if duty.is_on(program=program):
        duty.switch_off(program=program, actor=actor, at=request.at)
        messages.success(request, _("Off. Nobody is paged."))
        return redirect("program_safety", uid=uid)
    try:
        duty.switch_on(program=program, actor=actor, at=request.at)
    except duty.NotReady as error:
        for lack in error.lacks:
            messages.error(request, str(lack))
    else:
        alarms.page_open_ones(program=program, at=request.at)
        messages.success(request, _("On. Danger now pages who is on call."))
    return redirect("program_safety", uid=uid)


@lead_only
@require_POST
@once
def test_phone(request: Request, uid: uuid.UUID, duty_uid: uuid.UUID) -> HttpResponseBase:
    """Send another test."""
    program, row = _listed(request, uid, duty_uid)
    duty.send_test(row=row, at=request.at)
    messages.success(request, _("A test is on its way to that phone."))
    return redirect("program_safety", uid=program.uid)


@lead_only
@require_POST
@once
def put_on_call(request: Request, uid: uuid.UUID, duty_uid: uuid.UUID) -> HttpResponseBase:
    """From now on this person is paged first."""
    program, row = _listed(request, uid, duty_uid)
    duty.put_on_call(row=row, actor=request.standing.actor(program), at=request.at)
    messages.success(request, _("Done. This person is paged first."))
    return redirect("program_safety", uid=program.uid)


@lead_only
@require_POST
@once
def end(request: Request, uid: uuid.UUID, duty_uid: uuid.UUID) -> HttpResponseBase:
    """Take somebody off the list."""
    program, row = _listed(request, uid, duty_uid)
    duty.end(row=row, actor=request.standing.actor(program), at=request.at)
    messages.success(request, _("Done. This person is not paged any more."))
    return redirect("program_safety", uid=program.uid)


def _listed(request: Request, uid: uuid.UUID, duty_uid: uuid.UUID) -> tuple[Program, Duty]:
    program = access.program_led(standing=request.standing, uid=uid)
    return program, duty.listed(program=program, uid=duty_uid)
