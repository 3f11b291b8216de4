"""Forms of a program's lead: what the program sets, and who works there."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from aftercare.models import Role
from aftercare.programs import LANGUAGES, ProgramDraft, TellingAlias, check_alias
from notifications import text
from notifications.models import Program
from portal.forms.fields import HoursField, PhoneField, ZoneField

# A crisis answer must be short enough to be read in danger.
MOST_SEGMENTS = 3
LANGUAGE_NAMES = {"en": _("Crisis text in English"), "es": _("Crisis text in Spanish")}


class ProgramForm(forms.Form):
    """Name, hours, phone, zone, crisis texts, and whether texts leave at all."""

    name = forms.CharField(label=_("Name of the program"), max_length=120)
    alias = forms.CharField(
        label=_("Neutral name in texts"),
        max_length=40,
        help_text=_(
            "Texts are signed with it, and stand on lock screens: nothing that tells what it is about."
        ),
    )
    phone = PhoneField(
        label=_("Phone for calls"),
        for_texts=False,
        help_text=_("The line people call. It stands in texts and on help pages."),
    )
    time_zone = ZoneField()
    texting_on = forms.BooleanField(
        label=_("Texts leave"),
        required=False,
        help_text=_("Off holds everything back; crisis answers and STOP still work."),
    )

    answers_strangers = forms.BooleanField(
        label=_("Anybody may ask for meetings by text"),
        required=False,
        help_text=_(
            "Who texts a ZIP or a city gets the next three meetings, also without an account. "
            "It costs up to two texts each time, six times an hour for one number."
        ),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        current = str(self.data.get("time_zone") or self.initial.get("time_zone") or "")
        self.fields["time_zone"].offer(current=current, every=True)  # type: ignore[attr-defined]
        for day, name in sorted(WEEKDAYS.items()):
            self.fields[f"hours_{day}"] = HoursField(
                label=name, widget=forms.TextInput({"placeholder": "9:00-17:00"})
            )
        for language in LANGUAGES:
            self.fields[f"crisis_{language}"] = forms.CharField(
                label=LANGUAGE_NAMES[language], max_length=480, widget=forms.Textarea({"rows": 4})
            )

    @classmethod
    def of(cls, program: Program) -> "ProgramForm":
        """The form as the program stands now."""
        names = ("name", "alias", "phone", "time_zone", "texting_on", "answers_strangers")
        initial: dict[str, Any] = {name: getattr(program, name) for name in names}
        for day, windows in enumerate(program.staffed_hours or [[]] * 7):
            initial[f"hours_{day}"] = windows
        for language in LANGUAGES:
            initial[f"crisis_{language}"] = program.crisis_texts.get(language, "")
        return cls(initial=initial)

    def clean_alias(self) -> str:
        """A name that tells a stranger nothing."""
        alias: str = self.cleaned_data["alias"]
        try:
            check_alias(alias=alias)
        except TellingAlias as error:
            raise ValidationError(str(error)) from error
        return alias

    def clean(self) -> dict[str, Any]:
        """Crisis texts are short."""
        data: dict[str, Any] = super().clean() or {}
        for language in LANGUAGES:
            body = text.plain(data.get(f"crisis_{language}", ""))
            count = text.segments(body).count
            if count > MOST_SEGMENTS:
                self.add_error(
                    f"crisis_{language}",
                    gettext("This is %(count)s texts long. Keep it within %(most)s.")
                    % {"count": count, "most": MOST_SEGMENTS},
                )
        return data

    def hours(self) -> list[Any]:
        """The boxes of the weekdays, for the template."""
        return [self[f"hours_{day}"] for day in range(7)]

    def crisis(self) -> list[Any]:
        """The boxes of the crisis texts, for the template."""
        return [self[f"crisis_{language}"] for language in LANGUAGES]

    def draft(self) -> ProgramDraft:
        """What the program sets."""
        data = self.cleaned_data
        return ProgramDraft(
            name=data["name"],
            alias=data["alias"],
            time_zone=data["time_zone"],
            phone=data["phone"],
            staffed_hours=[data[f"hours_{day}"] for day in range(7)],
            crisis_texts={
                language: text.plain(data[f"crisis_{language}"]) for language in LANGUAGES
            },
            texting_on=data["texting_on"],
            answers_strangers=data["answers_strangers"],
        )


class StaffForm(forms.Form):
    """A colleague and what they may do."""

    email = forms.EmailField(label=_("E-mail"), max_length=254)
    kind = forms.ChoiceField(label=_("Role"), choices=Role.Kind.choices)
    by_hand = forms.BooleanField(label=_("Show me the link instead of mailing it"), required=False)
