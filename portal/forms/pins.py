"""The forms of a PIN."""

from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

_DIGITS = RegexValidator(r"^[0-9]{4,8}$", _("A PIN is 4 to 8 digits."))
_INPUT = {"inputmode": "numeric", "autocomplete": "off"}


class PinForm(forms.Form):
    """The PIN as it was chosen."""

    pin = forms.CharField(
        label=_("PIN"), max_length=8, validators=[_DIGITS], widget=forms.PasswordInput(attrs=_INPUT)
    )


class NewPinForm(PinForm):
    """A PIN to be chosen, typed twice."""

    again = forms.CharField(
        label=_("The same PIN again"), max_length=8, widget=forms.PasswordInput(attrs=_INPUT)
    )

    def clean(self) -> dict[str, Any]:
        """Both must be the same."""
        data: dict[str, Any] = super().clean() or {}
        if "pin" in data and data.get("again") != data["pin"]:
            self.add_error("again", _("The two are not the same."))
        return data
