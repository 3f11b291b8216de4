"""Forms of a program's lead: which questionnaires are asked, and the words of one of them."""

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from aftercare.instruments import words as rules
from aftercare.instruments.structure import Structure
from aftercare.instruments.words import Disagreement, Words
from aftercare.questionnaires import LANGUAGES, RHYTHMS, InstrumentRow

LANGUAGE_NAMES = {"en": _("English"), "es": _("Spanish")}
RHYTHM_NAMES = {0: _("not asked"), 30: _("each month"), 90: _("every three months")}
# What is wrong with entered words, by aftercare.instruments.words.Disagreement.kind.
_FAULTS = {
    "long": _("Question %(item)s is too long."),
    "label": _("One of these choices is too long."),
    "same": _("Two of these choices read the same."),
    "weight": _(
        "There is a weight or a number of calories in it. People of this track are shown none."
    ),
}


class RhythmForm(forms.Form):
    """How often each questionnaire is asked."""

    def __init__(self, *args: Any, rows: tuple[InstrumentRow, ...], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for row in rows:
            self.fields[row.structure.code] = forms.TypedChoiceField(
                label=gettext("How often %(name)s is asked") % {"name": row.structure.name},
                choices=[(days, RHYTHM_NAMES[days]) for days in RHYTHMS],
                coerce=int,
                initial=row.every_days,
            )


class WordsForm(forms.Form):
    """The words of one questionnaire in one language, a line for each question and each choice."""

    language = forms.ChoiceField(
        label=_("Language"), choices=[(code, LANGUAGE_NAMES[code]) for code in LANGUAGES]
    )
    intro = forms.CharField(
        label=_("Words above the questions"),
        required=False,
        max_length=rules.LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    items = forms.CharField(label=_("Questions"), max_length=30_000, widget=forms.Textarea)
    licence = forms.CharField(
        label=_("Licence"),
        max_length=500,
        help_text=_("Who let you use these words, and when."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    confirms = forms.BooleanField(
        label=_("Our program may use these words for its graduates. I have entered them unchanged.")
    )
    field_order = ("language", "intro", "items")

    def __init__(self, *args: Any, structure: Structure, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.structure = structure
        self.sets = rules.choice_sets(structure)
        count = len(structure.items)
        self.fields["items"].help_text = gettext(
            "%(count)s questions, each on a line of its own."
        ) % {"count": count}
        self.fields["items"].widget.attrs["rows"] = min(count, 12)
        for name, item in self.sets.items():
            codes = [one.code for one in structure.items if one.choices == name]
            scores = ", ".join(map(str, item.scores))
            self.fields[_labels(name)] = forms.CharField(
                label=gettext("Choices of question %(items)s") % {"items": ", ".join(codes)},
                help_text=gettext(
                    "%(count)s choices, each on a line, in the order of their scores: %(scores)s."
                )
                % {"count": len(item.scores), "scores": scores},
                max_length=4_000,
                widget=forms.Textarea(attrs={"rows": len(item.scores)}),
            )
        self.order_fields([*self.field_order, *map(_labels, self.sets), "licence", "confirms"])

    def clean(self) -> dict[str, Any]:
        """As many lines as the structure has, and nothing that may not be shown."""
        data: dict[str, Any] = super().clean() or {}
        self._count("items", len(self.structure.items))
        for name, item in self.sets.items():
            self._count(_labels(name), len(item.scores))
        if not self.errors:
            for fault in rules.check(structure=self.structure, words=self.words()):
                self._tell(fault)
        return data

    def _count(self, name: str, wanted: int) -> None:
        found = len(rules.lines(self.cleaned_data.get(name, "")))
        if found not in (0, wanted):
            text = gettext("There are %(found)s lines here, and %(wanted)s are needed.")
            self.add_error(name, text % {"found": found, "wanted": wanted})

    def _tell(self, fault: Disagreement) -> None:
        is_of_choices = fault.kind in ("label", "same")
        field = _labels(self.structure.item(fault.item).choices) if is_of_choices else "items"
        text = str(_FAULTS[fault.kind]) % {"item": fault.item}
        if text not in self.errors.get(field, []):
            self.add_error(field, text)

    def words(self) -> Words:
        """The words as they were entered."""
        data = self.cleaned_data
        return rules.from_lines(
            structure=self.structure,
            intro=data["intro"],
            items=data["items"],
            labels={name: data[_labels(name)] for name in self.sets},
        )


def _labels(name: str) -> str:
    return f"labels_{name}"
