"""The form of one commitment; what makes no sense together is said beside the field it concerns."""

from datetime import date
from typing import Any

from django import forms
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from aftercare import plan
from aftercare.models import Commitment, Expectation, Meeting
from portal.forms.enrolment import DateInput, TimeInput
from portal.forms.fields import ZoneField

REASONS = Expectation.Reason.choices
PATTERNS = (
    ("weekly", _("Every week")),
    ("biweekly", _("Every other week")),
    ("monthly_position", _("Every month, by weekday (such as the first Saturday)")),
    ("monthly_date", _("Every month, by date (such as the 15th)")),
    ("once", _("Just once")),
)
POSITIONS = (
    ("", "---"),
    (1, pgettext_lazy("week of the month", "first")),
    (2, pgettext_lazy("week of the month", "second")),
    (3, pgettext_lazy("week of the month", "third")),
    (4, pgettext_lazy("week of the month", "fourth")),
    (-1, pgettext_lazy("week of the month", "last")),
)
LEADS = (
    (0, _("When it starts")),
    (30, _("30 minutes before")),
    (60, _("1 hour before")),
    (120, _("2 hours before")),
    (180, _("3 hours before")),
    (1440, _("1 day before")),
)


def _number(value: str) -> int | None:
    return int(value) if value else None


class CommitmentForm(forms.Form):
    """What somebody puts into a plan by typing it in."""

    kind = forms.ChoiceField(
        label=_("What is it?"), choices=Commitment.Kind.choices, initial="therapy"
    )
    title = forms.CharField(
        label=_("Name"),
        max_length=200,
        help_text=_("As you want to see it here. It never stands in a text."),
    )
    pattern = forms.ChoiceField(label=_("How often?"), choices=PATTERNS, initial="weekly")
    weekdays = forms.TypedMultipleChoiceField(
        label=_("On which days?"),
        choices=sorted(WEEKDAYS.items()),
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    position = forms.TypedChoiceField(
        label=_("Which one of the month?"),
        choices=POSITIONS,
        coerce=_number,
        empty_value=None,
        required=False,
    )
    month_day = forms.IntegerField(
        label=_("Which date of the month?"),
        min_value=1,
        max_value=31,
        required=False,
        help_text=_("Months that are too short are left out."),
    )
    start_time = forms.TimeField(label=_("Time"), widget=TimeInput())
    minutes = forms.IntegerField(
        label=_("How many minutes?"), min_value=1, max_value=1440, initial=60
    )
    time_zone = ZoneField()
    starts_on = forms.DateField(label=_("First day"), widget=DateInput())
    until_on = forms.DateField(
        label=_("Last day"),
        required=False,
        widget=DateInput(),
    )
    place = forms.CharField(label=_("Where"), max_length=200, required=False)
    join_link = forms.URLField(
        label=_("Link to join"), max_length=500, required=False, assume_scheme="https"
    )
    reminders_on = forms.BooleanField(label=_("Remind me by text"), required=False, initial=True)
    remind_minutes = forms.TypedChoiceField(
        label=_("When should we remind you?"), choices=LEADS, coerce=int, initial=120
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        current = str(self.data.get("time_zone") or self.initial.get("time_zone") or "")
        self.fields["time_zone"].offer(current=current)  # type: ignore[attr-defined]

    def draft(self, *, meeting: Meeting | None = None) -> plan.CommitmentDraft:
        """What was asked for, still tied to the directory's meeting it came from, if any."""
        fields = dict(self.cleaned_data)
        pattern = fields.pop("pattern")
        weekdays = tuple(fields.pop("weekdays"))
        return plan.CommitmentDraft(
            **fields,
            meeting=meeting,
            repeats="weekly" if pattern == "biweekly" else pattern,
            interval=2 if pattern == "biweekly" else 1,
            weekdays=weekdays,
        )

    def clean(self) -> dict[str, Any]:
        """Let the plan itself say what cannot be, beside the field it concerns."""
        fields = super().clean() or self.cleaned_data
        if not self.errors:
            try:
                self.draft().check()
            except plan.UnusableDraft as fault:
                self.add_error(fault.field or None, str(fault))
        return fields


def initial_of(draft: plan.CommitmentDraft) -> dict[str, Any]:
    """The form's values of a draft."""
    values = {
        name: getattr(draft, name) for name in CommitmentForm.base_fields if hasattr(draft, name)
    }
    every_other = draft.repeats == "weekly" and draft.interval == 2
    return {**values, "pattern": "biweekly" if every_other else str(draft.repeats)}


class MeetingForm(forms.Form):
    """How a support meeting of the directory comes into a plan; the directory knows the rest."""

    starts_on = forms.DateField(label=_("First day"), widget=DateInput())
    reminders_on = forms.BooleanField(label=_("Remind me by text"), required=False, initial=True)
    remind_minutes = forms.TypedChoiceField(
        label=_("When should we remind you?"), choices=LEADS, coerce=int, initial=120
    )

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["starts_on"].initial = today
