"""Builders of feeds for tests: rows with plausible defaults, as bytes or already imported.

Groups and places are made up: hosts are example.org, numbers 555-01xx.
"""

import json
import re
from datetime import UTC, datetime
from typing import Any

from django.http import QueryDict
from django.test.utils import CaptureQueriesContext

from aftercare.directory import criteria, importing, search
from aftercare.directory.formats import bmlt, meeting_guide
from aftercare.directory.importing import Report
from aftercare.directory.listing import Listing, Parsed
from aftercare.models import Feed, Meeting

NEW_YORK = "America/New_York"
# Saturday, 18:00 in New York; the clocks go forward the night after.
AT = datetime(2026, 3, 7, 23, 0, tzinfo=UTC)


def row(**changes: Any) -> dict[str, Any]:
    """A Meeting Guide row that leaves nothing to report; a change to None takes the key out."""
    plain = {
        "name": "Quiet Harbor",
        "slug": "quiet-harbor",
        "day": 1,
        "time": "19:00",
        "end_time": "20:00",
        "types": ["O"],
        "location": "Alderbrook Hall",
        "formatted_address": "1418 Alderbrook Street, Philadelphia, PA 19104, USA",
        "latitude": 39.9597,
        "longitude": -75.2024,
        "regions": ["Philadelphia", "West Philadelphia"],
        "updated": "2026-01-15 12:00:00",
    }
    return {key: value for key, value in (plain | changes).items() if value is not None}


def rows(count: int, **changes: Any) -> list[dict[str, Any]]:
    """So many rows, each its own group at its own place and hour of the week."""
    return [
        row(
            **{
                "name": f"Group {number}",
                "slug": f"group-{number}",
                "day": number % 7,
                "time": f"{8 + number % 12:02d}:{number % 60:02d}",
                "end_time": None,
                "formatted_address": f"{100 + number} Kestrel Street, Philadelphia, PA 19104, USA",
            }
            | changes
        )
        for number in range(count)
    ]


def guide(*found: Any) -> bytes:
    """Meeting Guide JSON."""
    return json.dumps(list(found)).encode()


def parse(*found: Any, fellowship: str = "aa", timezone: str = NEW_YORK) -> Parsed:
    """What the reader makes of Meeting Guide rows."""
    return meeting_guide.parse(body=guide(*found), fellowship=fellowship, timezone=timezone)


def listing(**changes: Any) -> Listing:
    """What the reader makes of the plain row with some changes."""
    (found,) = parse(row(**changes)).listings
    return found


def complaints(parsed: Parsed) -> list[tuple[int | None, str, str, str]]:
    """Everything a reader reported, as tuples."""
    return [(one.row, one.field, one.value, one.reason) for one in parsed.problems]


def bmlt_row(**changes: Any) -> dict[str, str]:
    """A BMLT row that leaves nothing to report; all values are strings."""
    return {
        "id_bigint": "41",
        "meeting_name": "Steady Hands",
        "weekday_tinyint": "2",
        "start_time": "19:00:00",
        "duration_time": "01:30:00",
        "time_zone": "",
        "venue_type": "1",
        "formats": "O,D",
        "location_text": "Millrace Hall",
        "location_street": "7016 Millrace Pike",
        "location_municipality": "Upper Darby",
        "location_province": "PA",
        "location_postal_code_1": "19082",
        "latitude": "39.9577",
        "longitude": "-75.2674",
        "published": "1",
    } | changes


def parse_bmlt(*found: Any, formats: Any = None, fellowship: str = "na") -> Parsed:
    """What the reader makes of BMLT rows."""
    answer: Any = {"meetings": list(found), "formats": formats} if formats else list(found)
    return bmlt.parse(body=json.dumps(answer).encode(), fellowship=fellowship, timezone=NEW_YORK)


def feed(**changes: Any) -> Feed:
    """A saved feed of Meeting Guide JSON."""
    plain = {
        "name": "Harbor feed",
        "kind": Feed.Kind.MEETING_GUIDE,
        "source": "https://feed.example.org/meetings.json",
        "fellowship": "aa",
        "timezone": NEW_YORK,
    }
    return Feed.objects.create(**plain | changes)


def imported(*found: Any, at: datetime = AT, **feed_changes: Any) -> list[Meeting]:
    """The meetings that come of importing some rows as a new feed, in order of their rows."""
    source = feed(**feed_changes)
    outcome = importing.apply(feed=source, body=guide(*found), at=at)
    assert not outcome.report.held, outcome.report.reason
    return list(Meeting.objects.filter(feed=source).order_by("id"))


def take(source: Feed, *found: Any, **options: Any) -> Report:
    """Import rows and return the report."""
    return importing.apply(
        feed=source, body=guide(*found), at=options.pop("at", AT), **options
    ).report


def counts(report: Report) -> dict[str, int]:
    """The counts that are not zero."""
    names = ("added", "changed", "unchanged", "retired", "absent", "rejected")
    return {name: getattr(report, name) for name in names if getattr(report, name)}


def named(name: str, **changes: Any) -> dict[str, Any]:
    """A row with a name, and with a slug of it."""
    return row(**{"name": name, "slug": name.lower().replace(" ", "-")} | changes)


def find(query: str = "", at: datetime = AT) -> search.Page:
    """The finder's answer to the parameters of an address."""
    return search.find(criteria=criteria.parse(query=QueryDict(query), zone=UTC), at=at)


def names(query: str = "", at: datetime = AT) -> list[str]:
    """The names on the first page of the finder's answer, in its order."""
    return [one.name for one in find(query, at).rows]


def writes(queries: CaptureQueriesContext, table: str = "") -> list[str]:
    """What was written, to one table or to any."""
    return [query["sql"] for query in queries if is_write(query["sql"], table=table)]


def is_write(sql: str, *, table: str = "") -> bool:
    """Whether SQL writes to one table, or to any."""
    return bool(re.search(rf'\b(?:INSERT INTO|UPDATE|DELETE FROM) "{table}', sql))
