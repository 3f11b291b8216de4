"""The words of texts: one template each in templates/messages/, translated, plain, and neutral.

A text stands on a lock screen, where a stranger may read it: none says recovery, treatment, program,
diagnosis, meeting, or anything else that tells what somebody is here for. Only an answer to danger
may name what helps.
"""

import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.template.context import make_context
from django.template.loader import get_template
from django.utils import formats, translation
from django.utils.dates import WEEKDAYS
from django.utils.functional import Promise
from django.utils.text import get_text_list
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from aftercare.recurrence import Repeats, Rule
from notifications.text import fold, plain

# An answer to danger names the help there is; the others say what the person asked or chose to have said.
OUTSPOKEN = frozenset(
    {
        "danger_medical",
        "hard_moment",
        "nearby_found",
        "reminder_named",
        "reminder_of_several",
        "safety_note_full",
    }
)

_TELLING = re.compile(
    r"\b(?:recover\w*|treatments?|programs?|diagnos\w+|meetings?|therap\w+|rehab\w*|sober|sobriety"
    r"|relaps\w+|addict\w*|alcohol\w*|drugs?|drinking|clinics?|counsel\w+|medications?|naloxone|narcan"
    r"|recuperacion|tratamientos?|programas?|diagnosticos?|reunion(?:es)?|terapias?|terapeutas?"
    r"|sobri[oa]s?|sobriedad|recaidas?|adiccion(?:es)?|adict[oa]s?|drogas?|clinicas?|consejer[oa]s?"
    r"|medicamentos?|medicinas?|naloxona)\b"
)

# A name or an address may hide such a word inside a longer one, or name what is treated.
_TELLING_INSIDE = re.compile(
    r"recover|treatment|rehab|diagnos|therap|sober|relapse|addict|alcohol|drug|detox|clinic"
    r"|counsel|naloxone|opioid|opiate|narcotic|methadone|suboxone|cocaine|heroin"
    r"|psych|mental ?health|behavioral ?health|depress|anxiet|bipolar|schizo|ptsd|trauma"
    r"|craving|sponsor|overdos|withdrawal|padrino|madrina|sobredosis|antojo"
    r"|eating ?disorder|anorexi|bulimi|suicid|12 ?step|twelve ?step|\b(?:aa|na|iop)\b"
    r"|recuperaci|tratamient|adicci|sobrio|sobriedad|recaida|droga|terapi|consejer|psiq"
    r"|salud ?mental|depresi|ansiedad|trastorno|desintoxica"
)


# Each month has so many days at the least.
SHORTEST_MONTH = 28


class SaysTooMuch(ValueError):
    """A text would tell a stranger what somebody is here for; the message names text and word."""

    def __init__(self, name: str, word: str) -> None:
        super().__init__(f'The text "{name}" would say "{word}"; choose neutral words for it.')


def text(*, name: str, language: str, **facts: object) -> str:
    """The text templates/messages/<name>.txt in a language ("en", "es"), on one line.

    Raises SaysTooMuch where the finished text, names and other facts included, is not neutral.
    """
    with translation.override(language):
        template = get_template(f"messages/{name}.txt").template  # type: ignore[attr-defined]
        body = template.render(make_context(facts, autoescape=False))
    body = plain(" ".join(body.split()))
    word = telling_word(body)
    if word and name not in OUTSPOKEN:
        raise SaysTooMuch(name, word)
    return body


def telling_word(body: str) -> str:
    """The first word that would tell a stranger what somebody is here for; "" where there is none."""
    found = _TELLING.search(fold(body))
    return found[0] if found else ""


def telling_name(name: str) -> str:
    """The first part of a name or an address that would tell the same; "" where there is none.

    Stricter than for a text: also inside longer words, and what is treated.
    """
    found = telling_word(name)
    if found:
        return found
    inside = _TELLING_INSIDE.search(fold(name))
    return inside[0] if inside else ""


def clock(*, at: datetime, zone: ZoneInfo, language: str, other: ZoneInfo | None = None) -> str:
    """An instant as "7:00 PM" in a zone, with the zone's name where an `other` zone's clock differs."""
    local = at.astimezone(zone)
    with translation.override(language):
        words = formats.date_format(local, "g:i A")
    differs = other is not None and at.astimezone(other).utcoffset() != local.utcoffset()
    return f"{words} {local.tzname()}" if differs else words


def day(*, at: datetime, now: datetime, zone: ZoneInfo, language: str) -> str:
    """The local day of an instant as seen from `now`: "today", a weekday's name, or with the date.

    Never "tomorrow": a text that waits for the morning would then be wrong.
    """
    local, today = at.astimezone(zone), now.astimezone(zone).date()
    with translation.override(language):
        if local.date() == today:
            return gettext("today")
        weekday = formats.date_format(local, "l")
        if local.date() < today + timedelta(days=7):
            return weekday
        return f"{weekday}, {formats.date_format(local, 'MONTH_DAY_FORMAT')}"


def weekday(*, on: date, language: str) -> str:
    """The name of a date's weekday, as it stands in a sentence."""
    with translation.override(language):
        return formats.date_format(on, "l")


def schedule(rule: Rule) -> str:
    """When a rule happens, in the language in force: "Every Tuesday and Thursday at 7:00 PM"."""
    names = [str(WEEKDAYS[day]) for day in sorted(set(rule.weekdays))]
    facts = {
        "clock": formats.time_format(rule.start_time, "g:i A"),
        "days": get_text_list(names, gettext("and")),
        "count": rule.interval,
        "day": rule.month_day,
        "date": formats.date_format(rule.starts_on, "MONTH_DAY_FORMAT"),
        "which": str(POSITIONS.get(rule.position or 0, "")),
    }
    return str(_pattern(rule)) % facts


def _pattern(rule: Rule) -> str | Promise:
    if rule.repeats is Repeats.ONCE:
        return _("%(date)s at %(clock)s")
    if rule.repeats is Repeats.WEEKLY:
        return _WEEKLY.get(rule.interval, _("Every %(count)s weeks on %(days)s at %(clock)s"))
    if rule.repeats is Repeats.MONTHLY_POSITION:
        return _("The %(which)s %(days)s of the month at %(clock)s")
    if rule.month_day == -1:
        return _("The last day of the month at %(clock)s")
    if (rule.month_day or 0) > SHORTEST_MONTH:
        return _("Day %(day)s of the month at %(clock)s, in months that have one")
    return _("Day %(day)s of the month at %(clock)s")


_WEEKLY = {
    1: _("Every %(days)s at %(clock)s"),
    2: _("Every other week on %(days)s at %(clock)s"),
}
POSITIONS = {
    1: _("first"),
    2: _("second"),
    3: _("third"),
    4: _("fourth"),
    5: _("fifth"),
    -1: _("last"),
}


def given_name(full: str) -> str:
    """The first word of a name, as people sign their texts."""
    return full.split()[0] if full.split() else ""


def weeks(*, day: str, positions: Sequence[int]) -> str:
    """On which days a meeting is: "Every Monday", "The first and third Monday of the month"."""
    names = [str(POSITIONS[position]) for position in positions]
    if not names:
        return gettext("Every %(day)s") % {"day": day}
    which = get_text_list(names, gettext("and"))
    return gettext("The %(which)s %(day)s of the month") % {"which": which, "day": day}
