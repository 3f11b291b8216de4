"""The page of one graduate, the number to call, and what to know before calling."""

import uuid

from django.contrib import messages
from django.http import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from aftercare import access, cards, grants, profile
from portal.forms.preferences import CardForm
from portal.http import INVALID, Request, once, page, staff_only
from portal.views.staff import back, came_from, until_of


@staff_only
@require_safe
def graduate(request: Request, uid: uuid.UUID) -> HttpResponseBase:
    """Who it is, why they are on the list, and everything that happened."""
    person = access.open_graduate(standing=request.standing, uid=uid)
    until = until_of(request)
    context = {
        "profile": profile.read(
            graduate=person,
            at=request.at,
            until=until,
            zone=timezone.get_current_timezone(),
            with_words=grants.reads_texts(standing=request.standing, graduate=person),
        ),
        "is_older": until < request.at,
        "at": request.at,
    }
    return page(request, "graduates/one.html", context, fragment="graduates/_one.html")


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
