from datetime import UTC, datetime, time
from typing import Any

import pytest

from aftercare.directory.formats import meeting_guide
from aftercare.directory.listing import Unreadable
from tests.feeds import NEW_YORK, complaints, guide, listing, parse, row


def test_parse_reads_the_meetings_of_an_object_and_says_so() -> None:
    parsed = meeting_guide.parse(
        body=b'{"meetings": %s}' % guide(row()), fellowship="aa", timezone=NEW_YORK
    )

    assert [one.name for one in parsed.listings] == ["Quiet Harbor"]
    reason = "an object instead of a list; its meetings are read"
    assert complaints(parsed) == [(None, "meetings", "", reason)]


def test_parse_reads_a_plain_row_whole() -> None:
    parsed = parse(
        row(
            id=17,
            group="Harbor Group",
            group_notes="Since 1998.",
            notes="Ring the bell.",
            location_notes="Side door",
            timezone="America/Chicago",
            types=["O", "W", "S"],
            conference_url="https://meet.example.org/j/1",
            conference_url_notes="Passcode: kettle",
            conference_phone="+12155550142,,1#",
            conference_phone_notes="Press 1",
            attendance_option="hybrid",
            url="https://feed.example.org/meetings/quiet-harbor",
        )
    )

    (found,) = parsed.listings
    assert complaints(parsed) == []
    assert (parsed.rows, parsed.rejected) == (1, 0)
    assert (found.row, found.source_id, found.source_slug) == (1, "17", "quiet-harbor")
    assert found.source_url == "https://feed.example.org/meetings/quiet-harbor"
    assert found.source_updated_at == datetime(2026, 1, 15, 12, 0, tzinfo=UTC)
    assert (found.name, found.group, found.fellowship) == ("Quiet Harbor", "Harbor Group", "aa")
    assert found.notes == "Ring the bell.\n\nSince 1998."
    assert (found.weekday, found.start_time, found.minutes) == (1, time(19), 60)
    assert (found.end_is_stated, found.timezone) == (True, "America/Chicago")
    assert (found.location, found.location_notes) == ("Alderbrook Hall", "Side door")
    assert found.address == "1418 Alderbrook Street, Philadelphia, PA 19104, USA"
    assert found.is_approximate is False
    assert found.regions == ("Philadelphia", "West Philadelphia")
    assert (found.latitude, found.longitude) == (39.9597, -75.2024)
    assert found.types == ("O", "W", "S")
    assert found.tags == ("open", "women", "language-es")
    assert found.conference_url == "https://meet.example.org/j/1"
    assert found.conference_url_notes == "Passcode: kettle"
    assert found.conference_phone == "+12155550142,,1#"
    assert found.conference_phone_notes == "Press 1"
    assert (found.attendance, found.inactive_reason) == ("hybrid", "")


def test_parse_makes_one_listing_of_each_day() -> None:
    parsed = parse(row(day=[0, "3", 6]), row(slug="other", day=None))

    assert parsed.rows == 2
    assert [(one.row, one.weekday) for one in parsed.listings] == [
        (1, 0),
        (1, 3),
        (1, 6),
        (2, None),
    ]


def test_parse_takes_an_hour_where_no_end_is_named() -> None:
    found = listing(end_time="")

    assert (found.minutes, found.end_is_stated) == (60, False)


def test_parse_reports_an_end_that_cannot_be_meant_and_takes_an_hour() -> None:
    parsed = parse(row(time="19:15", end_time="08:15"))

    assert (parsed.listings[0].minutes, parsed.listings[0].end_is_stated) == (60, False)
    assert complaints(parsed) == [
        (
            1,
            "end_time",
            "19:15-08:15",
            "not after the start, and too long past midnight; one hour is assumed",
        )
    ]


@pytest.mark.parametrize(
    ("changes", "field", "value", "reason"),
    [
        ({"day": 9}, "day", "9", "not a day: 9"),
        ({"day": ["x" * 999]}, "day", f"['{'x' * 198}", f"not a day: {'x' * 189}"),
        ({"time": "soon"}, "time", "soon", "not a time"),
        ({"time": "24:00", "end_time": ""}, "time", "24:00", "taken as 00:00"),
        ({"end_time": "late"}, "end_time", "late", "not a time"),
        (
            {"time": "", "end_time": "20:00"},
            "end_time",
            "20:00",
            "an end without a start; left out",
        ),
        ({"timezone": "EST5"}, "timezone", "EST5", "not a time zone; the feed's is used"),
        ({"updated": "lately"}, "updated", "lately", "not a date"),
        (
            {"latitude": "", "longitude": "-75.2"},
            "latitude, longitude",
            ", -75.2",
            "one coordinate without the other",
        ),
        ({"approximate": "perhaps"}, "approximate", "perhaps", "not yes or no"),
        (
            {"types": ["O", "ASBI"]},
            "types",
            "ASBI",
            "not a type of this fellowship; kept, not searchable",
        ),
        ({"types": ["O", None]}, "types", "", "not a type"),
        ({"types": ["O", "C"]}, "types", "O, C", "both open and closed"),
        ({"name": ["x"], "group": "G"}, "name", "['x']", "not text"),
        ({"slug": None}, "slug", "", "missing"),
        ({"url": "javascript:alert(1)"}, "url", "javascript:alert(1)", "not a link"),
        (
            {"notes": "Speaker on the 2nd Saturday."},
            "notes",
            "2nd Saturday",
            "speaks of certain weeks; listed every week",
        ),
        (
            {"name": "Ferry - 1st and 3rd Mondays"},
            "name",
            "1st and 3rd Mondays",
            "speaks of certain weeks; listed every week",
        ),
        (
            {"attendance_option": "sometimes"},
            "attendance_option",
            "sometimes",
            "not a kind of attendance",
        ),
        (
            {"attendance_option": "hybrid"},
            "attendance_option",
            "hybrid",
            "by its link and address: in_person",
        ),
    ],
)
def test_parse_reports_a_bad_value_and_keeps_the_row(
    changes: dict[str, Any], field: str, value: str, reason: str
) -> None:
    parsed = parse(row(**changes))

    assert (1, field, value, reason) in complaints(parsed)
    assert len(parsed.listings) == 1
    assert parsed.listings[0].location == "Alderbrook Hall"


def test_parse_takes_the_groups_name_where_there_is_none() -> None:
    parsed = parse(row(name="", group="Harbor Group"))

    assert parsed.listings[0].name == "Harbor Group"
    assert (1, "name", "Harbor Group", "no name; the group's is used") in complaints(parsed)


def test_parse_rejects_a_row_without_any_name_once_for_each_day() -> None:
    parsed = parse(row(name=" ", location=None, day=[1, 2]), row())

    assert parsed.rejected == 2
    assert len(parsed.listings) == 1
    assert complaints(parsed) == [(1, "name", "", "no name; rejected")]


def test_parse_rejects_what_is_no_object() -> None:
    parsed = parse(42, None, row())

    assert (parsed.rows, parsed.rejected, len(parsed.listings)) == (3, 2, 1)
    assert complaints(parsed) == [
        (1, "", "42", "not an object; rejected"),
        (2, "", "", "not an object; rejected"),
    ]


def test_parse_cuts_and_reports_what_is_too_long() -> None:
    parsed = parse(row(name="N" * 300))

    assert parsed.listings[0].name == "N" * 255
    assert complaints(parsed)[0][1::2] == ("name", "longer than 255 characters; cut")


def test_parse_keeps_a_slug_of_more_than_64_characters_and_a_number() -> None:
    assert listing(slug="s" * 90).source_slug == "s" * 90
    assert listing(slug=379).source_slug == "379"


@pytest.mark.parametrize(
    ("types", "codes", "tags"),
    [
        (["o", "[women]", 11], ("O", "W", "11"), ("open", "women", "eleventh-step", "meditation")),
        ("O, X", ("O", "X"), ("open", "wheelchair")),
        ("C", ("C",), ("closed",)),
        (["ONL", "onl", "O"], ("O",), ("open",)),
        (None, (), ()),
    ],
)
def test_parse_reads_types_however_they_are_written(
    types: Any, codes: tuple[str, ...], tags: tuple[str, ...]
) -> None:
    found = listing(types=types)

    assert (found.types, found.tags) == (codes, tags)


@pytest.mark.parametrize(
    ("changes", "attendance", "reason"),
    [
        ({}, "in_person", ""),
        ({"types": ["TC"]}, "inactive", "temporarily closed"),
        ({"approximate": "yes"}, "inactive", "address not exact"),
        ({"formatted_address": "Philadelphia, PA, USA"}, "inactive", "address not exact"),
        ({"conference_url": "https://meet.example.org/j/1"}, "hybrid", ""),
        ({"conference_phone": "+12155550142"}, "hybrid", ""),
        ({"types": ["TC"], "conference_url": "https://meet.example.org/j/1"}, "online", ""),
        ({"types": ["ONL"]}, "in_person", ""),
        ({"conference_url": "ask me"}, "in_person", ""),
        ({"attendance_option": "inactive"}, "inactive", "temporarily closed"),
        (
            {"attendance_option": "inactive", "conference_url": "https://meet.example.org/j/1"},
            "inactive",
            "temporarily closed",
        ),
        (
            {"attendance_option": "online", "conference_url": "https://meet.example.org/j/1"},
            "online",
            "",
        ),
        ({"approximate": "no", "formatted_address": "Philadelphia, PA, USA"}, "in_person", ""),
    ],
)
def test_parse_computes_attendance_as_viewers_do(
    changes: dict[str, Any], attendance: str, reason: str
) -> None:
    found = listing(**changes)

    assert (found.attendance, found.inactive_reason) == (attendance, reason)


def test_parse_drops_traits_of_a_room_while_a_meeting_is_online_only() -> None:
    room = ["O", "X", "BA", "SM", "OUT"]
    link = "https://meet.example.org/j/1"

    assert listing(types=[*room, "TC"], conference_url=link).tags == ("open",)
    assert listing(types=room, conference_url=link).tags == (
        "open",
        "wheelchair",
        "childcare",
        "smoking",
        "outdoor",
    )


def test_parse_composes_an_address_from_its_parts() -> None:
    found = listing(
        formatted_address=None,
        address="311 W. Shuttle Terrace ",
        city="Kansas City",
        state="MO",
        postal_code=64112,
        country="USA",
    )

    assert found.address == "311 W. Shuttle Terrace, Kansas City, MO 64112, USA"
    assert found.is_approximate is False


@pytest.mark.parametrize(
    ("changes", "regions"),
    [
        ({"regions": None, "region": "Campbell", "sub_region": "West"}, ("Campbell", "West")),
        ({"region": "Campbell"}, ("Philadelphia", "West Philadelphia")),
        ({"regions": None, "region": "City > Hill"}, ("City", "Hill")),
        ({"regions": [None, "A&amp;B", 7]}, ("A&B", "7")),
        ({"regions": None}, ()),
    ],
)
def test_parse_reads_regions_from_general_to_specific(
    changes: dict[str, Any], regions: tuple[str, ...]
) -> None:
    assert listing(**changes).regions == regions


def test_parse_keeps_a_passcode_from_the_wrong_field_but_no_mail_address() -> None:
    found = listing(
        conference_url="https://meet.example.org/j/1 pw kettle",
        conference_phone="Zoom 1790 PW: mail info@example.org",
    )

    assert found.conference_url == "https://meet.example.org/j/1"
    assert found.conference_url_notes == "pw kettle"
    assert (found.conference_phone, found.conference_phone_notes) == ("", "")


@pytest.mark.parametrize(
    ("written", "left", "passcode"),
    [
        ("Zoom 884 155 Password: kettle", "Zoom 884 155", "Password: kettle"),
        ("Ring the bell. PW: k3ttle. Park behind.", "Ring the bell. Park behind.", "PW: k3ttle."),
        ("Bring a friend (Passcode 104)", "Bring a friend", "Passcode 104"),
        ("Access code 77#\nSide door", "Side door", "Access code 77#"),
        ("contraseña = tetera azul, entra", "entra", "contraseña = tetera azul"),
        ("No password needed. Wear a pin.", "No password needed. Wear a pin.", ""),
        ("Pin Oak Hall, passcode by mail", "Pin Oak Hall, passcode by mail", ""),
    ],
)
def test_parse_takes_a_passcode_out_of_what_everybody_reads(
    written: str, left: str, passcode: str
) -> None:
    link = "https://meet.example.org/j/1"
    parsed = parse(row(notes=written, conference_url=link, conference_url_notes="Wait inside"))

    (found,) = parsed.listings
    assert found.notes == left
    assert found.conference_url_notes == "\n".join(filter(None, ["Wait inside", passcode]))
    told = [(1, "notes", passcode, "a passcode; kept with how to join")]
    assert complaints(parsed) == (told if passcode else [])


def test_parse_stores_no_personal_contact() -> None:
    found = listing(
        contact_1_name="Jo", contact_1_phone="+12155550142", email="jo@example.org", venmo="@jo"
    )

    assert "jo" not in repr(found).lower()


def test_parse_cleans_text() -> None:
    found = listing(name="Rope &amp; Anchor\xa0<b>Group</b>", notes="One.<br>Two.")

    assert (found.name, found.notes) == ("Rope & Anchor Group", "One.\nTwo.")


@pytest.mark.parametrize(
    ("notes", "hint"),
    [
        ("Open on the last Sunday of the month", "last Sunday"),
        ("First, third Tuesdays only", "First, third Tuesdays"),
        ("every other week", "every other week"),
        ("1st Step", ""),
        ("Second floor. Sundays", ""),
    ],
)
def test_parse_notes_hints_of_certain_weeks(notes: str, hint: str) -> None:
    assert listing(notes=notes).week_hint == hint


def test_parse_refuses_an_object_in_place_of_a_list() -> None:
    with pytest.raises(Unreadable, match="not a list"):
        meeting_guide.parse(body=b'{"meetings": 1}', fellowship="aa", timezone=NEW_YORK)


def test_fingerprint_leaves_out_who_says_it_and_when() -> None:
    plain = listing()

    other = listing(
        id=9, slug="new", updated="2026-02-02 00:00:00", url="https://feed.example.org/x"
    )

    assert other.fingerprint() == plain.fingerprint()
    assert listing(notes="New").fingerprint() != plain.fingerprint()
    assert guide(row()) == guide(row())
