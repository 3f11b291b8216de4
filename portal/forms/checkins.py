"""The form of one check-in: each question as radio buttons or a number, answered or left out."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from aftercare.questions import BY_CODE, Question

MOST_BUTTONS = 11


class CheckInForm(forms.Form):
    """The questions of one sitting; every one may be left out."""

    def __init__(self, *args: Any, codes: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for code in codes:
            self.fields[code] = _field(BY_CODE[code])

    def answers(self) -> dict[str, int | str]:
        """What was answered, by question code."""
        return {code: value for code, value in self.cleaned_data.items() if value not in (None, "")}


def _field(question: Question) -> forms.Field:
    shared: dict[str, Any] = {"label": question.words, "required": False}
    if question.choices:
        return forms.TypedChoiceField(
            choices=question.choices,
            coerce=type(question.choices[0][0]),
            empty_value=None,
            widget=forms.RadioSelect,
            **shared,
        )
    low, high = question.low or 0, question.high or 0
    if high - low < MOST_BUTTONS:
        return forms.TypedChoiceField(
            choices=[(number, str(number)) for number in range(low, high + 1)],
            coerce=int,
            empty_value=None,
            widget=forms.RadioSelect(attrs={"class": "scale"}),
            **shared,
        )
    # Half an hour of sleep may be said by text, and so stands on the page, too.
    is_half = question.kind == "sleep"
    number = forms.FloatField if is_half else forms.IntegerField
    return number(
        min_value=low,
        max_value=high,
        error_messages={
            "invalid": _("Write a number, such as 6.") if is_half else _("Write a whole number."),
            "min_value": _("The lowest answer is %(limit_value)s."),
            "max_value": _("The highest answer is %(limit_value)s."),
        },
        **shared,
    )
