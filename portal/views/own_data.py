"""A graduate's own record: a copy to take along, and who looked at it."""

from django.http import Http404, HttpResponse, HttpResponseBase
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from aftercare import access, looks, own_papers
from portal.http import Request, fresh_log_in, graduate_only, page

_FILES = {
    "json": ("my-data.json", "application/json"),
    "csv": ("my-data.zip", "application/zip"),
    "pdf": ("my-data.pdf", "application/pdf"),
}


@graduate_only
@never_cache
@require_safe
def data(request: Request) -> HttpResponseBase:
    """What a copy holds, and in which forms it comes."""
    graduate = access.own_graduate(standing=request.standing)
    return page(request, "own_data/data.html", {"graduate": graduate})


@graduate_only
@never_cache
@require_safe
@fresh_log_in
def file(request: Request, form: str) -> HttpResponseBase:
    """One copy, made while the person waits: ten years take seconds."""
    if form not in _FILES:
        raise Http404
    graduate = access.own_graduate(standing=request.standing)
    actor = request.standing.actor(graduate.program_id)
    name, kind = _FILES[form]
    body = own_papers.take(graduate=graduate, form=form, actor=actor, at=request.at)
    response = HttpResponse(body, content_type=kind)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@graduate_only
@never_cache
@require_safe
def who_looked(request: Request) -> HttpResponseBase:
    """Who looked at one's record, when, and at what."""
    graduate = access.own_graduate(standing=request.standing)
    found = looks.of(graduate=graduate, at=request.at, number=request.GET.get("page", 1))
    return page(request, "own_data/who_looked.html", {"page": found, "at": request.at})
