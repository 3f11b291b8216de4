"""Staff may not pass without a second step: a passkey, or a code of an app."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from portal import accounts
from portal.models import User

GetResponse = Callable[[HttpRequest], HttpResponse]


class RequireSecondFactor:
    """Leads staff without a second step to the page where they set one up, whatever they ask for.

    Log-in itself asks for the step once there is one. A demo has its own way in, without passwords.
    Stands behind SessionLimits, which knows who is staff.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self,
        request: HttpRequest,
        view: Callable[..., HttpResponse],
        args: list[Any],
        kwargs: dict[str, Any],
    ) -> HttpResponse | None:
        """Let pass who may, and whatever is open to anybody."""
        user = request.user
        if settings.DEMO or not isinstance(user, User) or not getattr(request, "holds_role", False):
            return None
        is_public = not getattr(view, "login_required", True)
        if is_public or _is_about_log_in(request) or accounts.has_second_step(user):
            return None
        messages.info(
            request,
            _("Your sign-in opens other people's pages, so it needs a second step. Add one."),
        )
        return redirect("mfa_index")


def _is_about_log_in(request: HttpRequest) -> bool:
    """Everything under the log-in library's address, also before the first reverse look-up fails."""
    return request.path.startswith(reverse("account_login").removesuffix("login/"))
