"""The page of one graduate, the number to call, and what to know before calling."""

import uuid
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from aftercare import access, cards, grants, profile
from aftercare.engagement import rows
from aftercare.models import Graduate, Outreach
from aftercare.timeline import Show
from portal.forms.preferences import CardForm
from portal.http import INVALID, Request, once, page, staff_only
from portal.views.staff import back, came_from, until_of

# How a call ends, by one press; what is planned for later brings its day along.
ONE_TAP = [
    (outcome.value, outcome.label)
    for outcome in Outreach.Outcome
    if outcome != Outreach.Outcome.PLANNED
]
NEXT_IN = timedelta(days=3)


@staff_only
@require_safe
def graduate(request: Request, uid: uuid.UUID) -> HttpResponseBase:
    """Who it is, why they are on the list, and everything that happened."""
    person = access.graduate_of_caseload(standing=request.standing, uid=uid)
    until = until_of(request)
    asked = request.GET.get("show", "")
    show = next((one for one in Show if one == asked), Show.EVERYTHING)
    context = {
        "profile": profile.read(
            graduate=person,
            at=request.at,
            until=until,
            zone=timezone.get_current_timezone(),
            with_words=grants.reads_texts(standing=request.standing, graduate=person),
            show=show,
        ),
        "tabs": _tabs(person, show),
        "is_older": until < request.at,
        "at": request.at,
    }
    return page(request, "graduates/one.html", context, fragment="graduates/_one.html")


def _tabs(person: Graduate, show: Show) -> list[dict[str, Any]]:
    words = {
        Show.EVERYTHING: _("Everything"),
        Show.ANSWERS: _("Answers"),
        Show.PLAN: _("Plan"),
        Show.TEXTS: _("Texts"),
        Show.CARE: _("Signals and contacts"),
    }
    address = reverse("graduate", args=[person.uid])
    return [
        {
            "label": label,
            "href": f"{address}?show={one}#timeline" if one else f"{address}#timeline",
            "is_current": one is show,
        }
        for one, label in words.items()
    ]


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
        "signals": rows.signal_rows(graduate=person),
        "outcomes": ONE_TAP,
        "planned_on": timezone.localdate(request.at) + NEXT_IN,
        "next": came_from(request, default=reverse("graduate", args=[uid])),
    }
    return page(request, "graduates/phone.html", context, fragment="graduates/_phone.html")


@staff_only
@once
@require_http_methods(["GET", "HEAD", "POST"])
def card(request: Request, uid: uuid.UUID) -> HttpResponseBase:
    """Write down what a graduate says about calls, at enrolment and every three months."""
    person = access.graduate_of_caseload(standing=request.standing, uid=uid)
    own_page = reverse("graduate", args=[uid])
    phone = profile.phone_of(graduate=person, at=request.at)
    shared = phone is not None and phone.is_shared
    form = CardForm(request.POST or None, initial=CardForm.known(person, shared=shared))
    if form.is_bound and form.is_valid():
        cards.fill_in(
            graduate=person,
            **form.answers(),
            actor=request.standing.actor(person.program_id),
            at=request.at,
        )
        messages.success(request, _("Saved."))
        return back(request, default=own_page)
    context = {
        "graduate": person,
        "form": form,
        "next": came_from(request, default=own_page),
    }
    status = INVALID if form.is_bound else 200
    return page(request, "graduates/card.html", context, status=status)
