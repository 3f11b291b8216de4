"""Answers as staff read them."""

from datetime import UTC, datetime

import pytest

from aftercare import sheets
from aftercare.models import Answer, CheckIn
from aftercare.sheets import Line
from tests import build

AT = datetime(2026, 3, 8, 9, 0, tzinfo=UTC)

pytestmark = pytest.mark.django_db


def answered(**values: int | str) -> CheckIn:
    check_in = build.check_in(
        graduate=build.graduate(),
        opens_at=AT,
        questions=[*values, "company"],
        state=CheckIn.State.PARTIAL,
        answered_at=AT,
    )
    for question, value in values.items():
        build.answer(check_in=check_in, question=question, value=value, at=AT)
    return check_in


def sheet(check_in: CheckIn) -> sheets.Sheet:
    return sheets.of(check_ins=[check_in])[check_in.pk]


def test_sheet_tells_answers_in_the_order_asked() -> None:
    found = sheet(answered(rough=8, sleep=6, eating=1, habit="no"))

    assert found.lines == (
        Line(topic="Rough week", said="8 of 10", is_heavy=True),
        Line(topic="Hours of sleep", said="6", is_heavy=False),
        Line(topic="Old habits in the way", said="A little", is_heavy=False),
        Line(topic="The old habit", said="No", is_heavy=False),
    )
    assert (found.is_heavy, found.is_partial) == (True, True)


def test_sheet_shows_what_a_text_says_beyond_its_answer() -> None:
    check_in = answered(rough=8, sleep=6)
    for question, body in (("rough", "8, my mom died"), ("sleep", "about 6 hours thanks")):
        text = build.inbound(
            sender=build.sender_of(check_in.graduate),
            address=build.address_of(check_in.graduate),
            body=body,
            at=AT,
        )
        check_in.answers.filter(question=question).update(inbound=text)

    assert [line.words for line in sheet(check_in).lines] == ["8, my mom died", ""]

    # Changed on a page since: these words are no more the answer's.
    check_in.answers.filter(question="rough").update(door=Answer.Door.WEB)
    assert [line.words for line in sheet(check_in).lines] == ["", ""]


@pytest.mark.parametrize(
    ("question", "value", "is_heavy"),
    [("rough", 6, False), ("rough", 7, True), ("habit", "yes", True), ("sure", 9, False)],
)
def test_sheet_is_heavy_where_an_answer_is(question: str, value: int | str, is_heavy: bool) -> None:
    assert sheet(answered(**{question: value})).is_heavy is is_heavy


def test_sheets_of_many_take_one_query(django_assert_num_queries: object) -> None:
    rows = [answered(rough=2), answered(rough=3)]

    with django_assert_num_queries(1):  # type: ignore[operator]
        found = sheets.of(check_ins=rows)

    assert [found[row.pk].lines[0].said for row in rows] == ["2 of 10", "3 of 10"]
