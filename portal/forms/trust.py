"""Forms of consent and oversight: whom to tell what, records opened in need, audits, a worry from outside."""

import uuid
from datetime import date, datetime
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as translate
from django.utils.translation import gettext_lazy as _

from aftercare.models import GlassBreak, Item, Role, Worry
from aftercare.releases import LONGEST, Draft
from aftercare.worries import Told
from notifications import phone as numbers
from notifications.models import Program
from notifications.text import fold
from portal.forms.fields import DateInput

PURPOSES = _("So that they can support me")


class ReleaseForm(forms.Form):
    """Whom to tell what, what for, and until when."""

    recipient = forms.CharField(label=_("Full name of the person or office"), max_length=120)
    relation = forms.CharField(
        label=_("Who they are to me"),
        max_length=60,
        required=False,
        help_text=_("Mother, sponsor, mentor, a friend who greets me at the door"),
    )
    items = forms.MultipleChoiceField(
        label=_("What they may be told"),
        choices=Item.choices,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Tick at least one thing.")},
    )
    purpose = forms.CharField(label=_("What for"), max_length=200, initial=PURPOSES)
    last_on = forms.DateField(
        label=_("Last day"),
        widget=DateInput(),
        help_text=_("A year ahead at most. It ends by itself then."),
    )
    has_page = forms.BooleanField(
        label=_("They get a page of their own to look at"),
        required=False,
        help_text=_("It shows only what you tick, in kind words: never your answers or texts."),
    )
    email = forms.EmailField(
        label=_("Their e-mail"),
        max_length=254,
        required=False,
        help_text=_("For the link to the page. Leave it empty to hand the link over yourself."),
    )

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        days = self.fields["last_on"].widget.attrs
        days["min"], days["max"] = today.isoformat(), (today + LONGEST).isoformat()

    def clean_last_on(self) -> date | None:
        """A day from today on, a year ahead at most."""
        day: date | None = self.cleaned_data["last_on"]
        if day is not None and not self.today <= day <= self.today + LONGEST:
            raise forms.ValidationError(translate("Choose a day from today on, a year at most."))
        return day

    def draft(self) -> Draft:
        """What is to be allowed."""
        return Draft(**self.cleaned_data)


class StaffReleaseForm(ReleaseForm):
    """The same, as staff write it down with the graduate; it may end by an event."""

    ends_event = forms.CharField(
        label=_("Or: it ends when this happens"),
        max_length=120,
        required=False,
        help_text=_("Such as: the court case is closed"),
    )
    field_order = ("recipient", "relation", "items", "purpose", "last_on", "ends_event")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["last_on"].required = False

    def clean(self) -> dict[str, Any]:
        """Every consent has its end."""
        data: dict[str, Any] = super().clean() or {}
        has_end = data.get("last_on") or data.get("ends_event")
        if not has_end and "last_on" not in self.errors:
            self.add_error("last_on", translate("Choose the last day. You can end it sooner."))
        if data.get("has_page") and not data.get("last_on") and "last_on" not in self.errors:
            self.add_error("last_on", translate("A page always ends on a day."))
        return data


class SignForm(forms.Form):
    """A signature: the full name, typed; a slip of the finger signs nothing (42 CFR 2.31(a)(8))."""

    signature = forms.CharField(
        label=_("Sign with your full name"),
        max_length=120,
        widget=forms.TextInput({"autocomplete": "name"}),
    )

    def __init__(self, *args: Any, name: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.name = name

    def clean_signature(self) -> str:
        """Each part of the name is there, in any spelling; there may be more."""
        typed: str = self.cleaned_data["signature"]
        if not set(fold(self.name).split()) <= set(fold(typed).split()):
            words = translate("Write your name as it stands above: %(name)s.")
            raise forms.ValidationError(words % {"name": self.name})
        return typed


class AloudForm(forms.Form):
    """Who vouches that the words were read."""

    read_aloud = forms.BooleanField(
        label=_("I read these words aloud to them in private, and they said yes."),
        error_messages={"required": _("Read the words aloud first, then tick this box.")},
    )


class LetterForm(forms.Form):
    """What staff add to the facts of a letter."""

    words = forms.CharField(
        label=_("A few words of your own"),
        max_length=1500,
        required=False,
        widget=forms.Textarea({"rows": 5}),
        help_text=_("Only what the consent covers. No scores, no diagnosis, nothing they wrote."),
    )


class EmergencyForm(forms.Form):
    """What medical personnel were told in an emergency (42 CFR 2.51)."""

    recipient = forms.CharField(
        label=_("Who was told, and where they work"),
        max_length=200,
        help_text=_("Such as: Dr. Lee, emergency room, General Hospital"),
    )
    what = forms.CharField(
        label=_("What they were told"), max_length=1000, widget=forms.Textarea({"rows": 3})
    )
    nature = forms.CharField(
        label=_("What the emergency was"), max_length=500, widget=forms.Textarea({"rows": 2})
    )
    told_at = forms.DateTimeField(
        label=_("When"), widget=forms.DateTimeInput({"type": "datetime-local"}, "%Y-%m-%dT%H:%M")
    )

    @classmethod
    def blank(cls, at: datetime) -> "EmergencyForm":
        """The form as it is opened: it happened just now."""
        return cls(initial={"told_at": timezone.localtime(at)})


class GlassForm(forms.Form):
    """Whose record has to be opened, and why."""

    who = forms.CharField(
        label=_("Full name or phone number"),
        max_length=120,
        help_text=_("One person of your program. The search is put on record."),
    )
    reason = forms.ChoiceField(
        label=_("Why"), choices=GlassBreak.Reason.choices, widget=forms.RadioSelect
    )
    words = forms.CharField(
        label=_("What happened, in a line or two"),
        max_length=500,
        widget=forms.Textarea({"rows": 3}),
    )
    withheld_because = forms.CharField(
        label=_("Telling them could put somebody in danger, because"),
        max_length=300,
        required=False,
        help_text=_("Leave it empty, and they are told after the hour. Else a lead decides."),
    )

    def searched(self) -> str:
        """A phone as E.164 where it is one; else the name as typed."""
        typed: str = self.cleaned_data["who"]
        try:
            return numbers.parse(raw=typed, for_texts=False, allow_fictitious=True).e164
        except numbers.UnusablePhone:
            return typed


class ReviewForm(forms.Form):
    """What a lead found."""

    outcome = forms.ChoiceField(
        label=_("What you found"), choices=GlassBreak.Outcome.choices, widget=forms.RadioSelect
    )
    note = forms.CharField(
        label=_("Note"), max_length=1000, required=False, widget=forms.Textarea({"rows": 2})
    )
    tells = forms.BooleanField(label=_("Tell the graduate now"), required=False)


class InspectionForm(forms.Form):
    """An audit: who reads which records until when, under which agreement."""

    role = forms.ChoiceField(label=_("Auditor"))
    names = forms.CharField(
        label=_("Whose records"),
        max_length=8000,
        widget=forms.Textarea({"rows": 4}),
        help_text=_("One full name a line."),
    )
    purpose = forms.CharField(label=_("What for"), max_length=200)
    last_on = forms.DateField(label=_("Last day"), widget=DateInput())
    agreement = forms.CharField(
        label=_("The agreement, word for word"),
        max_length=20_000,
        widget=forms.Textarea({"rows": 6}),
        help_text=_("It is kept with a fingerprint, so that a later change shows."),
    )

    def __init__(self, *args: Any, roles: list[Role], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.roles = {str(role.uid): role for role in roles}
        self.fields["role"].choices = [  # type: ignore[attr-defined]
            (key, role.user.name or role.user.email) for key, role in self.roles.items()
        ]

    @property
    def chosen(self) -> Role:
        """The auditor who was picked."""
        return self.roles[self.cleaned_data["role"]]


class WorryForm(forms.Form):
    """What somebody from outside wants a program to know."""

    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)
    program = forms.ChoiceField(label=_("Which program"))
    about = forms.CharField(label=_("Whom you worry about"), max_length=120)
    words = forms.CharField(
        label=_("What worries you"), max_length=2000, widget=forms.Textarea({"rows": 5})
    )
    writer = forms.CharField(label=_("Your name"), max_length=120, required=False)
    reach = forms.CharField(
        label=_("How we can reach you"),
        max_length=120,
        required=False,
        help_text=_("Leave both empty if you would rather not say."),
    )

    def __init__(self, *args: Any, programs: list[Program], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._programs = {str(program.uid): program for program in programs}
        self.fields["program"].choices = [  # type: ignore[attr-defined]
            (uid, program.name) for uid, program in self._programs.items()
        ]

    @property
    def chosen(self) -> Program:
        """The program that is to hear it."""
        return self._programs[self.cleaned_data["program"]]

    def told(self) -> Told:
        """What was written."""
        names = ("about", "words", "writer", "reach")
        return Told(**{name: self.cleaned_data[name] for name in names})


class WorryDoneForm(forms.Form):
    """What became of a worry; a name makes it a task of whoever cares for that person."""

    outcome = forms.ChoiceField(label=_("What became of it"), choices=Worry.Outcome.choices)
    who = forms.CharField(
        label=_("Full name of the graduate it is about"), max_length=120, required=False
    )

    def clean(self) -> dict[str, Any]:
        """What is passed on is about somebody."""
        data: dict[str, Any] = super().clean() or {}
        if data.get("outcome") == Worry.Outcome.PASSED_ON and not data.get("who"):
            self.add_error("who", translate("Write whom it is about."))
        return data
