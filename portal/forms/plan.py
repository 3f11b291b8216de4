"""The form of one commitment; what makes no sense together is said beside the field it concerns."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from aftercare import plan
from aftercare.agenda import CommitmentRow
from aftercare.models import Commitment, Expectation, Meeting
from portal.forms.fields import DateInput, TimeInput, ZoneField

REASONS = Expectation.Reason.choices
PATTERNS = (
    ("weekly", _("Every week")),
    ("biweekly", _("Every other week")),
    ("every_few", _("Every few weeks")),
    ("monthly_position", _("Every month, by weekday (such as the first Saturday)")),
    ("monthly_date", _("Every month, by date (such as the 15th)")),
    ("last_day", _("Every month, on its last day")),
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
# Minutes and clock of a further reminder, as one word of a form.
MORE_LEADS = (
    ("1440 18:00", _("The day before, at 6 PM")),
    ("0 08:00", _("That morning, at 8 AM")),
    ("60", _("1 hour before")),
    ("30", _("30 minutes before")),
)


def _lead(value: str) -> tuple[int, str]:
    minutes, _space, clock = value.partition(" ")
    return int(minutes), clock


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
        help_text=_(
            "As you want to see it here. A text names it only if you turn discreet texts off."
        ),
    )
    pattern = forms.ChoiceField(label=_("How often?"), choices=PATTERNS, initial="weekly")
    interval = forms.IntegerField(
        label=_("Every how many weeks?"), min_value=1, max_value=52, required=False
    )
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
        help_text=_(
            "Months without this date are left out. For every month, choose “on its last day” above."
        ),
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
    more_leads = forms.TypedMultipleChoiceField(
        label=_("And once more?"),
        choices=MORE_LEADS,
        coerce=_lead,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    travel_minutes = forms.IntegerField(
        label=_("Minutes to get there"),
        min_value=0,
        max_value=300,
        required=False,
        help_text=_("We remind you that much earlier. Leave it empty for something online."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        current = str(self.data.get("time_zone") or self.initial.get("time_zone") or "")
        self.fields["time_zone"].offer(current=current)  # type: ignore[attr-defined]

    def draft(self, *, meeting: Meeting | None = None) -> plan.CommitmentDraft:
        """What was asked for, still tied to the directory's meeting it came from, if any."""
        fields = dict(self.cleaned_data)
        rule = _rule(fields.pop("pattern"), fields.pop("interval"), fields["month_day"])
        return plan.CommitmentDraft(
            **{
                **fields,
                **rule,
                "weekdays": tuple(fields["weekdays"]),
                "more_leads": tuple(fields["more_leads"]),
                "travel_minutes": fields["travel_minutes"] or 0,
            },
            meeting=meeting,
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


def _rule(pattern: str, weeks: int | None, month_day: int | None) -> dict[str, Any]:
    """How often, as the plan keeps it, from how often as people choose it."""
    if pattern == "last_day":
        return {"repeats": "monthly_date", "interval": 1, "month_day": -1}
    if pattern in ("biweekly", "every_few"):
        interval = 2 if pattern == "biweekly" else weeks or 0
        return {"repeats": "weekly", "interval": interval, "month_day": month_day}
    return {"repeats": pattern, "interval": 1, "month_day": month_day}


def _pattern(draft: plan.CommitmentDraft) -> str:
    if draft.repeats == "weekly" and draft.interval > 1:
        return "biweekly" if draft.interval == 2 else "every_few"
    is_last = draft.repeats == "monthly_date" and draft.month_day == -1
    return "last_day" if is_last else str(draft.repeats)


def initial_of(draft: plan.CommitmentDraft) -> dict[str, Any]:
    """The form's values of a draft."""
    values = {
        name: getattr(draft, name) for name in CommitmentForm.base_fields if hasattr(draft, name)
    }
    return {
        **values,
        "pattern": _pattern(draft),
        "month_day": None if draft.month_day == -1 else draft.month_day,
        "more_leads": [f"{minutes} {clock}".strip() for minutes, clock in draft.more_leads],
    }


class MoveForm(forms.Form):
    """Another time for one date, just this once."""

    on = forms.DateField(label=_("New day"), widget=DateInput())
    start_time = forms.TimeField(label=_("New time"), widget=TimeInput())


class RestForm(forms.Form):
    """Days on which the plan, or one thing of it, does not happen."""

    what = forms.ChoiceField(label=_("What rests?"))
    first_on = forms.DateField(label=_("First day"), widget=DateInput())
    last_on = forms.DateField(label=_("Last day"), widget=DateInput())

    def __init__(self, *args: Any, rows: Sequence[CommitmentRow], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["what"].choices = [  # type: ignore[attr-defined]
            ("", _("Everything in the plan")),
            *((str(row.uid), row.title) for row in rows),
        ]
        self.fields["what"].required = False


class CalendarForm(forms.Form):
    """What the calendar of a plan says."""

    full_titles = forms.BooleanField(
        label=_("Show names and places"),
        required=False,
        help_text=_("Without this it says only “Appointment”. Other people may see your calendar."),
    )


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
