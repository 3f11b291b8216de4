from datetime import datetime

import pytest

from notifications import voice
from tests import build
from tests.notifications.person import NIGHT, NOON, TUESDAY, Person

pytestmark = pytest.mark.django_db

HELP_NOW = "In danger, call 9 1 1. At any time, call or text 9 8 8."


def test_answer_puts_a_call_through_while_somebody_is_in() -> None:
    person = Person()

    spoken = voice.answer(to=person.sender.number, at=TUESDAY)

    assert spoken.dial == "+12155550142"
    assert [language for language, _ in spoken.greeting] == ["en", "es"]
    assert spoken.greeting[0][1] == (
        "Hello. This number is for text messages only. "
        f"Stay on the line, and we put you through. {HELP_NOW}"
    )
    assert spoken.closing[0] == (
        "en",
        f"Nobody could take your call. We will see that you called. {HELP_NOW}",
    )
    assert all("9 8 8" in words for _, words in [*spoken.greeting, *spoken.closing])


@pytest.mark.parametrize("at", [NIGHT, NOON])
def test_answer_gives_the_phone_and_988_when_nobody_is_in(at: datetime) -> None:
    person = Person()

    spoken = voice.answer(to=person.sender.number, at=at)

    assert (spoken.dial, spoken.closing) == ("", [])
    assert spoken.greeting[0][1] == (
        "Hello. This number is for text messages only. We will see that you called. "
        f"To talk to us when we are in, call 2 1 5, 5 5 5, 0 1 4 2. {HELP_NOW}"
    )


def test_answer_speaks_each_language() -> None:
    spoken = voice.answer(to=Person().sender.number, at=NIGHT)

    english, spanish = (words for _, words in spoken.greeting)
    assert spanish.startswith("Hola.")
    assert spanish != english


def test_answer_does_not_dial_what_is_no_number() -> None:
    person = Person()
    person.program.phone = "ask at the desk"
    person.program.save()

    spoken = voice.answer(to=person.sender.number, at=TUESDAY)

    assert spoken.dial == ""
    assert "988" in spoken.greeting[0][1].replace(" ", "")


def test_answer_names_nobody() -> None:
    person = Person(program=build.program(name="Harbor House Recovery"))

    for at in (TUESDAY, NIGHT):
        spoken = voice.answer(to=person.sender.number, at=at)
        assert "Harbor" not in " ".join(words for _, words in [*spoken.greeting, *spoken.closing])


def test_answer_for_a_number_on_no_list_gives_988() -> None:
    spoken = voice.answer(to=build.phone(), at=TUESDAY)

    assert (spoken.dial, spoken.closing) == ("", [])
    assert spoken.greeting[0][1] == f"Hello. This number is for text messages only. {HELP_NOW}"
