"""The feeds of the directory for staff: how each fares, what an import changed, and what waits for a person."""

import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from aftercare import news
from aftercare.directory import reviews
from aftercare.directory.importing import Report
from notifications import clock
from portal.http import FEED_ROLES, Request, feeds_only, once, page


@login_not_required
@require_safe
def changed(request: HttpRequest, token: str) -> HttpResponseBase:
    """What became of a meeting in a plan, and three others near it; for whoever has the address."""
    at = clock.now()
    found = news.read(token=token, at=at)
    if found is None:
        raise Http404
    response = page(request, "feeds/changed.html", {"news": found, "at": at, "reader": None})
    response.headers["X-Robots-Tag"] = "noindex"
    return response


@feeds_only
@require_safe
def index(request: Request) -> HttpResponseBase:
    """Every feed: last run, age, meetings, and what waits for a person."""
    return page(request, "feeds/index.html", {"feeds": reviews.feeds(), "at": request.at})


@feeds_only
@require_safe
def one(request: Request, uid: uuid.UUID) -> HttpResponseBase:
    """One feed: the held import with its differences, warnings by kind, and its runs."""
    found = reviews.feed(uid=uid)
    if found is None:
        raise Http404
    return page(request, "feeds/one.html", {"found": found, "at": request.at})


@feeds_only
@once
@require_POST
def decide(request: Request, uid: uuid.UUID) -> HttpResponseBase:
    """Take a held import in, or leave the directory as it is; `deed` is "accept" or "reject"."""
    run = reviews.run_of(uid=uid)
    if run is None:
        raise Http404
    program = request.standing.programs(*FEED_ROLES)[0]
    actor = request.standing.actor(program)
    try:
        if request.POST.get("deed") == "accept":
            taken = news.accept(run=run, actor=actor, program=program, at=request.at)
            messages.success(request, _in_words(taken.report))
        else:
            reviews.reject(run=run, actor=actor, program=program, at=request.at)
            messages.success(request, _("Left as it was."))
    except reviews.NoLongerHeld:
        messages.error(request, _("This was decided already, or the feed has a newer answer."))
    except reviews.NothingToAccept:
        messages.error(request, str(reviews.NOTHING))
    return redirect("feed", uid=run.feed.uid)


def _in_words(report: Report) -> str:
    words = _("Taken in: %(added)d new, %(changed)d changed, %(gone)d missing.")
    gone = report.absent + report.retired
    return words % {"added": report.added, "changed": report.changed, "gone": gone}
