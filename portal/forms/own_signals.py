"""The form by which a graduate answers the own signals."""

from django import forms
from django.utils.translation import gettext_lazy as _

from aftercare.models import Expectation
from portal.forms.fields import DateInput


class ExplainForm(forms.Form):
    """What got in the way, until when, and anything else."""

    # Nobody is taken to be sick for not having chosen.
    reason = forms.ChoiceField(
        label=_("What got in the way?"),
        choices=[("", _("Choose one")), *Expectation.Reason.choices],
    )
    until = forms.DateField(
        label=_("Until when?"),
        required=False,
        widget=DateInput(),
        help_text=_(
            "Until then nothing is asked and nothing counts. Leave it empty if it is over."
        ),
    )
    words = forms.CharField(
        label=_("Anything you want to say"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Your counselor reads it."),
    )
