"""Forms of shared dates: what to say when one is called off, and the holidays of a program."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from aftercare import wording
from portal.forms.fields import DateInput


class NoteForm(forms.Form):
    """A sentence of one's own in the text that calls a date off.

    It goes out unasked to many, so one that would tell a stranger something is not taken; `neutral`
    are sentences to take in its place.
    """

    neutral = (_("See you next time."), _("Call us with any question."), _("Nothing else changes."))
    note = forms.CharField(
        label=_("One sentence of your own"),
        max_length=140,
        required=False,
        help_text=_(
            "It goes out as you write it, in no other language. It stands on lock screens: "
            "nothing that tells what this is about."
        ),
    )

    def clean_note(self) -> str:
        """Words that tell a stranger nothing."""
        note: str = self.cleaned_data["note"]
        word = wording.telling_word(note)
        if word:
            raise ValidationError(
                gettext("“%(word)s” would tell a stranger too much. Use other words.")
                % {"word": word}
            )
        return note


class HolidayForm(forms.Form):
    """Days on which nothing that the program runs happens."""

    name = forms.CharField(label=_("Name"), max_length=80)
    first_on = forms.DateField(label=_("First day"), widget=DateInput())
    last_on = forms.DateField(
        label=_("Last day"),
        widget=DateInput(),
        required=False,
        help_text=_("Leave it empty for one day."),
    )

    def clean(self) -> dict[str, Any]:
        """One day where no last one is given."""
        data: dict[str, Any] = super().clean() or {}
        return {**data, "last_on": data.get("last_on") or data.get("first_on")}
