"""How sending goes, for operators; why one text went out or did not, and what a person decides about it."""

import uuid

from django.contrib import messages
from django.http import HttpResponseBase
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.http import require_POST, require_safe

from aftercare import operations, outgoing
from aftercare.outgoing import UNDO, Deed
from portal.http import Request, member, once, operator_only, page
from portal.views.staff import back, came_from

TABS = {
    operations.UNSETTLED: lazy("To decide"),
    operations.STOPPED: lazy("Did not arrive"),
    operations.WAITING: lazy("Waiting"),
}
DONE: dict[str, str | Promise] = {
    Deed.ARRIVED: lazy("Done. It is not sent again."),
    Deed.AGAIN: lazy("Done. It is sent again as soon as texts may leave."),
    Deed.CANCEL: lazy("Done. It is not sent."),
    UNDO: lazy("Taken back."),
}


@operator_only
@require_safe
def index(request: Request) -> HttpResponseBase:
    """What waits, what left, what failed and why, what it costs, and messages by id; `?show=`, `?page=`."""
    seen = operations.read(
        standing=request.standing,
        at=request.at,
        which=request.GET.get("show", ""),
        page=request.GET.get("page", "1"),
    )
    here = reverse("operations")
    tabs = [
        {"label": label, "href": f"{here}?show={name}#messages", "is_current": name == seen.which}
        for name, label in TABS.items()
    ]
    return page(
        request, "operations/index.html", {"operations": seen, "tabs": tabs, "at": request.at}
    )


@member
@require_safe
def story(request: Request, uid: uuid.UUID) -> HttpResponseBase:
    """Everything on record about one text: for who answers for its person, and for operators."""
    told = outgoing.story(standing=request.standing, uid=uid)
    default = reverse("graduate", args=[told.graduate.uid]) if told.graduate else ""
    context = {
        "story": told,
        "at": request.at,
        "next": came_from(request, default=default or reverse("operations")),
    }
    return page(request, "operations/story.html", context)


@member
@once
@require_POST
def decide(request: Request, uid: uuid.UUID) -> HttpResponseBase:
    """Do what a person decided about one text; `deed` is a word of Deed, or "undo"."""
    text = outgoing.message(standing=request.standing, uid=uid)
    deed = request.POST.get("deed", "")
    if deed not in DONE:
        messages.error(request, _("Please choose what to do."))
        return back(request, default=reverse("text_story", args=[uid]))
    actor = request.standing.actor(text.program)
    try:
        outgoing.decide(message=text, deed=deed, actor=actor, at=request.at)
    except outgoing.NotPossible as error:
        messages.error(request, str(error))
    else:
        own_page = reverse("text_story", args=[uid])
        link = format_html('{} <a href="{}">{}</a>', DONE[deed], own_page, _("See it, or undo"))
        messages.success(request, link)
    return back(request, default=reverse("text_story", args=[uid]))
