"""Fields that several forms share: dates, times, phones, time zones, hours."""

from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from aftercare import hours
from notifications import phone, quiet_hours

# The zones of the United States by the names people know; any other of the zone database is valid.
HOME_ZONES = (
    ("America/New_York", _("Eastern time (New York)")),
    ("America/Chicago", _("Central time (Chicago)")),
    ("America/Denver", _("Mountain time (Denver)")),
    ("America/Phoenix", _("Arizona (Phoenix)")),
    ("America/Los_Angeles", _("Pacific time (Los Angeles)")),
    ("America/Anchorage", _("Alaska (Anchorage)")),
    ("Pacific/Honolulu", _("Hawaii (Honolulu)")),
    ("America/Puerto_Rico", _("Atlantic time (Puerto Rico)")),
)
_NO_PLACES = ("Etc/", "SystemV/", "posix/", "right/", "US/")


class DateInput(forms.DateInput):
    """A date as phones and browsers let people pick it."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class TimeInput(forms.TimeInput):
    """A time of day as phones and browsers let people pick it."""

    input_type = "time"

    def __init__(self) -> None:
        super().__init__(format="%H:%M")


class PhoneField(forms.CharField):
    """A phone number as people type it; cleaned to E.164."""

    widget = forms.TextInput

    def __init__(self, *, for_texts: bool = True, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 40)
        super().__init__(**kwargs)
        self.for_texts = for_texts
        self.widget.input_type = "tel"
        self.widget.attrs.setdefault("autocomplete", "tel")

    def clean(self, value: Any) -> str:
        """The number in E.164, or empty where it is not required."""
        text = super().clean(value)
        if not text:
            return ""
        try:
            number = phone.parse(
                raw=text,
                for_texts=self.for_texts,
                allow_fictitious=settings.ALLOW_FICTITIOUS_NUMBERS,
            )
        except phone.UnusablePhone as error:
            raise ValidationError(gettext(error.message)) from error
        return number.e164


class ZoneField(forms.CharField):
    """A time zone of the zone database, chosen from those at home or from all."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", _("Time zone"))
        super().__init__(widget=forms.Select(), **kwargs)

    def offer(self, *, current: str = "", every: bool = False) -> None:
        """Fill the list: the zones at home and the current one, or every place there is."""
        known = dict(HOME_ZONES)
        choices: list[Any] = list(HOME_ZONES)
        if current and current not in known:
            choices.append((current, current.replace("_", " ")))
        if every:
            places = sorted(name for name in available_timezones() if _is_place(name))
            others = [(name, name.replace("_", " ")) for name in places if name not in known]
            choices = [(_("United States"), list(HOME_ZONES)), (_("Everywhere"), others)]
        self.widget.choices = choices

    def clean(self, value: Any) -> str:
        """The name of the zone."""
        name = str(super().clean(value))
        if name and name not in available_timezones():
            raise ValidationError(
                gettext("There is no time zone “%(name)s”. Choose one from the list.")
                % {"name": name}
            )
        return name


class StateField(forms.ChoiceField):
    """The state somebody lives in, whose law sets the hours of texts; it may stay unknown."""

    def __init__(self, **kwargs: Any) -> None:
        choices = [("", _("Not known")), *quiet_hours.STATES.items()]
        super().__init__(required=False, choices=choices, **kwargs)


def _is_place(name: str) -> bool:
    return "/" in name and not name.startswith(_NO_PLACES)


class HoursField(forms.CharField):
    """Hours of one day as people write them; cleaned to a list of ["HH:MM", "HH:MM"] windows."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, max_length=120, **kwargs)

    def clean(self, value: Any) -> Any:
        """The windows of the day."""
        try:
            return hours.windows(super().clean(value))
        except hours.BadHours as error:
            raise ValidationError(gettext(error.message)) from error

    def prepare_value(self, value: Any) -> Any:
        """What stands in the box: as typed, or the windows that are kept."""
        return hours.write(value) if isinstance(value, list | tuple) else value
