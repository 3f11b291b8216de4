"""What a caseload is narrowed to, read from the address; nonsense in it means no filter."""

from collections.abc import Sequence
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from aftercare.caseload import SET_ASIDE, Filters
from aftercare.models import DisengagementSignal, Graduate, Track
from notifications.models import Program

MINE, ALL = "mine", "all"
_Band = DisengagementSignal.Band
BANDS = (
    ("", _("Every band")),
    (_Band.URGENT, _("Urgent")),
    (_Band.LOST_CONTACT, _("Lost contact")),
    (_Band.REACH_OUT, _("Reach out")),
    (_Band.WATCH, _("Watch")),
    (_Band.STEADY, _("Steady")),
    (SET_ASIDE, _("Set aside")),
)
STATUSES = (
    ("", _("On the list now")),
    (Graduate.Status.ACTIVE, _("Active")),
    (Graduate.Status.PAUSED, _("Paused")),
    (Graduate.Status.INVITED, _("Invited")),
    (Graduate.Status.LEFT, _("Left")),
)
TRACKS = (("", pgettext_lazy("filter", "Every track")), *Track.choices)


class FilterForm(forms.Form):
    """The filters of the list; each choice may be left open."""

    words = forms.CharField(
        label=_("Name"),
        required=False,
        max_length=60,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off"}),
    )
    whose = forms.ChoiceField(
        label=_("Whose"),
        required=False,
        choices=[(MINE, _("My caseload")), (ALL, _("The whole program"))],
    )
    band = forms.ChoiceField(label=_("Band"), required=False, choices=BANDS)
    program = forms.ChoiceField(label=_("Program"), required=False)
    track = forms.ChoiceField(label=_("Track"), required=False, choices=TRACKS)
    status = forms.ChoiceField(label=_("Status"), required=False, choices=STATUSES)
    page = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(
        self,
        *args: object,
        programs: Sequence[Program],
        is_lead: bool,
        is_counselor: bool,
        **kwargs: object,
    ) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.default = MINE if is_counselor else ALL
        if not (is_lead and is_counselor):
            del self.fields["whose"]
        if len(programs) < 2:
            del self.fields["program"]
        else:
            choices = [("", _("Every program")), *((str(one.uid), one.name) for one in programs)]
            self.fields["program"].choices = choices  # type: ignore[attr-defined]

    def filters(self) -> Filters:
        """The filters; a field with nonsense in it counts as open."""
        self.is_valid()
        data = self.cleaned_data
        program = data.get("program")
        return Filters(
            mine_only=(data.get("whose") or self.default) == MINE,
            program=UUID(program) if program else None,
            band=data.get("band", ""),
            track=data.get("track", ""),
            status=data.get("status", ""),
            words=data.get("words", ""),
            page=data.get("page") or 1,
        )
