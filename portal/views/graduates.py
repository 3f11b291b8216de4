"""The page of one graduate, the number to call, and a text to write."""

import uuid
from datetime import datetime, timedelta

from django.contrib import messages
from django.http import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from aftercare import access, conversation, profile
from notifications import outbox
from notifications import text as text_rules
from portal.forms.conversation import TextForm
from portal.http import ONCE, Request, once, page, staff_only
from portal.views.staff import back, came_from, part


@staff_only
@require_safe
def graduate(request: Request, uid: uuid.UUID) -> HttpResponseBase:
    """Who it is, why they are on the list, and everything that happened."""
    person = access.open_graduate(standing=request.standing, uid=uid)
    until = _until(request)
    context = {
        "profile": profile.read(
            graduate=person,
            at=request.at,
            until=until,
            zone=timezone.get_current_timezone(),
        ),
        "is_older": until < request.at,
        "at": request.at,
    }
    return page(request, "graduates/one.html", context, fragment="graduates/_one.html")


def _until(request: Request) -> datetime:
    """Where texts and timeline begin: `?before=` an instant, else now."""
    try:
        wanted = parse_datetime(request.GET.get("before", ""))
    except ValueError:
        wanted = None
    if wanted is None or timezone.is_naive(wanted):
        return request.at
    return min(wanted - timedelta(microseconds=1), request.at)


@staff_only
@require_safe
def phone(request: Request, uid: uuid.UUID) -> HttpResponseBase:
    """The number, with what to know before calling; opening it is put on record."""
    person = access.graduate_of_caseload(standing=request.standing, uid=uid)
    actor = request.standing.actor(person.program_id)
    context = {
        "graduate": person,
        "number": profile.reveal_phone(graduate=person, actor=actor, at=request.at),
        "phone": profile.phone_of(graduate=person, at=request.at),
        "card": profile.card_of(graduate=person),
        "next": came_from(request, default=reverse("graduate", args=[uid])),
    }
    return page(request, "graduates/phone.html", context, fragment="graduates/_phone.html")


@staff_only
@once
@require_http_methods(["GET", "HEAD", "POST"])
def text(request: Request, uid: uuid.UUID) -> HttpResponseBase:
    """Write a text to a graduate."""
    person = access.graduate_of_caseload(standing=request.standing, uid=uid)
    own_page = reverse("graduate", args=[uid])
    form = TextForm(request.POST or None, auto_id=f"text-{uid}-%s")
    if request.method == "POST" and form.is_valid():
        try:
            conversation.write(
                graduate=person,
                body=form.cleaned_data["body"],
                author=request.user,
                role=request.standing.actor(person.program_id).role,
                key=f"personal:{request.POST.get(ONCE) or uuid.uuid4()}",
                at=request.at,
            )
        except (conversation.NobodyToText, outbox.NoSender, outbox.BodyNotSendable) as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Your text is on its way."))
            return back(request, default=own_page)
    context = {
        "graduate": person,
        "form": form,
        "phone": profile.phone_of(graduate=person, at=request.at),
        "outlook": profile.outlook(graduate=person, at=request.at),
        "at": request.at,
        "next": came_from(request, default=own_page),
    }
    return part(request, "graduates/text.html", "graduates/_text.html", context, uid=uid)


@staff_only
@require_POST
def text_size(request: Request) -> HttpResponseBase:
    """How many texts the words in the box make, while they are written; nothing is kept."""
    body = text_rules.plain(request.POST.get("body", ""))
    return page(request, "programs/_segments.html", {"count": text_rules.segments(body)})
