import pytest

from notifications import voice
from tests import build
from tests.notifications.person import NIGHT, NOON, TUESDAY, Person

pytestmark = pytest.mark.django_db


def test_greeting_gives_the_phone_and_988_in_each_language() -> None:
    person = Person()

    lines = voice.greeting(to=person.sender.number, at=TUESDAY)

    assert [language for language, _ in lines] == ["en", "es"]
    english = lines[0][1]
    assert english == (
        "Hello. This number is for text messages only. "
        "To talk to us now, call 2 1 5, 5 5 5, 0 1 4 2. "
        "In danger, call 9 1 1. At any time, call or text 9 8 8."
    )
    assert all("9 8 8" in words for _, words in lines)


@pytest.mark.parametrize("at", [NIGHT, NOON])
def test_greeting_says_so_when_nobody_is_in(at: object) -> None:
    person = Person()

    words = voice.greeting(to=person.sender.number, at=at)[0][1]  # type: ignore[arg-type]

    assert "when we are in, call 2 1 5" in words


def test_greeting_names_nobody() -> None:
    person = Person(program=build.program(name="Harbor House Recovery"))

    words = " ".join(words for _, words in voice.greeting(to=person.sender.number, at=NOON))

    assert "Harbor" not in words


def test_greeting_of_a_number_on_no_list_gives_988() -> None:
    words = voice.greeting(to=build.phone(), at=NOON)[0][1]

    assert "9 8 8" in words
    assert "2 1 5" not in words
