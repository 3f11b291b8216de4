"""Answers for machines that watch the portal."""

from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from aftercare import health
from notifications import clock


@login_not_required
@require_safe
def live(request: HttpRequest) -> HttpResponse:
    """The process answers; nothing else is asked."""
    return HttpResponse("ok", content_type="text/plain")


@login_not_required
@require_safe
def ready(request: HttpRequest) -> HttpResponse:
    """Database, migrations, tick and queue are well: 200, else 503 with what is missing."""
    try:
        checks = health.checks(at=clock.now())
    except DatabaseError:
        return JsonResponse({"database": "away"}, status=503)
    missing = {check.name: check.remedy for check in checks if not check.ok}
    return JsonResponse(missing or {"ready": True}, status=503 if missing else 200)
