from datetime import UTC, datetime, time

import pytest

from aftercare.directory.formats import spreadsheet
from aftercare.directory.listing import Parsed, Unreadable
from tests.feeds import NEW_YORK, complaints

HEADERS = "ID,Name,Day,Time,End Time,Full Address,Regions,Types,Updated,Conference URL"


def parse(*lines: str) -> Parsed:
    return spreadsheet.parse(
        body="\r\n".join(lines).encode("utf-8-sig"), fellowship="aa", timezone=NEW_YORK
    )


def test_parse_reads_headers_times_days_dates_and_types_in_plain_words() -> None:
    parsed = parse(
        HEADERS,
        '7,Quiet Harbor,"Monday, Friday",6:00 PM,Midnight,"1418 Alderbrook Street, Philadelphia,'
        ' PA 19104, USA",City > Neighborhood,"Open, Big Book, Spanish, Wheelchair Access",10/31/2022,',
    )

    assert complaints(parsed) == []
    assert [one.weekday for one in parsed.listings] == [1, 5]
    found = parsed.listings[0]
    assert (found.source_slug, found.name) == ("7", "Quiet Harbor")
    assert (found.start_time, found.minutes) == (time(18), 360)
    assert found.regions == ("City", "Neighborhood")
    assert found.types == ("O", "B", "S", "X")
    assert found.tags == ("open", "big-book", "language-es", "wheelchair")
    assert found.source_updated_at == datetime(2022, 10, 31, tzinfo=UTC)
    assert found.attendance == "in_person"


def test_parse_numbers_data_rows_from_one_and_passes_empty_ones_over() -> None:
    parsed = parse(HEADERS, "1,A,Monday", ",,,,,,,,,", "3,C,Someday")

    assert parsed.rows == 2
    assert [one.row for one in parsed.listings] == [1, 3]
    assert (3, "day", "Someday", "not a day: Someday") in complaints(parsed)


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_parse_finds_the_delimiter(delimiter: str) -> None:
    parsed = parse(delimiter.join(["Slug", "Name", "Time"]), delimiter.join(["a", "A", "19:00"]))

    assert [(one.name, one.start_time) for one in parsed.listings] == [("A", time(19))]


def test_parse_ends_rows_at_line_ends_alone() -> None:
    parsed = parse("Slug,Name,Notes,Day", "a,A,Ring\vthe\u2028bell,1", "b,B,,2")

    assert [(one.row, one.notes, one.weekday) for one in parsed.listings] == [
        (1, "Ring\nthe\nbell", 1),
        (2, "", 2),
    ]


def test_parse_says_that_quotes_may_have_joined_rows() -> None:
    parsed = parse("Slug,Name", 'a,"A', "b,B")

    (problem,) = [one for one in parsed.problems if "quotes" in one.reason]
    assert problem.reason == (
        "quotes are amiss up to line 3; rows may be joined: unexpected end of data"
    )
    assert [one.name for one in parsed.listings] == ["A b,B"]


def test_parse_says_which_of_two_columns_of_one_name_is_read() -> None:
    parsed = parse("Slug,Start,Name,Time", "a,18:00,A,19:00")

    assert (None, "time", "", "two columns of this name; the last is read") in complaints(parsed)
    assert [one.start_time for one in parsed.listings] == [time(19)]


def test_parse_reports_cells_without_a_header() -> None:
    parsed = parse("Slug,Name", "a,A,what,this")

    assert (1, "", "what this", "more cells than headers; ignored") in complaints(parsed)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("When,Where\nMonday,Here", "no column called Name"),
        ("Name,Slug", "an empty list"),
        ("<html></html>", "a web page"),
        ('Name\n"' + "x" * 200_000, "not CSV"),
    ],
)
def test_parse_says_what_stands_there_instead(text: str, reason: str) -> None:
    with pytest.raises(Unreadable, match=reason):
        parse(text)
