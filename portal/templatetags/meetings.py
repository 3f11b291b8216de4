"""The words of the finder: statuses, badges, distances and names, from rows of the directory."""

from datetime import date, datetime, time
from typing import NamedTuple
from urllib.parse import quote
from zoneinfo import ZoneInfo

from django import template
from django.utils import formats
from django.utils.dates import WEEKDAYS
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from aftercare import wording
from aftercare.directory import moments, vocabulary
from aftercare.directory.formats.links import phone_without_passcode
from aftercare.directory.moments import Moment
from aftercare.directory.search import Row

register = template.Library()

SOON_MINUTES = 90
_ATTENDANCE_ICONS = {"in_person": "pin", "online": "video", "hybrid": "people", "inactive": "pause"}
# Tags that help somebody choose from a list; the others stand on the meeting's own page.
_ON_LISTS = (
    "newcomer", "women", "men", "lgbtq", "young-people", "language-es", "language-asl",
    "wheelchair", "childcare", "proof-of-attendance",
)  # fmt: skip


class Badge(NamedTuple):
    """A word with a colour and a shape: what parts/badge.html draws."""

    label: str
    tone: str = ""
    icon: str = ""


@register.simple_tag
def meeting_status(row: Row, at: datetime) -> Badge | None:
    """Whether it is on, begins soon, or does not meet; null where there is nothing to say."""
    if row.closed:
        days = _span_words(row.closed.first_on, row.closed.last_on)
        return Badge(_("Closed %(days)s") % {"days": days}, "watch", "pause")
    if not row.active:
        return Badge(inactive_words(row.inactive_reason), "watch", "pause")
    if row.moment is None:
        return None
    if row.in_progress:
        return Badge(_("On now"), "good", "clock")
    minutes = int((row.moment.starts_at - at).total_seconds()) // 60
    if minutes > SOON_MINUTES:
        return None
    words = ngettext("Starts in %(count)d minute", "Starts in %(count)d minutes", minutes)
    return Badge(words % {"count": minutes} if minutes else _("Starts now"), "calm", "clock")


def _span_words(first: date, last: date) -> str:
    """ "Nov 26", or "Nov 26 – Nov 29"."""
    words = [formats.date_format(day, "MONTH_DAY_FORMAT") for day in (first, last)]
    return words[0] if first == last else " – ".join(words)


@register.filter
def weeks_words(row: Row) -> str:
    """On which days it meets: "Every Monday", "The first and third Monday of the month"."""
    positions = moments.positions_of(weeks=row.weeks)
    return wording.weeks(day=str(weekday_name(row.weekday)), positions=positions)


@register.filter
def inactive_words(reason: str) -> str:
    """Why nobody should go there, in a few words."""
    words = {
        "temporarily closed": _("Closed for now"),
        "address not exact": _("No exact address"),
        "no longer listed": _("No longer listed"),
    }
    return words.get(reason, _("Not meeting now"))


@register.simple_tag
def meeting_badges(row: Row) -> list[Badge]:
    """How one can come, whose meeting it is, and what it is good for."""
    attendance = {
        "in_person": _("In person"),
        "online": _("Online"),
        "hybrid": _("In person and online"),
        "inactive": "",
    }
    found = [
        Badge(attendance.get(row.attendance, ""), "", _ATTENDANCE_ICONS.get(row.attendance, "")),
        Badge(str(vocabulary.fellowship_of(row.fellowship).short)),
        Badge(_openness(row.tags)),
        *(
            Badge(str(vocabulary.CHIPS.get(tag) or vocabulary.tag_name(tag)))
            for tag in _ON_LISTS
            if tag in row.tags
        ),
    ]
    return [badge for badge in found if badge.label]


def _openness(tags: tuple[str, ...]) -> str:
    if "open" in tags and "closed" in tags:
        return _("Open or closed: ask first")
    if "open" in tags:
        return pgettext("meeting", "Open")
    return _("Closed") if "closed" in tags else ""


@register.filter
def tag_name(tag: str) -> str | Promise:
    """What a tag is called."""
    return vocabulary.tag_name(tag)


@register.filter
def fellowship_name(slug: str) -> str | Promise:
    """The full name of a fellowship."""
    return vocabulary.fellowship_of(slug).name


@register.filter
def miles(distance: float) -> str:
    """A distance as people say it: "0.4 miles", "12 miles"."""
    shown = max(round(distance, 1), 0.1)
    if shown == 1:
        return _("1 mile")
    number = formats.number_format(shown, 1) if shown < 10 else formats.number_format(round(shown))
    return _("%(number)s miles") % {"number": number}


@register.filter
def time_in(value: datetime, zone_name: str) -> str:
    """The time of day in that zone, without its name: "8:00 PM"."""
    return formats.date_format(
        value.astimezone(ZoneInfo(zone_name)), pgettext("time format", "g:i A")
    )


@register.filter
def wall_clock(start: time) -> str:
    """A time of day of no zone in particular: "7:00 PM"."""
    return formats.time_format(start, pgettext("time format", "g:i A"))


@register.filter
def day_in(value: datetime, zone_name: str) -> str:
    """The date in that zone, with its year: "March 8, 2026"."""
    return formats.date_format(value.astimezone(ZoneInfo(zone_name)), "DATE_FORMAT")


@register.filter
def zone_words(zone_name: str) -> str:
    """The city that stands for a zone: "America/New_York" as "New York"."""
    return vocabulary.city_of_zone(zone_name)


@register.simple_tag
def clocks_differ(moment: Moment, reader: ZoneInfo | None) -> bool:
    """Whether the reader's clock shows another time than the meeting's; true where it is unknown."""
    return (
        reader is None
        or moment.starts_at.astimezone(reader).utcoffset() != moment.starts_at.utcoffset()
    )


@register.filter
def short_address(address: str) -> str:
    """An address without the country that most of its readers live in."""
    return address.removesuffix(", USA").removesuffix(", United States")


@register.filter
def one_tap(phone: str) -> str:
    """A dial-in number as a link that dials it, pauses and codes included."""
    return "tel:" + phone.replace("#", "%23").replace("*", "%2A")


@register.filter
def bare_phone(phone: str) -> str:
    """A dial-in number without the passcode that is dialled after it."""
    return phone_without_passcode(phone=phone)


@register.filter
def share_by_text(address: str) -> str:
    """A link that opens a text with an address in it; the phone asks to whom."""
    return f"sms:?&body={quote(address)}"


@register.filter
def directions(row: Row) -> str:
    """Where a map explains the way; it is asked only when the person follows the link."""
    if row.latitude is None or row.longitude is None:
        return ""
    return f"https://www.openstreetmap.org/directions?to={row.latitude:.5f}%2C{row.longitude:.5f}"


@register.filter
def weekday_name(weekday: int | None) -> str | Promise:
    """A weekday as feeds count it, 0 is Sunday, in words."""
    return _("by appointment") if weekday is None else WEEKDAYS[(weekday - 1) % 7]
