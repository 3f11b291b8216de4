"""The inbox: texts that a person must read, and marking as read."""

import uuid

from django.contrib import messages
from django.http import Http404, HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from aftercare import access, inbox
from portal.forms.caseload import ALL
from portal.http import Request, once, page, staff_only
from portal.views.staff import back, uids


@staff_only
@require_safe
def index(request: Request) -> HttpResponseBase:
    """Everything that waits for a person, and who answers for it."""
    standing = request.standing
    sees_both = standing.is_counselor and standing.is_lead
    shows_all = not standing.is_counselor or (sees_both and request.GET.get("whose") == ALL)
    found = inbox.read(standing=standing, at=request.at, mine_only=not shows_all)
    access.note_looks(standing=standing, uids=found.shown, page="inbox")
    context = {
        "inbox": found,
        "sees_both": sees_both,
        "shows_all": shows_all,
        "at": request.at,
    }
    return page(request, "inbox/index.html", context, fragment="inbox/_index.html")


@staff_only
@once
@require_POST
def read(request: Request) -> HttpResponseBase:
    """These texts and answers were read by a person."""
    done = inbox.mark_read(
        standing=request.standing,
        at=request.at,
        replies=uids(request, "reply"),
        check_ins=uids(request, "check_in"),
    )
    messages.success(request, _words(done))
    return back(request, default=reverse("inbox"))


def _words(done: inbox.Read) -> str:
    if done.answers:
        return ngettext(
            "Read. They get a text that says so.",
            "Read. Each of the %(count)d gets a text that says so.",
            done.answers,
        ) % {"count": done.answers}
    return _("Marked as read.") if done.texts else _("That was read before.")


@staff_only
@once
@require_POST
def unread(request: Request, uid: uuid.UUID) -> HttpResponseBase:
    """Undo: the text goes back into the inbox."""
    inbox.mark_unread(standing=request.standing, reply=uid, at=request.at)
    messages.success(request, _("It is back in the inbox."))
    return back(request, default=reverse("inbox"))


@staff_only
@once
@require_POST
def writer(request: Request, uid: uuid.UUID) -> HttpResponseBase:
    """Say which of those who share a phone wrote a text."""
    chosen = uids(request, "graduate")
    if not chosen:
        raise Http404
    graduate = inbox.attribute(
        standing=request.standing, reply=uid, graduate=chosen[0], at=request.at
    )
    messages.success(request, _("It stands with %(name)s now.") % {"name": graduate.first_name})
    return back(request, default=reverse("inbox"))
