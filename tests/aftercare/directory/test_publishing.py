import json
from typing import Any

import pytest

from aftercare.directory import codes, publishing, search
from aftercare.directory.criteria import Criteria
from aftercare.directory.formats import meeting_guide
from aftercare.directory.listing import Listing
from aftercare.models import MeetingEdit
from tests.feeds import AT, imported, row

pytestmark = pytest.mark.django_db
LINK = {
    "conference_url": "https://meet.example.org/j/1",
    "conference_url_notes": "Passcode: kettle",
    "conference_phone": "+12155550142,,1#",
    "conference_phone_notes": "PIN 77",
}


def publish() -> list[dict[str, Any]]:
    return [
        publishing.as_meeting_guide(
            detail=one, url=f"https://portal.example.org/meetings/{one.row.slug}/"
        )
        for one in search.every(criteria=Criteria(), at=AT)
    ]


def read_back() -> list[Listing]:
    parsed = meeting_guide.parse(
        body=json.dumps(publish()).encode(), fellowship="recovery", timezone="UTC"
    )
    assert parsed.problems == []
    return parsed.listings


def test_our_own_reader_reads_our_feed_back() -> None:
    (found,) = imported(
        row(types=["O", "G", "S", "X"], notes="Ring.", location_notes="Side door", group="Harbor")
    )

    (read,) = read_back()

    assert read.source_slug == found.slug
    assert set(read.tags) == set(found.tags.split())
    for name in (
        "name", "weekday", "start_time", "minutes", "timezone", "location", "location_notes",
        "address", "is_approximate", "latitude", "longitude", "group", "notes", "attendance",
    ):  # fmt: skip
        assert getattr(read, name) == getattr(found, name), name
    assert " > ".join(read.regions) == found.region
    assert read.source_updated_at == found.source_updated_at


@pytest.mark.parametrize(
    "changes",
    [
        LINK,
        LINK | {"types": ["TC", "O"]},
        LINK | {"formatted_address": "Philadelphia, PA, USA"},
        LINK | {"attendance_option": "online"},
        {"day": None, "time": None},
    ],
)
def test_attendance_survives_our_feed(changes: dict[str, Any]) -> None:
    (found,) = imported(row(**changes))

    (read,) = read_back()

    assert read.attendance == found.attendance
    assert read.conference_url == found.conference_url
    assert read.conference_phone == found.conference_phone


@pytest.mark.parametrize(
    ("regions", "whereabouts"), [([], "Online"), (["Ohio", "Akron"], "Akron, Ohio")]
)
def test_what_has_no_address_still_says_where_it_is(regions: list[str], whereabouts: str) -> None:
    imported(row(formatted_address="", latitude=None, longitude=None, regions=regions) | LINK)

    (shown,) = publish()

    assert (shown["formatted_address"], shown["approximate"]) == (whereabouts, "yes")
    assert [one.attendance for one in read_back()] == ["online"]


def test_passcodes_are_never_in_our_feed() -> None:
    imported(
        row(
            **LINK
            | {
                "conference_url": "https://meet.example.org/j/1?pwd=kettle",
                "conference_phone": "+12155550142,,1#,,#,,208439#",
                "notes": "Ring the bell. Password: kettle",
                "location_notes": "PW kettle2",
            }
        )
    )

    (shown,) = publish()

    assert (shown["conference_url"], shown["conference_phone"], shown["notes"]) == (
        "https://meet.example.org/j/1",
        "+12155550142,,1#",
        "Ring the bell.",
    )
    written = json.dumps(shown)
    assert [code for code in ("kettle", "PIN 77", "208439") if code in written] == []


def test_way_in_that_needs_a_log_in_is_not_in_our_feed() -> None:
    (hidden, _) = imported(row(**LINK), row(slug="two", name="Two", **LINK))
    MeetingEdit.objects.create(meeting=hidden, join_needs_login=True, edited_at=AT)

    shown = {one["name"]: one for one in publish()}

    assert shown["Quiet Harbor"]["conference_url"] == shown["Quiet Harbor"]["url"]
    assert "conference_phone" not in shown["Quiet Harbor"]
    assert shown["Two"]["conference_url"] == LINK["conference_url"]
    assert {one.attendance for one in read_back()} == {"hybrid"}


def test_types_are_only_the_specifications_codes() -> None:
    imported(row(types=["DISC", "BT", "O", "SPK"]), fellowship="na")

    (shown,) = publish()

    assert shown["types"] == ["D", "O", "SP"]
    assert shown["entity"] == "Narcotics Anonymous"
    assert all(codes.find(written=code, fellowship="") for code in shown["types"])


def test_inactive_meetings_are_not_in_our_feed() -> None:
    imported(row(types=["TC"]), row(slug="two", name="Two"))

    assert [one["name"] for one in publish()] == ["Two"]
