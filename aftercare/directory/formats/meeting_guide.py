"""Pure: Meeting Guide JSON (code4recovery/spec) becomes listings."""

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from aftercare.directory import codes
from aftercare.directory.cleaning import clean_line
from aftercare.directory.formats import documents, links, places, values
from aftercare.directory.formats.rows import Row, Types
from aftercare.directory.listing import DEFAULT_MINUTES, Listing, Parsed, Problem

_ATTENDANCE = ("in_person", "online", "hybrid", "inactive")
_WEEKS = re.compile(
    r"\b(?:(?:every other|alternate|(?:only )?(?:1st|2nd|3rd|4th|5th|first|second|third|fourth"
    r"|fifth|last)(?:(?:,|,? and|,? &) ?(?:1st|2nd|3rd|4th|5th|first|second|third|fourth|fifth"
    r"|last)){0,4})\s+(?:sun|mon|tues|wednes|thurs|fri|satur)days?|every other week)\b",
    re.IGNORECASE,
)


def parse(*, body: bytes, fellowship: str, timezone: str) -> Parsed:
    """The listings of a Meeting Guide feed; raises Unreadable when it holds no list at all."""
    value, problems = documents.load_json(body)
    if isinstance(value, dict) and "meetings" in value:
        reason = "an object instead of a list; its meetings are read"
        problems.append(Problem(row=None, field="meetings", value="", reason=reason))
        value = value["meetings"]
    rows = documents.rows_of(value)
    return parse_rows(
        rows=documents.number(rows),
        problems=problems,
        fellowship=fellowship,
        timezone=timezone,
    )


def parse_rows(
    *, rows: Iterable[tuple[int, Any]], problems: list[Problem], fellowship: str, timezone: str
) -> Parsed:
    """The listings of numbered objects with Meeting Guide keys."""
    listings: list[Listing] = []
    count = rejected = 0
    for number, raw in rows:
        count += 1
        row = Row(number=number, raw=raw if isinstance(raw, dict) else {}, problems=problems)
        if not isinstance(raw, dict):
            row.report("", raw, "not an object; rejected")
            rejected += 1
            continue
        days = row.take("day", values.read_days) or (None,)
        first, *others = days
        listing = read_row(row=row, fellowship=fellowship, timezone=timezone, weekday=first)
        if listing is None:
            rejected += len(days)
            continue
        listings += [listing, *(replace(listing, weekday=day) for day in others)]
    return Parsed(rows=count, listings=listings, rejected=rejected, problems=problems)


def read_row(
    *,
    row: Row,
    fellowship: str,
    timezone: str,
    weekday: int | None,
    types: Types | None = None,
) -> Listing | None:
    """What an object with Meeting Guide keys says, on one of its days; null when it has no name."""
    name = _read_name(row)
    if not name:
        return None
    types = types or row.types("types", fellowship)
    notes = "\n\n".join(filter(None, [row.text("notes"), row.text("group_notes")]))
    listing = Listing(
        row=row.number,
        name=name,
        fellowship=fellowship,
        timezone=row.timezone("timezone", timezone),
        weekday=weekday,
        source_id=row.line("id"),
        source_slug=row.line("slug"),
        source_url=row.take_link("url", links.read_link).value,
        source_updated_at=row.take("updated", values.read_date),
        group=row.line("group"),
        notes=notes,
        week_hint=_read_weeks(row, name=name, notes=notes),
        location=row.line("location"),
        location_notes=row.text("location_notes"),
        regions=_read_regions(row),
        types=tuple(types.written),
        tags=tuple(types.tags),
        room_is_open=types.room_is_open,
        **_read_times(row),
        **_read_place(row),
        **_read_conference(row),
    )
    if not (listing.source_slug or listing.source_id):
        row.report("slug", "", "missing")
    return _settle(row, listing)


def _read_name(row: Row) -> str:
    for key, remark in (("name", ""), ("group", "no name; the group's is used"),
                        ("location", "no name; the place's is used")):  # fmt: skip
        name = row.line(key)
        if name:
            if remark:
                row.report("name", name, remark)
            return name
    row.report("name", row.raw.get("name"), "no name; rejected")
    return ""


def _read_weeks(row: Row, *, name: str, notes: str) -> str:
    match = _WEEKS.search(f"{name}\n{notes}")
    if not match:
        return ""
    hint = clean_line(match[0])[:120]
    field = "name" if hint in name else "notes"
    row.report(field, hint, "speaks of certain weeks; listed every week")
    return hint


def _read_times(row: Row) -> dict[str, Any]:
    start = row.take("time", values.read_time)
    if start is None:
        if row.line("end_time"):
            row.report("end_time", row.raw["end_time"], "an end without a start; left out")
        return {}
    length = row.take("duration", values.read_length)
    end = row.take("end_time", values.read_time)
    if end is not None and length is None:
        reading = values.minutes_between(start=start, end=end)
        if reading.remark:
            row.report("end_time", f"{start:%H:%M}-{end:%H:%M}", reading.remark)
        length = reading.value
    return {
        "start_time": start,
        "minutes": length or DEFAULT_MINUTES,
        "end_is_stated": length is not None,
    }


def _read_place(row: Row) -> dict[str, Any]:
    address = row.line("formatted_address", 500)
    street = address
    if not address:
        parts = {key: row.line(key) for key in ("city", "state", "country")}
        street = row.line("address")
        address = places.compose(street=street, postcode=row.line("postal_code"), **parts)[:500]
    approximate = row.take("approximate", values.read_flag)
    if approximate is None:
        approximate = not places.leads_to_a_door(street)
    point = values.read_point(row.raw.get("latitude"), row.raw.get("longitude"))
    if point.remark:
        pair = f"{row.raw.get('latitude')}, {row.raw.get('longitude')}"
        row.report("latitude, longitude", pair, point.remark)
    latitude, longitude = point.value or (None, None)
    return {
        "address": address,
        "is_approximate": approximate,
        "latitude": latitude,
        "longitude": longitude,
    }


def _read_regions(row: Row) -> tuple[str, ...]:
    written = row.raw.get("regions")
    if not written:
        names = ("region", "sub_region", "sub_sub_region")
        written = [row.raw.get(name) for name in names]
    if not isinstance(written, list):
        written = [written]
    parts = [part for one in written if one is not None for part in str(one).split(">")]
    return tuple(filter(None, (clean_line(part[:1000])[:100] for part in parts[:6])))


def _read_conference(row: Row) -> dict[str, Any]:
    found: dict[str, Any] = {}
    # All other texts have been read before, so what stood in the wrong one is known.
    astray = row.passcodes
    for name, read in (("conference_url", links.read_link), ("conference_phone", links.read_phone)):
        link = row.take_link(name, read)
        # A password pasted beside the link is still wanted; somebody's mail address is not.
        rest = link.rest if "@" not in link.rest else ""
        notes = "\n".join(filter(None, [row.text(f"{name}_notes"), rest, *astray]))
        astray = []
        found |= {name: link.value, f"{name}_notes": notes}
    return found


def _settle(row: Row, listing: Listing) -> Listing:
    """Obey what the source says of attendance, and drop traits of a room nobody may enter."""
    option = row.line("attendance_option").lower().replace("-", "_").replace(" ", "_")
    if option == "inactive":
        listing = replace(listing, room_is_open=False, line_is_open=False)
    elif option == "online":
        listing = replace(listing, room_is_open=False)
    if option and option not in _ATTENDANCE:
        row.report("attendance_option", option, "not a kind of attendance")
    elif option and option != listing.attendance:
        row.report("attendance_option", option, f"by its link and address: {listing.attendance}")
    if listing.attendance == "online":
        tags = tuple(tag for tag in listing.tags if tag not in codes.IN_PERSON_ONLY)
        listing = replace(listing, tags=tags)
    return listing
