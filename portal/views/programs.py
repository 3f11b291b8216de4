"""Pages of a program's lead: settings, and who works there."""

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from aftercare import access, lane, programs
from aftercare.models import Invitation, Role
from notifications import text
from notifications.models import Program
from notifications.outbox import NoSender
from portal.forms.programs import ProgramForm, StaffForm
from portal.http import INVALID, Request, lead_only, once, page


@lead_only
@require_safe
def index(request: Request) -> HttpResponseBase:
    """The one program of a lead, or a choice of several."""
    led = request.standing.programs(Role.Kind.LEAD)
    if len(led) == 1:
        return redirect("program", uid=led[0].uid)
    return page(request, "programs/index.html", {"programs": led})


@lead_only
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@once
def settings(request: Request, uid: uuid.UUID) -> HttpResponseBase:
    """What a program sets for itself."""
    program = access.program_led(standing=request.standing, uid=uid)
    if request.method != "POST":
        return _settings_page(request, program, ProgramForm.of(program))
    form = ProgramForm(request.POST)
    if form.is_valid():
        try:
            programs.change(
                program=program,
                draft=form.draft(),
                actor=request.standing.actor(program),
                at=request.at,
            )
        except programs.NameTaken:
            form.add_error("name", _("Another program here has this name. Choose another one."))
        else:
            messages.success(request, _("Saved."))
            return redirect("program", uid=program.uid)
    return _settings_page(request, program, form, status=INVALID)


def _settings_page(
    request: Request, program: Program, form: ProgramForm, *, status: int = 200
) -> HttpResponseBase:
    context = {
        "program": program,
        "form": form,
        "counts": [_count(box.value() or "") for box in form.crisis()],
        "number": programs.number_of(program=program),
        "unpaged": lane.unpaged(standing=request.standing, program=program),
    }
    return page(request, "programs/settings.html", context, status=status)


def _count(body: str) -> text.Segments:
    return text.segments(text.plain(body))


@lead_only
@require_POST
def segments(request: Request) -> HttpResponseBase:
    """How many texts the words in a box make, while they are written; nothing is kept."""
    body = next(
        (request.POST[name] for name in ("crisis_en", "crisis_es") if name in request.POST), ""
    )
    return page(request, "programs/_segments.html", {"count": _count(body)})


@lead_only
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@once
def staff(request: Request, uid: uuid.UUID) -> HttpResponseBase:
    """Who works for a program; a colleague is invited by a link."""
    program = access.program_led(standing=request.standing, uid=uid)
    form = StaffForm(request.POST or None, initial={"kind": Role.Kind.COUNSELOR})
    link = ""
    if request.method == "POST" and form.is_valid():
        by_hand = form.cleaned_data["by_hand"]
        try:
            issued = programs.invite_staff(
                program=program,
                kind=form.cleaned_data["kind"],
                email=form.cleaned_data["email"],
                way=Invitation.Way.BY_HAND if by_hand else Invitation.Way.EMAIL,
                actor=request.standing.actor(program),
                at=request.at,
            )
        except NoSender as error:
            form.add_error(None, str(error))
        else:
            if not by_hand:
                messages.success(request, _("A mail with a link is on its way."))
                return redirect("program_staff", uid=program.uid)
            link = issued.link
    return _staff_page(request, program, form, link)


def _staff_page(request: Request, program: Program, form: StaffForm, link: str) -> HttpResponseBase:
    context: dict[str, Any] = {
        "program": program,
        "form": form,
        "link": link,
        "rows": programs.staff(program=program),
        "waiting": programs.open_invitations(program=program, at=request.at),
        "me": request.user.pk,
    }
    status = INVALID if form.is_bound and form.errors else 200
    return page(request, "programs/staff.html", context, status=status)


@lead_only
@require_POST
@once
def end_role(request: Request, uid: uuid.UUID, role_uid: uuid.UUID) -> HttpResponseBase:
    """End what a colleague may do here."""
    program = access.program_led(standing=request.standing, uid=uid)
    role = access.role_in(program=program, uid=role_uid)
    try:
        programs.end_role(role=role, actor=request.standing.actor(program), at=request.at)
    except programs.LastLead:
        messages.error(request, _("A program keeps at least one lead. Invite another one first."))
    else:
        messages.success(request, _("Done. This person has no access here any more."))
    return redirect("program_staff", uid=program.uid)
