"""The simulator: phones of the demo's graduates, a way to reply, to move time, and to enter as anybody.

Its addresses exist in a demo only, and answer this machine alone.
"""

import ipaddress
import json
from collections.abc import Callable
from functools import wraps
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponseBase, JsonResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from aftercare.demo import entrances, phones
from aftercare.demo.people import PROGRAMS
from notifications import clock
from portal import accounts
from portal.http import page

MOST_MINUTES = 14 * 24 * 60


def _here_only(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """404 outside a demo, and for anybody but this machine."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not settings.DEMO or not ipaddress.ip_address(request.META["REMOTE_ADDR"]).is_loopback:
            raise Http404
        return view(request, *args, **kwargs)

    return login_not_required(guarded)


def _posted(request: HttpRequest) -> dict[str, str]:
    """The fields of a form, or of a JSON object; empty where it is neither."""
    if request.content_type != "application/json":
        return {name: str(value) for name, value in request.POST.items()}
    try:
        fields = json.loads(request.body)
    except (ValueError, RecursionError):
        return {}
    return {str(k): _text(v) for k, v in fields.items()} if isinstance(fields, dict) else {}


def _text(value: object) -> str:
    """A value as a phone could send it: JSON may name half a sign, and no phone and no database can."""
    return str(value).encode(errors="replace").decode()


def _wants_page(request: HttpRequest) -> bool:
    return "text/html" in request.headers.get("Accept", "")


@_here_only
@require_safe
def board(request: HttpRequest) -> HttpResponseBase:
    """The phones side by side."""
    words = request.GET.get("q", "")
    context = {
        "phones": phones.phones(words=words),
        "words": words,
        "now": clock.now(),
        "entrances": entrances.ROLES,
        "people": entrances.people(),
    }
    # Here nobody is at home: times are those of the first program, whoever is logged in.
    with timezone.override(ZoneInfo(PROGRAMS[0].time_zone)):
        return page(request, "simulator/board.html", context, fragment="simulator/_phones.html")


@_here_only
@require_safe
def messages_json(request: HttpRequest) -> HttpResponseBase:
    """Every text of one phone."""
    number = request.GET.get("phone", "").replace(" ", "+", 1)
    try:
        texts = phones.texts(number=number)
    except phones.NoSuchPhone:
        return JsonResponse({"errors": {"phone": _("No demo phone has this number.")}}, status=404)
    rows = [
        {
            "body": t.body,
            "at": t.at.isoformat(),
            "direction": "in" if t.mine else "out",
            "state": t.state,
        }
        for t in texts
    ]
    return JsonResponse({"phone": number, "messages": rows})


@csrf_exempt
@_here_only
@require_POST
def reply(request: HttpRequest) -> HttpResponseBase:
    """Text back from one phone."""
    fields = _posted(request)
    number, body = fields.get("phone", ""), fields.get("body", "")
    try:
        answer = phones.reply(number=number, body=body, at=clock.now())
    except phones.NoSuchPhone:
        return JsonResponse({"errors": {"phone": _("No demo phone has this number.")}}, status=404)
    return redirect("simulator") if _wants_page(request) else JsonResponse({"answer": answer})


@csrf_exempt
@_here_only
@require_POST
def forward(request: HttpRequest) -> HttpResponseBase:
    """Move time forward; the same jobs run at each stop on the way."""
    try:
        minutes = int(_posted(request).get("minutes", ""))
    except ValueError:
        minutes = 0
    if not 0 < minutes <= MOST_MINUTES:
        message = _("Write a whole number of minutes, from 1 to %(most)s.") % {"most": MOST_MINUTES}
        return JsonResponse({"errors": {"minutes": message}}, status=400)
    done = phones.forward(at=clock.now(), minutes=minutes)
    if _wants_page(request):
        return redirect("simulator")
    return JsonResponse({"now": clock.now().isoformat(), **done})


@_here_only
@require_safe
def enter(request: HttpRequest, role: str) -> HttpResponseBase:
    """Enter as somebody of the demo, in place of passwords and second factors."""
    user = entrances.user_of(role=role, uid=request.GET.get("uid", ""))
    if user is None:
        raise Http404
    accounts.enter_demo(request=request, user=user)
    return redirect("home")
