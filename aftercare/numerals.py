"""Pure: the one number a reply states as its answer, or none where that is in any doubt.

A reply is turned into a line of words in which "#" stands for a number, "@" for digits that mean
something else (a time, a dose, a price), and "," for any pause; the lexicon says which such lines
are an answer. What the lexicon does not know is not guessed.
"""

import re
import tomllib
import unicodedata
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

LEXICON = Path(__file__).parent / "lexicon"

# Question -> greatest value; those named in WHOLE take no fractions.
RANGES = {"scale": 10, "mood": 10, "count": 30, "sleep": 24, "few": 2}
WHOLE = ("count", "few")
# A longer remark before the number is a story, and its number may belong to the story.
_ASIDE_WORDS = 12

_FRACTIONS = {"½": " 1/2 ", "¼": " @1/4 ", "¾": " @3/4 ", "🔟": " 10 "}
_INVISIBLE = re.compile(
    "[\u00ad\u200b-\u200f\u202a-\u202e\u2060\ufe0f\ufeff\u20e3]|[\U0001f3fb-\U0001f3ff]"
)
_APOSTROPHE = re.compile(r"(?<=[a-z])['’‘`´ʼ](?=[a-z])")
_LONG = re.compile(r"([a-z])\1{2,}")
_TOKEN = re.compile(r"[-$#£€<>=+@№*]*[a-z]*\d[\w.:,/%°$+'*-]*|[a-z]+|[<>=@]|\S|\n")
_PLAIN = re.compile(r"\*?(\d{1,3}(?:\.\d)?)\*?(h|hr|hrs|hs|hours?|horas?|ish)?")
_SLASHED = re.compile(r"(\d{1,2}(?:\.\d)?)/(\d{1,2})")
_PAUSE_WORD = re.compile(r"\b(?:but|so|pero) ")
_HALVES: tuple[list[str | float], ...] = (
    ["half"],
    ["and", "half"],
    ["and", "a", "half"],
    ["y", "media"],
    ["y", "medio"],
)
_HOURS = ("hour", "hours", "hr", "hrs", "h", "hora", "horas")
_MINUTES = ("min", "mins", "minutes", "minutos")
_HALF_HOURS = re.compile(r"(\d{1,2})h(?:rs?)?30(?:m|min|mins)?")


@cache
def lexicon() -> dict[str, Any]:
    """The lists of lexicon/answers.toml."""
    return tomllib.loads((LEXICON / "answers.toml").read_text(encoding="utf-8"))


def either(*lists: str) -> str:
    """One group of a pattern out of lists whose words are parted by bars, and lines by nothing."""
    joined = "|".join(re.sub(r"\s*\n\s*", "", each) for each in lists if each.strip())
    return f"(?:{joined})" if joined else "(?:(?!))"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A reply as words; `numbers` are the values of its "#", in order."""

    words: str
    numbers: tuple[float, ...]


def clean(text: str) -> str:
    """`text` in lower case, digits of any script as 0-9, without accents, apostrophes and ballast."""
    for sign, plain in _FRACTIONS.items():
        text = text.replace(sign, plain)
    folded = unicodedata.normalize("NFKD", _INVISIBLE.sub("", text).casefold())
    bare = (
        str(unicodedata.decimal(sign)) if sign.isdecimal() else sign
        for sign in folded
        if not unicodedata.combining(sign)
    )
    return _LONG.sub(r"\1", _APOSTROPHE.sub("", "".join(bare)))


@cache
def _spacing() -> tuple[tuple[re.Pattern[str], str], ...]:
    """Rewritings that part numbers from what is merely written close to them."""
    rules = (
        (r"(?<=[a-z])([.,!?…:;]+)(?=\d)", r"\1 "),
        (r"(?<=\d)([,;:!?]|\.+)(?=[a-z])", r"\1 "),
        (r"(?<=\d)\s*/\s*(?=\d)", "/"),
        (r"\b(twenty|thirty)-(?=[a-z])", r"\1 "),
        (r"(?<=[a-z])/(?=[a-z])", " or "),
        (r"(?<=\d)-(?=ish\b)", " "),
    )
    return tuple((re.compile(pattern), by) for pattern, by in rules)


def read_line(*, text: str, question: str) -> Line:
    """Turn a reply into a Line; `question` decides what "7/10", "2 of 3" and "7h" may mean."""
    text = clean(text)
    for pattern, by in _spacing():
        text = pattern.sub(by, text)
    pronoun, letters = _no_numbers(question)
    text = letters.sub("@", pronoun.sub("that", text))
    tokens = [token for raw in _TOKEN.findall(text) for token in _tokens(raw, question)]
    words: list[str] = []
    numbers: list[float] = []
    for each in _compounds(tokens, question):
        if isinstance(each, float):
            numbers.append(each)
            words.append("#")
        elif each != "," or (words and words[-1] != ","):
            words.append(each)
    return Line(words=" ".join(words).strip(" ,"), numbers=tuple(numbers))


def number(*, text: str, question: str) -> int | float | None:
    """The value a reply gives to a question of RANGES, or None where it gives none for certain."""
    line = read_line(text=text, question=question)
    phrase = _phrase(line.words, question)
    if phrase is not None:
        return phrase
    if not (states_one_number(line=line, question=question) or _says_it_twice(line, question)):
        return None
    value = line.numbers[0]
    if value > RANGES[question] or (question in WHOLE and value != int(value)):
        return None
    return int(value) if value == int(value) else value


def states_one_number(*, line: Line, question: str) -> bool:
    """Whether the line gives its first number as the answer, and says nothing against it."""
    before, _, after = line.words.partition("#")
    if not line.numbers or "@" in line.words or _retracted().search(after):
        return False
    if _excluding().search(before):
        return False
    if "#" in after and not _counts_something(question=question, after=after):
        return False
    leads, follows = _frames(question)
    aside, _, lead = _PAUSE_WORD.sub(", ", before).rpartition(",")
    if not leads.fullmatch(lead.lstrip()):
        return False
    if leads.fullmatch(aside.replace(", ", "")):
        return bool(follows.fullmatch(after)) or _is_remark(line, question, after)
    return _is_aside(aside) and bool(follows.fullmatch(after))


def _is_remark(line: Line, question: str, after: str) -> bool:
    """Whether words right after the number are a remark, and not something it counts."""
    marks = lexicon()["number"]
    clause = after.partition(",")[0].split()
    elsewhere = re.compile(rf"\b{either(marks['remark_elsewhere'])}\b")
    _, first = _asides()
    if not clause or len(clause) > marks["remark_words"] or clause[0] in marks["measure"].split():
        return False
    is_mark = question in ("scale", "mood") and line.numbers[0] in marks["marks_with_remark"]
    if not is_mark and clause[0] not in marks["remark_starts"].split():
        return False
    if first.fullmatch(clause[0]) or elsewhere.search(" ".join(clause)):
        return False
    return not any(map(_is_plural, clause))


def _is_plural(word: str) -> bool:
    marks = lexicon()["number"]
    ends_in_s = word.endswith("s") and word not in marks["singular_s"].split()
    return ends_in_s or word in marks["plural"].split() or not word.isalpha()


def _says_it_twice(line: Line, question: str) -> bool:
    """Whether a digit stands beside the very words that were offered for it: "1 a little"."""
    words = re.sub(r"^# (?:, )?|(?: ,)? #$", "", line.words)
    said = 0 if question == "few" and words == "no" else _phrase(words, question)
    if said is None and line.words.startswith("# ") and "@" not in words:
        said = _phrase_before_a_remark(words, question)
    return len(line.numbers) == 1 and said == line.numbers[0]


def _is_aside(remark: str) -> bool:
    """Whether words before a pause leave the number after it the answer to our question."""
    fine, elsewhere = _asides()
    remark = fine.sub("fine", remark)
    return remark.count(" ") <= _ASIDE_WORDS and not elsewhere.search(remark)


def _tokens(raw: str, question: str) -> list[str | float]:
    """A piece of text as one or two tokens."""
    if raw.isascii() and raw.isalpha():
        value = lexicon()["numbers"].get(raw)
        return [raw if value is None else float(value)]
    if not any(sign.isdigit() for sign in raw):
        return ["about" if raw == "~" else "@" if raw in "<>=@" else ","]
    bare = raw.rstrip(".,:;!?'\"")
    pause: list[str | float] = [","] if bare != raw else []
    if plain := _PLAIN.fullmatch(bare):
        return [float(plain[1]), *([plain[2]] if plain[2] else []), *pause]
    if half := _HALF_HOURS.fullmatch(bare):
        return [float(half[1]) + 0.5, "hours", *pause]
    if (slashed := _SLASHED.fullmatch(bare)) and raw != "1/2":
        return [_share(float(slashed[1]), float(slashed[2]), question, written=False), *pause]
    return ["half" if bare == "1/2" else "@", *pause]


def _share(part: float, whole: float, question: str, *, written: bool) -> float | str:
    """What "7/10" or "2 of 3" states: a mark out of ten, or how many of so many."""
    if question in ("scale", "mood"):
        return part if whole == RANGES[question] else "@"
    # "10/10" for how many times is praise as often as a count.
    if question == "count" and part <= whole and (written or whole != 10):
        return part
    return "@"


def _compounds(tokens: list[str | float], question: str) -> list[str | float]:
    """Join "twenty one", "seven and a half", "6 1/2", "8 out of 10"."""
    joined: list[str | float] = []
    while tokens:
        head, tokens = tokens[0], tokens[1:]
        if isinstance(head, float):
            head, tokens = _joined(head, tokens, question)
        joined.append(head)
    return joined


def _joined(
    value: float, rest: list[str | float], question: str
) -> tuple[str | float, list[str | float]]:
    unit = rest[:1] if rest[:1] and rest[0] in _HOURS else []
    for half in _HALVES:
        if rest[len(unit) : len(unit) + len(half)] == half:
            return value + 0.5, unit + rest[len(unit) + len(half) :]
    if unit and rest[1:2] == [30.0] and rest[2:3] and rest[2] in _MINUTES:
        return value + 0.5, unit + rest[3:]
    if value in (20, 30) and rest and isinstance(rest[0], float) and rest[0] < 10:
        return value + rest[0], rest[1:]
    if question == "count" and rest[:2] in (["for", value], ["in", value]):
        return value, rest[2:]
    for link in (["out", "of"], ["of"], ["de"], ["sobre"], ["of", "the"], ["out", "of", "the"]):
        after = rest[len(link) :]
        if rest[: len(link)] == link and after and isinstance(after[0], float):
            return _share(value, after[0], question, written=True), after[1:]
    return value, rest


def _phrase(words: str, question: str) -> int | None:
    for pattern, value in _phrases(question):
        if pattern.fullmatch(words):
            return value
    return None


def _phrase_before_a_remark(words: str, question: str) -> int | None:
    """The value of an offered wording with anything after it; only the digit before it makes that safe."""
    said = {
        value
        for pattern, value in _phrases(question)
        if re.search(rf"\b(?:{pattern.pattern})", words)
    }
    begun = {
        value
        for pattern, value in _phrases(question)
        if re.match(rf"(?:{pattern.pattern})\b", words)
    }
    return begun.pop() if len(said) == 1 and said == begun else None


@cache
def _phrases(question: str) -> tuple[tuple[re.Pattern[str], int], ...]:
    lists, link = lexicon()["phrases"], either(lexicon()["number"]["link"])
    named = {
        "count": (("none", 0), ("one", 1), ("both", 2)),
        "sleep": (("sleepless", 0),),
        "few": (("not_at_all", 0), ("a_little", 1), ("a_lot", 2)),
    }
    ending = rf"(?: {either(lists['closer'])}\b)*(?:(?: {link}\b| ,)[^#@]*)?"
    opening = rf"(?:{either(lists['opener'])} )?"
    return tuple(
        (re.compile(opening + either(lists[name]) + ending), value)
        for name, value in named.get(question, ())
    )


@cache
def _no_numbers(question: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """ "One" as a pronoun, and digits in place of "to" and "for"."""
    marks = lexicon()["number"]
    others = "" if question == "count" else marks["one_after_but_counted"]
    return (
        re.compile(rf"\b{either(marks['one_after'], others)} (?:one|1)\b"),
        re.compile(rf"(?<![\w.])[24](?= {either(marks['for_letters'])}\b)"),
    )


@cache
def _frames(question: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """What may stand right before and right after the number that answers."""
    lists = lexicon()
    marks, own = lists["number"], question if question in RANGES else "scale"
    lead = either(marks["lead"], marks["mild"], lists["lead_of"][own])
    closer = either(marks["closer"], lists["closer_of"][own])
    unit = either(lists["unit"][own])
    link = either(marks["link"], "" if question in RANGES else lists["yes_no"]["tail"])
    return (
        re.compile(rf"(?:{lead} ){{0,8}}"),
        re.compile(rf"(?: ish)?(?: {unit})?(?: ,)?(?: {closer}\b)*(?:(?: {link}\b| ,).*)?"),
    )


@cache
def _asides() -> tuple[re.Pattern[str], re.Pattern[str]]:
    marks = lexicon()["number"]
    fine = either(marks["mild"], marks["aside"])
    return re.compile(rf"\b{fine}\b"), re.compile(rf"\b{either(marks['elsewhere'])}\b")


@cache
def _excluding() -> re.Pattern[str]:
    return re.compile(rf"\b{either(lexicon()['number']['excluding'])}")


@cache
def _retracted() -> re.Pattern[str]:
    return re.compile(rf"\b{either(lexicon()['number']['retracted'])}\b")


def _counts_something(*, question: str, after: str) -> bool:
    """Whether a further number counts something else, after a pause or a linking word."""
    marks = lexicon()["number"]
    if question == "sleep":
        return re.fullmatch(either(marks["clock_to_blame"]), after) is not None
    if question == "count":
        return False
    link, counted = either(marks["link"]), either(marks["counted"])
    return bool(re.fullmatch(rf"(?: ,| {link}\b)(?: [a-z,]+)+ # {counted}\b[^#]*", after))
