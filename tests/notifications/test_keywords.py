import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifications.keywords import CARRIER_STOP, Keyword, keyword

TABLE = Path(__file__).parent.parent / "data" / "keywords.tsv"


def rows() -> list[tuple[str, str]]:
    with TABLE.open(encoding="utf-8", newline="") as file:
        table = csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        next(table)
        return [(expected, text) for expected, text in table]


@pytest.mark.parametrize(("expected", "text"), rows())
def test_keyword_of_a_text(expected: str, text: str) -> None:
    found = keyword(text)

    assert (found.value if found else "none") == expected


@given(st.sampled_from(sorted(CARRIER_STOP)), st.text(" \n\t", max_size=3), st.booleans())
def test_a_carrier_word_is_one_in_any_case_and_space(word: str, space: str, lower: bool) -> None:
    body = space + (word.lower() if lower else word) + space

    assert keyword(body) is Keyword.STOP


@given(st.text(max_size=1600))
def test_any_text_is_read_without_error(body: str) -> None:
    assert keyword(body) in (*Keyword, None)


def test_a_long_text_of_polite_words_is_read_at_once() -> None:
    assert keyword("please ok now i want to " * 300) is None
