"""What the pages of staff share: where a form leads back to, and lists of ids."""

import uuid
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.http import url_has_allowed_host_and_scheme
from django_htmx.http import HttpResponseClientRedirect, reswap, retarget

from portal.http import INVALID, Request, page


def came_from(request: Request, *, default: str) -> str:
    """The page a form was on, as it says itself; only an address of our own counts."""
    wanted = request.POST.get("next", "") or request.GET.get("next", "")
    if wanted.startswith("/") and url_has_allowed_host_and_scheme(wanted, allowed_hosts=None):
        return wanted
    return default


def back(request: Request, *, default: str = "") -> HttpResponseBase:
    """Lead back to the page the form was on, else to the address given, else to the first page.

    A page that shows something else, as a form alone, is left as a whole.
    """
    address = came_from(request, default=default or reverse("home"))
    shown = urlsplit((request.htmx and request.htmx.current_url) or address).path
    if shown != urlsplit(address).path:
        return HttpResponseClientRedirect(address)
    return redirect(address)


def uids(request: Request, name: str) -> list[uuid.UUID]:
    """The ids a form sends under a name; what is none is left out."""
    found = []
    for text in request.POST.getlist(name):
        try:
            found.append(uuid.UUID(text))
        except ValueError:
            continue
    return found


def until_of(request: Request) -> datetime:
    """Where what a page shows of the past begins: `?before=` an instant, else now."""
    try:
        wanted = parse_datetime(request.GET.get("before", ""))
    except ValueError:
        wanted = None
    if wanted is None or timezone.is_naive(wanted):
        return request.at
    return min(wanted - timedelta(microseconds=1), request.at)


def place(uid: uuid.UUID) -> str:
    """The id of the element under a graduate's line in which a form opens."""
    return f"do-{uid}"


def part(
    request: Request, template: str, fragment: str, context: dict[str, Any], *, uid: uuid.UUID
) -> HttpResponseBase:
    """A form as a page of its own, or put in its place on a list; 422 where it has errors.

    On a list the place is `#do-<uid>` of the graduate, and a form with errors stays there.
    """
    form = context["form"]
    response = page(
        request, template, context, fragment=fragment, status=INVALID if form.is_bound else 200
    )
    if request.htmx and form.is_bound:
        retarget(response, f"#{place(uid)}")
        reswap(response, "innerHTML")
    return response
