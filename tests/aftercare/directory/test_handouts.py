"""Lists of meetings on paper: as rows, and as the PDF that is made of them."""

import re
import zlib

import pytest
from django.utils import translation

from aftercare.directory import handouts, moments, pdf
from aftercare.directory.criteria import Criteria
from aftercare.directory.handouts import Day, Line, Sheet
from aftercare.models import Meeting, MeetingEdit
from tests.feeds import AT, imported, row

PHONE = {"conference_phone": "+12155550142,,77#", "attendance_option": "hybrid"}


@pytest.mark.django_db
def test_sheet_goes_by_weekday_and_time_with_the_legend_of_what_stands_on_it() -> None:
    imported(
        row(name="Late", slug="a", day=1, time="21:00", types=["O", "W"]),
        row(name="Early", slug="b", day=1, time="07:00", types=["C", "X"], **PHONE),
        row(name="Sunday", slug="c", day=0, time="10:30", types=["S"]),
        row(name="Ask", slug="d", day=None, time=None),
        row(name="Closed", slug="e", day=1, types=["TC"]),
    )
    place = "Alderbrook Hall, 1418 Alderbrook Street, Philadelphia, PA 19104"

    sheet = handouts.sheet(criteria=Criteria(), at=AT)

    assert [(day.name, [(one.time, one.name) for one in day.lines]) for day in sheet.days] == [
        ("Sunday", [("10:30 AM", "Sunday")]),
        ("Monday", [("7:00 AM", "Early"), ("9:00 PM", "Late")]),
        ("By appointment", [("", "Ask")]),
    ]
    early = sheet.days[1].lines[0]
    assert early.where == f"{place} · +12155550142"
    assert [mark for mark in early.marks if mark] == ["+@", "C", "A"]
    assert sheet.legend == (
        ("+@", "In person and online"),
        ("O", "Open to anyone"),
        ("C", "Closed: for members and people who want to join"),
        ("W", "Women"),
        ("ES", "Spanish"),
        ("A", "Wheelchair"),
    )
    with translation.override("es"):
        assert handouts.sheet(criteria=Criteria(), at=AT).days[0].name == "Domingo"


@pytest.mark.django_db
def test_sheet_names_a_zone_that_differs_and_the_weeks_that_staff_confirmed() -> None:
    nowhere = {"formatted_address": None, "location": None, **PHONE}
    here, _, _, monthly, hidden = imported(
        row(name="Here", slug="a"),
        row(name="Detroit", slug="b", timezone="America/Detroit", **nowhere),
        row(name="West", slug="c", timezone="America/Los_Angeles", **nowhere),
        row(name="Monthly", slug="d", **nowhere),
        row(name="Hidden", slug="e", **nowhere),
    )
    Meeting.objects.filter(pk=monthly.pk).update(weeks=moments.weeks_of(positions=(1, 3)))
    MeetingEdit.objects.create(meeting=hidden, join_needs_login=True, edited_at=AT)

    (monday,) = handouts.sheet(criteria=Criteria(), at=AT).days

    assert {one.name: one.where for one in monday.lines} == {
        "Here": here.location + ", " + here.address.removesuffix(", USA"),
        "Detroit": "+12155550142",
        "West": "Los Angeles time · +12155550142",
        "Monthly": "The first and third Monday of the month · +12155550142",
        "Hidden": "",
    }


@pytest.mark.django_db
def test_sheet_of_too_many_says_how_many(monkeypatch: pytest.MonkeyPatch) -> None:
    imported(row(), row(slug="b", name="Two"))
    monkeypatch.setattr(handouts, "MOST", 1)

    sheet = handouts.sheet(criteria=Criteria(), at=AT)

    assert (sheet.count, sheet.days, sheet.is_too_long) == (2, (), True)


def render(*days: Day, legend: tuple[tuple[str, str], ...] = ()) -> bytes:
    sheet = Sheet(count=1, days=days, legend=legend)
    return pdf.render(
        sheet=sheet, title="Meetings: 19104", note="Not affiliated.", legend_title="Letters", at=AT
    )


def pages(body: bytes) -> list[str]:
    """What is written on each page."""
    streams = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", body, re.DOTALL)
    plain = [zlib.decompress(one).decode("latin-1") for one in streams if one[:1] == b"x"]
    words = re.compile(r"\((.*?)(?<!\\)\) Tj", re.DOTALL)
    found = [" ".join(words.findall(one)) for one in plain if "Tj" in one]
    return [page.replace("\\(", "(").replace("\\)", ")") for page in found]


def line(name: str, marks: tuple[str, ...] = ()) -> Line:
    return Line(time="7:00 PM", name=name, where="12 Elm Street", marks=marks)


def test_pdf_says_what_the_sheet_says() -> None:
    body = render(
        Day(name="Monday", lines=(line("Mañana “Puerta”", ("", "O")), line("Łódź **日本**"))),
        legend=(("O", "Open to anyone"),),
    )

    assert body.startswith(b"%PDF-")
    (page,) = pages(body)
    for words in (
        "Meetings: 19104", "Monday", "7:00 PM", 'Mañana "Puerta"', "12 Elm Street",
        "Letters", "Open to anyone", "Not affiliated.",
    ):  # fmt: skip
        assert words in page
    assert "?ódz **??**" in page
    assert body == render(
        Day(name="Monday", lines=(line("Mañana “Puerta”", ("", "O")), line("Łódź **日本**"))),
        legend=(("O", "Open to anyone"),),
    )


def test_pdf_wraps_long_names_and_cuts_longer_words() -> None:
    name = "The Next Right Thing Room for Everybody Who Has Had a Very Long Day Indeed"
    body = render(Day(name="Monday", lines=(line(name, ("O", "W")), line("x" * 90))))

    (page,) = pages(body)
    assert name in page
    assert "O W" in page
    assert re.sub(r"\s", "", page).count("x" * 90) == 1


def test_pdf_fills_two_columns_before_the_next_page() -> None:
    body = render(Day(name="Monday", lines=tuple(line(f"Group {n:03d}") for n in range(150))))

    found = pages(body)
    assert len(found) == 3
    assert re.findall(r"Group (\d{3})", " ".join(found)) == [f"{n:03d}" for n in range(150)]
    assert all("Not affiliated." in page for page in found)
