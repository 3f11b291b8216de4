"""A graduate's plan as a calendar that phones subscribe to by a secret address.

The address is made on request, shown once, and stored as a fingerprint only; whoever has it can read,
so titles say nothing unless the person chooses so. The words follow RFC 5545 and what the calendars
of Apple, Google and Outlook take: zones spelled out, a rule with its exceptions, stable ids.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from urllib.parse import urljoin
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext
from icalendar import Calendar, Event, vDuration, vRecur

from aftercare import occurrences, record, recurrence
from aftercare.models import AuditEntry, CalendarLink, Commitment, Graduate
from aftercare.occurrences import Changes
from aftercare.record import Actor
from aftercare.recurrence import Occurrence

TOKEN_BYTES = 24
# A rule that has no date so long after its first day never has one.
_FAR = timedelta(days=800)
# How often a calendar should look again.
LOOK_AGAIN = timedelta(hours=4)


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """A calendar file, and when anything in it last became another."""

    body: bytes
    changed_at: datetime


@transaction.atomic
def subscribe(*, graduate: Graduate, full_titles: bool, actor: Actor, at: datetime) -> str:
    """Make the address of a graduate's calendar, in the place of an older one; returns it, this once."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    link, _made = CalendarLink.objects.update_or_create(
        graduate=graduate,
        defaults={"token_hash": _fingerprint(token), "full_titles": full_titles, "changed_at": at},
    )
    _record(link, actor, at)
    return urljoin(f"{settings.PUBLIC_URL}/", reverse("calendar", args=[token]))


@transaction.atomic
def revoke(*, graduate: Graduate, actor: Actor, at: datetime) -> None:
    """Close the address: nobody reads anything by it any more."""
    link = link_of(graduate=graduate)
    if link is not None:
        _record(link, actor, at)
        link.delete()


def _record(link: CalendarLink, actor: Actor, at: datetime) -> None:
    graduate = link.graduate
    record.write(actor=actor, verb=AuditEntry.Verb.CHANGED, thing=link, graduate=graduate, at=at)


def _fingerprint(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def link_of(*, graduate: Graduate) -> CalendarLink | None:
    """The open address of a graduate, without its secret."""
    return CalendarLink.objects.filter(graduate=graduate).first()


def read(*, token: str) -> Feed | None:
    """The calendar behind an address; None where there is none (any more)."""
    gone = [Graduate.Status.LEFT, Graduate.Status.DECEASED]
    links = CalendarLink.objects.select_related("graduate__program")
    link = links.filter(token_hash=_fingerprint(token)).exclude(graduate__status__in=gone).first()
    if link is None:
        return None
    graduate = link.graduate
    rows = list(
        occurrences.with_changes(Commitment.objects.filter(graduate=graduate)).order_by("pk")
    )
    with translation.override(graduate.language):
        body = _write(link, [row for row in rows if row.ended_at is None])
    instants = [link.changed_at, *(_changed_at(row) for row in rows)]
    return Feed(body=body, changed_at=max(instants))


def _changed_at(commitment: Commitment) -> datetime:
    return commitment.changed_at or commitment.created_at


def _write(link: CalendarLink, rows: list[Commitment]) -> bytes:
    calendar = Calendar()
    calendar.add("VERSION", "2.0")
    calendar.add("PRODID", "-//aftercare portal//plan//EN")
    calendar.add("CALSCALE", "GREGORIAN")
    calendar.add("METHOD", "PUBLISH")
    # Some calendars know only the older names of NAME and REFRESH-INTERVAL.
    for name in ("NAME", "X-WR-CALNAME"):
        calendar.add(name, link.graduate.program.alias)
    calendar.add("REFRESH-INTERVAL", LOOK_AGAIN, parameters={"VALUE": "DURATION"})
    calendar.add("X-PUBLISHED-TTL", vDuration(LOOK_AGAIN))
    for row in rows:
        for event in _events(link, row):
            calendar.add_component(event)
    first = min((row.starts_on for row in rows), default=link.changed_at.date())
    # From before the first date on; older clock changes would only fill the file.
    calendar.add_missing_timezones(first_date=date(first.year - 1, 1, 1))
    return bytes(calendar.to_ical())


def _events(link: CalendarLink, commitment: Commitment) -> list[Event]:
    """The rule with what is left out of it, and one more event for each date that was moved.

    All times are wall times of the commitment's zone: an instant would turn a date on which the
    clock skips its hour into the hour of the whole rule.
    """
    dates = _dates(commitment)
    if dates is None:
        return []
    first, off, moved = dates
    zone = occurrences.zone_of(commitment=commitment)
    series = _event(link, commitment)
    series.add("DTSTART", first.replace(tzinfo=zone))
    repeats = recurrence.to_rrule(commitment.rule)
    if repeats is not None:
        series.add("RRULE", vRecur.from_ical(repeats))
    if off:
        series.add("EXDATE", [wall.replace(tzinfo=zone) for wall in off])
    events = [series]
    for was, now in moved:
        event = _event(link, commitment)
        event.add("RECURRENCE-ID", was.replace(tzinfo=zone))
        event.add("DTSTART", now.replace(tzinfo=zone))
        events.append(event)
    return events


def _event(link: CalendarLink, commitment: Commitment) -> Event:
    event = Event()
    event.add("UID", f"{commitment.uid}@{_host()}")
    # A published event's stamp is its last revision (RFC 5545, 3.8.7.2), so that files can be compared.
    event.add("DTSTAMP", _changed_at(commitment))
    event.add("LAST-MODIFIED", _changed_at(commitment))
    # Calendars take the higher number for the newer one (RFC 5545, 3.8.7.4); here seconds count.
    event.add("SEQUENCE", int((_changed_at(commitment) - commitment.created_at).total_seconds()))
    event.add("DURATION", timedelta(minutes=commitment.minutes))
    event.add("CLASS", "PRIVATE")
    event.add("TRANSP", "OPAQUE")
    event.add("SUMMARY", commitment.title if link.full_titles else gettext("Appointment"))
    if link.full_titles and commitment.place:
        event.add("LOCATION", commitment.place)
    if link.full_titles and commitment.join_link:
        event.add("URL", commitment.join_link)
    return event


def _host() -> str:
    return settings.PUBLIC_URL.partition("://")[2].partition("/")[0]


Moves = list[tuple[datetime, datetime]]


def _dates(commitment: Commitment) -> tuple[datetime, list[datetime], Moves] | None:
    """The rule's first date, the dates of it that do not happen, and those that moved, as (was, now).

    Naive wall times. None where nothing of it happens.
    """
    rule, changes = commitment.rule, occurrences.changes_of(commitment=commitment)
    zone = occurrences.zone_of(commitment=commitment)
    start = recurrence.localize(
        wall=datetime.combine(commitment.starts_on, datetime.min.time()), zone=zone
    )
    first = next(recurrence.occurrences(rule=rule, start=start, end=start + _FAR), None)
    if first is None:
        return None
    end = max(start, _last_change(changes, zone)) + timedelta(days=2)
    of_rule = recurrence.occurrences(rule=rule, start=start, end=max(end, first.ends_at))
    walls = {one.recurrence_id: _wall(one) for one in of_rule}
    span = {"start": start - _FAR, "end": end + _FAR}
    happening = {one.recurrence_id for one in occurrences.of(commitment=commitment, **span)}
    off = [wall for key, wall in walls.items() if key not in happening]
    moved = [
        (walls[key], move.starts)
        for key, move in changes.moved.items()
        if key in walls and key in happening and move.starts != walls[key]
    ]
    if recurrence.to_rrule(rule) is None:
        # What happens once has no rule to depart from: it is where it went, or nowhere.
        return None if off else (moved[0][1] if moved else _wall(first), [], [])
    return _wall(first), off, moved


def _wall(one: Occurrence) -> datetime:
    wall = recurrence.wall_time(recurrence_id=one.recurrence_id)
    if wall is None:
        raise ValueError(f"{one.recurrence_id} is no wall time.")
    return wall


def _last_change(changes: Changes, zone: ZoneInfo) -> datetime:
    """Past the last day that anything changes."""
    walls = [recurrence.wall_time(recurrence_id=key) for key in (*changes.left_out, *changes.moved)]
    days = [wall.date() for wall in walls if wall]
    days += [move.starts.date() for move in changes.moved.values()]
    days += [span.last_on for span in changes.days_off if span.last_on]
    last = max(days, default=date.min.replace(year=1970))
    return recurrence.localize(wall=datetime.combine(last, datetime.max.time()), zone=zone)
