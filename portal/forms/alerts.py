"""The form of a program's alerts."""

from django import forms
from django.utils.translation import gettext_lazy as _


class AlertsForm(forms.Form):
    """How many alerts a week."""

    per_fifty = forms.IntegerField(
        label=_("Alerts a week for each 50 people"),
        min_value=1,
        max_value=50,
        help_text=_(
            "How many calls a week the list asks of a counselor. What is beyond it is still shown,"
            " in order. Danger, a wish for a call, and two missed check-ins in the first 90 days"
            " always come on top."
        ),
    )
