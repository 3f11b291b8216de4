"""Forms of a graduate's own choices."""

from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.forms import formset_factory
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from aftercare.models import Graduate, Track
from aftercare.preferences import Cadence, Preferences, cadence_of
from portal.forms.fields import DateInput, PhoneField, StateField, TimeInput, ZoneField

CADENCES = [
    (Cadence.USUAL, _("As usual: every week at first, then more and more seldom")),
    (Cadence.MOST, _("Most: every three days")),
    (Cadence.MORE, _("More: every week")),
    (Cadence.LESS, _("Less: every two weeks")),
    (Cadence.LEAST, _("Least: every four weeks")),
]
# For the time after the first year.
ONLY_HELLO = (Cadence.ONLY_HELLO, _("No questions: only a hello, four times a year"))


class WordsForm(forms.Form):
    """Language, time zone, and how plain texts are."""

    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)
    time_zone = ZoneField()
    state = StateField(
        label=_("State you live in"), help_text=_("For the hours in which we may text.")
    )
    discreet = forms.BooleanField(
        label=_("Keep my texts discreet"),
        required=False,
        help_text=_(
            "They say only at what time something is. Without this, they name it; "
            "other people may read that on your screen."
        ),
    )

    def __init__(self, *args: Any, every_zone: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        current = str(self.data.get("time_zone") or self.initial.get("time_zone") or "")
        self.fields["time_zone"].offer(current=current, every=every_zone)  # type: ignore[attr-defined]

    @classmethod
    def of(cls, held: Preferences, *, every_zone: bool = False) -> "WordsForm":
        """The form as it stands now."""
        names = ("language", "time_zone", "discreet")
        initial = {name: getattr(held.graduate, name) for name in names} | {"state": held.state}
        return cls(initial=initial, every_zone=every_zone)


class WindowForm(forms.Form):
    """One span of quiet hours; it may run over midnight."""

    opens = forms.TimeField(label=_("From"), widget=TimeInput(), required=False)
    closes = forms.TimeField(label=_("To"), widget=TimeInput(), required=False)

    def clean(self) -> dict[str, Any]:
        """Both ends or neither, and not the same."""
        data: dict[str, Any] = super().clean() or {}
        opens, closes = data.get("opens"), data.get("closes")
        if self.errors:
            return data
        if (opens is None) != (closes is None):
            missing = "closes" if closes is None else "opens"
            self.add_error(missing, _("Fill in both times, or clear both."))
        elif opens is not None and opens == closes:
            self.add_error("closes", _("The two times are the same. Change one, or clear both."))
        return data

    def window(self) -> list[str] | None:
        """The span as rows keep it; None where the line is empty."""
        opens, closes = self.cleaned_data.get("opens"), self.cleaned_data.get("closes")
        return [f"{opens:%H:%M}", f"{closes:%H:%M}"] if opens and closes else None


QuietForms = formset_factory(WindowForm, extra=3, max_num=3, absolute_max=3)


def quiet_forms(preferences: Preferences) -> Any:
    """The quiet hours as they stand now."""
    initial = [{"opens": opens, "closes": closes} for opens, closes in preferences.quiet_windows]
    return QuietForms(prefix="quiet", initial=initial)


class PauseForm(forms.Form):
    """The last day of a pause."""

    until = forms.DateField(
        label=_("Last day of the pause"), widget=DateInput(), help_text=_("Up to 90 days ahead.")
    )


class CheckInsForm(forms.Form):
    """How often, and at which hour."""

    cadence = forms.ChoiceField(label=_("How often"), choices=CADENCES, widget=forms.RadioSelect)
    preferred_hour = forms.TypedChoiceField(
        label=_("Best hour"),
        coerce=int,
        empty_value=None,
        required=False,
        choices=[
            ("", _("No matter")),
            (9, _("morning, at 9")),
            (12, _("noon")),
            (15, _("afternoon, at 3")),
            (18, _("evening, at 6")),
        ],
    )
    asks_use = forms.BooleanField(
        label=_("Now and then you may ask me whether the old habit came back."), required=False
    )
    asks_use_later = forms.BooleanField(
        label=_("After the first year, too, you may ask me that."), required=False
    )

    def __init__(
        self, *args: Any, graduate: Graduate, is_past_year: bool, is_own: bool = True, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        # What may be asked about use is the person's own to say.
        asked = is_own and Track.SUBSTANCE_USE in graduate.tracks
        if not asked:
            del self.fields["asks_use"]
        if not asked or not is_past_year:
            del self.fields["asks_use_later"]
        if is_past_year:
            self.fields["cadence"].choices = [*CADENCES, ONLY_HELLO]  # type: ignore[attr-defined]

    @classmethod
    def of(cls, *, graduate: Graduate, is_past_year: bool, is_own: bool = True) -> "CheckInsForm":
        """The form as it stands now."""
        names = ("preferred_hour", "asks_use", "asks_use_later")
        initial = {name: getattr(graduate, name) for name in names}
        initial["cadence"] = cadence_of(graduate=graduate)
        return cls(initial=initial, graduate=graduate, is_past_year=is_past_year, is_own=is_own)

    def choices(self) -> dict[str, Any]:
        """What was chosen, for preferences.set_check_ins."""
        return {**self.cleaned_data, "cadence": Cadence(self.cleaned_data["cadence"])}


class CallsForm(forms.Form):
    """Who else has the phone, and how to call."""

    shared = forms.BooleanField(
        label=_("Somebody else sees or answers this phone"),
        required=False,
        help_text=_("Then our texts say even less, and you are signed out sooner."),
    )
    best_times = forms.CharField(label=_("Best times to call"), max_length=120, required=False)
    voicemail = forms.ChoiceField(
        label=_("May we leave a message?"),
        required=False,
        choices=[("", _("Not said")), ("yes", _("Yes")), ("no", _("No"))],
    )
    who_may_answer = forms.CharField(label=_("Who may answer"), max_length=120, required=False)
    call_ourselves = forms.CharField(
        label=_("What should we call ourselves?"), max_length=120, required=False
    )
    safe_contacts = forms.CharField(
        label=_("Who may we ask if we cannot reach you?"), max_length=200, required=False
    )

    @classmethod
    def of(cls, preferences: Preferences) -> "CallsForm":
        """The form as it stands now."""
        shared = bool(preferences.contact and preferences.contact.shared)
        return cls(initial={**preferences.graduate.contact_card, "shared": shared})


class CardForm(CallsForm):
    """The same, as staff ask it."""

    shared = forms.BooleanField(
        label=_("Somebody else sees or answers this phone"),
        required=False,
        help_text=_(
            "Then texts say even less, their pages ask for a PIN, and somebody calls once a month."
        ),
    )
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)

    @staticmethod
    def known(graduate: Graduate, *, shared: bool) -> dict[str, Any]:
        """What it holds before it is filled in."""
        return {**graduate.contact_card, "language": graduate.language, "shared": shared}

    def answers(self) -> dict[str, Any]:
        """What was said, as cards.fill_in takes it."""
        card = dict(self.cleaned_data)
        return {"shared": card.pop("shared"), "language": card.pop("language"), "card": card}


class NewPhoneForm(forms.Form):
    """A number in place of the old one."""

    phone = PhoneField(label=_("New mobile phone"))


class MailForm(forms.Form):
    """Reminders by mail."""

    mail = forms.BooleanField(
        label=_("Send me a reminder by e-mail when none can come by text."), required=False
    )


class DeviceForm(forms.Form):
    """Whether this browser stays logged in."""

    own_device = forms.BooleanField(label=_("This is my own phone or computer"), required=False)


def refuse_all_quiet(forms_of_quiet: Any) -> None:
    """Say that the quiet hours leave nothing."""
    forms_of_quiet.forms[0].add_error(
        "closes", ValidationError(gettext("These hours leave no time for any text. Leave a gap."))
    )
