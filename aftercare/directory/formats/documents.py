"""Pure: the limits of a source, and its bytes as JSON or text."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from aftercare.directory.listing import Problem, Unreadable

MEGABYTE = 1_000_000
LARGEST = 200 * MEGABYTE
DEEPEST = 64
MOST_ROWS = 200_000
# Counted by commas and brackets before anything is built of them: small values take room, too.
MOST_VALUES = 50 * MOST_ROWS
_LONGEST_NUMBER = 20


def decode(body: bytes) -> tuple[str, list[Problem]]:
    """The text of a source; raises Unreadable when it is empty, too large or a web page."""
    if len(body) > LARGEST:
        raise Unreadable(f"larger than {LARGEST // MEGABYTE} MB")
    text, problems = _decode(body)
    text = text.strip("\ufeff\x00 \t\r\n")
    if not text:
        raise Unreadable("empty")
    if text.startswith("<"):
        raise Unreadable("a web page (HTML) instead of a list of meetings")
    return text, problems


def _decode(body: bytes) -> tuple[str, list[Problem]]:
    encoding = "utf-16" if body[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        return body.decode(encoding), []
    except UnicodeDecodeError:
        reason = "not UTF-8; read as Windows-1252"
        return body.decode("cp1252", "replace"), [_whole("encoding", "", reason)]


def _whole(field: str, value: str, reason: str) -> Problem:
    return Problem(row=None, field=field, value=value, reason=reason)


def load_json(body: bytes) -> tuple[Any, list[Problem]]:
    """The JSON value of a source; what follows it is reported. Raises Unreadable."""
    text, problems = decode(body)
    if sum(map(text.count, ",[{")) > MOST_VALUES:
        raise Unreadable(f"more than {MOST_VALUES:,} values")
    try:
        value, end = _decoded(text, problems)
    except RecursionError:
        raise Unreadable(f"nested deeper than {DEEPEST} levels") from None
    except ValueError as error:
        raise Unreadable(f"not JSON: {error}") from None
    if text[end:].strip():
        garbage = text[end:].strip()[:40]
        problems.append(_whole("", garbage, "text after the end of the list; ignored"))
    if _is_deep(value):
        raise Unreadable(f"nested deeper than {DEEPEST} levels")
    return value, problems


def _decoded(text: str, problems: list[Problem]) -> tuple[Any, int]:
    """The first value of a text and where it ends; bare line ends within texts are let through."""
    try:
        return json.JSONDecoder(parse_int=_number).raw_decode(text)
    except ValueError:
        found = json.JSONDecoder(parse_int=_number, strict=False).raw_decode(text)
    problems.append(_whole("", "", "line ends or control characters within texts; let through"))
    return found


def _number(written: str) -> int | str:
    return int(written) if len(written) <= _LONGEST_NUMBER else written


def _is_deep(value: Any) -> bool:
    level = _containers([value])
    depth = 0
    while level and depth <= DEEPEST:
        depth += 1
        level = _containers(
            inner
            for outer in level
            for inner in (outer.values() if isinstance(outer, dict) else outer)
        )
    return depth > DEEPEST


def _containers(values: Iterable[Any]) -> list[Any]:
    return [value for value in values if isinstance(value, dict | list)]


def rows_of(value: Any) -> list[Any]:
    """The rows of a source; raises Unreadable when there are none, or too many."""
    if not isinstance(value, list):
        raise Unreadable("not a list of meetings")
    if not value:
        raise Unreadable("an empty list")
    if len(value) > MOST_ROWS:
        raise Unreadable(f"more than {MOST_ROWS:,} rows")
    return value


def number(rows: list[Any]) -> Iterator[tuple[int, Any]]:
    """The rows from 1 on. Each leaves the list as it is read, for they take more room than all that
    is made of them."""
    rows.reverse()
    for place in range(1, len(rows) + 1):
        yield place, rows.pop()
