"""My people: what a graduate lets others be told, signed and ended here, and the ledger of what they were told."""

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpResponseBase, QueryDict
from django.shortcuts import redirect
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from aftercare import access, disclosure, glass, grants, release_words, releases, supporters
from aftercare.models import Graduate, Invitation, Release
from aftercare.record import Actor
from notifications.outbox import NoSender
from portal.forms.trust import ReleaseForm, SignForm
from portal.http import INVALID, Request, graduate_only, once, page


def _mine(request: Request) -> tuple[Graduate, Actor]:
    graduate = access.own_graduate(standing=request.standing)
    return graduate, Actor(user=request.user, role="graduate")


@graduate_only
@never_cache
@require_safe
def index(request: Request) -> HttpResponseBase:
    """Everybody who may be told something, and what."""
    graduate, _actor = _mine(request)
    rows = releases.rows(graduate=graduate, at=request.at)
    return page(request, "people/index.html", {"graduate": graduate, "rows": rows})


@graduate_only
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@once
def add(request: Request) -> HttpResponseBase:
    """Say whom to tell what; nothing holds before it is read and signed."""
    graduate, actor = _mine(request)
    today = timezone.localdate(request.at)
    form = ReleaseForm(request.POST or None, today=today, initial={"has_page": True})
    if request.method == "POST" and form.is_valid():
        try:
            release = releases.write(
                graduate=graduate,
                draft=form.draft(),
                language=translation.get_language() or graduate.language,
                actor=actor,
                at=request.at,
            )
        except releases.BadEnd:
            form.add_error("last_on", _("Choose a day from today on, a year at most."))
        else:
            return redirect("person", uid=release.uid)
    status = INVALID if request.method == "POST" else 200
    return page(request, "people/add.html", {"form": form}, status=status)


@graduate_only
@never_cache
@require_safe
def person(request: Request, uid: uuid.UUID) -> HttpResponseBase:
    """One consent: its words, to sign, to hand a link over, or to end."""
    return _show(request, grants.own_release(standing=request.standing, uid=uid))


def _show(request: Request, release: Release, status: int = 200, **more: Any) -> HttpResponseBase:
    context = {
        "row": releases.row_of(release=release, at=request.at),
        "sign": _to_sign(release),
        **more,
    }
    return page(request, "people/one.html", context, status=status)


def _to_sign(release: Release, posted: QueryDict | None = None) -> SignForm:
    return SignForm(posted, name=release.graduate.name)


@graduate_only
@never_cache
@require_POST
@once
def sign(request: Request, uid: uuid.UUID) -> HttpResponseBase:
    """Sign it with one's name."""
    release = grants.own_release(standing=request.standing, uid=uid)
    form = _to_sign(release, request.POST)
    if not form.is_valid():
        return _show(request, release, status=INVALID, sign=form)
    actor = Actor(user=request.user, role="graduate")
    try:
        releases.sign(
            release=release, signature=form.cleaned_data["signature"], actor=actor, at=request.at
        )
    except (releases.AlreadySigned, releases.BadEnd, release_words.Incomplete):
        messages.error(request, _("This can no longer be signed. Write a new one."))
        return redirect("people")
    messages.success(request, _("Signed. It holds from now on, and you can end it at any time."))
    return redirect("person", uid=release.uid)


@graduate_only
@never_cache
@require_POST
@once
def end(request: Request, uid: uuid.UUID) -> HttpResponseBase:
    """Take it back, at once."""
    release = grants.own_release(standing=request.standing, uid=uid)
    actor = Actor(user=request.user, role="graduate")
    releases.revoke(release=release, actor=actor, at=request.at)
    messages.success(request, _("Ended. From now on they are told nothing."))
    return redirect("people")


@graduate_only
@never_cache
@require_POST
@once
def link(request: Request, uid: uuid.UUID) -> HttpResponseBase:
    """A link to the page: by mail, or shown once to hand over."""
    release = grants.own_release(standing=request.standing, uid=uid)
    way = Invitation.Way.EMAIL if "mail" in request.POST and release.email else None
    try:
        issued = supporters.invite(
            release=release,
            way=way or Invitation.Way.BY_HAND,
            actor=Actor(user=request.user, role="graduate"),
            at=request.at,
        )
    except (supporters.NotShared, NoSender):
        messages.error(request, _("There is no page to link to any more."))
        return redirect("people")
    if way is not None:
        messages.success(request, _("A mail with the link is on its way."))
        return redirect("person", uid=release.uid)
    return _show(request, release, link=issued.link)


@graduate_only
@never_cache
@require_safe
def ledger(request: Request) -> HttpResponseBase:
    """Who outside was told what, and whose look was out of the usual."""
    graduate, _actor = _mine(request)
    context = {
        "lines": disclosure.ledger(graduate=graduate),
        "breaks": glass.told_to(graduate=graduate, at=request.at),
        "notice": release_words.NOTICE,
        "phone": graduate.program.phone,
        "at": request.at,
    }
    return page(request, "people/ledger.html", context)
