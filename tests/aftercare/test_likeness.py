import pytest

from aftercare import likeness
from aftercare.crisis import Crisis, CrisisClass, Tier, find_crisis
from aftercare.likeness import DANGER, ORDINARY
from tests.tables import read_table


def test_examples_are_those_the_tables_were_shaped_on() -> None:
    shaping, held = (
        {row["text"].strip() for row in read_table("crisis", part=part)} for part in ("dev", "held")
    )

    assert set(likeness.examples(DANGER)) == shaping - held
    assert not set(likeness.examples(ORDINARY)) & shaping


def test_held_texts_stand_in_no_example() -> None:
    held = [row["text"] for name in ("crisis", "ordinary") for row in read_table(name, part="held")]
    known = {*likeness.examples(DANGER), *likeness.examples(ORDINARY)}

    assert [text for text in held if text in known] == []


def test_alike_asks_and_never_pages() -> None:
    text = "sometimes i think they could all have their peace when there is no me"

    assert likeness.is_alike(text=text)
    assert find_crisis(text) == Crisis(tier=Tier.B, kind=CrisisClass.DISTRESS, words="")


@pytest.mark.parametrize(
    "text",
    [
        "bueno yo ya me voy a dormir, que descansen",
        "los niños ya entraron al kinder, que descanso",
        "me toco trabajar de noche toda la semana",
        "I will be there with bells on my shoes",
        "how do i join the book club",
        "no signal at the lake til monday so dont worry",
    ],
)
def test_plain_weekly_life_is_not_alike(text: str) -> None:
    assert text not in likeness.examples(ORDINARY)
    assert not likeness.is_alike(text=text)


def test_a_slip_of_the_pen_changes_little() -> None:
    text = "sometimes i thinnk they coud all have there peace wen there is no me"

    assert likeness.is_alike(text=text)


def test_few_words_are_alike_to_nothing() -> None:
    assert not likeness.is_alike(text="")
    assert not likeness.is_alike(text="I don't know")
    assert find_crisis("I don't know") is None


def test_an_ordinary_example_is_never_danger() -> None:
    assert [text for text in likeness.examples(ORDINARY) if likeness.is_alike(text=text)] == []


def test_most_dangers_held_back_are_found_without_any_phrase() -> None:
    held = [row["text"] for row in read_table("crisis", part="held")]
    ordinary = [row["text"] for row in read_table("ordinary", part="held")]

    assert sum(likeness.is_alike(text=text) for text in held) >= 0.75 * len(held)
    assert sum(likeness.is_alike(text=text) for text in ordinary) <= 0.065 * len(ordinary)
