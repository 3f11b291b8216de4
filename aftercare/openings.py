"""When texts of the program to one graduate may leave: by template, staffed hours, and the person's own."""

from collections.abc import Callable, Collection
from datetime import date, datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from aftercare import cadence, phones
from aftercare.cadence import USUAL, Template
from aftercare.models import Graduate
from notifications import quiet_hours
from notifications.models import Address
from notifications.quiet_hours import Week


def today_of(*, graduate: Graduate, at: datetime) -> date:
    """The graduate's local day."""
    return at.astimezone(ZoneInfo(graduate.time_zone)).date()


def start_of(*, graduate: Graduate) -> date:
    """The day from which a cadence counts: the graduation, or the joining where that came later."""
    joined_at = graduate.joined_at or graduate.created_at
    return max(today_of(graduate=graduate, at=joined_at), graduate.graduated_on)


def template_of(*, graduate: Graduate) -> Template:
    """The template of the first of the graduate's tracks that has one, else the program's, else USUAL."""
    rows = {row.track: row for row in graduate.program.cadences.all()}
    found = next((rows[track] for track in [*graduate.tracks, ""] if track in rows), None)
    return found.template if found else USUAL


def keeps_in_touch(*, graduate: Graduate, at: datetime) -> bool:
    """Whether the first year is over, so that silence means nothing any more."""
    return cadence.keeps_in_touch(
        start_on=start_of(graduate=graduate),
        on=today_of(graduate=graduate, at=at),
        cadence_days=graduate.cadence_days,
    )


def opening(
    *, graduate: Graduate, template: Template, on: date, after: datetime
) -> datetime | None:
    """The good hour on that local day or the next that has one, as cadence.opening finds it."""
    return finder(graduate=graduate, template=template)(on=on, after=after)


def finder(*, graduate: Graduate, template: Template) -> Callable[..., datetime | None]:
    """The same for many days of one graduate, with one look at the phone: takes `on` and `after`."""
    contact = phones.contact_of(graduate=graduate)
    return partial(
        cadence.opening,
        zone=ZoneInfo(graduate.time_zone),
        staffed_hours=graduate.program.staffed_hours,
        staffed_zone=ZoneInfo(graduate.program.time_zone),
        preferred_hour=graduate.preferred_hour,
        key=graduate.pk,
        allowed=_allowed(contact.address) if contact else quiet_hours.PROGRAM_HOURS,
        has_on_call=template.has_on_call,
    )


def free_day(
    *,
    graduate: Graduate,
    find: Callable[..., datetime | None],
    on: date,
    taken: Collection[date],
    after: datetime,
) -> datetime | None:
    """The first good hour from a local day on that falls on none of the taken days; `find` as of finder."""
    for _ in range(len(taken) + 1):
        found = find(on=on, after=after)
        if found is None or (day := today_of(graduate=graduate, at=found)) not in taken:
            return found
        on = day + timedelta(days=1)
    return None


def _allowed(address: Address) -> Week:
    return quiet_hours.program_hours(
        states=[address.state] if address.state else [],
        quiet=quiet_hours.parse_windows(address.quiet_windows),
    )


def expiry(*, graduate: Graduate, template: Template, at: datetime, latest: datetime) -> datetime:
    """Until when a text that waits at the gates may still leave: never into a weekend without on-call."""
    if template.has_on_call:
        return latest
    return min(latest, cadence.attended_until(at=at, zone=ZoneInfo(graduate.time_zone)))
