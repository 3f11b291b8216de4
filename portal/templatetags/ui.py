"""The words templates have for the parts of the house; presentation only, nothing is looked up here.

Each block tag draws the part of the same name in templates/parts/, where its context is described.
"""

import uuid
from collections.abc import Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import phonenumbers
from django import template
from django.conf import settings
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils import formats, timezone
from django.utils.dates import WEEKDAYS_ABBR
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from aftercare import hours
from notifications.models import Program
from portal import charts
from portal.forms.fields import HOME_ZONES
from portal.http import ONCE

register = template.Library()


# Frame


@register.simple_tag
def site_name() -> str:
    """The neutral name of the installation; a tag, because error pages have no context."""
    return settings.SITE_NAME


@register.simple_tag
def once() -> SafeString:
    """The hidden key by which a form is taken in once, however often it is sent."""
    return format_html('<input type="hidden" name="{}" value="{}">', ONCE, uuid.uuid4())


@register.simple_tag
def icon(name: str, *, label: str = "", large: bool = False) -> SafeString:
    """A drawing of static/img/icons.svg; silent to screen readers unless it has a label."""
    return _drawn_icon(static("img/icons.svg"), name, str(label), large)


# A list of people has hundreds of the same few shapes, each the same wherever it stands.
@lru_cache(maxsize=1024)
def _drawn_icon(drawings: str, name: str, label: str, large: bool) -> SafeString:
    shape = {"drawings": drawings, "name": name, "label": label, "large": large}
    return render_to_string("parts/icon.html", shape)


# Block parts


@register.simple_block_tag
def card(content: str, **context: Any) -> SafeString:
    """A framed group: heading, icon, tone, level, id."""
    return render_to_string("parts/card.html", {"level": 2, **context, "content": content})


@register.simple_block_tag
def alert(content: str, **context: Any) -> SafeString:
    """A message inside a page: tone, title."""
    return render_to_string("parts/alert.html", {**context, "content": content})


@register.simple_block_tag
def disclosure(content: str, **context: Any) -> SafeString:
    """More, behind one press: summary, open."""
    return render_to_string("parts/disclosure.html", {**context, "content": content})


@register.simple_block_tag
def confirm(content: str, **context: Any) -> SafeString:
    """A deed that asks once more, without a script: summary, tone, icon."""
    return render_to_string("parts/confirm.html", {**context, "content": content})


@register.simple_block_tag
def person_row(content: str, person: Any, now: datetime) -> SafeString:
    """One person on a list of staff; the body holds the buttons."""
    return render_to_string(
        "parts/person_row.html", {"person": person, "now": now, "content": content}
    )


# Charts


@register.simple_tag
def mark(shape: charts.Mark) -> SafeString:
    """One outcome as a shape, where a line of weeks has it."""
    return _drawn_mark(shape)


@lru_cache(maxsize=1024)
def _drawn_mark(shape: charts.Mark) -> SafeString:
    return render_to_string("parts/mark.html", {"mark": shape, "middle": charts.MARK_MIDDLE})


@register.inclusion_tag("parts/week_ring.html")
def week_ring(*, kept: int, planned: int, label: str = "") -> dict[str, Any]:
    """What was kept of what was planned this week."""
    return {
        "arcs": charts.ring(kept=kept, planned=planned),
        "kept": kept,
        "planned": planned,
        "label": label,
    }


@register.inclusion_tag("parts/sparkline.html")
def sparkline(outcomes: Sequence[str], *, label: str = "") -> dict[str, Any]:
    """One mark a week, oldest first; outcomes as in charts.OUTCOMES, anything else is an empty week."""
    line = charts.sparkline(outcomes)
    return {"line": line, "label": label, "counts": line.counts}


@register.inclusion_tag("parts/sparkline_key.html")
def sparkline_key() -> dict[str, Any]:
    """What the shapes of a sparkline mean; once a page is enough."""
    words = {
        "kept": _("kept"),
        "late": _("late"),
        "missed": _("missed"),
        "excused": _("excused"),
        "none": _("nothing due"),
    }
    marks = (charts.sparkline([outcome]).marks[0] for outcome in words)
    return {"key": [(mark, words[mark.outcome]) for mark in marks]}


@register.inclusion_tag("parts/line_chart.html")
def line_chart(
    values: Sequence[tuple[date, float | None]],
    *,
    title: str,
    low: float,
    high: float,
    limits: Sequence[tuple[float, str]] = (),
    bands: Sequence[tuple[float, str]] = (),
    note: str = "",
) -> dict[str, Any]:
    """A line over dates with its table; `limits` are (value, words) worth a dashed line.

    `bands` are (lowest value, words), the lowest first; the table names the one of each point.
    """
    chart = charts.line_chart(values, low=low, high=high, limits=limits, bands=bands)
    return {
        "chart": chart,
        "has_bands": bool(bands),
        "title": title,
        "note": note,
        "width": charts.CHART_WIDTH,
        "height": charts.CHART_HEIGHT,
        "left": charts.CHART_LEFT,
        "right": charts.CHART_WIDTH - charts.CHART_RIGHT,
    }


@register.inclusion_tag("parts/week_chart.html")
def week_chart(weeks: Sequence[Any], *, title: str) -> dict[str, Any]:
    """What became of each thing due, week by week, with its table; weeks have begins_on, outcomes, counts."""
    columns, height = charts.stacks([week.outcomes for week in weeks])
    return {
        "title": title,
        "weeks": weeks,
        "stacks": columns,
        "ground": height,
        "height": height + charts.CHART_BOTTOM,
        "width": charts.CHART_WIDTH,
        "left": charts.CHART_LEFT,
        "key": sparkline_key()["key"],
    }


# Time. The instant to compare with is always passed in.


def _local(value: datetime, zone: str) -> datetime:
    return value.astimezone(ZoneInfo(zone) if zone else timezone.get_current_timezone())


def _clock(local: datetime, zone: str) -> str:
    text = formats.date_format(local, pgettext("time format", "g:i A"))
    return f"{text} {_zone_name(local, zone)}".rstrip()


def _zone_name(local: datetime, zone: str) -> str:
    here = local.astimezone(timezone.get_current_timezone())
    differs = bool(zone) and here.utcoffset() != local.utcoffset()
    return local.tzname() or "" if differs else ""


def _day(local: datetime, at: datetime) -> str:
    today = at.astimezone(local.tzinfo).date()
    near = {0: _("Today"), 1: _("Tomorrow"), -1: _("Yesterday")}
    days = (local.date() - today).days
    if days in near:
        return near[days]
    pattern = (
        pgettext("day format", "D, M j") if abs(days) < 180 else pgettext("day format", "M j, Y")
    )
    return formats.date_format(local, pattern)


@register.simple_tag
def when(value: datetime, at: datetime, zone: str = "") -> SafeString:
    """Day and time, near days by name: "Tomorrow, 7:00 PM".

    In the reader's zone, or in `zone` (IANA), whose short name follows where the clocks differ.
    """
    local = _local(value, zone)
    words = _("{day}, {time}").format(day=_day(local, at), time=_clock(local, zone))
    return format_html('<time datetime="{}">{}</time>', local.isoformat(), words)


@register.simple_tag
def day(value: datetime, at: datetime, zone: str = "") -> SafeString:
    """The day alone: "Today", "Tue, Mar 10"."""
    local = _local(value, zone)
    return format_html('<time datetime="{}">{}</time>', local.date().isoformat(), _day(local, at))


@register.simple_tag
def clock(value: datetime, zone: str = "") -> SafeString:
    """The time of day alone: "7:00 PM"."""
    local = _local(value, zone)
    return format_html('<time datetime="{}">{}</time>', local.isoformat(), _clock(local, zone))


@register.simple_tag
def zone_name(value: datetime, zone: str) -> str:
    """The short name of a zone (IANA) at an instant, "EST"; nothing where the reader's clock is the same."""
    return _zone_name(_local(value, zone), zone)


@register.simple_tag
def ago(value: datetime | None, at: datetime) -> str:
    """How long ago, in whole days or weeks by the reader's calendar; "never" without a value."""
    if value is None:
        return _("never")
    here = timezone.get_current_timezone()
    days = (at.astimezone(here).date() - value.astimezone(here).date()).days
    if days < 1:
        return _("today")
    if days == 1:
        return _("yesterday")
    if days < 21:
        return ngettext("%(count)s day ago", "%(count)s days ago", days) % {"count": days}
    weeks = days // 7
    return ngettext("%(count)s week ago", "%(count)s weeks ago", weeks) % {"count": weeks}


@register.filter
def office_hours(program: Program) -> str:
    """When staff is there, by the program's own clock: "Mon-Fri 09:00-17:00, Eastern time (New York)"."""
    names = [str(WEEKDAYS_ABBR[day]) for day in range(7)]
    week = hours.write_week(program.staffed_hours, names=names)
    zone = str(dict(HOME_ZONES).get(program.time_zone, program.time_zone.replace("_", " ")))
    return f"{week}, {zone}" if week else ""


@register.filter
def long_day(value: date) -> str:
    """A day in full: "Sunday, March 8"."""
    local = timezone.localtime(value) if isinstance(value, datetime) else value
    return formats.date_format(local, pgettext("long day format", "l, F j"))


# Names and numbers


@register.filter
def initials(name: str) -> str:
    """The first letters of the first and last word of a name."""
    words = name.split()
    return "".join(word[0] for word in dict.fromkeys((words[0], words[-1]))) if words else "?"


@register.filter
def phone(value: str) -> str:
    """A number as people write it: "+12155550142" as "(215) 555-0142"; short codes stay as they are."""
    try:
        parsed = phonenumbers.parse(value, "US")
    except phonenumbers.NumberParseException:
        return value
    if len(str(parsed.national_number)) < 10:
        return value
    national = parsed.country_code == 1
    kind = (
        phonenumbers.PhoneNumberFormat.NATIONAL
        if national
        else phonenumbers.PhoneNumberFormat.INTERNATIONAL
    )
    return phonenumbers.format_number(parsed, kind)


@register.filter
def tel(value: str) -> str:
    """The number as a link that calls."""
    return f"tel:{_dialled(value)}"


@register.filter
def web(value: str) -> str:
    """The address as a link to the web; "" for any other, which a browser might run."""
    return value if value.lower().startswith(("https://", "http://")) else ""


@register.filter
def sms(value: str) -> str:
    """The number as a link that opens a text."""
    return f"sms:{_dialled(value)}"


def _dialled(value: str) -> str:
    return "".join(character for character in value if character.isdigit() or character == "+")


# What browsers say of themselves, in the order in which one must ask: each later one names the
# earlier ones as well.
_BROWSERS = (("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("FxiOS", "Firefox"))
_MORE_BROWSERS = (("CriOS", "Chrome"), ("Chrome", "Chrome"), ("Safari", "Safari"))
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("CrOS", "Chromebook"),
    ("Mac OS", "Mac"),
    ("Linux", "Linux"),
)


@register.filter
def browser(agent: str) -> str:
    """A browser's long description of itself in three words: "Chrome on Android"."""
    name = _first(agent, (*_BROWSERS, *_MORE_BROWSERS)) or _("Browser")
    system = _first(agent, _SYSTEMS)
    return _("{browser} on {system}").format(browser=name, system=system) if system else name


def _first(agent: str, signs: Sequence[tuple[str, str]]) -> str:
    return next((name for sign, name in signs if sign in agent), "")
