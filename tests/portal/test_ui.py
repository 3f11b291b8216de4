"""Tags, filters, parts, and the colours they are drawn in."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django import forms
from django.conf import settings
from django.template import engines
from django.test import Client
from django.utils import timezone, translation

from portal import navigation
from portal.templatetags import ui
from portal.views import style
from tests import build

TEMPLATES = settings.BASE_DIR / "templates"
STATIC = settings.BASE_DIR / "portal" / "static"
PARTS = sorted((TEMPLATES / "parts").glob("*.html"))

# A Sunday on which the clocks of New York jump from 2 to 3 at night.
AT = datetime(2026, 3, 8, 16, 0, tzinfo=UTC)
NEW_YORK = "America/New_York"


def render(source: str, **context: Any) -> str:
    return engines["django"].from_string(source).render(context)


def text(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


# Tags


def test_once_gives_each_form_a_key_of_its_own() -> None:
    first, second = render("{% once %}"), render("{% once %}")

    assert re.fullmatch(r'<input type="hidden" name="_once" value="[0-9a-f-]{36}">', first)
    assert first != second


def test_icon_is_silent_beside_words() -> None:
    html = render('{% icon "phone" %}')

    assert 'aria-hidden="true"' in html
    assert 'href="/static/img/icons.svg#phone"' in html


def test_icon_with_a_label_is_read() -> None:
    assert 'role="img" aria-label="Phone"' in render('{% icon "phone" label="Phone" %}')


def test_block_part_keeps_its_body_and_escapes_the_rest() -> None:
    html = render(
        "{% card heading=heading %}<p>{{ body }}</p>{% endcard %}", heading="<b>", body="<script>"
    )

    assert "<h2>&lt;b&gt;</h2>" in html
    assert "<p>&lt;script&gt;</p>" in html


def test_confirmation_needs_two_presses_and_no_script() -> None:
    html = render('{% confirm summary="Remove" %}<button>Yes</button>{% endconfirm %}')

    assert re.search(r"<details class=\"confirm\">\s*<summary[^>]*>Remove</summary>", html)
    assert html.index("</summary>") < html.index("<button>Yes</button>") < html.index("</details>")


@pytest.mark.parametrize(
    ("tone", "look"),
    [
        ("success", "tone-good"),
        ("warning", "tone-watch"),
        ("error", "tone-safety"),
        ("", "tone-calm"),
    ],
)
def test_alert_has_a_look_and_a_shape_for_each_tone(tone: str, look: str) -> None:
    html = render("{% alert tone=tone %}Words{% endalert %}", tone=tone)

    assert look in html
    assert "<svg" in html
    assert ('role="alert"' in html) == (tone == "error")


# Time


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (AT + timedelta(hours=3), "Today, 3:00 PM"),
        (AT + timedelta(hours=12), "Tomorrow, 12:00 AM"),
        (AT - timedelta(hours=12), "Yesterday, 11:00 PM"),
        (AT + timedelta(days=2), "Tue, Mar 10, 12:00 PM"),
        (AT + timedelta(days=300), "Jan 2, 2027, 11:00 AM"),
    ],
)
def test_when_names_near_days_in_the_readers_zone(value: datetime, words: str) -> None:
    with timezone.override(NEW_YORK):
        html = render("{% when value at %}", value=value, at=AT)

    assert text(html) == words


def test_when_carries_the_instant_for_machines() -> None:
    with timezone.override(NEW_YORK):
        html = render("{% when value at %}", value=AT, at=AT)

    assert 'datetime="2026-03-08T12:00:00-04:00"' in html


@pytest.mark.parametrize(
    ("zone", "words"),
    [
        ("America/Phoenix", "9:00 AM MST"),
        ("America/Toronto", "12:00 PM"),
        ("", "12:00 PM"),
    ],
)
def test_clock_names_a_zone_only_where_the_clocks_differ(zone: str, words: str) -> None:
    with timezone.override(NEW_YORK):
        html = render("{% clock value zone %}", value=AT, zone=zone)

    assert text(html) == words


@pytest.mark.parametrize(
    ("back", "words"),
    [
        (timedelta(hours=1), "today"),
        (timedelta(hours=13), "yesterday"),
        (timedelta(days=5), "5 days ago"),
        (timedelta(days=28), "4 weeks ago"),
    ],
)
def test_ago_counts_days_of_the_calendar(back: timedelta, words: str) -> None:
    with timezone.override(NEW_YORK):
        assert ui.ago(AT - back, AT) == words


def test_ago_without_an_instant_is_never() -> None:
    assert ui.ago(None, AT) == "never"


# Names and numbers


@pytest.mark.parametrize(
    ("name", "letters"),
    [("Dana Whitfield", "DW"), ("Ana", "A"), ("Jo van der Lee", "JL"), ("", "?")],
)
def test_initials_are_of_the_first_and_last_word(name: str, letters: str) -> None:
    assert ui.initials(name) == letters


@pytest.mark.parametrize(
    ("number", "written"),
    [("+12155550142", "(215) 555-0142"), ("988", "988"), ("+442079460018", "+44 20 7946 0018")],
)
def test_phone_is_written_as_people_write_it(number: str, written: str) -> None:
    assert ui.phone(number) == written


def test_phone_that_is_none_stays_as_it_is() -> None:
    assert ui.phone("ask at the desk") == "ask at the desk"


def test_links_dial_only_digits() -> None:
    assert ui.tel("(215) 555-0142") == "tel:2155550142"
    assert ui.sms("+1 215 555 0142") == "sms:+12155550142"


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (
            "Mozilla/5.0 (Linux; Android 13) AppleWebKit/537.36 Chrome/120.0 Mobile Safari/537.36",
            "Chrome on Android",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) Version/17.0 Safari/604.1",
            "Safari on iPhone",
        ),
        (
            "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/120.0 Safari/537.36 Edg/120.0",
            "Edge on Windows",
        ),
        ("curl/8.0", "Browser"),
    ],
)
def test_browser_is_named_shortly(agent: str, words: str) -> None:
    assert ui.browser(agent) == words


# Charts


def test_charts_keep_their_coordinates_in_every_language() -> None:
    source = '{% week_ring kept=1 planned=2 %}{% line_chart values title="x" low=0 high=10 %}'
    with translation.override("es"):
        spanish = render(source, values=style.MOOD)
    english = render(source, values=style.MOOD)

    paths = [re.findall(r' (?:d|cx|cy|x|y|viewBox)="([^"]+)"', html) for html in (spanish, english)]
    assert paths[0] == paths[1]
    assert not any("," in path for path in paths[0])


def test_ring_says_its_figures() -> None:
    assert 'aria-label="3 of 4 this week"' in render("{% week_ring kept=3 planned=4 %}")


def test_sparkline_says_its_counts() -> None:
    html = render("{% sparkline weeks %}", weeks=["kept", "late", "missed", "missed", ""])

    assert 'aria-label="Last 5 weeks. Kept: 1. Late: 1. Missed: 2. Excused: 0."' in html


def test_line_chart_has_a_table_with_every_value() -> None:
    html = render('{% line_chart values title="Mood" low=0 high=10 %}', values=style.MOOD)

    cells = re.findall(r'<td class="figure">([^<]+)</td>', html)
    assert cells == ["no answer" if value is None else f"{value:g}" for _, value in style.MOOD]


# Forms


class Sample(forms.Form):
    name = forms.CharField(label="First name", help_text="As you want to be called.")
    note = forms.CharField(label="Note", required=False)
    kind = forms.ChoiceField(
        label="Kind", widget=forms.RadioSelect, choices=[("a", "One"), ("b", "Two")]
    )
    agrees = forms.BooleanField(label="I agree", help_text="In plain words.")


def test_field_ties_help_and_error_to_its_control() -> None:
    html = str(Sample({"name": ""})["name"].as_field_group())

    assert 'aria-describedby="id_name_helptext id_name_error"' in html
    assert 'aria-invalid="true"' in html
    assert 'id="id_name_helptext"' in html
    assert 'id="id_name_error"' in html
    assert '<label for="id_name">First name</label>' in html


def test_optional_field_says_so() -> None:
    assert "(optional)" in str(Sample()["note"].as_field_group())
    assert "(optional)" not in str(Sample()["name"].as_field_group())


def test_radio_buttons_are_a_named_group() -> None:
    html = str(Sample()["kind"].as_field_group())

    assert re.search(r"<fieldset[^>]*>\s*<legend>Kind</legend>", html)
    assert html.count('<div class="choice">') == 2


def test_check_box_stands_before_its_label() -> None:
    html = str(Sample()["agrees"].as_field_group())

    assert html.index("<input") < html.index("<label")


def test_form_with_mistakes_says_them_first_with_links() -> None:
    html = str(Sample({"kind": "a"}))
    summary = html[: html.index('class="field"')]

    assert 'role="alert"' in summary
    assert re.findall(r'<a href="([^"]+)">', summary) == ["#id_name", "#id_agrees"]


def test_form_without_mistakes_says_none() -> None:
    assert 'role="alert"' not in str(Sample())


# The gallery


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/style/", *(f"/style/{name}/" for name in style.SCREENS)])
def test_gallery_is_for_staff(address: str) -> None:
    role = build.role(program=build.program())
    graduate = build.user()
    build.graduate(user=graduate)
    staff_client, graduate_client = Client(), Client()
    staff_client.force_login(role.user)
    graduate_client.force_login(graduate)

    assert staff_client.get(address).status_code == 200
    assert graduate_client.get(address).status_code == 404


@pytest.mark.django_db
def test_gallery_has_no_other_screens(client: Client) -> None:
    role = build.role(program=build.program())
    client.force_login(role.user)

    assert client.get("/style/nothing/").status_code == 404


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.name)
def test_part_says_what_it_needs(part: Path) -> None:
    assert part.read_text(encoding="utf-8").startswith("{% comment %}\n")


def test_icons_named_in_templates_are_drawn() -> None:
    drawn = set(re.findall(r'<symbol id="([^"]+)"', (STATIC / "img/icons.svg").read_text("utf-8")))
    named = set()
    for template in TEMPLATES.rglob("*.html"):
        source = template.read_text(encoding="utf-8")
        named |= set(re.findall(r'{% icon "([^"]+)"', source))
        named |= set(re.findall(r'\bicon="([^"]+)"', source))
    named |= {entry.icon for entry in all_entries()}

    assert named - {"name", "…"} <= drawn


def all_entries() -> tuple[navigation.Entry, ...]:
    return (navigation.TODAY, *navigation.GRADUATE, *navigation.STAFF, *navigation.LEAD)


@pytest.mark.parametrize(
    "template",
    sorted(TEMPLATES.rglob("*.html")),
    ids=lambda path: str(path.relative_to(TEMPLATES)),
)
def test_template_has_no_inline_code(template: Path) -> None:
    source = template.read_text(encoding="utf-8")

    assert re.findall(r"\sstyle=|<style|\son[a-z]+=\"|javascript:|\|safe\b", source) == []
    for script in re.findall(r"<script\b[^>]*>", source):
        assert "src=" in script or 'type="application/json"' in script


# Colours


def tokens(scheme: str) -> dict[str, str]:
    source = (STATIC / "css/tokens.css").read_text(encoding="utf-8")
    light, dark = source.split("@media (prefers-color-scheme: dark)")
    found = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", light))
    if scheme == "dark":
        found |= dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", dark))
    return found


def luminance(colour: str) -> float:
    channels = (int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5))
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in channels
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


STATES = ("good", "watch", "reach", "lost", "safety", "calm")
TEXT_PAIRS = [
    *((ink, ground) for ink in ("ink", "ink-soft") for ground in ("paper", "surface", "sunken")),
    *(
        (ink, ground)
        for ink in ("brand", "brand-strong")
        for ground in ("paper", "surface", "sunken")
    ),
    ("ink", "brand-soft"),
    ("ink-soft", "brand-soft"),
    ("brand-strong", "brand-soft"),
    ("on-brand", "brand"),
    ("on-brand", "brand-strong"),
    ("on-help", "help"),
    ("on-help", "help-strong"),
    ("ink", "help-soft"),
    *((state, f"{state}-soft") for state in STATES),
    *(("ink", f"{state}-soft") for state in STATES),
    *((state, ground) for state in STATES for ground in ("paper", "surface")),
]
SHAPE_PAIRS = [
    ("line-strong", "surface"),
    ("line-strong", "paper"),
    ("brand", "brand-soft"),
    ("focus", "surface"),
    ("focus", "paper"),
]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("ink", "ground"), TEXT_PAIRS)
def test_words_stand_out_from_their_ground(scheme: str, ink: str, ground: str) -> None:
    colours = tokens(scheme)

    assert contrast(colours[ink], colours[ground]) >= 4.5


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("shape", "ground"), SHAPE_PAIRS)
def test_shapes_stand_out_from_their_ground(scheme: str, shape: str, ground: str) -> None:
    colours = tokens(scheme)

    assert contrast(colours[shape], colours[ground]) >= 3.0


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("link", "is_button"),
    [
        ("https://example.org/room", True),
        ("HTTP://example.org/room", True),
        ("java\tscript:go()", False),
        ("javascript:go()", False),
        (" data:text/html,go", False),
    ],
)
def test_what_leads_elsewhere_than_to_the_web_is_no_button(
    client: Client, link: str, is_button: bool
) -> None:
    graduate = build.graduate(user=build.user())
    commitment = build.commitment(graduate=graduate)
    commitment.join_link = link
    commitment.save()
    assert graduate.user is not None
    client.force_login(graduate.user)

    page = client.get("/today/").content.decode()

    assert (f'href="{link}"' in page, "#video" in page) == (is_button, is_button)
