"""Forms by which people come in: invited, at a desk, by roster, by link."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.forms import formset_factory
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from aftercare import consent_words, enrolment, plan
from aftercare.models import Commitment, Graduate, Invitation, Role, Track
from notifications.kinds import Scope
from notifications.models import Program
from portal.forms.fields import DateInput, PhoneField, StateField, TimeInput, ZoneField
from portal.models import User

FACE_TO_FACE = "face_to_face"
ASKED = _("They asked me for one text with the link.")


class InviteForm(forms.Form):
    """A new graduate: who it is, who looks after them, and how they come in."""

    first_name = forms.CharField(label=_("First name"), max_length=80)
    last_name = forms.CharField(label=_("Last name"), max_length=80, required=False)
    phone = PhoneField(
        label=_("Mobile phone"),
        required=False,
        help_text=_("For texts. Leave it empty if there is none."),
    )
    share = forms.BooleanField(
        label=_("Somebody else here has this number; they share the phone."),
        required=False,
    )
    email = forms.EmailField(label=_("E-mail"), required=False, max_length=254)
    tracks = forms.MultipleChoiceField(
        label=_("What the program was about"),
        choices=Track.choices,
        widget=forms.CheckboxSelectMultiple,
    )
    graduated_on = forms.DateField(
        label=_("Graduation date"), widget=DateInput(), help_text=_("It may lie ahead.")
    )
    weekly_hours = forms.IntegerField(
        label=_("Hours a week in the program"), min_value=1, max_value=60, required=False
    )
    safety_notes = forms.ChoiceField(
        label=_("Short safety notes on overdose, where opioids are a danger"),
        choices=Graduate.SafetyNotes.choices,
        required=False,
        help_text=_("Ask them. Full words may be read by others on a lock screen."),
    )
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)
    time_zone = ZoneField()
    state = StateField(
        label=_("State they live in"),
        help_text=_(
            "Its law says in which hours we may text. Without it, those of all states hold together."
        ),
    )
    counselor = forms.ChoiceField(label=_("Counselor"))
    way = forms.ChoiceField(
        label=_("How do they come in?"),
        widget=forms.RadioSelect,
        choices=[
            (Invitation.Way.TEXT, _("Text them the link")),
            (Invitation.Way.EMAIL, _("Mail them the link")),
            (Invitation.Way.BY_HAND, _("Show me the link, I hand it over")),
            (FACE_TO_FACE, _("No web: they are here, and live by text")),
        ],
    )
    asked = forms.BooleanField(label=ASKED, required=False)

    def __init__(
        self, *args: Any, counselors: Sequence[Role], leaderless: Sequence[Program], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self._roles = {str(role.uid): role for role in counselors}
        self._programs = {f"none-{program.uid}": program for program in leaderless}
        self.fields["counselor"].choices = [  # type: ignore[attr-defined]
            *(
                (uid, f"{role.user.name} · {role.program.name}")
                for uid, role in self._roles.items()
            ),
            *(
                (key, gettext("Nobody yet · %(program)s") % {"program": program.name})
                for key, program in self._programs.items()
            ),
        ]
        current = str(self.data.get("time_zone") or self.initial.get("time_zone") or "")
        self.fields["time_zone"].offer(current=current)  # type: ignore[attr-defined]
        if not self.data.get("share"):
            self.fields["share"].widget = forms.HiddenInput()

    def clean(self) -> dict[str, Any]:
        """Each way in needs what it travels on."""
        data: dict[str, Any] = super().clean() or {}
        way = data.get("way")
        if way in (Invitation.Way.TEXT, FACE_TO_FACE) and not data.get("phone"):
            self._need("phone", _("A text needs a mobile phone. Add one, or choose another way."))
        if way == Invitation.Way.EMAIL and not data.get("email"):
            self._need(
                "email", _("A mail needs an e-mail address. Add one, or choose another way.")
            )
        if way == Invitation.Way.TEXT and not data.get("asked"):
            self._need("asked", _("We text only who asked for it. Ask them, then tick this box."))
        return data

    def _need(self, field: str, message: Any) -> None:
        # A field that is wrong by itself says so already.
        if field not in self.errors:
            self.add_error(field, message)

    @property
    def role(self) -> Role | None:
        """The counselor who was chosen; None for nobody yet."""
        return self._roles.get(self.cleaned_data["counselor"])

    @property
    def program(self) -> Program:
        """The program of the choice."""
        role = self.role
        return role.program if role else self._programs[self.cleaned_data["counselor"]]

    def newcomer(self) -> enrolment.Newcomer:
        """Who comes in."""
        names = (
            *("first_name", "last_name", "phone", "email", "tracks"),
            *("graduated_on", "language", "time_zone", "state", "weekly_hours"),
            "safety_notes",
        )
        return enrolment.Newcomer(**{name: self.cleaned_data[name] for name in names})

    def refuse(self, field: str) -> None:
        """Somebody in the program has this phone or mailbox already."""
        if field == "phone":
            self.fields["share"].widget = forms.CheckboxInput()
            self.add_error(
                "phone",
                _(
                    "Somebody in the program has this number already. Check it, or tick the box below."
                ),
            )
        else:
            self.add_error(
                "email",
                _("Somebody in the program has this e-mail already. Look in the caseload first."),
            )


class FirstCommitmentForm(forms.Form):
    """One line of a first plan: what, on which weekday, at what time."""

    title = forms.CharField(label=_("What"), max_length=120, required=False)
    kind = forms.ChoiceField(
        label=_("Kind"),
        choices=Commitment.Kind.choices,
        initial=Commitment.Kind.SUPPORT_MEETING,
        required=False,
    )
    weekday = forms.TypedChoiceField(
        label=_("Weekday"), choices=sorted(WEEKDAYS.items()), coerce=int, initial=0, required=False
    )
    start_time = forms.TimeField(label=_("Time"), widget=TimeInput(), required=False)
    interval = forms.TypedChoiceField(
        label=_("How often"),
        choices=[(1, _("every week")), (2, _("every other week"))],
        coerce=int,
        initial=1,
        required=False,
    )

    def clean(self) -> dict[str, Any]:
        """A line is empty, or has a name and a time."""
        data: dict[str, Any] = super().clean() or {}
        if data.get("title") and not data.get("start_time") and "start_time" not in self.errors:
            self.add_error("start_time", _("Write the time it starts, such as 19:00."))
        if data.get("start_time") and not data.get("title"):
            self.add_error("title", _("Write what it is, or clear the time."))
        return data

    def draft(self, *, time_zone: str, starts_on: date) -> plan.CommitmentDraft | None:
        """The commitment of this line; None where the line is empty."""
        data = self.cleaned_data
        if not data.get("title"):
            return None
        return plan.CommitmentDraft(
            kind=Commitment.Kind(data["kind"] or Commitment.Kind.SUPPORT_MEETING),
            title=data["title"],
            repeats=Commitment.Repeats.WEEKLY,
            interval=data["interval"] or 1,
            weekdays=(data["weekday"] or 0,),
            start_time=data["start_time"],
            time_zone=time_zone,
            starts_on=starts_on,
        )


FirstPlan = formset_factory(FirstCommitmentForm, extra=3, max_num=3, absolute_max=3)


class LinkForm(forms.Form):
    """A new link for a graduate who is here already."""

    way = forms.ChoiceField(
        label=_("How does the link travel?"),
        choices=Invitation.Way.choices,
        widget=forms.RadioSelect,
    )
    asked = forms.BooleanField(label=ASKED, required=False)

    def clean(self) -> dict[str, Any]:
        """A text needs somebody who vouches for it."""
        data: dict[str, Any] = super().clean() or {}
        if data.get("way") == Invitation.Way.TEXT and not data.get("asked"):
            self.add_error(
                "asked", _("We text only who asked for it. Ask them, then tick this box.")
            )
        return data


class ConsentForm(forms.Form):
    """What somebody agrees to be texted, each on its own; nothing is ticked beforehand."""

    def __init__(self, *args: Any, alias: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for scope in Scope:
            self.fields[scope.value] = forms.BooleanField(
                label=consent_words.sentence(scope=scope, alias=alias), required=False
            )

    @property
    def scopes(self) -> list[Scope]:
        """What was ticked."""
        return [scope for scope in Scope if self.cleaned_data.get(scope.value)]


class AttestForm(ConsentForm):
    """Face to face: what was read aloud and agreed to, and who vouches for it."""

    read_aloud = forms.BooleanField(
        label=_("I read these words aloud to them, and they said yes."),
        error_messages={"required": _("Read the words aloud first, then tick this box.")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.order_fields([*(scope.value for scope in Scope), "read_aloud"])

    def clean(self) -> dict[str, Any]:
        """Something must have been agreed to."""
        data: dict[str, Any] = super().clean() or {}
        if not any(data.get(scope.value) for scope in Scope):
            raise ValidationError(
                gettext("Tick what they agreed to. If it was nothing, no text is sent.")
            )
        return data


class JoinForm(forms.Form):
    """A log-in of one's own: an e-mail, and a password or codes by mail; staff say their name."""

    name = forms.CharField(
        label=_("Your name"),
        max_length=80,
        widget=forms.TextInput({"autocomplete": "name"}),
        help_text=_("Your first name signs what you write to people."),
    )
    email = forms.EmailField(
        label=_("E-mail"), max_length=254, widget=forms.EmailInput({"autocomplete": "email"})
    )
    password = forms.CharField(
        label=_("Password"),
        required=False,
        strip=False,
        max_length=256,
        widget=forms.PasswordInput({"autocomplete": "new-password"}, render_value=True),
        help_text=_(
            "15 characters or more: a few words in a row are easy to keep. With 8 to 14 we mail you "
            "a code, too. Or leave it empty, and we mail you a code each time you sign in."
        ),
    )
    own_device = forms.BooleanField(
        label=_("This is my own phone or computer"),
        required=False,
        help_text=_("You stay signed in here for 14 days."),
    )

    def __init__(self, *args: Any, is_staff: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Staff stay signed in on no device.
        del self.fields["own_device" if is_staff else "name"]

    def clean(self) -> dict[str, Any]:
        """A password is long and not one that everybody uses."""
        data: dict[str, Any] = super().clean() or {}
        if data.get("password"):
            try:
                validate_password(data["password"], user=User(email=data.get("email")))
            except ValidationError as error:
                self.add_error("password", error)
        return data


class CodeForm(forms.Form):
    """The six digits of a text."""

    code = forms.CharField(
        label=_("Code"),
        max_length=12,
        widget=forms.TextInput(
            {"autocomplete": "one-time-code", "inputmode": "numeric", "spellcheck": "false"}
        ),
    )


class RosterForm(forms.Form):
    """A list of graduates, as a file or as text that was checked a moment ago."""

    program = forms.ChoiceField(label=_("Program"))
    file = forms.FileField(
        label=_("CSV file"),
        error_messages={"required": _("Choose a CSV file.")},
        widget=forms.FileInput({"accept": ".csv,text/csv,text/plain"}),
    )
    checked = forms.CharField(required=False, widget=forms.HiddenInput, strip=False)
    asked = forms.BooleanField(
        label=_("Everybody on this list asked for one text with a link."),
        required=False,
        help_text=_("Without it, links go out by e-mail only."),
    )

    def __init__(self, *args: Any, programs: Sequence[Program], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._programs = {str(program.uid): program for program in programs}
        self.fields["program"].choices = [  # type: ignore[attr-defined]
            (uid, program.name) for uid, program in self._programs.items()
        ]
        self.fields["file"].required = not self.data.get("checked")

    @property
    def chosen(self) -> Program:
        """The program of the list."""
        return self._programs[self.cleaned_data["program"]]

    def content(self) -> bytes:
        """The bytes of the list."""
        upload = self.cleaned_data.get("file")
        return upload.read() if upload else str(self.cleaned_data["checked"]).encode()
