"""Answers for machines that watch the portal."""

from ipaddress import ip_address

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.http import require_safe

from aftercare import health
from notifications import clock
from notifications import metrics as figures

# What a proxy adds: whoever is behind it is not on this machine.
FORWARDED = ("X-Forwarded-For", "X-Real-Ip", "Forwarded", "Via")


@login_not_required
@require_safe
def live(request: HttpRequest) -> HttpResponse:
    """The process answers; nothing else is asked."""
    return HttpResponse("ok", content_type="text/plain")


@login_not_required
@require_safe
def ready(request: HttpRequest) -> HttpResponse:
    """Database, migrations, tick, queue, clock and disk are well: 200, else 503 with what is missing."""
    try:
        checks = health.checks(at=clock.now(), machine_at=clock.real())
    except DatabaseError:
        return JsonResponse({"database": "away"}, status=503)
    missing = {check.name: check.remedy for check in checks if not check.ok}
    return JsonResponse(missing or {"ready": True}, status=503 if missing else 200)


@login_not_required
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Figures of sending for a Prometheus server on this machine, or one that shows METRICS_TOKEN."""
    if not _may_read_figures(request):
        raise Http404
    try:
        return HttpResponse(figures.render(at=clock.now()), content_type=figures.CONTENT_TYPE)
    except DatabaseError:
        return HttpResponse("The database is away.\n", content_type="text/plain", status=503)


def _may_read_figures(request: HttpRequest) -> bool:
    if settings.METRICS_TOKEN:
        shown = request.headers.get("Authorization", "")
        return constant_time_compare(shown, f"Bearer {settings.METRICS_TOKEN}")
    if any(name in request.headers for name in FORWARDED):
        return False
    try:
        return ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False
