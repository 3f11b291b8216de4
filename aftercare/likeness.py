"""Pure: how much a text is like the examples of danger, for words that no phrase of the lexicon has.

Each run of a few letters, across words as within them, weighs as it is more at home in the examples
of danger or in those of ordinary weeks (naive Bayes); so endings and misspellings change little. It
only ever asks "are you safe?": what is alike is not the same.
"""

import math
import re
import unicodedata
from collections import Counter
from functools import cache
from pathlib import Path

EXAMPLES = Path(__file__).parent / "lexicon" / "crisis_examples.tsv"
DANGER, ORDINARY = "danger", "ordinary"
# From here on a text is alike: chosen on examples that were held back in turn, so that of ordinary
# texts that stand in none some four in a hundred are.
ALIKE = 24.0
# Fewer words say too little to be alike to anything.
FEWEST_WORDS = 4
_SMOOTHING = 0.2
# Part of a word, most of one, and one with its neighbour.
_RUNS = (4, 6, 8)


def is_alike(*, text: str) -> bool:
    """Whether a text is more like danger than ordinary weeks are; an ordinary example is like itself."""
    words = _words(text)
    if len(words) < FEWEST_WORDS or " ".join(words) in _ordinary():
        return False
    return score(text=text) > ALIKE


def score(*, text: str) -> float:
    """How much more a text is like danger than like an ordinary week; 0 says nothing either way."""
    weights = _weights()
    return sum(weights.get(run, 0.0) for run in _runs(text))


def examples(kind: str) -> tuple[str, ...]:
    """The examples of one kind, DANGER or ORDINARY."""
    rows = EXAMPLES.read_text(encoding="utf-8").splitlines()
    return tuple(text for label, _, text in (row.partition("\t") for row in rows) if label == kind)


def _runs(text: str) -> set[str]:
    """Every run of letters of the lengths of _RUNS, with the spaces between words."""
    plain = f" {' '.join(_words(text))} "
    return {plain[at : at + size] for size in _RUNS for at in range(len(plain) - size + 1)}


def _words(text: str) -> list[str]:
    """Plain words without accents; every number is the same."""
    folded = unicodedata.normalize("NFKD", text.casefold()).replace("'", "").replace("’", "")
    bare = "".join(sign for sign in folded if not unicodedata.combining(sign))
    return re.findall(r"[a-z]+|#", re.sub(r"\d+", "#", bare))


@cache
def _ordinary() -> frozenset[str]:
    return frozenset(" ".join(_words(text)) for text in examples(ORDINARY))


@cache
def _weights() -> dict[str, float]:
    """Log odds of each run: computed from the examples, once in a process."""
    counts, sizes = {}, {}
    for kind in (DANGER, ORDINARY):
        texts = examples(kind)
        counts[kind] = Counter(run for text in texts for run in _runs(text))
        sizes[kind] = len(texts) + 2 * _SMOOTHING
    return {
        run: math.log((counts[DANGER][run] + _SMOOTHING) / sizes[DANGER])
        - math.log((counts[ORDINARY][run] + _SMOOTHING) / sizes[ORDINARY])
        for run in counts[DANGER] | counts[ORDINARY]
    }
