"""Pure: a sheet saved as CSV, with headers in plain words, becomes listings."""

import csv
import re
from collections import Counter
from io import StringIO
from typing import Any

from aftercare.directory.cleaning import clean_line
from aftercare.directory.formats import documents, meeting_guide
from aftercare.directory.listing import Parsed, Problem, Unreadable

_HEADERS = {
    "id": "slug", "meeting_name": "name", "meeting": "name", "full_address": "formatted_address",
    "street": "address", "street_address": "address", "zip": "postal_code",
    "zip_code": "postal_code", "zipcode": "postal_code", "postcode": "postal_code",
    "postalcode": "postal_code", "start": "time", "start_time": "time", "end": "end_time",
    "time_zone": "timezone", "type": "types", "days": "day", "weekday": "day",
    "lat": "latitude", "lng": "longitude", "lon": "longitude", "venue": "location",
    "location_name": "location", "group_name": "group", "subregion": "sub_region",
    "last_updated": "updated", "website": "url", "attendance": "attendance_option",
    "conference_link": "conference_url", "online_url": "conference_url",
}  # fmt: skip


def parse(*, body: bytes, fellowship: str, timezone: str) -> Parsed:
    """The listings of a sheet; raises Unreadable when it holds none. The first data row is 1."""
    text, problems = documents.decode(body)
    rows = _read_rows(text.replace("\0", ""), problems)
    documents.rows_of([raw for _, raw in rows])
    return meeting_guide.parse_rows(
        rows=rows, problems=problems, fellowship=fellowship, timezone=timezone
    )


def _read_rows(text: str, problems: list[Problem]) -> list[tuple[int, Any]]:
    first = text.split("\n", 1)[0]
    lines = _read_lines(text, delimiter=max(",;\t", key=first.count), problems=problems)
    headers = [_read_header(cell) for cell in lines[0]]
    if "name" not in headers:
        raise Unreadable("no column called Name")
    problems += [
        Problem(row=None, field=name, value="", reason="two columns of this name; the last is read")
        for name, count in Counter(headers).items()
        if name and count > 1
    ]
    rows = []
    for number, cells in enumerate(lines[1:], start=1):
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) > len(headers):
            extra = " ".join(cells[len(headers) :])
            reason = "more cells than headers; ignored"
            problem = Problem(row=number, field="", value=clean_line(extra)[:200], reason=reason)
            problems.append(problem)
        rows.append((number, dict(zip(headers, cells, strict=False))))
    return rows


def _read_lines(text: str, *, delimiter: str, problems: list[Problem]) -> list[list[str]]:
    """The cells of each line; where quotes are amiss, as good as it goes, with a report."""
    strict = csv.reader(StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        return list(strict)
    except csv.Error as error:
        reason = f"quotes are amiss up to line {strict.line_num}; rows may be joined: {error}"
        problems.append(Problem(row=None, field="", value="", reason=reason))
    try:
        return list(csv.reader(StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error as error:
        raise Unreadable(f"not CSV: {error}") from None


def _read_header(cell: str) -> str:
    name = re.sub(r"[^a-z0-9]+", "_", clean_line(cell).lower()).strip("_")
    return _HEADERS.get(name, name)
