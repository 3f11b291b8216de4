"""Records beyond the caseload, to be read only: opened in need for an hour, or named for an audit."""

import uuid

from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from aftercare import glass, grants, profile
from portal.forms.trust import GlassForm
from portal.http import INVALID, Request, fresh_log_in, page, records_only, staff_only
from portal.views.staff import until_of


@staff_only
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@fresh_log_in
def break_glass(request: Request) -> HttpResponseBase:
    """Say whose record has to be opened, and why.

    It has no key against a second click: a search that found nobody must be kept, and within the
    hour the first opening holds.
    """
    form = GlassForm(request.POST or None, initial={"who": request.GET.get("who", "")})
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            graduate = grants.find_one(standing=request.standing, who=form.searched())
        except grants.NotOne:
            form.add_error("who", _("This fits nobody, or several. Write the full name."))
        else:
            glass.open_record(
                graduate=graduate,
                reason=data["reason"],
                words=data["words"],
                withheld_because=data["withheld_because"],
                actor=request.standing.actor(graduate.program_id),
                at=request.at,
            )
            return redirect("record", uid=graduate.uid)
    status = INVALID if request.method == "POST" else 200
    return page(request, "glass/break.html", {"form": form}, status=status)


@records_only
@never_cache
@require_safe
def record(request: Request, uid: uuid.UUID) -> HttpResponseBase:
    """One record, read only, under a banner that says for how long and that it is on record."""
    opened = grants.open_record(standing=request.standing, uid=uid)
    until = until_of(request)
    context = {
        "opened": opened,
        "profile": profile.read(
            graduate=opened.graduate,
            at=request.at,
            until=until,
            zone=timezone.get_current_timezone(),
            with_words=opened.glass is not None,
            with_links=False,
        ),
        "is_older": until < request.at,
        "at": request.at,
    }
    return page(request, "glass/record.html", context)


@records_only
@never_cache
@require_safe
def records(request: Request) -> HttpResponseBase:
    """The records that were named for an auditor."""
    rows = grants.inspected(standing=request.standing)
    return page(request, "glass/records.html", {"rows": rows})
