from datetime import time
from typing import Any

import pytest

from aftercare.directory.listing import Unreadable
from tests.feeds import bmlt_row, complaints, parse_bmlt

FORMATS = [
    {"key_string": "O", "world_id": "OPEN", "name_string": "Open"},
    {"key_string": "Q", "world_id": "WCHR", "name_string": "Rollstuhl"},
    {"key_string": "SP", "world_id": "LANG", "name_string": "Spanish"},
    {"key_string": "Pi", "world_id": "", "name_string": "Pitch"},
]


def test_parse_reads_a_plain_row_whole() -> None:
    parsed = parse_bmlt(bmlt_row(comments="Side door", location_sub_province="Delaware"))

    (found,) = parsed.listings
    assert complaints(parsed) == []
    assert (found.source_id, found.source_slug, found.name) == ("41", "", "Steady Hands")
    assert (found.weekday, found.start_time, found.minutes) == (1, time(19), 90)
    assert found.address == "7016 Millrace Pike, Upper Darby, PA 19082"
    assert found.regions == ("PA", "Delaware", "Upper Darby")
    assert (found.latitude, found.longitude) == (39.9577, -75.2674)
    assert (found.types, found.tags) == (("O", "DISC"), ("open", "discussion"))
    assert (found.attendance, found.notes, found.fellowship) == ("in_person", "Side door", "na")


@pytest.mark.parametrize(("day", "weekday"), [("1", 0), ("7", 6), ("", None)])
def test_parse_counts_days_from_sunday(day: str, weekday: int | None) -> None:
    assert parse_bmlt(bmlt_row(weekday_tinyint=day)).listings[0].weekday == weekday


def test_parse_reports_a_day_off_the_week() -> None:
    parsed = parse_bmlt(bmlt_row(weekday_tinyint="8"))

    assert parsed.listings[0].weekday is None
    assert complaints(parsed) == [(1, "weekday_tinyint", "8", "not a day from 1 (Sunday) to 7")]


@pytest.mark.parametrize(
    ("duration", "minutes", "stated"),
    [("00:00:00", 60, False), ("24:00:00", 1440, True), ("", 60, False)],
)
def test_parse_reads_lengths(duration: str, minutes: int, stated: bool) -> None:
    found = parse_bmlt(bmlt_row(duration_time=duration)).listings[0]

    assert (found.minutes, found.end_is_stated) == (minutes, stated)


@pytest.mark.parametrize(
    ("changes", "attendance", "reason"),
    [
        ({"venue_type": "1"}, "in_person", ""),
        ({"venue_type": "2"}, "inactive", "temporarily closed"),
        ({"venue_type": "2", "virtual_meeting_link": "https://meet.example.org/1"}, "online", ""),
        ({"venue_type": "3", "virtual_meeting_link": "https://meet.example.org/1"}, "hybrid", ""),
        (
            {
                "venue_type": "",
                "formats": "VM",
                "virtual_meeting_link": "https://meet.example.org/1",
            },
            "online",
            "",
        ),
        (
            {
                "venue_type": "",
                "formats": "VM,HY",
                "virtual_meeting_link": "https://meet.example.org/1",
            },
            "hybrid",
            "",
        ),
        ({"venue_type": "", "formats": "TC"}, "inactive", "temporarily closed"),
        ({"venue_type": "", "phone_meeting_number": "+12155550142"}, "hybrid", ""),
        ({"location_street": ""}, "inactive", "address not exact"),
        ({"location_street": "Corner of Court and Chappell"}, "in_person", ""),
    ],
)
def test_parse_obeys_venue_types_and_the_formats_of_old_data(
    changes: dict[str, str], attendance: str, reason: str
) -> None:
    found = parse_bmlt(bmlt_row(**changes)).listings[0]

    assert (found.attendance, found.inactive_reason) == (attendance, reason)


def test_parse_maps_letters_by_the_servers_own_formats() -> None:
    parsed = parse_bmlt(bmlt_row(formats="O,Q,SP,Pi"), formats=FORMATS)

    assert parsed.listings[0].tags == ("open", "wheelchair", "language-es")
    assert parsed.listings[0].types == ("O", "X", "S", "PI")
    assert complaints(parsed) == []


def test_parse_reads_letters_in_a_list() -> None:
    assert parse_bmlt(bmlt_row(formats=["O", "W"])).listings[0].types == ("O", "W")


def test_parse_falls_back_to_the_usual_letters_and_reports_others() -> None:
    parsed = parse_bmlt(bmlt_row(formats="WC,ES,So,ZZ"))

    assert parsed.listings[0].tags == ("wheelchair", "language-es", "speaker")
    assert complaints(parsed) == [
        (1, "formats", "ZZ", "not a format of this server; kept, not searchable")
    ]


def test_parse_tells_servers_apart_where_an_answer_mixes_them() -> None:
    server = "https://bmlt.example.org/main_server/"

    parsed = parse_bmlt(bmlt_row(root_server_uri=server), bmlt_row())

    assert [one.source_id for one in parsed.listings] == [
        "https://bmlt.example.org/main_server#41",
        "41",
    ]


@pytest.mark.parametrize(
    ("found", "complaint"),
    [
        (bmlt_row(published="0"), (2, "published", "0", "not published; rejected")),
        (bmlt_row(meeting_name="", location_text=""), (2, "meeting_name", "", "no name; rejected")),
        ("text", (2, "", "text", "not an object; rejected")),
    ],
)
def test_parse_rejects_what_must_not_be_listed(found: Any, complaint: tuple[Any, ...]) -> None:
    parsed = parse_bmlt(bmlt_row(), found)

    assert (parsed.rows, parsed.rejected, len(parsed.listings)) == (2, 1, 1)
    assert complaints(parsed) == [complaint]


def test_parse_reports_under_the_names_of_the_source() -> None:
    parsed = parse_bmlt(bmlt_row(start_time="late", venue_type="9", time_zone="Mars/Base"))

    assert complaints(parsed) == [
        (1, "time_zone", "Mars/Base", "not a time zone; the feed's is used"),
        (1, "start_time", "late", "not a time"),
        (1, "venue_type", "9", "not a venue type"),
    ]


def test_parse_refuses_rows_of_something_else() -> None:
    with pytest.raises(Unreadable, match="meeting_name"):
        parse_bmlt({"name": "Quiet Harbor"})
