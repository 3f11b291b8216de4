"""How made-up people behave: seeded, and telling their story."""

from statistics import mean

import pytest

from aftercare.answers import Question, read
from aftercare.demo import behaviour
from aftercare.demo.people import MadeUpGraduate, Manner, graduates
from aftercare.questions import BY_CODE


def some(manner: Manner) -> list[MadeUpGraduate]:
    return [person for person in graduates() if person.manner is manner]


def answered(manner: Manner, weeks: range) -> float:
    return mean(
        behaviour.delay(person=person, week=week, about="check_in", number=turn) is not None
        for person in some(manner)
        for week in weeks
        for turn in range(20)
    )


def test_same_question_gets_the_same_answer() -> None:
    person = graduates()[0]

    said = {behaviour.reply(person=person, week=3, question="rough", about=1) for _ in range(5)}

    assert len(said) == 1


def test_chances_do_not_bunch() -> None:
    """Whoever keeps three dates in ten keeps one or two of any five."""
    kept = set()
    for person in graduates():
        row = [
            behaviour.chance(person=person, about="group", number=turn) < 0.3 for turn in range(40)
        ]
        kept |= {sum(row[first : first + 5]) for first in range(36)}

    assert kept == {1, 2}


def test_steady_people_answer_and_drifting_ones_stop() -> None:
    assert answered(Manner.STEADY, range(12)) > 0.9
    assert answered(Manner.DRIFTING, range(4)) > 0.9
    assert 0.2 < answered(Manner.DRIFTING, range(6, 9)) < 0.6
    assert answered(Manner.DRIFTING, range(9, 12)) == 0


def test_silent_people_say_nothing_any_more() -> None:
    assert answered(Manner.SILENT, range(6, 12)) == 0


def test_recovering_people_come_back() -> None:
    assert answered(Manner.RECOVERING, range(4, 7)) < 0.6
    assert answered(Manner.RECOVERING, range(8, 12)) > 0.9


@pytest.mark.parametrize("code", ["rough", "sure", "mood", "edge", "eating", "sleep", "habit"])
def test_most_of_what_they_text_is_understood(code: str) -> None:
    question = BY_CODE[code]
    said = [
        behaviour.reply(person=person, week=2, question=code, about=turn)
        for person in graduates()
        for turn in range(3)
    ]

    kinds = [read(text=text, question=Question(question.kind)).kind for text in said]

    assert mean(kind in ("number", "yes", "no") for kind in kinds) > 0.9
