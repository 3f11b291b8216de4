"""Forms of the safety lane: what was done, who is on the list, and what helps in a hard moment."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from aftercare import coping
from aftercare.models import Alarm, Graduate, Role
from portal.forms.fields import PhoneField


class DoneForm(forms.Form):
    """What was done about one item; only a false alarm needs no words."""

    use_required_attribute = False

    outcome = forms.ChoiceField(label=_("How it ended"), choices=Alarm.Outcome.choices)
    note = forms.CharField(
        label=_("What was done"),
        max_length=4000,
        widget=forms.Textarea({"rows": 4}),
        help_text=_("Whom you reached and when, what you agreed, who else knows."),
        error_messages={"required": _("Write down in a line or two what was done.")},
    )
    resumes = forms.BooleanField(
        label=_("Planned texts may go on"),
        required=False,
        help_text=_("Left empty, they rest, and somebody is asked after a day."),
    )

    def clean(self) -> dict[str, Any]:
        """Let a false alarm be told without words."""
        data: dict[str, Any] = super().clean() or {}
        if data.get("outcome") == Alarm.Outcome.FALSE_ALARM and not data.get("note"):
            self.errors.pop("note", None)
            data["note"] = ""
        return data


class DutyForm(forms.Form):
    """Somebody of staff, and the phone that is paged."""

    role = forms.ChoiceField(label=_("Who"))
    phone = PhoneField(
        label=_("Phone"),
        help_text=_("A text with a test code goes there; it is answered like a page."),
    )

    def __init__(self, *args: Any, roles: list[Role], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.roles = {str(role.uid): role for role in roles}
        self.fields["role"].choices = [  # type: ignore[attr-defined]
            (key, role.user.name or role.user.email) for key, role in self.roles.items()
        ]

    def chosen(self) -> Role:
        """The role that was picked."""
        return self.roles[self.cleaned_data["role"]]


class WhoseForm(forms.Form):
    """Whose number it is, by somebody who has heard the person."""

    graduate = forms.ChoiceField(label=_("Whose number is it?"))
    is_heard = forms.BooleanField(
        label=_("I called this number and know the voice"),
        error_messages={"required": _("Call first: a text can come from anybody.")},
    )

    def __init__(self, *args: Any, people: tuple[tuple[Any, str], ...], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["graduate"].choices = [  # type: ignore[attr-defined]
            (str(uid), name) for uid, name in people
        ]


class CopingForm(forms.Form):
    """What helps in a hard moment, one thing a line."""

    steps = forms.CharField(
        label=_("What helps me"),
        required=False,
        max_length=2000,
        widget=forms.Textarea({"rows": 5}),
        help_text=_("One thing a line: walk around the block, cold water, put on that song."),
    )
    people = forms.CharField(
        label=_("People I can call"),
        required=False,
        max_length=1000,
        widget=forms.Textarea({"rows": 4}),
        help_text=_("One person a line, with the number: Rosa 215-555-0123"),
    )
    reasons = forms.CharField(
        label=_("What I do this for"),
        required=False,
        max_length=2000,
        widget=forms.Textarea({"rows": 3}),
        help_text=_("One reason a line."),
    )

    notes = forms.ChoiceField(
        label=_("Short safety notes on overdose"),
        choices=Graduate.SafetyNotes.choices,
        required=False,
        help_text=_(
            "For days when an opioid would be most dangerous. Full words can be read on your screen."
        ),
    )

    @classmethod
    def of(cls, plan: coping.Plan, *, notes: str) -> "CopingForm":
        """The form as the plan stands."""
        people = [f"{person.name} {person.phone}".strip() for person in plan.people]
        lines = {"steps": plan.steps, "people": people, "reasons": plan.reasons}
        texts = {name: "\n".join(found) for name, found in lines.items()}
        return cls(initial={**texts, "notes": notes})

    def plan(self) -> coping.Plan:
        """What was written, line by line."""
        data = self.cleaned_data
        return coping.Plan(
            steps=coping.lines(data["steps"]),
            people=coping.people(data["people"]),
            reasons=coping.lines(data["reasons"]),
        )
