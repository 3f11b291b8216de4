"""Pure: a sheet of meetings as a PDF in two columns on letter paper."""

import unicodedata
from datetime import datetime

from fpdf import FPDF

from aftercare.directory.handouts import Day, Line, Sheet

# Millimetres, and points of the letters.
_MARGIN, _GAP, _FOOT = 12.0, 6.0, 14.0
_LINE, _TIME, _MARK, _DAY_ROOM = 3.8, 17.0, 10.0, 22.0
_FAMILY, _SIZE = "Helvetica", 8.5
# The letters that every reader of PDF brings are those of western Europe.
_PLAINER = str.maketrans({"“": '"', "”": '"', "‘": "'", "’": "'", "–": "-", "—": "-", "…": "..."})


def render(*, sheet: Sheet, title: str, note: str, legend_title: str, at: datetime) -> bytes:
    """The file; `title` stands above, the legend after the last day, `note` at the foot of each page."""
    paper = _Paper(title=_latin(title), note=_latin(note), at=at)
    for day in sheet.days:
        paper.put_day(day)
    paper.put_legend(_latin(legend_title), sheet.legend)
    return bytes(paper.file.output())


class _Paper:
    """Two columns that fill one after the other, with the title above and the note below each page."""

    def __init__(self, *, title: str, note: str, at: datetime) -> None:
        self.title, self.note = title, note
        self.file = FPDF(format="letter")
        self.file.set_title(title)
        self.file.set_creation_date(at)
        self.file.set_auto_page_break(auto=False)
        self.width = (self.file.w - 2 * _MARGIN - _GAP) / 2
        self._turn_page()

    def put_day(self, day: Day) -> None:
        """A weekday with its meetings; the heading never stands alone at the end of a column."""
        self._make_room(_DAY_ROOM)
        self._put_heading(_latin(day.name))
        for line in day.lines:
            self._put_line(line)

    def put_legend(self, title: str, legend: tuple[tuple[str, str], ...]) -> None:
        """What the letters mean."""
        if not legend:
            return
        self._make_room(_DAY_ROOM)
        self._put_heading(title)
        for mark, words in legend:
            self._make_room(_LINE)
            self._put_words(mark, width=_MARK, bold=True)
            self._put_words(_latin(words), width=self.width - _MARK, x=_MARK)
            self.file.set_y(self.file.get_y() + _LINE)

    def _turn_page(self) -> None:
        """A new page with its title, smaller from the second on, its note and its number."""
        file, wide = self.file, self.file.w - 2 * _MARGIN
        file.add_page()
        file.set_xy(_MARGIN, file.h - _FOOT + 2)
        file.set_font(_FAMILY, "", 7)
        file.multi_cell(wide - _MARK, 3.2, self.note, align="L")
        file.set_xy(file.w - _MARGIN - _MARK, file.h - _FOOT + 2)
        file.cell(_MARK, 3.2, str(file.page_no()), align="R")
        file.set_xy(_MARGIN, _MARGIN)
        file.set_font(_FAMILY, "B", 16 if file.page_no() == 1 else 9)
        file.multi_cell(wide, 7, self.title, new_x="LMARGIN", new_y="NEXT", align="L")
        self.column, self.top = 0, file.get_y() + 2
        file.set_y(self.top)

    def _put_heading(self, words: str) -> None:
        self.file.set_x(self._left)
        self.file.set_font(_FAMILY, "B", 11)
        self.file.cell(self.width, 7, words, border="B")
        self.file.set_y(self.file.get_y() + 8)

    def _put_line(self, line: Line) -> None:
        marks = " ".join(mark for mark in line.marks if mark)
        name = f"**{_bare(line.name)}**  {marks}".rstrip()
        words = "\n".join(part for part in (name, _bare(line.where)) if part)
        self.file.set_font(_FAMILY, "", _SIZE)
        lines = self.file.multi_cell(
            self.width - _TIME, _LINE, words, dry_run=True, output="LINES", markdown=True, align="L"
        )
        height = _LINE * (len(lines) if isinstance(lines, list) else 1)
        self._make_room(height)
        top = self.file.get_y()
        self._put_words(_latin(line.time), width=_TIME, bold=True)
        self.file.set_font(_FAMILY, "", _SIZE)
        self.file.set_x(self._left + _TIME)
        self.file.multi_cell(self.width - _TIME, _LINE, words, markdown=True, align="L")
        self.file.set_y(top + height + 1)

    def _put_words(self, words: str, *, width: float, bold: bool = False, x: float = 0) -> None:
        self.file.set_x(self._left + x)
        self.file.set_font(_FAMILY, "B" if bold else "", _SIZE)
        self.file.cell(width, _LINE, words)

    @property
    def _left(self) -> float:
        return _MARGIN + self.column * (self.width + _GAP)

    def _make_room(self, height: float) -> None:
        if self.file.get_y() + height <= self.file.h - _FOOT:
            return
        if self.column == 0:
            self.column = 1
            self.file.set_y(self.top)
        else:
            self._turn_page()


def _bare(words: str) -> str:
    """Words in which nothing means bold or italic."""
    return _latin(words).replace("**", "*").replace("__", "_").replace("--", "-").replace("~~", "~")


def _latin(words: str) -> str:
    """The words in letters of western Europe; a letter that has none becomes a question mark."""
    found = []
    for sign in words.translate(_PLAINER):
        if ord(sign) < 256:
            found.append(sign)
            continue
        base = unicodedata.normalize("NFKD", sign)[0]
        found.append(base if ord(base) < 256 else "?")
    return "".join(found)
