"""The forms of a contact: how it went and what comes next, and setting a signal aside."""

import json
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, cast
from uuid import UUID

from django import forms
from django.db.models import TextChoices
from django.http import QueryDict
from django.utils.text import capfirst
from django.utils.translation import gettext as translate
from django.utils.translation import gettext_lazy as _

from aftercare.engagement.rows import SignalRow
from aftercare.models import DisengagementSignal, Outreach
from aftercare.outreach import LONGEST_SNOOZE
from portal.forms.fields import DateInput

LONGEST_PLAN = timedelta(days=366)


def _capitalised(choices: type[TextChoices]) -> list[tuple[str, str]]:
    return [(value, capfirst(label)) for value, label in choices.choices]


class OutreachForm(forms.Form):
    """One contact with a graduate; the open signals it answers are ticked."""

    outcome = forms.ChoiceField(
        label=_("How did it go?"), choices=_capitalised(Outreach.Outcome), widget=forms.RadioSelect
    )
    way = forms.ChoiceField(
        label=_("How did you try?"),
        choices=_capitalised(Outreach.Way),
        initial=Outreach.Way.CALL,
        widget=forms.RadioSelect,
    )
    note = forms.CharField(
        label=_("Note"),
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    minutes = forms.IntegerField(label=_("Minutes"), required=False, min_value=1, max_value=600)
    next_step = forms.CharField(
        label=_("Next step"),
        required=False,
        max_length=300,
    )
    next_kind = forms.ChoiceField(
        label=_("Stays open until done"),
        required=False,
        choices=[
            (Outreach.NextKind.OTHER, _("Neither")),
            (Outreach.NextKind.HAND_OFF, _("Warm hand-off")),
            (Outreach.NextKind.REFERRAL, _("Return to care")),
        ],
        initial=Outreach.NextKind.OTHER,
        widget=forms.RadioSelect,
    )
    next_on = forms.DateField(label=_("Comes back on"), required=False, widget=DateInput())
    signals = forms.TypedMultipleChoiceField(
        label=_("This answers"), required=False, coerce=UUID, widget=forms.CheckboxSelectMultiple
    )

    def __init__(
        self, *args: Any, signals: Sequence[SignalRow], today: date, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        choices = [(str(signal.uid), signal.title.capitalize()) for signal in signals]
        if choices:
            self.fields["signals"].choices = choices  # type: ignore[attr-defined]
            self.fields["signals"].initial = [uid for uid, title in choices]
        else:
            del self.fields["signals"]
        days = self.fields["next_on"].widget.attrs
        days["min"], days["max"] = today.isoformat(), (today + LONGEST_PLAN).isoformat()

    def kept(self) -> str:
        """What was typed so far as one text, to be kept as a draft; "" where no words are among it."""
        posted = cast(QueryDict, self.data)
        typed = {name: posted.getlist(name) for name in self.fields if name in posted}
        has_words = any(typed.get(name, [""])[0].strip() for name in ("note", "next_step"))
        return json.dumps(typed) if has_words else ""

    @staticmethod
    def taken_up(*, draft: str) -> dict[str, Any]:
        """The initial values of a draft that was kept."""
        typed: dict[str, list[str]] = json.loads(draft) if draft else {}
        several = {"signals"}
        return {
            name: values if name in several else values[0]
            for name, values in typed.items()
            if values
        }

    def clean_next_on(self) -> date | None:
        """A day from today on, a year at most."""
        day: date | None = self.cleaned_data["next_on"]
        if day is not None and not self.today <= day <= self.today + LONGEST_PLAN:
            raise forms.ValidationError(translate("Choose a day from today on."))
        return day

    def clean(self) -> dict[str, Any]:
        """A next step has its day, so that it comes back; so has what is planned for later."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        is_planned = data.get("outcome") == Outreach.Outcome.PLANNED
        needs_day = is_planned or data.get("next_step")
        if needs_day and not data.get("next_on") and "next_on" not in self.errors:
            self.add_error("next_on", translate("Choose the day, so that it comes back then."))
        return data


class SnoozeForm(forms.Form):
    """Until when a signal rests, and why."""

    reason = forms.ChoiceField(
        label=_("Why?"), choices=_capitalised(DisengagementSignal.Rest), widget=forms.RadioSelect
    )
    until_on = forms.DateField(label=_("Until the morning of"), widget=DateInput())

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.first, self.last = today + timedelta(days=1), today + LONGEST_SNOOZE
        days = self.fields["until_on"]
        days.initial = today + timedelta(days=7)
        days.widget.attrs |= {"min": self.first.isoformat(), "max": self.last.isoformat()}

    def clean_until_on(self) -> date:
        """A day ahead, ninety days at most."""
        day: date = self.cleaned_data["until_on"]
        if not self.first <= day <= self.last:
            raise forms.ValidationError(
                translate("Choose a day from tomorrow on, 90 days ahead at most.")
            )
        return day
