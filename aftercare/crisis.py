"""Pure: words of crisis in any text, in English and Spanish, however they are spelled.

The lexicon is data (lexicon/crisis_*.toml, which explains its own notation) and is tuned to find
too much rather than too little: a "not" in front changes nothing, and only idioms listed as
ordinary are looked past. It may still miss danger, so that a person reads every free text.
"""

import re
import tomllib
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

from aftercare import likeness

_LEXICON = Path(__file__).parent / "lexicon"
_FILES = ("crisis_spelling", "crisis_ordinary", "crisis_en", "crisis_es")
# A text message holds at most 1,600 characters; a longer text is read this far.
_MOST = 8000
_MANY = 8
_LONGEST_NUMBER = 4


class Tier(StrEnum):
    """How sure the words are: A pages somebody at once, B asks "are you safe?" first."""

    A = "A"
    B = "B"


class CrisisClass(StrEnum):
    """What the danger is, in the order in which one of several decides the reply."""

    OVERDOSE_MEDICAL = "overdose_medical"
    ABUSE = "abuse"
    VIOLENCE = "violence"
    SUICIDE = "suicide"
    SELF_HARM = "self_harm"
    EATING = "eating"
    DISTRESS = "distress"


@dataclass(frozen=True, slots=True, kw_only=True)
class Crisis:
    """The gravest finding in a text; `words` are those that were found, as they were understood."""

    tier: Tier
    kind: CrisisClass
    words: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Phrase:
    tier: Tier
    kind: CrisisClass
    pattern: re.Pattern[str]
    eased_by_a_laugh: bool


def find_crisis(text: str) -> Crisis | None:
    """The gravest words of crisis in `text`, or None; tier A before B, then by CrisisClass.

    A text without any that is like those of people in danger is unclear danger, without words.
    """
    order = list(CrisisClass)
    found = {
        Crisis(tier=tier, kind=phrase.kind, words=match.group().strip())
        for words in _readings(text)
        for phrase in set(_candidates(words))
        if (tier := _tier(phrase, words)) and (match := phrase.pattern.search(words))
    }
    if not found and likeness.is_alike(text=text[:_MOST]):
        return Crisis(tier=Tier.B, kind=CrisisClass.DISTRESS, words="")
    return min(found, key=lambda one: (one.tier, order.index(one.kind), one.words), default=None)


def _tier(phrase: _Phrase, words: str) -> Tier | None:
    """How sure a phrase is in this text: beside a laugh, some are one step less."""
    if not (phrase.eased_by_a_laugh and _joking() & set(words.split())):
        return phrase.tier
    return Tier.B if phrase.tier is Tier.A else None


# --- from a text to plain words -----------------------------------------------------------------

_APOSTROPHE = re.compile(r"(?<=\w)['’‘`´ʼ](?=\w)")
_SPACED = re.compile(r"(?<![^\W_])(?:[^\W\d_][ .\-_*~]{1,2}){3,}[^\W\d_](?![^\W_])")
_DOTTED = re.compile(r"\b[a-z]{1,6}[.\-_][a-z]{1,6}\b")
_PIECE = re.compile(r"[@$]?[^\W_]+(?:(?:\*+|[@$!|+])[^\W_]+)*")
_LEET = str.maketrans("013457@$!|+", "oieastasilt")
_LEET_L = str.maketrans("013457@$!|+", "oleastaslit")
_RUN = re.compile(r"(.)\1{2,}")
_TO = re.compile(
    r"\b(want|wants|wanted|need|going|have|had|trying|tried|ready|like|able|used|hard) 2 "
)


def _readings(text: str) -> Iterator[str]:
    """The text as plain words between spaces; twice where a digit may stand for two letters."""
    plain = _plain(text[:_MOST])
    yield _words(plain, _LEET)
    if re.search(r"[a-z]1|1[a-z]", plain):
        yield _words(plain, _LEET_L)


def _plain(text: str) -> str:
    """Lower case, no accents or apostrophes, pictures as words, s p a c e d letters together."""
    for sign, word in _spelling()["pictures"].items():
        text = text.replace(sign, f" {word} ")
    folded = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(sign for sign in folded if unicodedata.category(sign) not in ("Mn", "Me", "Cf"))
    joined = _SPACED.sub(lambda run: re.sub(r"[^\w]|_", "", run.group()), bare)
    return _APOSTROPHE.sub("", _DOTTED.sub(_undotted, joined))


def _undotted(written: re.Match[str]) -> str:
    """The word that somebody hid behind a dot; anything else keeps its dot."""
    joined = re.sub(r"[^a-z]", "", written.group())
    return joined if joined in _spelling()["censored"] else written.group()


def _words(plain: str, leet: dict[int, int]) -> str:
    spelled = (_respelled(piece, leet) for piece in _PIECE.findall(plain))
    words = f" {' '.join(spelled)} "
    words = _TO.sub(r"\1 to ", words)
    pattern, usual = _rewritings()
    words = pattern.sub(lambda group: usual[group.lastgroup or ""], words)
    return _ordinary().sub(" _ ", words)


@cache
def _spelling() -> dict[str, Any]:
    return _load("crisis_spelling")


def _respelled(piece: str, leet: dict[int, int]) -> str:
    """One word in its usual spelling."""
    if piece.isdecimal():
        return _quantity(piece)
    if not piece.isalpha():
        piece = _uncensored(piece) if "*" in piece else piece.translate(leet)
    known = _misspellings()
    if _RUN.search(piece):
        double, single = _RUN.sub(r"\1\1", piece), _RUN.sub(r"\1", piece)
        piece = double if double in _vocabulary() else single
    return known.get(piece, piece)


def _quantity(digits: str) -> str:
    """A number as "many" where it would be too many of any pill; the numbers one calls stay."""
    if digits in _spelling()["called"] or len(digits) > _LONGEST_NUMBER:
        return digits
    return "many" if int(digits) >= _MANY else digits


def _uncensored(piece: str) -> str:
    pattern = re.compile(re.escape(piece).replace(r"\*", r"\w?"))
    return next(filter(pattern.fullmatch, _spelling()["censored"]), piece.replace("*", ""))


@cache
def _misspellings() -> dict[str, str]:
    """Written form -> usual form: those listed, and every form one slip away from a long word."""
    listed = _spelling()["forms"]
    known = {form: usual for usual, forms in listed.items() for form in forms.split()}
    for usual in _spelling()["slips"]:
        for form in _slips(usual):
            known.setdefault(form, usual)
    for form in [*_spelling()["words_of_their_own"], *_spelling()["slips"]]:
        known.pop(form, None)
    return known


def _slips(word: str) -> Iterator[str]:
    """Every form with one letter left out, doubled, exchanged with its neighbour, or another."""
    for at in range(len(word)):
        yield word[:at] + word[at + 1 :]
        yield word[:at] + word[at + 1 : at + 2] + word[at] + word[at + 2 :]
        for letter in "abcdefghijklmnopqrstuvwxyz":
            yield word[:at] + letter + word[at + 1 :]
            yield word[:at] + letter + word[at:]


@cache
def _rewritings() -> tuple[re.Pattern[str], dict[str, str]]:
    """One pattern for all groups of words that have a usual form, and that form by group."""
    pairs = [(f"g{at}", *pair) for at, pair in enumerate(_spelling()["rewritten"].items())]
    either = "|".join(f"(?P<{name}>{old})" for name, old, _ in pairs)
    return re.compile(rf"(?<= )(?:{either})(?= )"), {name: new for name, _, new in pairs}


# --- from the lexicon to patterns ---------------------------------------------------------------


def _load(name: str) -> dict[str, Any]:
    return tomllib.loads((_LEXICON / f"{name}.toml").read_text(encoding="utf-8"))


@cache
def _lists() -> dict[str, str]:
    """Named lists of alternatives, as they would stand in a phrase."""
    named = {name: words for file in _FILES for name, words in _load(file).get("lists", {}).items()}
    return {name: "/".join(words.split()) for name, words in named.items()}


def _alternatives(element: str) -> str:
    """`a/b_c/d*` as a group: a slash parts words, an underscore stands for a space."""
    choices = (choice.replace("_", " ").replace("*", r"\w*") for choice in element.split("/"))
    return f"(?:{'|'.join(choices)})"


def _group(element: str) -> str:
    return _alternatives(re.sub(r"<(\w+)>", lambda name: _lists()[name[1]], element))


def _compiled(phrase: str) -> str:
    parts = []
    for element in phrase.split():
        if element == "..":
            parts.append(r"(?:\S+ ){0,3}?")
        elif element.startswith("["):
            parts.append(f"(?:{_group(element[1:-1])} )?")
        elif element == "$":
            parts.append("$")
        else:
            parts.append(f"{_group(element)} ")
    return "(?<= )" + "".join(parts)


@cache
def _ordinary() -> re.Pattern[str]:
    lines = _load("crisis_ordinary")["ordinary"]["phrases"].strip().splitlines()
    phrases = [_compiled(line) for line in lines if line and not line.startswith("#")]
    return re.compile("|".join(phrases))


@cache
def _phrases() -> tuple[tuple[str, _Phrase], ...]:
    """Every phrase of the lexicon with the line it was written in."""
    return tuple(
        (
            line,
            _Phrase(
                tier=Tier(entry["tier"]),
                kind=CrisisClass(entry["class"]),
                pattern=re.compile(_compiled(line)),
                eased_by_a_laugh=entry.get("eased_by_a_laugh", False),
            ),
        )
        for file in _FILES
        for entry in _load(file).get("entry", [])
        for line in entry["phrases"].strip().splitlines()
        if line and not line.startswith("#")
    )


def _anchors(line: str) -> tuple[str, ...]:
    """The words of which a text must have one to match: the rarest element of the phrase."""
    best: tuple[str, ...] = ()
    rarest = -1
    for element in line.split():
        if element in ("..", "$") or element.startswith("["):
            continue
        group = _group(element)
        choices = tuple(choice.split()[-1] for choice in group[3:-1].split("|"))
        rarity = min(0 if choice in _common() else len(choice) for choice in choices)
        if rarity > rarest:
            best, rarest = choices, rarity
    return best


@cache
def _common() -> frozenset[str]:
    return frozenset(_spelling()["common"].split())


@cache
def _joking() -> frozenset[str]:
    return frozenset(_spelling()["joking"].split())


@cache
def _index() -> tuple[dict[str, list[_Phrase]], tuple[tuple[str, _Phrase], ...]]:
    """Phrases by the words that call for a look at them, and those called for by a beginning."""
    by_word: dict[str, list[_Phrase]] = {}
    by_stem: list[tuple[str, _Phrase]] = []
    for line, phrase in _phrases():
        for anchor in _anchors(line):
            if re.fullmatch(r"\w+", anchor):
                by_word.setdefault(anchor, []).append(phrase)
            else:
                by_stem.append((re.split(r"\W", anchor)[0], phrase))
    return by_word, tuple(by_stem)


@cache
def _vocabulary() -> frozenset[str]:
    return frozenset(word for line, _ in _phrases() for word in re.findall(r"[a-z]+", line))


def _candidates(words: str) -> Iterator[_Phrase]:
    """The phrases that may match, some twice: those one of whose rarest words is in the text."""
    by_word, by_stem = _index()
    for word in set(words.split()):
        yield from by_word.get(word, ())
    for stem, phrase in by_stem:
        if f" {stem}" in words:
            yield phrase
