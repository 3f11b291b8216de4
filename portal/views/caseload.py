"""This morning, and the caseload: who needs a counselor, and everyone the counselor answers for."""

import uuid

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from aftercare import access, caseload, digest, handover, lane, workload
from aftercare import morning as mornings
from aftercare.models import Role
from portal.forms.caseload import ALL, FilterForm, GiveForm
from portal.http import Request, lead_only, once, page, staff_only
from portal.views.staff import back, uids


@staff_only
@require_safe
def morning(request: Request) -> HttpResponseBase:
    """Everybody who needs somebody today, worked on in place."""
    standing = request.standing
    sees_both = standing.is_counselor and standing.is_lead
    shows_all = not standing.is_counselor or (sees_both and request.GET.get("whose") == ALL)
    found = mornings.read(
        standing=standing,
        at=request.at,
        mine_only=not shows_all,
        today=timezone.localdate(request.at),
        page=request.GET.get("page", "1"),
    )
    access.note_looks(standing=standing, uids=found.shown, page="morning")
    context = {
        "morning": found,
        "sees_both": sees_both,
        "shows_all": shows_all,
        "unpaged": lane.unpaged(standing=standing),
        "wants_digest": digest.is_wanted(standing=standing),
        "at": request.at,
    }
    return page(request, "caseload/morning.html", context, fragment="caseload/_morning.html")


@staff_only
@require_safe
def index(request: Request) -> HttpResponseBase:
    """The ranked list, narrowed as the address says."""
    standing = request.standing
    counselors = list(handover.counselors(standing=standing)) if standing.is_lead else []
    form = FilterForm(
        request.GET,
        programs=standing.programs(Role.Kind.COUNSELOR, Role.Kind.LEAD),
        counselors=counselors,
        is_lead=standing.is_lead,
        is_counselor=standing.is_counselor,
    )
    filters = form.filters()
    context = {
        "listing": caseload.rows(standing=standing, at=request.at, filters=filters),
        "form": form,
        "give": GiveForm(counselors=counselors, auto_id="give-%s") if counselors else None,
        "filters": filters,
        "show_counselor": not filters.mine_only,
        "at": request.at,
    }
    return page(request, "caseload/index.html", context, fragment="caseload/_rows.html")


@staff_only
@once
@require_POST
def choose_digest(request: Request) -> HttpResponseBase:
    """Turn the mail of the morning on or off."""
    wanted = request.POST.get("wanted") == "yes"
    digest.choose(standing=request.standing, wanted=wanted, at=request.at)
    said = _("From the next morning on, a mail comes at 8:15.") if wanted else _("No more mail.")
    messages.success(request, said)
    return back(request)


@lead_only
@require_safe
def balance(request: Request) -> HttpResponseBase:
    """Who carries how much, and what was given to somebody else lately."""
    counselors = list(handover.counselors(standing=request.standing))
    loads = workload.balance(standing=request.standing, at=request.at)
    context = {
        "loads": loads,
        "show_program": len({load.program for load in loads}) > 1,
        "handovers": handover.recent(standing=request.standing, at=request.at),
        "give": GiveForm(counselors=counselors) if len(counselors) > 1 else None,
        "at": request.at,
    }
    return page(request, "caseload/balance.html", context)


@lead_only
@once
@require_POST
def give(request: Request) -> HttpResponseBase:
    """Give the ticked graduates to a counselor."""
    form = _give_form(request)
    chosen = uids(request, "graduate")
    if not chosen or not form.is_valid():
        messages.error(request, _("Tick somebody, and choose who looks after them."))
        return back(request)
    came = handover.give(
        standing=request.standing, graduates=chosen, to=form.cleaned_data["to"], at=request.at
    )
    return _given(request, came)


@lead_only
@once
@require_POST
def give_all(request: Request, uid: uuid.UUID) -> HttpResponseBase:
    """Give everybody of one counselor to another."""
    form = _give_form(request)
    if not form.is_valid():
        messages.error(request, _("Choose who looks after them."))
        return redirect("caseload_balance")
    came = handover.give_all(
        standing=request.standing, of=uid, to=form.cleaned_data["to"], at=request.at
    )
    return _given(request, came)


def _give_form(request: Request) -> GiveForm:
    return GiveForm(request.POST, counselors=list(handover.counselors(standing=request.standing)))


def _given(request: Request, came: int) -> HttpResponseBase:
    said = ngettext("%(count)d person moved.", "%(count)d people moved.", came)
    messages.success(request, said % {"count": came})
    return redirect("caseload_balance")


@lead_only
@once
@require_POST
def take_back(request: Request) -> HttpResponseBase:
    """Undo: these graduates go back to whom they were with."""
    back_again = handover.take_back(
        standing=request.standing, uids=uids(request, "assignment"), at=request.at
    )
    said = ngettext("%(count)d person is back.", "%(count)d people are back.", back_again)
    messages.success(request, said % {"count": back_again})
    return redirect("caseload_balance")
