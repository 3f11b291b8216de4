"""The finder's questions as a form; what they mean is decided by the directory, not here."""

from datetime import tzinfo
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _

from aftercare.directory import vocabulary
from aftercare.directory.criteria import DEFAULT_MILES, Criteria, WrongParameters, parse

MILES = ("2", "5", "10", "25", "50", "100")


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

    @property
    def is_narrowed(self) -> bool:
        """Something behind "More choices" is chosen."""
        return any(self.query.getlist(name) for name in ("q", "time", "fellowship"))
