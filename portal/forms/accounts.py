"""The log-in form, with the words for staying logged in."""

from typing import Any

from allauth.account import forms as allauth_forms
from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from portal import sessions


class LoginForm(allauth_forms.LoginForm):  # type: ignore[misc]
    """Asks whether the device is the person's own; only then the log-in lasts."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["remember"].label = _("This is my own phone or computer")
        self.fields["remember"].help_text = _("You stay signed in here for 14 days.")

    def login(self, request: HttpRequest, redirect_url: str | None = None) -> HttpResponse:
        """Log in, and remember what kind of device this is."""
        response: HttpResponse = super().login(request, redirect_url)
        sessions.set_own_device(request.session, is_own=bool(self.cleaned_data.get("remember")))
        return response


class CodeForm(forms.Form):
    """A code that came by mail."""

    code = forms.CharField(
        label=_("Code"),
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code"}),
    )
