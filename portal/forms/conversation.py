"""The forms of one text that a person writes."""

from django import forms
from django.utils.translation import gettext as translate
from django.utils.translation import gettext_lazy as _

from notifications import text

# Three parts are a long text; more belongs into a call.
MOST_SEGMENTS = 3


class TextForm(forms.Form):
    """The words of one text from staff."""

    body = forms.CharField(
        label=_("Your text"),
        max_length=600,
        help_text=_(
            "Keep it kind and short. {name} becomes their first name, {me} yours, {phone} our number."
        ),
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    def clean_body(self) -> str:
        """Plain characters, three parts at most."""
        body = text.plain(self.cleaned_data["body"]).strip()
        if text.segments(body).count > MOST_SEGMENTS:
            raise forms.ValidationError(
                translate(
                    "This is too long for a text. Please shorten it to about %(letters)d letters."
                )
                % {"letters": MOST_SEGMENTS * 150}
            )
        return body


class OwnTextForm(forms.Form):
    """What a graduate writes on the page of the conversation."""

    body = forms.CharField(
        label=_("Write to us"),
        max_length=1600,
        help_text=_("A person reads this in office hours, not day and night."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )
