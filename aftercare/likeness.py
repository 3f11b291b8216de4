"""Pure: how much a text is like the examples of danger, for words that no phrase of the lexicon has.

Each word, beginning of a word and pair of words weighs as it is more at home in the examples of
danger or in those of ordinary weeks (naive Bayes with the sums damped for length). It only ever asks
"are you safe?": what is alike is not the same.
"""

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

EXAMPLES = Path(__file__).parent / "lexicon" / "crisis_examples.tsv"
DANGER, ORDINARY = "danger", "ordinary"
# From here on a text is alike: chosen so that of ordinary texts some three in a hundred are.
ALIKE = 4.4
# Fewer words say too little to be alike to anything.
FEWEST_WORDS = 4
_SMOOTHING = 0.2
# Longer words count by their beginning, too, so that an ending more or less changes little.
_STEM = 5
_REACH = 2
# How far a long text's sum is brought down to that of a short one; 0 is not at all.
_DAMPING = 0.25

Feature = str | tuple[str, str]


def is_alike(*, text: str) -> bool:
    """Whether a text is more like danger than ordinary weeks are."""
    return len(_words(text)) >= FEWEST_WORDS and score(text=text) > ALIKE


def score(*, text: str) -> float:
    """How much more a text is like danger than like an ordinary week; 0 says nothing either way."""
    found = set(_features(text))
    weights = _weights()
    return sum(weights.get(feature, 0.0) for feature in found) / math.pow(len(found), _DAMPING)


def examples(kind: str) -> tuple[str, ...]:
    """The examples of one kind, DANGER or ORDINARY."""
    rows = EXAMPLES.read_text(encoding="utf-8").splitlines()
    return tuple(text for label, _, text in (row.partition("\t") for row in rows) if label == kind)


def _features(text: str) -> Iterator[Feature]:
    words = ["^", *_words(text), "$"]
    for at, word in enumerate(words):
        yield word
        if len(word) > _STEM:
            yield f"{word[:_STEM]}~"
        for following in words[at + 1 : at + 1 + _REACH]:
            yield word, following


def _words(text: str) -> list[str]:
    """Plain words without accents; every number is the same."""
    folded = unicodedata.normalize("NFKD", text.casefold()).replace("'", "").replace("’", "")
    bare = "".join(sign for sign in folded if not unicodedata.combining(sign))
    return re.findall(r"[a-z]+|#", re.sub(r"\d+", "#", bare))


@cache
def _weights() -> dict[Feature, float]:
    """Log odds of each feature: computed from the examples, once in a process."""
    counts, sizes = {}, {}
    for kind in (DANGER, ORDINARY):
        texts = examples(kind)
        counts[kind] = Counter(feature for text in texts for feature in set(_features(text)))
        sizes[kind] = len(texts) + 2 * _SMOOTHING
    return {
        feature: math.log((counts[DANGER][feature] + _SMOOTHING) / sizes[DANGER])
        - math.log((counts[ORDINARY][feature] + _SMOOTHING) / sizes[ORDINARY])
        for feature in counts[DANGER] | counts[ORDINARY]
    }
