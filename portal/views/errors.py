"""What is shown when something went wrong on our side."""

import sys

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template.loader import get_template
from django.views.decorators.csrf import requires_csrf_token

from aftercare.record import NotOnRecord

# Seconds after which trying again is worth it.
RETRY_AFTER = "10"


@requires_csrf_token
def server_error(request: HttpRequest) -> HttpResponse:
    """A page that promises nothing and blames nobody; 503 while the database or its record is away, else 500."""
    is_away = isinstance(sys.exception(), (OperationalError, InterfaceError, NotOnRecord))
    status = 503 if is_away else 500
    # Rendered without the request, so that no context processor can fail a second time.
    response = HttpResponse(get_template(f"{status}.html").render(), status=status)
    if is_away:
        response.headers["Retry-After"] = RETRY_AFTER
    return response
