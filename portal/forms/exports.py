"""The form that asks for a list of many people."""

from collections.abc import Sequence

from django import forms
from django.utils.translation import gettext_lazy as _

from notifications.models import Program


class ExportForm(forms.Form):
    """Of which program, and why."""

    program = forms.ChoiceField(label=_("Program"))
    reason = forms.CharField(
        label=_("Why do you need it?"),
        min_length=10,
        max_length=300,
        help_text=_("It is kept, and every lead of the program reads it."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, *args: object, programs: Sequence[Program], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        choices = [(str(one.uid), one.name) for one in programs]
        self.fields["program"].choices = choices  # type: ignore[attr-defined]
        if len(choices) == 1:
            self.fields["program"].widget = forms.HiddenInput()
            self.fields["program"].initial = choices[0][0]
