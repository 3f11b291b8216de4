"""The figures of a program as a PDF on letter paper, group by group, and last what each of them counts."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import groupby

from django.utils.translation import gettext as _
from fpdf import FPDF

from aftercare.directory.pdf import latin
from aftercare.report import catalogue, sharing, wording
from aftercare.report.catalogue import Meaning
from aftercare.report.sharing import Line
from aftercare.report.tables import Report

# Millimetres, and points of the letters.
_MARGIN, _ROW, _VALUE, _COUNT = 16.0, 5.2, 62.0, 30.0
_FAMILY, _SIZE = "Helvetica", 9.0


def render(*, report: Report, period: str, note: str, at: datetime) -> bytes:
    """The file; `period` stands below the program's name, `note` at the foot of each page."""
    paper = _Paper(note=latin(note))
    paper.set_title(latin(report.program.name))
    paper.set_creation_date(at)
    paper.add_page()
    paper.put_title(report.program.name, period)
    groups: dict[str, list[Line]] = {}
    for line in sharing.lines(report=report):
        groups.setdefault(line.group, []).append(line)
    for group, lines in groups.items():
        paper.put_heading(group)
        paper.put_lines(lines)
    paper.put_heading(_("What the figures count"))
    paper.put_meanings(catalogue.EVERY)
    return bytes(paper.output())


class _Paper(FPDF):
    """Pages with a note and a number at the foot."""

    def __init__(self, *, note: str) -> None:
        super().__init__(format="letter")
        self.note = note
        self.set_margins(_MARGIN, _MARGIN)
        self.set_auto_page_break(auto=True, margin=_MARGIN + 4)

    def footer(self) -> None:
        """Called by the library at the end of each page."""
        self.set_y(-_MARGIN)
        self.set_font(_FAMILY, "", 7)
        self.cell(self.epw - 10, 4, self.note)
        self.cell(10, 4, str(self.page_no()), align="R")

    def put_title(self, name: str, period: str) -> None:
        """The program, and of when the figures are."""
        self.set_font(_FAMILY, "B", 16)
        self.multi_cell(self.epw, 8, latin(name), new_x="LMARGIN", new_y="NEXT")
        self.set_font(_FAMILY, "", 10)
        self.multi_cell(self.epw, 6, latin(period), new_x="LMARGIN", new_y="NEXT")

    def put_heading(self, words: str) -> None:
        """The name of a group; it never stands alone at the end of a page."""
        if self.will_page_break(4 * _ROW):
            self.add_page()
        self.ln(3)
        self.set_font(_FAMILY, "B", 12)
        words = words[:1].upper() + words[1:]
        self.cell(self.epw, 8, latin(words), border="B", new_x="LMARGIN", new_y="NEXT")

    def put_lines(self, lines: Sequence[Line]) -> None:
        """The figures of a group that may be shown, and last which ones may not."""
        hidden = [str(line.meaning.title) for line in lines if line.value == wording.hidden()]
        for line in lines:
            if line.value != wording.hidden():
                self._put_line(line)
        if len(hidden) == len(lines):
            self._put(_("All its figures are hidden."))
        elif hidden:
            self.ln(1)
            figures = ", ".join(dict.fromkeys(hidden))
            self._put(_("Hidden, at least in part: %(figures)s.") % {"figures": figures})

    def _put_line(self, line: Line) -> None:
        """A figure, its value, and what it was counted from."""
        self.set_font(_FAMILY, "", _SIZE)
        count = ""
        if line.part not in (None, line.value) and line.whole is not None:
            count = _("%(part)d of %(whole)d") % {"part": line.part, "whole": line.whole}
        elif line.whole is not None and line.whole != line.value:
            count = _("of %(whole)d") % {"whole": line.whole}
        self.cell(self.epw - _VALUE - _COUNT, _ROW, latin(line.figure))
        self.cell(_VALUE, _ROW, latin(str(line.value)), align="R")
        self.cell(_COUNT, _ROW, latin(count), align="R", new_x="LMARGIN", new_y="NEXT")

    def put_meanings(self, meanings: Iterable[Meaning]) -> None:
        """What is counted, out of what, and what is left out; once where several share it."""
        for (counted, out_of, left_out), same in groupby(
            meanings, key=lambda one: (str(one.counted), str(one.out_of), str(one.left_out))
        ):
            titles = ", ".join(str(one.title) for one in same)
            if self.will_page_break(4 * _ROW):
                self.add_page()
            self.ln(2)
            self._put(titles, bold=True)
            for title, words in (
                (_("Counted"), counted),
                (_("Out of"), out_of),
                (_("Left out"), left_out),
            ):
                self._put(f"{title}: {words}")

    def _put(self, words: str, *, bold: bool = False) -> None:
        self.set_font(_FAMILY, "B" if bold else "", _SIZE)
        self.multi_cell(self.epw, 4.4, latin(words), new_x="LMARGIN", new_y="NEXT", align="L")
