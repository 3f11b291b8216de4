"""A log is read row by row, and what is wrong in it is named."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from aftercare.engagement import log
from aftercare.engagement.log import BadLog
from tests.aftercare.engagement.logs import HEADER, row, written


def test_log_is_read_by_person_in_the_order_of_due_times(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        row("b", 1, "missed"),
        row("b", 0, "kept", use="yes"),
        row("b", 2, "excused"),
        "a,west,visit,2025-01-06T08:00,2025-01-07T08:00-05:00,late,2025-01-08,no,",
    )

    b, a = log.read(path=path)

    assert (b.name, b.group, [due.outcome for due in b.dues]) == ("b", "east", ["kept", "missed"])
    assert (b.dues[0].reported_use, b.dues[1].reported_use) == (True, None)
    assert b.dues[0].due_at == datetime(2025, 1, 6, 23, 59, 59, tzinfo=UTC)
    assert b.dues[0].answered_at == datetime(2025, 1, 6, tzinfo=UTC)
    assert a.dues[0].due_at == datetime(2025, 1, 7, 13, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        (",g,visit,2025-01-06,2025-01-06,kept,,,", 'row 2, column person, value "": must not be'),
        (
            "a,g,visit,2025-01-06,2025-01-06,came,,,",
            'row 2, column outcome, value "came": use one of kept, late, missed',
        ),
        (
            "a,g,visit,06.01.2025,2025-01-06,kept,,,",
            'row 2, column opened_at, value "06.01.2025": write a day as 2026-03-08',
        ),
        (
            "a,g,visit,2025-01-08,2025-01-06,kept,,,",
            'row 2, column due_at, value "2025-01-06": is before opened_at',
        ),
        (
            "a,g,visit,2025-01-06,2025-01-06,kept,,maybe,",
            'row 2, column reported_use, value "maybe": use yes, no, or leave it empty',
        ),
        ("a,g,visit", "row 2: 3 fields, where the first line names 9"),
    ],
)
def test_bad_row_is_named_with_its_remedy(tmp_path: Path, bad: str, said: str) -> None:
    with pytest.raises(BadLog) as error:
        log.read(path=written(tmp_path, row("a", 0, "kept"), bad))

    assert said in str(error.value)


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ("", "is empty. Its first line must be"),
        (HEADER.replace("group,", ""), 'there is no column "group"; add it'),
        (f"{HEADER},age", 'the column "age" is not known; remove it'),
        (f"{HEADER},kind", 'the column "kind" stands there twice; remove one'),
    ],
)
def test_bad_first_line_is_named(tmp_path: Path, header: str, said: str) -> None:
    path = tmp_path / "log.csv"
    path.write_text(header)

    with pytest.raises(BadLog) as error:
        log.read(path=path)

    assert said in str(error.value)


def test_log_without_rows_and_missing_file_are_said(tmp_path: Path) -> None:
    with pytest.raises(BadLog, match="has no rows"):
        log.read(path=written(tmp_path))
    with pytest.raises(BadLog, match="Cannot open"):
        log.read(path=tmp_path / "nothing.csv")
