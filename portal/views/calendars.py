"""The calendar of a plan: read by its secret address, made and closed on a graduate's own page."""

import hashlib

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.cache import get_conditional_response
from django.utils.http import http_date, quote_etag
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from aftercare import access, calendars
from aftercare.record import Actor
from portal.forms.plan import CalendarForm
from portal.http import Request, graduate_only, once, page


@login_not_required
@require_safe
def feed(request: HttpRequest, token: str) -> HttpResponseBase:
    """The calendar file, for whoever has the address; unchanged ones are not sent again."""
    found = calendars.read(token=token)
    if found is None:
        raise Http404
    response = HttpResponse(found.body, content_type="text/calendar; charset=utf-8")
    etag = quote_etag(hashlib.sha256(found.body).hexdigest())
    # Nothing between here and the calendar keeps a copy; a calendar asks whether its own is current.
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["X-Robots-Tag"] = "noindex"
    response.headers["Content-Disposition"] = 'inline; filename="calendar.ics"'
    response.headers["ETag"] = etag
    changed_at = int(found.changed_at.timestamp())
    response.headers["Last-Modified"] = http_date(changed_at)
    answer = get_conditional_response(
        request, etag=etag, last_modified=changed_at, response=response
    )
    return answer or response


@graduate_only
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@once
def manage(request: Request) -> HttpResponseBase:
    """Make the address, or another one in its place; it is shown this once."""
    graduate = access.own_graduate(standing=request.standing)
    link = calendars.link_of(graduate=graduate)
    # An unticked box is all that this form may hold, and an empty form is a full answer.
    data = request.POST if request.method == "POST" else None
    form = CalendarForm(data, initial={"full_titles": bool(link and link.full_titles)})
    address = ""
    if form.is_valid():
        address = calendars.subscribe(
            graduate=graduate,
            full_titles=form.cleaned_data["full_titles"],
            actor=Actor(user=request.user, role="graduate"),
            at=request.at,
        )
    context = {"link": link, "form": form, "address": address}
    return page(request, "plan/calendar.html", context)


@graduate_only
@once
@require_POST
def revoke(request: Request) -> HttpResponseBase:
    """Close the address."""
    graduate = access.own_graduate(standing=request.standing)
    actor = Actor(user=request.user, role="graduate")
    calendars.revoke(graduate=graduate, actor=actor, at=request.at)
    messages.success(request, _("The address is closed. Calendars that used it get nothing more."))
    return redirect("plan_calendar")
