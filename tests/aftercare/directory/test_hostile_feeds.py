"""Feeds that nobody meant well: whatever comes, there is a report and no fault.

The full form: `FUZZ=100 pytest tests/aftercare/directory/test_hostile_feeds.py` tries a hundred times
as much.
"""

import json
import os
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aftercare.directory import importing
from aftercare.directory.listing import Unreadable
from aftercare.models import Feed, Meeting
from tests.feeds import AT, NEW_YORK, bmlt_row, feed, guide, row, rows

FUZZ = int(os.environ.get("FUZZ", "1"))
QUIRKS: list[object] = [
    "", " ", None, 0, -1, 7, 1e999, True, [], {}, [None], ["O", 11, None, {"a": 1}], "[open]", "24:00", "23:59",
    "Noon", "7:00 PM", "99:99", "Http://x", "https://[", "https://a.example.org/https://b.example.org/",
    "+1+1669", "<script>", "&amp;&lt;b&gt;", "a\x00b", "\ud800", "\u202e", "prompt#@-@#value", "1e400", "NaN",
    "9" * 400, "x" * 70_000, "Mars/Base", "../../etc/passwd", "2021-02-30 25:61:61", "😀" * 300,
]  # fmt: skip
GUIDE_KEYS = [*row(), "id", "timezone", "regions", "region", "conference_url", "conference_phone", "notes",
              "group", "address", "city", "postal_code", "approximate", "attendance_option", "url"]  # fmt: skip
BMLT_KEYS = [
    *bmlt_row(),
    "root_server_uri",
    "virtual_meeting_link",
    "phone_meeting_number",
    "comments",
]
JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)
VALUE = st.sampled_from(QUIRKS) | JUNK


def read(kind: str, body: bytes) -> int | None:
    """How many listings a source holds, null where it is unreadable; anything else is a fault."""
    try:
        parsed = importing.read(body=body, kind=kind, fellowship="aa", timezone=NEW_YORK)
    except Unreadable:
        return None
    assert parsed.rows + 7 * parsed.rows >= len(parsed.listings) + parsed.rejected
    assert all(one.reason for one in parsed.problems)
    return len(parsed.listings)


@settings(max_examples=150 * FUZZ, deadline=None)
@given(changes=st.dictionaries(st.sampled_from(GUIDE_KEYS), VALUE, max_size=6))
def test_a_meeting_guide_row_of_any_values_is_read(changes: dict[str, Any]) -> None:
    assert read("meeting_guide", guide({**row(), **changes})) is not None


@settings(max_examples=100 * FUZZ, deadline=None)
@given(changes=st.dictionaries(st.sampled_from(BMLT_KEYS), VALUE, max_size=6), formats=VALUE)
def test_a_bmlt_row_of_any_values_is_read(changes: dict[str, Any], formats: Any) -> None:
    body = json.dumps({"meetings": [{**bmlt_row(), **changes}], "formats": formats}).encode()

    assert read("bmlt", body) is not None


@settings(max_examples=150 * FUZZ, deadline=None)
@given(
    kind=st.sampled_from(["meeting_guide", "bmlt", "csv"]),
    body=st.binary(max_size=200)
    | JUNK.map(lambda junk: json.dumps(junk).encode())
    | st.text(alphabet='Name,ID"\n;\t \x00[]{}:', max_size=80).map(
        lambda text: f"Name,{text}".encode()
    ),
)
def test_any_bytes_are_read_or_refused(kind: str, body: bytes) -> None:
    read(kind, body)


@pytest.mark.django_db
@settings(
    max_examples=40 * FUZZ,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(changes=st.dictionaries(st.sampled_from(GUIDE_KEYS), VALUE, max_size=4))
def test_whatever_is_read_can_be_stored_and_read_again(changes: dict[str, Any]) -> None:
    Meeting.objects.all().delete()
    Feed.objects.all().delete()
    source = feed()
    body = guide({**row(), **changes}, *rows(3))

    first = importing.apply(feed=source, body=body, at=AT).report
    again = importing.apply(feed=source, body=body, at=AT + timedelta(hours=1)).report

    assert first.listings == first.added + first.rejected
    assert (again.added, again.changed, again.absent) == (0, 0, 0)
    assert again.unchanged == first.added
