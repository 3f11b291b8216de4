import json
from typing import Any

import pytest

from aftercare.directory.formats import documents
from aftercare.directory.listing import Unreadable


def nested(depth: int) -> bytes:
    return b"[" * depth + b"]" * depth


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "empty"),
        (b"  \n", "empty"),
        (b"<!DOCTYPE html><title>Just a moment...</title>", "a web page (HTML)"),
        (b'[{"name": "Quiet', "not JSON"),
        (b"Service unavailable", "not JSON"),
        (nested(65), "nested deeper than 64 levels"),
        (nested(100_000), "nested deeper than 64 levels"),
    ],
)
def test_load_json_says_what_stands_there_instead(body: bytes, reason: str) -> None:
    with pytest.raises(Unreadable, match=r"^" + reason.replace("(", r"\(").replace(")", r"\)")):
        documents.load_json(body)


def test_load_json_reads_a_list_64_levels_deep() -> None:
    value, problems = documents.load_json(nested(64))

    assert json.dumps(value).count("[") == 64
    assert problems == []


def test_load_json_keeps_a_number_of_any_length() -> None:
    assert documents.load_json(b"[" + b"9" * 5000 + b", 7]") == (["9" * 5000, 7], [])


def test_load_json_lets_bare_line_ends_through_and_says_so() -> None:
    value, problems = documents.load_json(b'["Ring\nthe\x00bell"]')

    assert value == ["Ring\nthe\x00bell"]
    assert [one.reason for one in problems] == [
        "line ends or control characters within texts; let through"
    ]


def test_number_gives_the_rows_away_one_by_one() -> None:
    rows = ["a", "b", "c"]
    numbered = documents.number(rows)

    assert next(numbered) == (1, "a")
    assert rows == ["c", "b"]
    assert list(numbered) == [(2, "b"), (3, "c")]


def test_load_json_reports_what_follows_the_list() -> None:
    value, problems = documents.load_json(b'[1, 2]\n<div class="notice">oops</div>')

    assert value == [1, 2]
    assert [one.as_dict() for one in problems] == [
        {
            "row": None,
            "field": "",
            "value": '<div class="notice">oops</div>',
            "reason": "text after the end of the list; ignored",
        }
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_load_json_reads_unicode_with_and_without_a_mark(encoding: str) -> None:
    value, problems = documents.load_json('["Café"]'.encode(encoding))

    assert value == ["Café"]
    assert problems == []


def test_load_json_reads_windows_1252_and_says_so() -> None:
    value, problems = documents.load_json('["Café"]'.encode("cp1252"))

    assert value == ["Café"]
    assert [one.reason for one in problems] == ["not UTF-8; read as Windows-1252"]


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ({"error": "no"}, "not a list of meetings"),
        ([], "an empty list"),
        ([0] * 200_001, "more than 200,000 rows"),
    ],
)
def test_rows_of_refuses_what_is_no_list_of_meetings(value: Any, reason: str) -> None:
    with pytest.raises(Unreadable, match=reason):
        documents.rows_of(value)


def test_load_json_counts_values_before_it_builds_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, "MOST_VALUES", 4)

    assert documents.load_json(b"[[],[]]")[0] == [[], []]
    with pytest.raises(Unreadable, match="more than 4 values"):
        documents.load_json(b"[[],[],[]]")


def test_decode_refuses_more_than_200_megabytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, "LARGEST", 10)

    with pytest.raises(Unreadable, match="larger than"):
        documents.decode(b" " * 11)
