"""Pure: the bytes of a roster as spreadsheets save them, to rows of named cells."""

import csv
import io
from collections.abc import Iterator

from django.utils.translation import gettext, gettext_noop

COLUMNS = (
    *("first_name", "last_name", "phone", "email", "tracks", "graduated_on"),
    *("language", "counselor_email", "time_zone", "state"),
)
REQUIRED = ("first_name", "graduated_on")
MOST_ROWS = 5_000
# What people call the columns.
_OTHER_NAMES = {
    "first": "first_name",
    "given_name": "first_name",
    "last": "last_name",
    "surname": "last_name",
    "family_name": "last_name",
    "mobile": "phone",
    "mobile_phone": "phone",
    "cell": "phone",
    "e_mail": "email",
    "email_address": "email",
    "track": "tracks",
    "graduation_date": "graduated_on",
    "graduated": "graduated_on",
    "counselor": "counselor_email",
    "timezone": "time_zone",
}


class Unreadable(ValueError):
    """The whole file cannot be read; `message` is untranslated and names the remedy."""

    def __init__(self, message: str, **facts: object) -> None:
        super().__init__(message)
        self.message = message
        self.facts = facts

    def __str__(self) -> str:
        return gettext(self.message) % self.facts


def lines(content: bytes) -> Iterator[tuple[int, dict[str, str]]]:
    """The rows below the first one, by their number in a spreadsheet; raises Unreadable."""
    text = _decode(content)
    try:
        table = list(
            csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
        )
    except csv.Error as error:
        raise Unreadable(
            gettext_noop("The list is not a proper CSV file (%(error)s). Save it as CSV UTF-8."),
            error=error,
        ) from error
    head = [_column(cell) for cell in table[0]] if table else []
    missing = [name for name in REQUIRED if name not in head]
    if missing:
        raise Unreadable(
            gettext_noop(
                "The first row must name the columns; missing: %(missing)s. All of them: %(columns)s."
            ),
            missing=", ".join(missing),
            columns=", ".join(COLUMNS),
        )
    if len(table) - 1 > MOST_ROWS:
        raise Unreadable(
            gettext_noop("The list has more than %(most)s rows. Split it and try again."),
            most=MOST_ROWS,
        )
    for number, cells in enumerate(table[1:], start=2):
        if any(cell.strip() for cell in cells):
            yield number, {name: _cell(cell) for name, cell in zip(head, cells, strict=False)}


def _decode(content: bytes) -> str:
    is_wide = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    if is_wide or b"\0" not in content:
        for encoding in ("utf-16",) if is_wide else ("utf-8-sig", "cp1252"):
            try:
                return content.decode(encoding)
            except UnicodeDecodeError:
                continue
    raise Unreadable(
        gettext_noop("This is no text file. Save the list as CSV UTF-8 and try again.")
    )


def _delimiter(text: str) -> str:
    """Spreadsheets of some languages write semicolons or tabs; the first line tells."""
    first = text.partition("\n")[0]
    return max(",;\t", key=first.count)


def _column(cell: str) -> str:
    name = "_".join(cell.strip().lower().replace("-", " ").replace("_", " ").split())
    return _OTHER_NAMES.get(name, name)


def _cell(cell: str) -> str:
    """The text of a cell; what spreadsheets put before text that looks like a formula is taken off."""
    text = cell.strip()
    if text.startswith('="') and text.endswith('"'):
        text = text[2:-1]
    return text.lstrip("'").strip() if text.startswith("'") else text
