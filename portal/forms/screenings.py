"""The form of one page of a questionnaire: choices in its own words, or a number of days."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from aftercare import results
from aftercare.instruments.structure import Item
from aftercare.models import InstrumentWording

OPEN = _("Not answered yet.")


class ScreeningForm(forms.Form):
    """A few questions; the page says which ones are open, and they may be left so."""

    # The page is the one that says it, in its own words.
    use_required_attribute = False

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        items: Sequence[Item],
        wording: InstrumentWording,
        values: Mapping[str, int],
    ) -> None:
        super().__init__(data, initial={name_of(item): values.get(item.code) for item in items})
        self.items = tuple(items)
        for item in items:
            self.fields[name_of(item)] = _field(item, wording)

    def answers(self) -> dict[str, int]:
        """What was answered and can be, by item code; a page with a wrong number has the others."""
        data: dict[str, Any] = getattr(self, "cleaned_data", {})
        found = {item.code: data.get(name_of(item)) for item in self.items}
        return {code: value for code, value in found.items() if value is not None}

    @property
    def is_open(self) -> bool:
        """Whether nothing is wrong with it but that questions have no answer."""
        return all(self.has_error(name, "required") for name in self.errors)


def name_of(item: Item) -> str:
    """The name of a question's field: its code behind a letter."""
    return f"q{item.code}"


def _field(item: Item, wording: InstrumentWording) -> forms.Field:
    label = wording.words["items"][item.code]
    if item.most_days is not None:
        return forms.IntegerField(
            label=label,
            min_value=0,
            max_value=item.most_days,
            help_text=_("A number of days, from 0 to %(most)s.") % {"most": item.most_days},
            error_messages={
                "required": OPEN,
                "invalid": _("Write a whole number."),
                "min_value": _("The lowest answer is %(limit_value)s."),
                "max_value": _("The highest answer is %(limit_value)s."),
            },
        )
    labels = results.labels_of(item=item, wording=wording)
    return forms.TypedChoiceField(
        label=label,
        choices=list(zip(item.scores, labels, strict=True)),
        coerce=int,
        empty_value=None,
        error_messages={"required": OPEN},
        widget=forms.RadioSelect,
    )
