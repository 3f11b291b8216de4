"""Pure: a BMLT server's answer (GetSearchResults) becomes listings."""

import re
from dataclasses import replace
from typing import Any

from aftercare.directory import codes
from aftercare.directory.formats import documents, meeting_guide
from aftercare.directory.formats.rows import Row, Types
from aftercare.directory.listing import Listing, Parsed, Problem, Unreadable

# BMLT's world ids are the codes of one fellowship, whatever fellowship runs the server.
CODES_OF = "na"
_KEYS = {
    "slug": "id_bigint", "name": "meeting_name", "day": "weekday_tinyint", "time": "start_time",
    "duration": "duration_time", "timezone": "time_zone", "types": "formats",
    "location": "location_text", "location_notes": "location_info", "address": "location_street",
    "city": "location_municipality", "state": "location_province",
    "postal_code": "location_postal_code_1", "country": "location_nation", "notes": "comments",
    "latitude": "latitude", "longitude": "longitude", "conference_url": "virtual_meeting_link",
    "conference_url_notes": "virtual_meeting_additional_info",
    "conference_phone": "phone_meeting_number", "latitude, longitude": "latitude, longitude",
}  # fmt: skip
_VENUES = {"1": "in_person", "2": "online", "3": "hybrid", "": ""}
_VIRTUAL, _CLOSED, _HYBRID = "VM", "TC", "HY"
_WORLD_IDS = {
    "OPEN": "O", "CLOSED": "C", "WCHR": "X", "SMOKE": "SMOK", "CAN": "CAN", "STEP": "STEP",
}  # fmt: skip
# The letters a new server starts with, for answers that bring no list of formats.
_LETTERS = {
    "AB": "QA", "B": "BEG", "BK": "LIT", "BT": "BT", "C": "C", "CL": "CAN", "CP": "CPT",
    "CW": "CW", "D": "DISC", "EN": "EN", "ES": "S", "GL": "GL", "IP": "IP", "IW": "IW",
    "JT": "JFT", "LC": "LC", "M": "M", "ME": "MED", "NS": "NS", "O": "O", "QA": "QA", "RA": "RA",
    "RF": "VAR", "SG": "SWG", "SL": "ASL", "SO": "SPK", "SP": "SPK", "ST": "STEP", "TI": "",
    "TO": "TOP", "TR": "TRAD", "TW": "TRAD", "W": "W", "WC": "X", "YP": "Y",
}  # fmt: skip
_LANGUAGE = "LANG"


def parse(*, body: bytes, fellowship: str, timezone: str) -> Parsed:
    """The listings of a BMLT answer; raises Unreadable when it holds no list at all."""
    value, problems = documents.load_json(body)
    answer = value if isinstance(value, dict) else {"meetings": value}
    rows = documents.rows_of(answer.get("meetings"))
    if all(isinstance(raw, dict) and "meeting_name" not in raw for raw in rows):
        raise Unreadable("no BMLT meetings: nothing has a meeting_name")
    letters = _read_formats(answer.get("formats"))
    listings: list[Listing] = []
    rejected = 0
    count = len(rows)
    for number, raw in documents.number(rows):
        listing = _read_meeting(
            number=number, raw=raw, letters=letters, problems=problems, timezone=timezone
        )
        if listing is None:
            rejected += 1
        else:
            listings.append(replace(listing, fellowship=fellowship))
    return Parsed(rows=count, listings=listings, rejected=rejected, problems=problems)


def _read_formats(formats: Any) -> dict[str, str]:
    """Each letter of this server with its code, as far as its world id says."""
    known: dict[str, str] = {}
    for one in formats if isinstance(formats, list) else []:
        if not isinstance(one, dict):
            continue
        letter = str(one.get("key_string") or "").strip().upper()
        world = str(one.get("world_id") or "").strip().upper()
        if world == _LANGUAGE:
            name = str(one.get("name_string") or "")
            language = codes.find(written=name, fellowship="") or codes.find(
                written=_LETTERS.get(letter, letter), fellowship=""
            )
            world = language.code if language else ""
        if letter:
            known[letter] = _WORLD_IDS.get(world, world)
    return known


def _read_meeting(
    *, number: int, raw: Any, letters: dict[str, str], problems: list[Problem], timezone: str
) -> Listing | None:
    translated = _translate(raw) if isinstance(raw, dict) else {}
    row = Row(number=number, raw=translated, problems=problems, names=_KEYS)
    if not isinstance(raw, dict):
        row.report("", raw, "not an object; rejected")
        return None
    if str(raw.get("published", "1")).strip() == "0":
        row.report("published", raw.get("published"), "not published; rejected")
        return None
    types, written = _read_types(row, letters)
    listing = meeting_guide.read_row(
        row=row,
        fellowship=CODES_OF,
        timezone=timezone,
        weekday=_read_weekday(row),
        types=types,
    )
    if listing is None:
        return None
    listing = replace(listing, source_id=_read_identity(raw), source_slug="")
    return _settle(row, listing, venue=str(raw.get("venue_type") or "").strip(), written=written)


def _translate(raw: dict[str, Any]) -> dict[str, Any]:
    row = {ours: raw.get(theirs) for ours, theirs in _KEYS.items()}
    letters = raw.get("formats")
    if isinstance(letters, list):
        row["types"] = ",".join(str(letter) for letter in letters)
    row["regions"] = [
        part
        for key in ("province", "sub_province", "municipality", "city_subsection", "neighborhood")
        if (part := raw.get(f"location_{key}"))
    ]
    # BMLT has a pin on a map for every meeting; only a missing street leaves nowhere to go.
    row["approximate"] = "no" if str(raw.get("location_street") or "").strip() else "yes"
    return row


def _read_weekday(row: Row) -> int | None:
    raw = row.raw.get("day")
    written = str(raw).strip() if raw is not None else ""
    if re.fullmatch("[1-7]", written):
        return int(written) - 1
    if written:
        row.report("day", raw, "not a day from 1 (Sunday) to 7")
    return None


def _read_identity(raw: dict[str, Any]) -> str:
    """The meeting's id together with its server, where an answer mixes several servers."""
    server = str(raw.get("root_server_uri") or "").strip().rstrip("/")
    number = str(raw.get("id_bigint") or "").strip()
    return f"{server}#{number}"[:255] if server and number else number[:255]


def _read_types(row: Row, letters: dict[str, str]) -> tuple[Types, set[str]]:
    """The types that a row's letters stand for, and the letters themselves."""
    written = {one.strip().upper() for one in str(row.raw.get("types") or "").split(",")} - {""}
    found = Types()
    for letter in str(row.raw.get("types") or "").split(","):
        key = letter.strip().upper()
        if not key or key in (_VIRTUAL, _HYBRID):
            continue
        code = letters.get(key) or _LETTERS.get(key)
        known = codes.find(written=code or key, fellowship=CODES_OF)
        if key == _CLOSED:
            known = codes.Type(code=_CLOSED, tags=())
        if known is None and code is None and key not in letters:
            row.report("types", letter, "not a format of this server; kept, not searchable")
        found.add(known or codes.Type(code=(code or key)[:40], tags=()))
    return found, written


def _settle(row: Row, listing: Listing, *, venue: str, written: set[str]) -> Listing:
    """Obey the venue type, and on old data the formats that stand in for it."""
    if venue not in _VENUES:
        row.report("venue_type", venue, "not a venue type")
    said = _VENUES.get(venue) or (
        "online" if _VIRTUAL in written and _HYBRID not in written else ""
    )
    if said == "online" or _CLOSED in written:
        listing = replace(listing, room_is_open=False)
    if said and said != listing.attendance:
        row.report("venue_type", venue or _VIRTUAL, f"by its link and place: {listing.attendance}")
    if listing.attendance == "online":
        tags = tuple(tag for tag in listing.tags if tag not in codes.IN_PERSON_ONLY)
        listing = replace(listing, tags=tags)
    return listing
