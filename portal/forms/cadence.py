"""Forms of how often people hear from a program: a hard day, a moved check-in, absences, and templates."""

import re
from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from aftercare.cadence import Step, Template
from aftercare.models import Role
from portal.forms.fields import DateInput

# How many stretches a taper has in the form; the rules know any number.
STRETCHES = 3


class ToughDayForm(forms.Form):
    """A day that will be hard, and what it is in own words."""

    on = forms.DateField(label=_("Which day?"), widget=DateInput())
    note = forms.CharField(
        label=_("What is it?"),
        max_length=120,
        required=False,
        help_text=_("Such as a wedding. No text ever says it."),
    )


class MoveForm(forms.Form):
    """Another day for one check-in."""

    on = forms.DateField(label=_("Another day"), widget=DateInput())


class AwayForm(forms.Form):
    """Who is away, from when to when, and who reads meanwhile."""

    counselor = forms.ChoiceField(label=_("Who is away?"))
    first_on = forms.DateField(label=_("First day away"), widget=DateInput())
    last_on = forms.DateField(label=_("Last day away"), widget=DateInput())
    cover = forms.ChoiceField(
        label=_("Who reads and answers meanwhile?"),
        help_text=_("This colleague sees your graduates until you are back."),
    )

    def __init__(
        self, *args: Any, counselors: Sequence[Role], colleagues: Sequence[Role], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self._roles = {str(role.uid): role for role in (*counselors, *colleagues)}
        for name, roles in (("counselor", counselors), ("cover", colleagues)):
            choices = [(str(role.uid), role.user.name) for role in roles]
            self.fields[name].choices = [("", "---"), *choices]  # type: ignore[attr-defined]
        if len(counselors) == 1:
            self.fields["counselor"].initial = str(counselors[0].uid)

    def absence(self) -> dict[str, Any]:
        """What was said, for coverage.add."""
        data = dict(self.cleaned_data)
        return {
            **data,
            "counselor": self._roles[data["counselor"]],
            "cover": self._roles[data["cover"]],
        }


class DaysField(forms.CharField):
    """Days as numbers with commas between them; cleaned to a tuple in order."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, max_length=200, **kwargs)

    def clean(self, value: Any) -> Any:
        """The days, each once."""
        parts = [part for part in re.split(r"[,;\s]+", super().clean(value)) if part]
        if not all(part.isdecimal() and len(part) <= 4 for part in parts):
            raise ValidationError(gettext("Write numbers with commas between them, like 1, 7, 30."))
        return tuple(sorted({int(part) for part in parts}))

    def prepare_value(self, value: Any) -> Any:
        """What stands in the box."""
        return ", ".join(map(str, value)) if isinstance(value, list | tuple) else value


class TemplateForm(forms.Form):
    """The taper in three stretches, the touches, the caring contacts, and the weekdays."""

    touches = DaysField(
        label=_("Days of a touch in the first ninety"),
        help_text=_("Counted from the beginning of aftercare. Empty is none."),
    )
    caring = DaysField(
        label=_("Days of texts that ask nothing"),
        help_text=_("On these days the touch asks nothing; on the other days it is a check-in."),
    )
    caring_every = forms.IntegerField(
        label=_("After the last of them, every how many days?"),
        min_value=0,
        max_value=365,
        help_text=_("0 is no more of them."),
    )
    weekdays = forms.TypedMultipleChoiceField(
        label=_("Weekdays of check-ins"),
        choices=sorted(WEEKDAYS.items()),
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
    )
    has_on_call = forms.BooleanField(
        label=_("Somebody is on call on Friday evenings and weekends"),
        required=False,
        help_text=_("Only then texts of this kind leave at these times."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for number in range(STRETCHES):
            is_last = number == STRETCHES - 1
            self.fields[f"every_{number}"] = forms.IntegerField(
                label=_("After that, a check-in every how many days?")
                if number
                else _("At first, a check-in every how many days?"),
                min_value=1,
                max_value=91,
            )
            if not is_last:
                self.fields[f"until_{number}"] = forms.IntegerField(
                    label=_("Up to which day?"), min_value=1, max_value=3650
                )

    @classmethod
    def of(cls, template: Template) -> "TemplateForm":
        """The form as a template stands now; one with fewer stretches repeats its last."""
        names = ("touches", "caring", "caring_every", "weekdays", "has_on_call")
        initial: dict[str, Any] = {name: getattr(template, name) for name in names}
        for number in range(STRETCHES):
            step = template.steps[min(number, len(template.steps) - 1)]
            initial[f"every_{number}"] = step.every
            initial[f"until_{number}"] = step.until
        return cls(initial=initial)

    def stretches(self) -> list[Any]:
        """The boxes of the taper, for the template."""
        return [self[name] for name in self.fields if name.startswith(("every_", "until_"))]

    def others(self) -> list[Any]:
        """The other boxes, for the template."""
        return [self[name] for name in self.fields if not name.startswith(("every_", "until_"))]

    def template(self) -> Template:
        """What was set."""
        data = self.cleaned_data
        return Template(
            steps=tuple(
                Step(every=data[f"every_{number}"], until=data.get(f"until_{number}"))
                for number in range(STRETCHES)
            ),
            touches=data["touches"],
            caring=data["caring"],
            caring_every=data["caring_every"],
            weekdays=tuple(data["weekdays"]),
            has_on_call=data["has_on_call"],
        )
