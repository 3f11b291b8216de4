"""Pure: rows as a CSV file (RFC 4180) that spreadsheets open as it is meant, one piece after the other."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

Value = str | int | float | None

# With the mark, spreadsheets read the letters of every language right.
_MARK = "\ufeff"
# What a spreadsheet may take for a formula, or for the end of a cell after which one begins
# (OWASP, CSV Injection), and the wide signs that some of them read in the same way.
RISKY = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_PIECE = 500


def lines(*, header: Sequence[str], rows: Iterable[Sequence[Value]]) -> Iterator[str]:
    """The file in pieces of some hundred rows; numbers stay numbers, and no text is a formula."""
    out = io.StringIO(_MARK)
    out.seek(0, io.SEEK_END)
    writer = csv.writer(out, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\r\n")
    writer.writerow([harmless(name) for name in header])
    for number, row in enumerate(rows, start=1):
        writer.writerow([harmless(value) if isinstance(value, str) else value for value in row])
        if number % _PIECE == 0:
            yield out.getvalue()
            out.seek(0)
            out.truncate()
    yield out.getvalue()


def harmless(text: str) -> str:
    """The text as it stands, with a quote before what a spreadsheet would work out instead of showing."""
    plain = text.replace("\0", "")
    return f"'{plain}" if plain.lstrip(" ").startswith(RISKY) else plain
