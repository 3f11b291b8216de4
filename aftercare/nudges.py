"""The text of a reminder: which dates of a day are told together, and in which words."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils import translation
from django.utils.text import get_text_list
from django.utils.translation import gettext

from aftercare import texts, wording
from aftercare.models import Contact, Reminder
from notifications import facts, quiet_hours

# Dates of one day that begin so close together, or are due to be told, make one text.
CLOSE = timedelta(hours=3)


def near(*, row: Reminder, contact: Contact, at: datetime) -> list[Reminder]:
    """Other planned reminders of the same person that one text may tell as well, by their start.

    None while the person's quiet hours hold the text back: by their end some may be over, and a text
    that is of no use for one would be lost for the others.
    """
    if _must_wait(contact, at):
        return []
    graduate = row.commitment.graduate
    zone = ZoneInfo(graduate.time_zone)
    rows = Reminder.objects.filter(
        commitment__graduate=graduate,
        state=Reminder.State.PLANNED,
        due_at__lte=row.due_at + CLOSE,
        starts_at__gt=at,
        starts_at__gte=row.starts_at - CLOSE,
        starts_at__lte=row.starts_at + CLOSE,
    ).select_related("commitment__graduate__program", "message")
    day = row.starts_at.astimezone(zone).date()
    return [
        other
        for other in rows.order_by("starts_at", "due_at", "pk")
        if other.starts_at.astimezone(zone).date() == day and other.message_id is None
    ]


def _must_wait(contact: Contact, at: datetime) -> bool:
    address = contact.address
    windows = quiet_hours.own_hours(quiet=quiet_hours.parse_windows(address.quiet_windows))
    zones = facts.zones_of(address, otherwise=contact.graduate.program.time_zone)
    return not quiet_hours.allowed(at=at, zone=zones, windows=windows)


def one_a_date(rows: Iterable[Reminder]) -> list[Reminder]:
    """The first of the reminders of each date, in the order of the dates; a later lead stays for later."""
    first: dict[tuple[int, str], Reminder] = {}
    for row in rows:
        first.setdefault((row.commitment_id, row.recurrence_id), row)
    return sorted(first.values(), key=lambda row: (row.starts_at, row.pk))


def body(*, rows: Sequence[Reminder], contact: Contact, at: datetime) -> str:
    """The times alone, unless the person chose fuller words on a phone that nobody else sees.

    Raises wording.SaysTooMuch.
    """
    graduate = rows[0].commitment.graduate
    zone, language = ZoneInfo(graduate.time_zone), graduate.language
    is_plain = graduate.discreet or texts.is_shared(contact=contact)
    clocks = [_clock(row, zone, language) for row in rows]
    shared = {
        "day": wording.day(at=rows[0].starts_at, now=at, zone=zone, language=language),
        "alias": graduate.program.alias,
    }
    if is_plain:
        clock = _together(list(dict.fromkeys(clocks)), language)
        return wording.text(name="reminder", language=language, clock=clock, **shared)
    if len(rows) > 1:
        named = [
            f"{row.commitment.title}, {clock}" for row, clock in zip(rows, clocks, strict=True)
        ]
        return wording.text(
            name="reminder_of_several", language=language, dates="; ".join(named), **shared
        )
    commitment = rows[0].commitment
    return wording.text(
        name="reminder_named",
        language=language,
        clock=clocks[0],
        title=commitment.title,
        place=commitment.place,
        **shared,
    )


def _clock(row: Reminder, zone: ZoneInfo, language: str) -> str:
    other = ZoneInfo(row.commitment.time_zone)
    return wording.clock(at=row.starts_at, zone=zone, language=language, other=other)


def _together(words: list[str], language: str) -> str:
    with translation.override(language):
        return str(get_text_list(words, gettext("and")))
