"""How sending goes, for operators; why one text went out or did not, and what a person decides about it."""

import uuid

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.http import require_POST, require_safe

from aftercare import operations, outgoing, programs
from aftercare.outgoing import UNDO, Deed
from portal.forms.operations import PaceForm
from portal.http import INVALID, Request, member, once, operator_only, page
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
    return _show(request)


def _show(request: Request, refused: dict[uuid.UUID, PaceForm] | None = None) -> HttpResponseBase:
    """The whole page; a form with errors takes the place of its sender's own."""
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
    forms = {row.uid: PaceForm.of(row) for row in seen.overview.senders} | (refused or {})
    senders = [{"row": row, "form": forms[row.uid]} for row in seen.overview.senders]
    context = {"operations": seen, "senders": senders, "tabs": tabs, "at": request.at}
    return page(request, "operations/index.html", context, status=INVALID if refused else 200)


@operator_only
@once
@require_POST
def pace(request: Request, uid: uuid.UUID) -> HttpResponseBase:
    """Say how fast and how much one number may send."""
    sender = operations.sender(standing=request.standing, uid=uid)
    form = PaceForm(request.POST, auto_id=f"pace-{uid}-%s")
    if not form.is_valid():
        return _show(request, {uid: form})
    actor = request.standing.actor(sender.program)
    programs.set_pace(sender=sender, **form.cleaned_data, actor=actor, at=request.at)
    messages.success(request, _("Saved."))
    return redirect(f"{reverse('operations')}#senders")


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
