"""Lists of many people: ask for one with a reason, agree to a colleague's, fetch one's own once."""

import uuid

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from aftercare import exports
from aftercare.models import Role
from portal.forms.exports import ExportForm
from portal.http import INVALID, Request, fresh_log_in, lead_only, once, page, staff_only


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def index(request: Request) -> HttpResponseBase:
    """What was asked for, and the form that asks; asking needs a fresh log-in."""
    return _ask(request) if request.method == "POST" else _show(request, _form(request))


def _form(request: Request) -> ExportForm:
    programs = request.standing.programs(Role.Kind.COUNSELOR, Role.Kind.LEAD)
    return ExportForm(request.POST or None, programs=programs)


def _show(request: Request, form: ExportForm, *, status: int = 200) -> HttpResponseBase:
    context = {
        "form": form,
        "lists": exports.listed(standing=request.standing),
        "most": exports.MOST_ALONE,
        "led": [role.program_id for role in request.standing.roles if role.kind == Role.Kind.LEAD],
        "at": request.at,
    }
    return page(request, "exports/index.html", context, status=status)


@fresh_log_in
@once
def _ask(request: Request) -> HttpResponseBase:
    form = _form(request)
    if not form.is_valid():
        return _show(request, form, status=INVALID)
    programs = request.standing.programs(Role.Kind.COUNSELOR, Role.Kind.LEAD)
    chosen = form.cleaned_data["program"]
    program = next(one for one in programs if str(one.uid) == chosen)
    try:
        exports.ask(
            standing=request.standing,
            program=program,
            reason=form.cleaned_data["reason"],
            at=request.at,
        )
    except exports.NothingToExport:
        messages.info(request, _("Nobody is on this list."))
    return redirect("exports")


@lead_only
@require_POST
def approve(request: Request, uid: uuid.UUID) -> HttpResponseBase:
    """Be the second person for a large list."""
    exports.to_approve(standing=request.standing, uid=uid)
    return _approve(request, uid)


@fresh_log_in
@once
def _approve(request: Request, uid: uuid.UUID) -> HttpResponseBase:
    try:
        exports.approve(standing=request.standing, uid=uid, at=request.at)
    except exports.OwnExport:
        messages.error(request, _("Somebody else has to agree to your own list."))
    except exports.NotOpen:
        messages.info(request, _("This list needs no second person any more."))
    return redirect("exports")


@staff_only
@require_POST
def fetch(request: Request, uid: uuid.UUID) -> HttpResponseBase:
    """The list, once, after showing once more who one is."""
    exports.to_fetch(standing=request.standing, uid=uid)
    return _fetch(request, uid)


@fresh_log_in
def _fetch(request: Request, uid: uuid.UUID) -> HttpResponseBase:
    try:
        sheet = exports.fetch(standing=request.standing, uid=uid, at=request.at)
    except exports.NotOpen:
        messages.error(request, _("This list cannot be fetched now. Ask for a new one."))
        return redirect("exports")
    response = HttpResponse(sheet, content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = 'attachment; filename="list.csv"'
    return response
