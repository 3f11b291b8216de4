"""Pure: a log of what was due and what came, read from CSV; what is wrong is named row by row."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

from aftercare.engagement.history import CHECK_IN, COUNTED, Due

COLUMNS = (
    "person",
    "group",
    "kind",
    "opened_at",
    "due_at",
    "outcome",
    "answered_at",
    "reported_use",
    "ended_at",
)
OUTCOMES = ("kept", "late", "missed", "excused", "cancelled", "undeliverable", "unreported")
_USE = {"yes": True, "no": False, "": None}
_MUST_BE_FILLED = ("person", "kind", "opened_at", "due_at", "outcome")
MOST_FAULTS = 20
# A day without an hour begins at midnight and, where something was due on it, ends a second before.
_DAY = timedelta(days=1, seconds=-1)


class BadLog(Exception):
    """The log cannot be read; the message says where, and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Everything that was due from one person and counted, in the order in which it fell due."""

    name: str
    group: str
    dues: tuple[Due, ...]


def read(*, path: Path) -> tuple[Person, ...]:
    """The people of a CSV file in UTF-8 with the columns of COLUMNS, in the order of the file.

    Instants are ISO 8601, days or days with an hour; without a zone they are UTC. What was excused,
    cancelled, undeliverable or unreported is left out. Raises BadLog.
    """
    people: dict[str, tuple[str, list[Due]]] = {}
    faults: list[str] = []
    for number, row in _rows(path):
        wrong = list(_faults(row, number))
        faults += wrong
        if not wrong:
            _, dues = people.setdefault(row["person"], (row["group"], []))
            if row["outcome"] in COUNTED:
                dues.append(_due(row))
    if faults:
        raise BadLog(_in_short(path, faults))
    if not people:
        raise BadLog(f"{path} has no rows. Each expectation takes one row below the first line.")
    return tuple(
        Person(name=name, group=group, dues=tuple(sorted(dues, key=lambda due: due.due_at)))
        for name, (group, dues) in people.items()
    )


def _in_short(path: Path, faults: Sequence[str]) -> str:
    more = len(faults) - MOST_FAULTS
    lines = [f"{path} cannot be used:", *faults[:MOST_FAULTS]]
    return "\n".join([*lines, f"... and {more} more."] if more > 0 else lines)


def _rows(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """Each row with its number; row 1 is the first below the header."""
    reader = csv.reader(io.StringIO(_decoded(path), newline=""), strict=True)
    try:
        header = [name.strip() for name in next(reader, [])]
        _check_header(path, header)
        for number, fields in enumerate((row for row in reader if row), start=1):
            if len(fields) != len(header):
                raise BadLog(
                    f"{path}, row {number}: {len(fields)} fields, where the first line names "
                    f"{len(header)}. Put a text with commas in double quotes."
                )
            yield number, {name: text.strip() for name, text in zip(header, fields, strict=True)}
    except csv.Error as error:
        raise BadLog(
            f"{path}, after line {reader.line_num}: not a CSV file ({error}). Save it as CSV."
        ) from error


def _check_header(path: Path, header: Sequence[str]) -> None:
    if not header:
        raise BadLog(f"{path} is empty. Its first line must be: {','.join(COLUMNS)}")
    missing = [name for name in COLUMNS if name not in header]
    unknown = [name for name in header if name not in COLUMNS]
    twice = sorted({name for name in header if header.count(name) > 1})
    said = [
        *(f'there is no column "{name}"; add it' for name in missing),
        *(f'the column "{name}" is not known; remove it' for name in unknown),
        *(f'the column "{name}" stands there twice; remove one' for name in twice),
    ]
    if said:
        raise BadLog(f"{path}: {'; '.join(said)}. The columns are {','.join(COLUMNS)}.")


def _decoded(path: Path) -> str:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise BadLog(f"Cannot open {path}: {error.strerror}. Check the name.") from error
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise BadLog(f"{path}, line {line}: not UTF-8. Save the file as CSV UTF-8.") from error


def _faults(row: Mapping[str, str], number: int) -> Iterator[str]:
    def fault(column: str, remedy: str) -> str:
        return f'row {number}, column {column}, value "{row[column]}": {remedy}'

    yield from (fault(name, "must not be empty.") for name in _MUST_BE_FILLED if not row[name])
    if row["outcome"] and row["outcome"] not in OUTCOMES:
        yield fault("outcome", f"use one of {', '.join(OUTCOMES)}.")
    if row["reported_use"] not in _USE:
        yield fault("reported_use", "use yes, no, or leave it empty.")
    times = ("opened_at", "due_at", "answered_at", "ended_at")
    bad = [name for name in times if row[name] and not _is_instant(row[name])]
    yield from (fault(name, "write a day as 2026-03-08, or 2026-03-08T09:30.") for name in bad)
    opened_at, due_at = row["opened_at"], row["due_at"]
    if opened_at and due_at and not bad and _instant(opened_at) > _instant(due_at, is_end=True):
        yield fault("due_at", "is before opened_at; swap them or mend the row.")


def _is_instant(text: str) -> bool:
    try:
        _instant(text)
    except (ValueError, OverflowError):
        return False
    return True


def _instant(text: str, *, is_end: bool = False) -> datetime:
    moment = datetime.fromisoformat(text)
    if is_end and len(text) <= len("2026-03-08") and moment.time() == time():
        moment += _DAY
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _due(row: Mapping[str, str]) -> Due:
    """A log tells only what was captured, so silence at its due time is a miss, as of a check-in."""
    return Due(
        kind=CHECK_IN,
        opened_at=_instant(row["opened_at"]),
        due_at=_instant(row["due_at"], is_end=True),
        outcome=row["outcome"],
        answered_at=_instant(row["answered_at"]) if row["answered_at"] else None,
        reported_use=_USE[row["reported_use"]],
    )
