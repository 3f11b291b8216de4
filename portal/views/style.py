"""The gallery of parts and sample screens, for staff and for whoever builds pages; every person in it is made up."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django import forms
from django.http import Http404, HttpResponse
from django.views.decorators.http import require_safe

from portal.http import Request, page, staff_only

# The gallery's own instant, so that it looks the same every day.
NOW = datetime(2026, 3, 10, 14, 20, tzinfo=UTC)
SCREENS = ("today", "checkin", "caseload", "conversation", "graduate", "empty")


class SampleForm(forms.Form):
    """One field of each kind."""

    name = forms.CharField(label="First name", help_text="As you want to be called.")
    phone = forms.CharField(
        label="Mobile phone", required=False, widget=forms.TextInput(attrs={"type": "tel"})
    )
    starts_at = forms.TimeField(
        label="Starts at", widget=forms.TimeInput(attrs={"type": "time"}), initial="19:00"
    )
    repeats = forms.ChoiceField(
        label="Repeats",
        choices=[
            ("weekly", "Every week"),
            ("fortnightly", "Every other week"),
            ("monthly", "Every month"),
        ],
    )
    kind = forms.ChoiceField(
        label="What is it?",
        widget=forms.RadioSelect,
        choices=[
            ("meeting", "Support meeting"),
            ("therapy", "Therapy"),
            ("other", "Something else"),
        ],
    )
    days = forms.MultipleChoiceField(
        label="Days",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=[("1", "Monday"), ("3", "Wednesday"), ("5", "Friday")],
    )
    note = forms.CharField(
        label="Note for yourself", required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    agrees = forms.BooleanField(label="Remind me two hours before, by text")


class ScaleForm(forms.Form):
    """A question answered by a number."""

    rough = forms.ChoiceField(
        label="How rough was this week?",
        widget=forms.RadioSelect(attrs={"class": "scale"}),
        choices=[(str(number), str(number)) for number in range(11)],
    )


@dataclass(frozen=True)
class SampleTab:
    """A tab of the gallery."""

    label: str
    href: str
    is_current: bool = False
    count: int = 0


@dataclass(frozen=True)
class SamplePerson:
    """A person on a sample caseload."""

    name: str
    band_label: str
    band_tone: str
    reasons: tuple[str, ...]
    last_contact: datetime | None
    next_step: str
    weeks: tuple[str, ...]
    href: str = "/style/graduate/"


def _weeks(letters: str) -> tuple[str, ...]:
    words = {"k": "kept", "l": "late", "m": "missed", "e": "excused"}
    return tuple(words.get(letter, "") for letter in letters)


PEOPLE = (
    SamplePerson(
        "Dana Whitfield",
        "Safety",
        "safety",
        (
            "Texted words that cannot wait, 40 minutes ago.",
            "The crisis reply went out; nobody has called yet.",
        ),
        NOW - timedelta(days=2),
        "Call now",
        _weeks("kkkklkkmkklm"),
    ),
    SamplePerson(
        "Marcus Oyelaran-Castellanos",
        "Reach out",
        "reach",
        (
            "Two check-ins in a row without an answer; usually answers within 2 hours.",
            "Kept 1 of the last 4 meetings in the plan.",
        ),
        NOW - timedelta(days=9),
        "Call Tuesday after 5 PM",
        _weeks("kkkkkklkkmmm"),
    ),
    SamplePerson(
        "Ruth Abernathy",
        "Watch",
        "watch",
        ("Answers a day later than usual, three times running.",),
        NOW - timedelta(days=1),
        "",
        _weeks("kklkklkellll"),
    ),
    SamplePerson(
        "Tomás Villarreal",
        "Lost contact",
        "lost",
        ("No answer for 31 days, over two channels.",),
        NOW - timedelta(days=31),
        "Letter in a plain envelope",
        _weeks("kkmkmmmmmmmm"),
    ),
    SamplePerson(
        "Grace Lindqvist",
        "Steady",
        "good",
        ("Kept everything planned for 8 weeks.",),
        NOW - timedelta(days=12),
        "",
        _weeks("mkklkkkkkekk"),
    ),
)
MOOD = tuple(
    (date(2025, 12, 16) + timedelta(weeks=week), value)
    for week, value in enumerate((7, 6, 6, 5, 6, None, 4, 5, 3, 3, 2, 4, 3))
)


def _context() -> dict[str, Any]:
    bound = SampleForm(
        {"name": "", "starts_at": "25:00", "repeats": "weekly", "kind": "meeting", "agrees": "on"}
    )
    return {
        "now": NOW,
        "in_two_hours": NOW + timedelta(hours=2, minutes=40),
        "tomorrow": NOW + timedelta(days=1, hours=3),
        "yesterday": NOW - timedelta(days=1, hours=4),
        "minutes_ago": NOW - timedelta(minutes=40),
        "people": PEOPLE,
        "weeks": PEOPLE[1].weeks,
        "mood": MOOD,
        "mood_limits": ((3, "call me below this"),),
        "form": SampleForm(),
        "bound_form": bound,
        "scale_form": ScaleForm(),
        "tabs": (
            SampleTab("Timeline", "#", is_current=True),
            SampleTab("Plan", "#"),
            SampleTab("Conversation", "#", count=2),
            SampleTab("Answers", "#"),
        ),
        "screens": SCREENS,
        "long": "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft",
    }


@staff_only
@require_safe
def gallery(request: Request) -> HttpResponse:
    """Every part of the house with its states."""
    return page(request, "style/gallery.html", _context())


@staff_only
@require_safe
def screen(request: Request, screen: str) -> HttpResponse:
    """A whole screen made of parts."""
    if screen not in SCREENS:
        raise Http404
    return page(request, f"style/screens/{screen}.html", _context())
