"""Pure: what a text from a graduate means as the answer to the question it follows.

A number recorded by mistake is worse than a question asked again, so that whatever is in doubt is
NOT_UNDERSTOOD and goes to a person. Words of crisis are looked for whatever else a text says.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from aftercare.crisis import Crisis, find_crisis
from aftercare.numerals import (
    RANGES,
    Line,
    clean,
    either,
    lexicon,
    number,
    read_line,
    states_one_number,
)
from notifications.keywords import Keyword, keyword
from notifications.text import fold


class Question(StrEnum):
    """What was asked, and so how a reply is read."""

    SCALE = "scale"  # 0 to 10
    MOOD = "mood"  # 0 to 10
    COUNT = "count"  # how many, 0 to 30
    SLEEP = "sleep"  # hours, 0 to 24
    FEW = "few"  # 0 no, 1 a little, 2 a lot
    YES_NO = "yes_no"  # offered as 0 no, 1 yes, 3 call me
    ATTENDED = "attended"  # the same, about going somewhere
    OPEN = "open"  # anything, or nothing in particular


class Kind(StrEnum):
    """What a reply is, in order of precedence."""

    OPT_OUT = "opt_out"
    NEED_SUPPORT = "need_support"
    HELP = "help"
    NUMBER = "number"
    YES = "yes"
    NO = "no"
    OPT_IN = "opt_in"
    NOTE = "note"
    NOT_UNDERSTOOD = "not_understood"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What was understood: a number has its value, a note its text, all others have none."""

    kind: Kind
    value: int | float | str | None = None
    crisis: Crisis | None = None

    @property
    def tier(self) -> str | None:
        """A, B, or None where no word of crisis was found."""
        return self.crisis.tier.value if self.crisis else None


_OFFERED = {0.0: Kind.NO, 1.0: Kind.YES, 3.0: Kind.NEED_SUPPORT}
_DIGITS = {kind: digit for digit, kind in _OFFERED.items()}
_CLAUSES = re.compile(
    r"[.!?,;:\n()]+|\bbut\b|\bpero\b|\band (?=id? )|\by (?=quiero|quisiera|necesito)"
)
_NO_WORD = re.compile(r"[^a-z0-9]+")
# Phones report "Liked" and the like as a text that quotes ours; the quotation is not an answer.
_REACTION = re.compile(
    r"\s*(?:liked|loved|disliked|laughed at|emphasized|questioned|reacted \S+ to|removed .{1,30} from"
    r"|le gusto|me gusto|le encanto|me encanto|reacciono con \S+ a|se rio de)\s*[“\"«].*",
    re.DOTALL,
)


def read(*, text: str, question: Question) -> Reading:
    """Read a reply to `question`; the order in which readings win is that of Kind."""
    if _REACTION.fullmatch(clean(text)):
        return Reading(kind=Kind.NOT_UNDERSTOOD)
    kind, value = _understand(text=text, question=question)
    return Reading(kind=kind, value=value, crisis=find_crisis(text))


def needs_support(text: str) -> bool:
    """Whether a text asks for a call or for a person, in English or Spanish."""
    whole, asked, unasked = _support()
    if whole.fullmatch(fold(text)):
        return True
    for clause in _CLAUSES.split(clean(text)):
        words = _NO_WORD.sub(" ", clause).strip()
        if any(not unasked.search(words[: match.start()]) for match in asked.finditer(words)):
            return True
    return False


def says_more(text: str) -> bool:
    """Whether an answer has words in it beyond the answer and courtesy, which a person should see."""
    words = read_line(text=text, question=Question.SCALE).words.split()
    return not all(word in "#@," or _filler().fullmatch(word) for word in words)


def _understand(*, text: str, question: Question) -> tuple[Kind, int | float | str | None]:
    word = keyword(text)
    if word in (Keyword.STOP, Keyword.OPT_OUT):
        return Kind.OPT_OUT, None
    if needs_support(text):
        return Kind.NEED_SUPPORT, None
    if word is Keyword.HELP:
        return Kind.HELP, None
    kind, value = _answer(text=text, question=question)
    if kind is not Kind.NOT_UNDERSTOOD:
        return kind, value
    if word is Keyword.START:
        return Kind.OPT_IN, None
    if question is Question.OPEN and text.strip():
        return Kind.NOTE, text
    return Kind.NOT_UNDERSTOOD, None


def _answer(*, text: str, question: Question) -> tuple[Kind, int | float | None]:
    if question in (Question.YES_NO, Question.ATTENDED):
        return _yes_or_no(text=text, question=question), None
    if question.value in RANGES:
        value = number(text=text, question=question)
        if value is None and question is Question.FEW:
            value = 0 if _yes_or_no(text=text, question=question) is Kind.NO else None
        if value is not None:
            return Kind.NUMBER, value
    return Kind.NOT_UNDERSTOOD, None


def _yes_or_no(*, text: str, question: Question) -> Kind:
    pictured = _pictured(text)
    if pictured:
        return pictured
    line = read_line(text=text, question=Question.YES_NO)
    kind, rest = _worded(line=line, question=question)
    if kind is Kind.NOT_UNDERSTOOD and question is not Question.FEW:
        kind, rest = _numbered(line)
    return Kind.NOT_UNDERSTOOD if _is_contradicted(kind=kind, rest=rest, line=line) else kind


def _pictured(text: str) -> Kind | None:
    """The answer of a text that is nothing but pictures of one meaning."""
    signs = set(clean(text).replace(" ", ""))
    for kind in (Kind.YES, Kind.NO):
        if signs and signs <= set(lexicon()["signs"][kind.value]):
            return kind
    return None


def _worded(*, line: Line, question: Question) -> tuple[Kind, str]:
    if line.words in ("y", "n"):
        return (Kind.YES if line.words == "y" else Kind.NO), ""
    said = [
        (kind, match["rest"])
        for kind, side in _sides(question).items()
        if (match := side.fullmatch(line.words))
    ]
    # "I did" is a yes and "I did not" a no: the reading that leaves less unsaid is the one meant.
    return min(said, key=lambda one: len(one[1]), default=(Kind.NOT_UNDERSTOOD, ""))


def _numbered(line: Line) -> tuple[Kind, str]:
    """The answer by the offered digits; a polite "1 yes" says it twice."""
    before, _, after = line.words.partition("#")
    repeated = re.fullmatch(r"(?: ,)? (yes|si|no)\b(.*)", after)
    if repeated and line.numbers[0] == (0 if repeated[1] == "no" else 1):
        line = Line(words=f"{before}#{repeated[2]}", numbers=line.numbers)
    if not states_one_number(line=line, question=Question.YES_NO):
        return Kind.NOT_UNDERSTOOD, ""
    return _OFFERED.get(line.numbers[0], Kind.NOT_UNDERSTOOD), line.words.partition("#")[2]


def _is_contradicted(*, kind: Kind, rest: str, line: Line) -> bool:
    """Whether what follows a yes or a no takes it back, or states the other digit."""
    if kind not in (Kind.YES, Kind.NO):
        return False
    unsure, against, kept = _doubts()[kind]
    bare = re.search(r"#(?! [a-z])", rest) is not None
    if bare and set(line.numbers) != {_DIGITS[kind]}:
        return True
    return bool(unsure.search(rest) or against.search(kept.sub("", rest)))


@cache
def _sides(question: Question) -> dict[Kind, re.Pattern[str]]:
    lists = lexicon()
    lead, tail = either(lists["yes_no"]["lead"]), either(lists["yes_no"]["tail"])
    bent_no, bent_yes = (either(lists["yes_no"][f"bent_{side}"]) for side in ("no", "yes"))
    bent = rf"(?:(?<=\bno) {bent_no}|(?<=\bsi) {bent_yes})"
    return {
        kind: re.compile(
            rf"(?:{lead} (?:, )?){{0,4}}"
            rf"{either(lists[kind.value].get(question.value, ''), lists[kind.value]['words'])}"
            rf"(?P<rest>(?!{bent}\b)(?:(?: {tail}\b| ,| #).*)?)"
        )
        for kind in (Kind.YES, Kind.NO)
    }


@cache
def _doubts() -> dict[Kind, tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]]:
    lists, retracted = lexicon()["yes_no"], lexicon()["number"]["retracted"]
    unsure = re.compile(rf"\b{either(lists['unsure'], retracted)}\b")
    return {
        kind: (
            unsure,
            re.compile(rf"\b{either(lists[f'against_{kind.value}'])}\b"),
            re.compile(rf"\b{either(lists[f'kept_{kind.value}'])}\b"),
        )
        for kind in (Kind.YES, Kind.NO)
    }


@cache
def _filler() -> re.Pattern[str]:
    return re.compile(either(lexicon()["number"]["filler"]))


@cache
def _support() -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    """Whole messages that ask for a person, requests within one, and what turns these round."""
    lists = lexicon()["support"]
    asked = "|".join(lists["asked"])
    for name in ("calltail", "talkto", "helptail", "hablar"):
        asked = asked.replace(name.upper(), re.sub(r"\s*\n\s*", "", lists[name]))
    return (
        re.compile(rf"(?:\d+ )?(?:and |or |y |o )?{either(lists['whole'])}"),
        re.compile(rf"\b(?:{asked})"),
        re.compile(rf"\b{either(lists['unasked'])}\b"),
    )
