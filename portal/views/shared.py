"""What graduates share with a supporter; what is shared no more looks like a link that has ended."""

import uuid

from django.http import Http404, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from aftercare import disclosure, grants, release_words, supporters
from aftercare.record import Actor
from portal.http import Request, member, page

GONE = 410


@member
@never_cache
@require_safe
def index(request: Request) -> HttpResponseBase:
    """Everybody who shares something with this log-in."""
    if not request.standing.shared:
        raise Http404
    held = [one for one in request.standing.shared if one.is_in_force(request.at)]
    if not held:
        return _ended(request)
    if len(held) == 1:
        return redirect("shared_one", uid=held[0].uid)
    return page(request, "shared/index.html", {"held": held})


@member
@never_cache
@require_safe
def one(request: Request, uid: uuid.UUID) -> HttpResponseBase:
    """What one person shares."""
    try:
        release = grants.shared_page(standing=request.standing, uid=uid)
        actor = Actor(user=request.user, role=supporters.ROLE)
        shared = supporters.look(release=release, actor=actor, at=request.at)
    except (grants.Ended, disclosure.NotAllowed):
        return _ended(request)
    context = {"shared": shared, "notice": release_words.NOTICE}
    return page(request, "shared/one.html", context)


def _ended(request: Request) -> HttpResponseBase:
    return render(request, "shared/ended.html", status=GONE)
