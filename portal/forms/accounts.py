"""The forms of log-in: what kind of device this is, how long a password is, and codes used once."""

from typing import Any

from allauth.account import forms as allauth_forms
from allauth.account.adapter import get_adapter
from allauth.core import context as allauth_context
from allauth.mfa.webauthn import forms as webauthn_forms
from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from portal import accounts, codes, sessions

OWN_DEVICE_LABEL = _("This is my own phone or computer")
OWN_DEVICE_HELP = _("You stay signed in here for 14 days.")
# What the library would list here is long, and formal in Spanish.
PASSWORD_HELP = _(
    "15 characters or more: a few words in a row are easy to keep. "
    "With 8 to 14 we mail you a code, too, when you sign in."
)


def _note_device(form: forms.Form) -> None:
    """Remember what kind of device this is; the log-in that follows keeps what the session holds."""
    is_own = bool(form.cleaned_data.get("own_device"))
    sessions.set_own_device(allauth_context.request.session, is_own=is_own)


class LoginForm(allauth_forms.LoginForm):  # type: ignore[misc]
    """Asks whether the device is the person's own; only then the log-in lasts."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["remember"].label = OWN_DEVICE_LABEL
        self.fields["remember"].help_text = OWN_DEVICE_HELP

    def clean(self) -> dict[str, Any]:
        """Note whether the password is long enough to open an account alone."""
        data: dict[str, Any] = super().clean()
        if not self.errors:
            accounts.note_length(login=self._login, password=data["password"])
        return data

    def login(self, request: HttpRequest, redirect_url: str | None = None) -> HttpResponse:
        """Log in, and remember what kind of device this is."""
        response: HttpResponse = super().login(request, redirect_url)
        sessions.set_own_device(request.session, is_own=bool(self.cleaned_data.get("remember")))
        return response


class ConfirmLoginCodeForm(allauth_forms.ConfirmLoginCodeForm):  # type: ignore[misc]
    """A mailed code; of all who type it at once, in the session that asked for it, one gets in."""

    own_device = forms.BooleanField(
        label=OWN_DEVICE_LABEL, help_text=OWN_DEVICE_HELP, required=False
    )

    def clean_code(self) -> str:
        """The code, used up."""
        request = allauth_context.request
        name = f"{request.session.session_key}:{self.expected_code}"
        if not codes.may_try(request=request, name=name):
            raise get_adapter().validation_error("incorrect_code")
        code: str = super().clean_code()
        if not codes.use_up(name=name):
            raise get_adapter().validation_error("incorrect_code")
        return code

    def clean(self) -> dict[str, Any]:
        """Remember what kind of device this is, once the code is right."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if not self.errors:
            _note_device(self)
        return data


class LoginWebAuthnForm(webauthn_forms.LoginWebAuthnForm):  # type: ignore[misc]
    """A passkey, on what kind of device."""

    own_device = forms.BooleanField(required=False)

    def clean(self) -> dict[str, Any]:
        """Remember what kind of device this is, once the passkey is right."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if not self.errors:
            _note_device(self)
        return data


class _NewPassword:
    """A new password, with a word on how long it should be."""

    fields: dict[str, forms.Field]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password1"].help_text = PASSWORD_HELP


class ChangePasswordForm(_NewPassword, allauth_forms.ChangePasswordForm):  # type: ignore[misc]
    """In the place of a password."""


class SetPasswordForm(_NewPassword, allauth_forms.SetPasswordForm):  # type: ignore[misc]
    """Where there is none yet."""


class ResetPasswordKeyForm(_NewPassword, allauth_forms.ResetPasswordKeyForm):  # type: ignore[misc]
    """Behind the link of a mail."""


class CodeForm(forms.Form):
    """A code that came by mail."""

    code = forms.CharField(
        label=_("Code"),
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code"}),
    )
