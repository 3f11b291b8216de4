"""The finder for anybody: the page, its lists on paper, its JSON, our own feed, one meeting, its calendar file."""

import hashlib
import json
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import formats, timezone
from django.utils.cache import get_conditional_response
from django.utils.http import http_date, quote_etag
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from aftercare import access, entry
from aftercare.directory import calendars, closures, handouts, moments, publishing, reports, search
from aftercare.directory.criteria import Criteria, WrongParameters, parse
from aftercare.models import MeetingReport
from notifications import clock
from portal.forms.meetings import FinderForm, ReportForm
from portal.http import INVALID, page
from portal.middleware import zone_of

WRONG = 400
SECONDS_TO_KEEP = 3600
DISCLAIMER = gettext_noop("We are not affiliated with or endorsed by any fellowship.")


@login_not_required
@require_safe
def finder(request: HttpRequest) -> HttpResponse:
    """What is on now and next, near a place, in words a newcomer understands."""
    form = FinderForm(request.GET, zone=timezone.get_current_timezone())
    context: dict[str, object] = {
        "form": form,
        "reader": _reader_zone(request),
        "as_map": request.GET.get("view") == "map",
        "map_tiles": settings.MAP_TILES,
        "map_credit": settings.MAP_CREDIT,
    }
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
def on_paper(request: HttpRequest) -> HttpResponse:
    """The same answer as a list to print."""
    form = FinderForm(request.GET, zone=timezone.get_current_timezone())
    if not form.is_valid() or form.criteria is None:
        return redirect(f"{reverse('meetings')}?{request.GET.urlencode()}")
    at = form.criteria.at or clock.now()
    context = {
        "sheet": handouts.sheet(criteria=form.criteria, at=at),
        "most": handouts.MOST,
        "title": form.title(),
        "at": at,
    }
    return page(request, "meetings/paper.html", context)


@login_not_required
@require_safe
def on_paper_pdf(request: HttpRequest) -> HttpResponse:
    """The same list as a file, with its legend."""
    # Only a PDF needs its library, which brings a library of pictures with it.
    from aftercare.directory import pdf

    form = FinderForm(request.GET, zone=timezone.get_current_timezone())
    at = clock.now()
    sheet = (
        handouts.sheet(criteria=form.criteria, at=at) if form.is_valid() and form.criteria else None
    )
    if sheet is None or not sheet.days:
        return redirect(f"{reverse('meetings_print')}?{request.GET.urlencode()}")
    printed = formats.date_format(at.astimezone(timezone.get_current_timezone()), "DATE_FORMAT")
    body = pdf.render(
        sheet=sheet,
        title=form.title(),
        note=_("%(day)s. Times change: call ahead if you can. %(disclaimer)s")
        % {"day": printed, "disclaimer": _(DISCLAIMER)},
        legend_title=_("What the letters mean"),
        at=at,
    )
    response = HttpResponse(body, content_type="application/pdf")
    response.headers["Content-Disposition"] = 'attachment; filename="meetings.pdf"'
    return response


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
    changed_at = None if request.GET else search.changed_at()
    if changed_at is not None:
        # With a question, what is in it changes by the hour as well.
        response.headers["Last-Modified"] = http_date(changed_at.timestamp())
    return (
        get_conditional_response(
            request,
            etag=response.headers["ETag"],
            last_modified=int(changed_at.timestamp()) if changed_at else None,
            response=response,
        )
        or response
    )


@login_not_required
@require_safe
def meeting(request: HttpRequest, slug: str) -> HttpResponse:
    """One meeting in full: when, where, how to join, what to expect."""
    at = clock.now()
    standing = access.roles_of(user=request.user, at=at)
    found = entry.read(slug=slug, standing=standing, at=at)
    if found is None:
        raise Http404
    context = {
        "entry": found,
        "row": found.detail.row,
        "meeting": found.detail.meeting,
        "standing": standing,
        "address": _address(request, slug),
        "kinds": MeetingReport.Kind.choices,
        "at": at,
        "reader": _reader_zone(request),
    }
    response = page(request, "meetings/meeting.html", context)
    if found.has_passcode:
        response.headers["X-Robots-Tag"] = "noindex"
    return response


@login_not_required
@csrf_exempt
@require_POST
def wrong(request: HttpRequest, slug: str) -> HttpResponse:
    """Something is wrong with an entry: it goes to staff, and nothing of who said so.

    Exempt from the CSRF check, because nobody's rights are used, and visitors are given no cookie.
    """
    at = clock.now()
    found = search.detail(slug=slug, at=at)
    if found is None:
        raise Http404
    form = ReportForm(request.POST)
    if form.is_valid():
        reports.report(meeting=found.meeting, at=at, **form.report())
    status = 200 if form.is_valid() else INVALID
    context = {"form": form, "row": found.row}
    return page(request, "meetings/wrong.html", context, status=status)


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
        positions=moments.positions_of(weeks=row.weeks),
        left_out=closures.left_out(meeting=found.meeting, at=at),
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
