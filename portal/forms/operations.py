"""Forms of operators: how fast a number may send, and how much."""

from django import forms
from django.utils.translation import gettext_lazy as _

from aftercare.programs import FASTEST, LEAST_A_DAY, MOST_A_DAY, SLOWEST
from notifications.overview import SenderRow


class PaceForm(forms.Form):
    """What carriers allow one number; `of` is the form as the number stands now."""

    segments_per_second = forms.FloatField(
        label=_("Short texts a second"),
        min_value=SLOWEST,
        max_value=FASTEST,
        widget=forms.NumberInput({"step": "any", "inputmode": "decimal"}),
        help_text=_(
            "What phone companies allow: 1 for a 10DLC number of a small brand, "
            "3 for a toll-free number, 100 for a short code."
        ),
    )
    segments_per_day = forms.IntegerField(
        label=_("Short texts a day"),
        min_value=LEAST_A_DAY,
        max_value=MOST_A_DAY,
        required=False,
        help_text=_(
            "Leave it empty where there is no limit. A fifth is kept for what people ask for."
        ),
    )

    @classmethod
    def of(cls, row: SenderRow) -> "PaceForm":
        """The form as the number stands now."""
        initial = {"segments_per_second": row.pace, "segments_per_day": row.per_day}
        return cls(initial=initial, auto_id=f"pace-{row.uid}-%s")
