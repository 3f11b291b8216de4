"""Words, held against their structure."""

import pytest

from aftercare.instruments import words
from aftercare.instruments.structure import structures
from aftercare.instruments.words import Words

SCOFF, EDE, PHQ_2 = (structures()[code] for code in ("scoff", "ede_qs", "phq_2"))
LABELS = ["never", "rarely", "often", "always"]


def found(structure_code: str, given: Words) -> list[str]:
    faults = words.check(structure=structures()[structure_code], words=given)
    return [str(fault) for fault in faults]


def test_words_of_lines_fit() -> None:
    given = words.from_lines(
        structure=PHQ_2,
        intro=" The last weeks ",
        items="1. First thing\n\n2) Second thing\n",
        labels={"frequency": "\n".join(f"- {label}" for label in LABELS)},
    )

    assert given == Words(
        intro="The last weeks",
        items={"1": "First thing", "2": "Second thing"},
        labels={"1": LABELS, "2": LABELS},
    )
    assert found("phq_2", given) == []


def test_line_that_begins_with_a_number_keeps_it() -> None:
    assert words.lines("30 days ago\n7A. Seven\n") == ["30 days ago", "Seven"]


def test_question_of_yes_or_no_needs_no_choices() -> None:
    items = "\n".join(f"Thing {number}" for number in range(5))
    given = words.from_lines(structure=SCOFF, intro="", items=items, labels={})

    assert found("scoff", given) == []
    assert words.choice_sets(SCOFF) == {}


def test_everything_that_does_not_fit_is_named() -> None:
    given = Words(
        items={"1": "  ", "2": "x" * 1_001},
        labels={"1": LABELS[:3], "2": ["same", "Same ", "third", " "]},
    )

    assert found("phq_2", given) == [
        "item 1: has no words",
        "item 1: 3 choices instead of 4",
        "item 2: has more than 1000 characters",
        "item 2: a choice without words, or with too many",
        "item 2: two choices read the same",
    ]


@pytest.mark.parametrize("text", ["more than 14 lb", "6.35 kg lost", "12 libras", "900 calorías"])
def test_eating_track_takes_no_weight_and_no_calories(text: str) -> None:
    items = [f"Thing {number}" for number in range(4)]
    given = words.from_lines(structure=SCOFF, intro="", items="\n".join([*items, text]), labels={})
    assert [fault.kind for fault in words.check(structure=SCOFF, words=given)] == ["weight"]
    assert (
        found("phq_2", Words(items={"1": text, "2": text}, labels={"1": LABELS, "2": LABELS})) == []
    )


@pytest.mark.parametrize("text", ["in 3 months", "one stone", "2 or more times", "14 days"])
def test_other_numbers_and_words_stay(text: str) -> None:
    items = "\n".join(["Thing"] * 4 + [text])
    given = words.from_lines(structure=SCOFF, intro="", items=items, labels={})
    assert found("scoff", given) == []
