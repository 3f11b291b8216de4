"""The finder for anybody: the page, its JSON, our own feed, one meeting, and its calendar file."""

import hashlib
import json
from zoneinfo import ZoneInfo

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.http import quote_etag
from django.views.decorators.http import require_safe

from aftercare.directory import calendars, publishing, search
from aftercare.directory.criteria import Criteria, WrongParameters, parse
from notifications import clock
from portal.forms.meetings import FinderForm
from portal.http import INVALID, page
from portal.middleware import zone_of

WRONG = 400
SECONDS_TO_KEEP = 3600


@login_not_required
@require_safe
def finder(request: HttpRequest) -> HttpResponse:
    """What is on now and next, near a place, in words a newcomer understands."""
    form = FinderForm(request.GET, zone=timezone.get_current_timezone())
    context: dict[str, object] = {"form": form, "reader": _reader_zone(request)}
    at = clock.now()
    status = 200
    if form.is_valid() and form.criteria is not None:
        answer = search.browse(criteria=form.criteria, at=at)
        form.offer(answer.fellowships)
        at = form.criteria.at or at
        context |= {"answer": answer, "criteria": form.criteria}
    else:
        form.offer(())
        status = INVALID if request.headers.get("HX-Request") else WRONG
    return page(
        request,
        "meetings/finder.html",
        context | {"at": at},
        fragment="meetings/_results.html",
        status=status,
    )


@login_not_required
@require_safe
def search_json(request: HttpRequest) -> JsonResponse:
    """The finder's answer for machines."""
    try:
        criteria = _criteria(request)
    except WrongParameters as wrong:
        return JsonResponse({"errors": wrong.errors}, status=WRONG)
    found = search.find(criteria=criteria, at=clock.now())
    return JsonResponse(
        {
            "count": found.count,
            "page": found.page,
            "per_page": found.per_page,
            "results": [row.as_dict(url=_address(request, row.slug)) for row in found.rows],
        }
    )


@login_not_required
@require_safe
def feed_json(request: HttpRequest) -> HttpResponseBase:
    """All active meetings as Meeting Guide JSON, for other people's viewers."""
    try:
        criteria = _criteria(request)
    except WrongParameters as wrong:
        return JsonResponse({"errors": wrong.errors}, status=WRONG)
    listings = [
        publishing.as_meeting_guide(detail=one, url=_address(request, one.row.slug))
        for one in search.every(criteria=criteria, at=clock.now())
    ]
    body = json.dumps(listings, ensure_ascii=False).encode()
    response = HttpResponse(body, content_type="application/json")
    response.headers["ETag"] = quote_etag(hashlib.sha256(body).hexdigest())
    response.headers["Cache-Control"] = f"public, max-age={SECONDS_TO_KEEP}"
    # Public by purpose: viewers on other sites read it.
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    etag = response.headers["ETag"]
    return get_conditional_response(request, etag=etag, response=response) or response


@login_not_required
@require_safe
def meeting(request: HttpRequest, slug: str) -> HttpResponse:
    """One meeting in full: when, where, how to join, what to expect."""
    at = clock.now()
    found = search.detail(slug=slug, at=at)
    if found is None:
        raise Http404
    context = {
        "row": found.row,
        "meeting": found.meeting,
        "at": at,
        "reader": _reader_zone(request),
    }
    response = page(request, "meetings/meeting.html", context)
    if found.meeting.conference_url_notes or found.meeting.conference_phone_notes:
        # It may hold a passcode, which no search engine should keep.
        response.headers["X-Robots-Tag"] = "noindex"
    return response


@login_not_required
@require_safe
def meeting_ics(request: HttpRequest, slug: str) -> HttpResponse:
    """One meeting for somebody's own calendar, week by week."""
    at = clock.now()
    found = search.detail(slug=slug, at=at)
    if found is None:
        raise Http404
    row, moment = found.row, found.row.moment
    if moment is None or row.weekday is None:
        raise Http404  # by appointment: nothing to put on a calendar
    body = calendars.render(
        uid=f"{found.meeting.uid}@{request.get_host()}",
        name=row.name,
        place=", ".join(part for part in (row.location, row.address) if part),
        link=_address(request, slug),
        weekday=row.weekday,
        starts_at=moment.starts_at,
        ends_at=moment.ends_at,
        at=at,
    )
    response = HttpResponse(body, content_type="text/calendar; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{slug}.ics"'
    return response


def _criteria(request: HttpRequest) -> Criteria:
    return parse(query=request.GET, zone=timezone.get_current_timezone())


def _address(request: HttpRequest, slug: str) -> str:
    return request.build_absolute_uri(reverse("meeting", args=[slug]))


def _reader_zone(request: HttpRequest) -> ZoneInfo | None:
    """The zone of a logged-in reader; of a visitor we know none."""
    return zone_of(request.user)
