"""Entries of the directory by the hand of staff: what visitors report, and what is added or corrected."""

import uuid

from django.contrib import messages
from django.http import Http404, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from aftercare import closing
from aftercare.directory import closures, editing, reports, search
from aftercare.models import Role
from notifications.models import Program
from portal.forms.meetings import ClosureForm, EntryForm, NewEntryForm
from portal.http import INVALID, Request, groups_only, once, page

# So many are offered at once; the next ones follow as these are done.
MOST_UNSURE = 25


def _program(request: Request) -> Program:
    """In whose name staff act on a directory that all programs share."""
    kinds = (Role.Kind.LEAD, Role.Kind.COUNSELOR, Role.Kind.COORDINATOR)
    return request.standing.programs(*kinds)[0]


@groups_only
@never_cache
@require_safe
def waiting(request: Request) -> HttpResponseBase:
    """What visitors say is wrong, the oldest first."""
    unsure = editing.unconfirmed()
    context = {
        "reports": reports.waiting(),
        "unsure": unsure[:MOST_UNSURE],
        "unsure_count": unsure.count(),
        "at": request.at,
    }
    return page(request, "meetings/reports.html", context)


@groups_only
@require_POST
@once
def settle(request: Request, uid: uuid.UUID) -> HttpResponseBase:
    """Somebody looked into a report."""
    program = _program(request)
    actor = request.standing.actor(program)
    try:
        reports.settle(uid=uid, program=program, actor=actor, at=request.at)
    except reports.NoSuchReport as error:
        raise Http404 from error
    messages.success(request, _("Done. It is off the list."))
    return redirect("meeting_reports")


@groups_only
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@once
def add(request: Request) -> HttpResponseBase:
    """Add a meeting that no feed has."""
    program = _program(request)
    form = NewEntryForm(request.POST or None, initial={"timezone": program.time_zone})
    if form.is_valid():
        meeting = editing.add(
            draft=form.draft(),
            fellowship=form.cleaned_data["fellowship"],
            timezone=form.cleaned_data["timezone"],
            program=program,
            actor=request.standing.actor(program),
            at=request.at,
        )
        messages.success(request, _("Added to the list of meetings."))
        return redirect("meeting", slug=meeting.slug)
    status = INVALID if form.is_bound else 200
    return page(request, "meetings/edit.html", {"form": form}, status=status)


@groups_only
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@once
def change(request: Request, slug: str) -> HttpResponseBase:
    """Correct one entry; it stays so whatever its feed says."""
    found = search.detail(slug=slug, at=request.at)
    if found is None:
        raise Http404
    program = _program(request)
    form = EntryForm(request.POST or None, initial=editing.values_of(meeting=found.meeting))
    if form.is_valid():
        editing.change(
            meeting=found.meeting,
            draft=form.draft(),
            program=program,
            actor=request.standing.actor(program),
            at=request.at,
        )
        messages.success(request, _("Saved. It stays so, whatever the group's list says."))
        return redirect("meeting", slug=slug)
    status = INVALID if form.is_bound else 200
    context = {"form": form, "meeting": found.meeting}
    return page(request, "meetings/edit.html", context, status=status)


@groups_only
@require_POST
@once
def every_week(request: Request, slug: str) -> HttpResponseBase:
    """Say that a meeting is held every week, whatever its notes sound like."""
    found = search.detail(slug=slug, at=request.at)
    if found is None:
        raise Http404
    program = _program(request)
    actor = request.standing.actor(program)
    editing.meets_every_week(meeting=found.meeting, program=program, actor=actor, at=request.at)
    messages.success(request, _("Noted: it meets every week."))
    return redirect("meeting_reports")


@groups_only
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@once
def close(request: Request, slug: str) -> HttpResponseBase:
    """Close a meeting, or all at its address, for some days; and what is closed already."""
    found = search.detail(slug=slug, at=request.at)
    if found is None:
        raise Http404
    form = ClosureForm(request.POST or None)
    if form.is_valid():
        program = _program(request)
        closing.close(
            meeting=found.meeting,
            program=program,
            actor=request.standing.actor(program),
            at=request.at,
            **form.cleaned_data,
        )
        messages.success(request, _("Closed for these days."))
        return redirect("meeting_close", slug=slug)
    context = {
        "form": form,
        "meeting": found.meeting,
        "closures": closures.coming(meeting=found.meeting, at=request.at),
    }
    return page(request, "meetings/close.html", context, status=INVALID if form.is_bound else 200)


@groups_only
@require_POST
@once
def reopen(request: Request, uid: uuid.UUID) -> HttpResponseBase:
    """Take days back on which a meeting was to be closed."""
    program = _program(request)
    try:
        meeting = closing.reopen(
            uid=uid, program=program, actor=request.standing.actor(program), at=request.at
        )
    except closing.NoSuchClosure as error:
        raise Http404 from error
    messages.success(request, _("Open again."))
    return redirect("meeting_close", slug=meeting.slug)
