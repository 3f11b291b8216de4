"""The finder's questions as a form, what is wrong with an entry, and an entry that staff write."""

import re
from collections.abc import Callable, Iterable
from datetime import tzinfo
from typing import Any

from django import forms
from django.http import QueryDict
from django.urls import reverse_lazy
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from aftercare.directory import moments, reports, vocabulary
from aftercare.directory.criteria import DEFAULT_MILES, Criteria, WrongParameters, parse
from aftercare.directory.editing import MeetingDraft
from aftercare.models import MeetingReport
from aftercare.wording import POSITIONS
from portal.forms.fields import DateInput, TimeInput, ZoneField

_POINT = re.compile(r"\s*-?[\d.]+\s*,\s*-?[\d.]+\s*")
MILES = ("2", "5", "10", "25", "50", "100")
# Parameters without a field on the page: some say what is asked, and some how to answer.
MORE: dict[str, Callable[[str], Any]] = {
    "attendance": lambda value: gettext("In person and online"),
    "tag": lambda value: vocabulary.tag_name(value.lower()),
    "region": lambda value: value,
    "after": lambda value: gettext("From %(time)s on") % {"time": value},
    "before": lambda value: gettext("Before %(time)s") % {"time": value},
    "ends_by": lambda value: gettext("Over by %(time)s") % {"time": value},
    "inactive": lambda value: gettext("Those not meeting now, too"),
}
UNSEEN = ("at", "per_page", "view")


class _Choice(forms.MultipleChoiceField):
    """Boxes to tick, or a list to choose from; whether a choice means something is asked elsewhere."""

    def validate(self, value: Any) -> None:
        """Accept what the directory will judge."""


def _boxes(label: Any, choices: list[tuple[str, Any]]) -> _Choice:
    return _Choice(
        label=label, choices=choices, required=False, widget=forms.CheckboxSelectMultiple
    )


class FinderForm(forms.Form):
    """What a visitor asks for; `criteria` is what it means, once the form is valid."""

    near = forms.CharField(
        label=_("Near"),
        required=False,
        widget=forms.TextInput(
            attrs={
                "placeholder": _("ZIP or city, like 19104"),
                "autocomplete": "postal-code",
                "spellcheck": "false",
                "enterkeyhint": "search",
            }
        ),
    )
    within = forms.CharField(
        label=_("How far"),
        required=False,
        widget=forms.Select(choices=[(miles, _("%s miles") % miles) for miles in MILES]),
    )
    q = forms.CharField(
        label=_("Words"),
        required=False,
        widget=forms.TextInput(
            attrs={
                "type": "search",
                "placeholder": _("Name, place or topic"),
                "autocomplete": "off",
                "enterkeyhint": "search",
                # What is being typed is looked for as it stands; no step of it is a page to go back to.
                "hx-get": reverse_lazy("meetings"),
                "hx-trigger": "input changed delay:400ms",
                "hx-include": "closest form",
                "hx-push-url": "false",
                "hx-replace-url": "true",
            }
        ),
    )
    now = _boxes(_("Now"), [("1", _("Now or soon"))])
    day = _boxes(
        _("Day"),
        [
            ("today", _("Today")),
            ("tomorrow", _("Tomorrow")),
            *((str(day), WEEKDAYS[(day - 1) % 7]) for day in range(7)),
        ],
    )
    time = _boxes(
        _("Time of day"),
        [
            ("morning", _("Morning")),
            ("midday", _("Midday")),
            ("evening", _("Evening")),
            ("night", _("Night")),
        ],
    )
    attendance = _boxes(_("How"), [("in_person", _("In person")), ("online", _("Online"))])
    tag = _boxes(_("Good for"), list(vocabulary.CHIPS.items()))
    fellowship = _boxes(_("Fellowship"), [])

    def __init__(self, query: QueryDict, *, zone: tzinfo) -> None:
        """`zone` is for an `at` that names none."""
        shown = query.copy()
        # A list without a choice would send its first line.
        shown.setdefault("within", f"{DEFAULT_MILES:.0f}")
        super().__init__(shown)
        within = str(shown["within"])
        if within not in MILES:
            select = self.fields["within"].widget
            select.choices = [*select.choices, (within, within)]
        self.query = query
        self.zone = zone
        self.criteria: Criteria | None = None

    def clean(self) -> None:
        """Put the directory's messages beside the fields they are about."""
        try:
            self.criteria = parse(query=self.query, zone=self.zone)
        except WrongParameters as wrong:
            for name, message in wrong.errors.items():
                known = name in self.fields
                self.add_error(name if known else None, message if known else f"{name}: {message}")

    def offer(self, fellowships: tuple[str, ...]) -> None:
        """Show these fellowships, and any that was asked for, as choices."""
        shown = dict.fromkeys([*fellowships, *self.query.getlist("fellowship")])
        field = self.fields["fellowship"]
        field.widget.choices = [
            (slug, vocabulary.FELLOWSHIPS[slug].short)
            for slug in shown
            if slug in vocabulary.FELLOWSHIPS
        ]

    def title(self) -> str:
        """What a list on paper is called: by its region or its place, as it was asked for."""
        place = self.query.get("region") or self.query.get("near") or ""
        if not place or _POINT.fullmatch(place):
            return gettext("Recovery meetings")
        return gettext("Recovery meetings: %(place)s") % {"place": place}

    @property
    def is_narrowed(self) -> bool:
        """Something behind "More choices" is chosen, or wrong."""
        chosen = any(self.query.getlist(name) for name in ("q", "time", "fellowship"))
        return chosen or "within" in self.errors

    @property
    def unseen(self) -> list[tuple[str, str]]:
        """What an address says of how to answer, which stays when a choice is changed."""
        return self._asked(UNSEEN) if self.criteria else []

    @property
    def more(self) -> list[tuple[str, str, Any]]:
        """What an address asks that has no box of its own, with its words: boxes to untick."""
        if self.criteria is None:
            return []
        boxed = {name: dict(self.fields[name].widget.choices) for name in ("attendance", "tag")}
        return [
            (name, value, MORE[name](value))
            for name, value in self._asked(MORE)
            if value not in boxed.get(name, ("0",))
        ]

    def _asked(self, names: Iterable[str]) -> list[tuple[str, str]]:
        return [
            (name, value) for name in names for value in self.query.getlist(name) if value.strip()
        ]


class ReportForm(forms.Form):
    """What is wrong with an entry; nobody is asked for a name."""

    kind = forms.ChoiceField(label=_("What is wrong?"), choices=MeetingReport.Kind.choices)
    words = forms.CharField(
        label=_("Anything more? Please no names."),
        max_length=reports.LONGEST_WORDS,
        required=False,
        widget=forms.Textarea({"rows": 2}),
    )
    # People do not see it; programs that fill in every box do.
    website = forms.CharField(required=False)

    def clean_website(self) -> str:
        """Empty, where a person writes."""
        if self.cleaned_data["website"]:
            raise forms.ValidationError(gettext("Please leave this box empty."))
        return ""

    def report(self) -> dict[str, Any]:
        """What goes to staff."""
        return {"kind": self.cleaned_data["kind"], "words": self.cleaned_data["words"]}


class ClosureForm(forms.Form):
    """Days on which a meeting does not happen."""

    first_on = forms.DateField(label=_("First day"), widget=DateInput())
    last_on = forms.DateField(
        label=_("Last day"),
        widget=DateInput(),
        required=False,
        help_text=_("Leave it empty for one day."),
    )
    whole_place = forms.BooleanField(label=_("All meetings at this address"), required=False)
    note = forms.CharField(label=_("Why, for everybody to read"), max_length=140, required=False)

    def clean(self) -> dict[str, Any]:
        """One day where no last one is given."""
        data: dict[str, Any] = super().clean() or {}
        first, last = data.get("first_on"), data.get("last_on") or data.get("first_on")
        if first and last and last < first:
            self.add_error("last_on", gettext("The last day is before the first day."))
        return {**data, "last_on": last}


class EntryForm(forms.Form):
    """An entry of the directory as staff write it."""

    name = forms.CharField(label=_("Name"), max_length=255)
    group = forms.CharField(label=_("Group"), max_length=255, required=False)
    weekday = forms.TypedChoiceField(
        label=_("Day"),
        choices=[
            ("", _("by appointment")),
            *((day, WEEKDAYS[(day - 1) % 7]) for day in range(7)),
        ],
        coerce=int,
        empty_value=None,
        required=False,
    )
    start_time = forms.TimeField(label=_("Time"), widget=TimeInput(), required=False)
    minutes = forms.IntegerField(
        label=_("Length in minutes"), min_value=1, max_value=1440, initial=60
    )
    weeks = forms.TypedMultipleChoiceField(
        label=_("Only in some weeks of the month?"),
        choices=[(position, words) for position, words in POSITIONS.items()],
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Leave all of them empty if it meets every week."),
    )
    location = forms.CharField(label=_("Place"), max_length=255, required=False)
    address = forms.CharField(
        label=_("Address"),
        max_length=500,
        required=False,
        help_text=_("Street and number, city, state and ZIP: the ZIP puts it on the map."),
    )
    location_notes = forms.CharField(
        label=_("About the place"), required=False, widget=forms.Textarea({"rows": 2})
    )
    is_closed = forms.BooleanField(label=_("Nobody can come to this place now"), required=False)
    conference_url = forms.URLField(
        label=_("Link to join"), max_length=1000, required=False, assume_scheme="https"
    )
    conference_phone = forms.CharField(
        label=_("Phone to join"),
        max_length=255,
        required=False,
        help_text=_("Only digits and + , * #, with commas for pauses."),
    )
    conference_url_notes = forms.CharField(
        label=_("Passcode and how to join"), required=False, widget=forms.Textarea({"rows": 2})
    )
    join_needs_login = forms.BooleanField(
        label=_("The group asks to show this only to people with a log-in"), required=False
    )
    tags = forms.MultipleChoiceField(
        label=_("Good for"), required=False, widget=forms.CheckboxSelectMultiple
    )
    notes = forms.CharField(label=_("Notes"), required=False, widget=forms.Textarea({"rows": 3}))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["weeks"] = moments.positions_of(weeks=self.initial.get("weeks"))
        had = [tag for tag in self.initial.get("tags", ()) if tag not in vocabulary.CHIPS]
        choices = [*vocabulary.CHIPS.items(), ("closed", vocabulary.tag_name("closed"))]
        choices += [(tag, vocabulary.tag_name(tag)) for tag in had if tag != "closed"]
        self.fields["tags"].choices = choices  # type: ignore[attr-defined]

    def clean_conference_phone(self) -> str:
        """Digits and what dials."""
        number = "".join(self.cleaned_data["conference_phone"].split())
        if number and not re.fullmatch(r"[0-9+,*#()-]+", number):
            raise forms.ValidationError(gettext("Use only digits and + , * #."))
        return number.translate(str.maketrans("", "", "()-"))

    def clean(self) -> dict[str, Any]:
        """A day has a time, and a time has a day."""
        data: dict[str, Any] = super().clean() or {}
        if data.get("weeks") and data.get("weekday") is None:
            self.add_error("weeks", gettext("Choose the day of the week, too."))
        if (data.get("weekday") is None) is not (data.get("start_time") is None):
            self.add_error("start_time", gettext("Give both a day and a time, or neither."))
        return data

    def draft(self) -> MeetingDraft:
        """The entry as the directory takes it."""
        data = {name: self.cleaned_data[name] for name in EntryForm.base_fields}
        had = [tag for tag in self.initial.get("tags", ()) if tag in data["tags"]]
        new = [tag for tag in data["tags"] if tag not in had]
        weeks = moments.weeks_of(positions=data["weeks"])
        return MeetingDraft(**data | {"tags": (*had, *new), "weeks": weeks})


class NewEntryForm(EntryForm):
    """An entry that no feed has."""

    fellowship = forms.ChoiceField(
        label=_("Fellowship"),
        choices=[(slug, one.name) for slug, one in vocabulary.FELLOWSHIPS.items()],
        initial="recovery",
    )
    timezone = ZoneField()
    field_order = ("name", "group", "fellowship", "weekday", "start_time", "timezone")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        current = str(self.data.get("timezone") or self.initial.get("timezone") or "")
        self.fields["timezone"].offer(current=current)  # type: ignore[attr-defined]
