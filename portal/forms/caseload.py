"""What a caseload is narrowed to, read from the address; nonsense in it means no filter."""

from collections.abc import Sequence
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from aftercare.caseload import SET_ASIDE, Filters
from aftercare.models import DisengagementSignal, Graduate, Role, Track
from notifications.models import Program

MINE, ALL = "mine", "all"
UNHEARD = "no"
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
    counselor = forms.ChoiceField(label=_("Counselor"), required=False)
    heard = forms.ChoiceField(
        label=_("Heard from"),
        required=False,
        choices=[("", _("Whether or not")), (UNHEARD, _("Nobody has, for two weeks"))],
    )
    status = forms.ChoiceField(label=_("Status"), required=False, choices=STATUSES)
    page = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(
        self,
        *args: object,
        programs: Sequence[Program],
        counselors: Sequence[Role],
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
        if len(counselors) < 2:
            del self.fields["counselor"]
        else:
            names = [("", _("Every counselor")), *_names(counselors)]
            self.fields["counselor"].choices = names  # type: ignore[attr-defined]

    def filters(self) -> Filters:
        """The filters; a field with nonsense in it counts as open."""
        self.is_valid()
        data = self.cleaned_data
        program, counselor = data.get("program"), data.get("counselor")
        return Filters(
            mine_only=not counselor and (data.get("whose") or self.default) == MINE,
            program=UUID(program) if program else None,
            counselor=UUID(counselor) if counselor else None,
            unheard=data.get("heard") == UNHEARD,
            band=data.get("band", ""),
            track=data.get("track", ""),
            status=data.get("status", ""),
            words=data.get("words", ""),
            page=data.get("page") or 1,
        )


def _names(roles: Sequence[Role]) -> list[tuple[str, str]]:
    """Counselors to choose from; where there are several programs, each with theirs."""
    is_one = len({role.program_id for role in roles}) == 1
    return [
        (str(role.uid), role.user.name if is_one else f"{role.user.name}, {role.program.name}")
        for role in roles
    ]


class GiveForm(forms.Form):
    """Who is to look after some graduates, or after everybody of one counselor, from now on."""

    # Whom a log-in may choose is the verb's to say.
    to = forms.UUIDField(label=_("To"), widget=forms.Select({"class": "input"}))

    def __init__(self, *args: object, counselors: Sequence[Role], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["to"].widget.choices = [("", "–"), *_names(counselors)]
