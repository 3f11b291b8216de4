"""What is asked before the figures of a program leave the house."""

from django import forms
from django.utils.translation import gettext_lazy as _

from aftercare.models import ReportExport
from aftercare.report.exports import LEAST_LETTERS


class TakeOutForm(forms.Form):
    """In which form, and why."""

    form = forms.ChoiceField(
        label=_("File"), choices=ReportExport.Form.choices, widget=forms.RadioSelect
    )
    reason = forms.CharField(
        label=_("What is it for?"),
        help_text=_("A sentence is enough. It is kept with your name, and the leads are told."),
        min_length=LEAST_LETTERS,
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
