"""Pure: what a text asks the finder: a ZIP or a city, a day, and for whom the meeting should be.

Only a text of which every word is understood is taken for such a question, so that "i went to the
meeting" stays what it is.
"""

import re
from dataclasses import dataclass, replace
from itertools import pairwise

from aftercare.directory import geo
from aftercare.directory.cleaning import fold
from aftercare.directory.criteria import Criteria

_ZIP = re.compile(r"(?<![\w.-])(\d{5})(?:-\d{4})?(?![\w-])")
# Folded words that mean one thing together.
_TOGETHER = {
    re.compile(rf"\b{said}\b"): meant
    for said, meant in {
        "(?:is|are) there": "there",
        "right now": "now",
        "esta noche": "tonight",
        "(al|nar) anon": r"\1anon",
        "big book": "bigbook",
        "filadelfia": "philadelphia",
        "nueva york": "new york",
    }.items()
}
_LONGEST = 80
# In words: "salt lake city".
_LONGEST_CITY = 3
# Two letters that are states and words as well: after a name they may just end a sentence.
_WORDS_TOO = frozenset({"in", "or", "me", "hi", "ok", "oh", "ma", "la", "de", "al", "id", "co"})


def _words(line: str) -> frozenset[str]:
    return frozenset(line.split())


_MEETING = _words("meeting meetings mtg mtgs reunion reuniones junta juntas grupo grupos")
# Words between the ones that count.
_BESIDE = _words(
    "in near for a an the me please find need i any some around by at zip there where this "
    "en cerca de para la el las los un una por favor busco necesito hay que donde quiero este esta"
)
# Words around a ZIP, which says by itself what is asked.
_AROUND_ZIP = _words(
    "my is im i am at to one next nearest closest close soon here what whats where wheres when do have "
    "can you get show send looking pls plz thanks thank hi hello code "
    "mi es estoy hola gracias codigo postal proxima proximo cual cuales tienen"
)
_BEFORE_PLACES = "(?:in|near|around|en|de)"
# States whose letters mean something else, too, unless they follow the name of a place.
_AFTER_PLACES = _words("ca me")
_PLURAL = _words("meetings mtgs reuniones juntas grupos")
_TODAY = _words("today tonight tonite 2nite hoy")
_TOMORROW = _words("tomorrow tomorow tmrw tmr manana")
_NOW = _words("now ahora ya")
_ONLINE = _words("online virtual zoom linea")
# The directory counts from Sunday.
_WEEKDAYS = {
    word: day
    for day, words in enumerate(
        (
            "sunday sun domingo",
            "monday mon lunes",
            "tuesday tue tues martes",
            "wednesday wed weds miercoles",
            "thursday thu thur thurs jueves",
            "friday fri viernes",
            "saturday sat sabado",
        )
    )
    for word in words.split()
}
_TIMES = {
    word: times
    for words, times in (
        ("morning mornings", ("morning",)),
        ("noon lunch lunchtime midday mediodia", ("midday",)),
        ("afternoon afternoons tarde", ("midday", "evening")),
        ("evening evenings", ("evening",)),
        ("night nights noche tonight tonite 2nite", ("evening", "night")),
    )
    for word in words.split()
}
_TAGS = {
    word: tag
    for tag, words in {
        "women": "women woman womens mujeres mujer",
        "men": "men mens hombres",
        "lgbtq": "lgbt lgbtq gay queer",
        "language-es": "spanish espanol",
        "newcomer": "newcomer newcomers beginner beginners nuevos principiantes",
        "wheelchair": "wheelchair ramp",
        "childcare": "childcare ninos",
        "young-people": "young youth jovenes",
        "open": "open abierta abiertas",
        "closed": "closed cerrada cerradas",
        "big-book": "bigbook",
    }.items()
    for word in words.split()
}
_FELLOWSHIPS = {"aa": "aa", "na": "na", "ca": "ca", "cma": "cma", "oa": "oa", "smart": "smart"} | {
    "eda": "eda", "aca": "aca", "alanon": "al-anon", "naranon": "nar-anon",
}  # fmt: skip


# Words of ours that only Spanish has: who writes them is answered in it.
_SPANISH = _words(
    "reunion reuniones junta juntas grupo grupos cerca para por favor busco necesito hay donde quiero "
    "hoy manana ahora linea domingo lunes martes miercoles jueves viernes sabado mediodia tarde noche "
    "mujeres mujer hombres espanol nuevos principiantes ninos jovenes abierta abiertas cerrada cerradas"
)

_KNOWN = (
    _MEETING, _BESIDE, _TODAY, _TOMORROW, _NOW, _ONLINE, _WEEKDAYS, _TIMES, _TAGS, _FELLOWSHIPS,
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question to the finder. `place` is the ZIP or city as written; without one `criteria` cannot
    be asked yet. `is_known` tells whether the place was found; `language` is "es" where it was asked
    in Spanish."""

    place: str
    is_known: bool
    criteria: Criteria
    language: str = ""

    def at(self, point: geo.Point) -> "Asked":
        """The same question, about a place that was found otherwise."""
        criteria = replace(self.criteria, near=point)
        return replace(self, is_known=True, criteria=criteria)


def read(*, text: str) -> Asked | None:
    """The question a text asks; None where it is none."""
    if len(text) > _LONGEST:
        return None
    code = _ZIP.search(text)
    rest = text.replace(code[0], " ", 1) if code else text
    words = _said(rest)
    asks = any(word in _MEETING or word in _ONLINE for word in words)
    left = _unknown(words)
    if code:
        left = [word for word in left if word not in _AROUND_ZIP]
    if not code and not asks and not _is_city(text):
        return None
    if code and left:
        return None
    place = code[1] if code else _place(rest, left)
    if place is None:
        return None
    asked = _asked(place, [word for word in words if word not in left])
    is_spanish = not _SPANISH.isdisjoint(fold(rest).split())
    return replace(asked, language="es" if is_spanish else "")


def read_city(*, text: str) -> Asked | None:
    """The question that the name of a city alone may ask; None where it is no such name.

    Many a city is called like another word, so this is for what nothing else explains.
    """
    words = _said(text) if len(text) <= _LONGEST else []
    name = " ".join(words)
    if not 1 <= len(words) <= _LONGEST_CITY or not geo.is_city(name=name):
        return None
    return _asked(name, [])


def _said(text: str) -> list[str]:
    """The folded words of a text, with those that belong together as one."""
    folded = fold(text)
    for said, meant in _TOGETHER.items():
        folded = said.sub(meant, folded)
    return folded.split()


def _unknown(words: list[str]) -> list[str]:
    """Words that say nothing of a meeting, and the state behind the last of them."""
    left: list[str] = []
    for before, word in pairwise(["", *words]):
        is_state = word in _AFTER_PLACES and left[-1:] == [before]
        if is_state or not any(word in known for known in _KNOWN):
            left.append(word)
    return left


def _is_city(text: str) -> bool:
    """Whether the whole text is "City, ST" or "City ST"; a city alone may be any word."""
    last = fold(text).split()[-1:]
    is_written_so = "," in text or (
        len(last) == 1 and len(last[0]) == 2 and last[0] not in _WORDS_TOO
    )
    return is_written_so and _point(text) is not None


def _place(rest: str, left: list[str]) -> str | None:
    """What is left of the words as the name of a place: "" for none; None where it is something else.

    After "meetings", a short unknown name is taken for a place, too; elsewhere a city's, after "in".
    """
    if not left:
        return ""
    name = " ".join(left)
    if _point(name) is not None or _point(rest) is not None:
        return name if _point(name) is not None else rest.strip()
    is_short = len(left) <= 2 and fold(rest).split()[0] in _PLURAL
    is_in = re.search(rf"\b{_BEFORE_PLACES} {re.escape(name)}\b", fold(rest))
    return name if is_short or (is_in and geo.is_city(name=name)) else None


def _point(words: str) -> geo.Point | None:
    try:
        return geo.locate(words=words)
    except geo.UnknownPlace:
        return None


def _asked(place: str, words: list[str]) -> Asked:
    point = _point(place) if place else None
    is_online = any(word in _ONLINE for word in words)
    days = tuple(sorted({_WEEKDAYS[word] for word in words if word in _WEEKDAYS}))
    return Asked(
        place=place,
        is_known=point is not None,
        criteria=Criteria(
            near=None if is_online else point,
            days=days,
            relative_days=_relative_days(words, days),
            now=any(word in _NOW for word in words),
            tags=tuple(dict.fromkeys(_TAGS[word] for word in words if word in _TAGS)),
            times=tuple(dict.fromkeys(time for word in words for time in _TIMES.get(word, ()))),
            fellowships=tuple(_FELLOWSHIPS[word] for word in words if word in _FELLOWSHIPS),
            attendance=("online",) if is_online else ("in_person",),
        ),
    )


def _relative_days(words: list[str], days: tuple[int, ...]) -> tuple[str, ...]:
    if any(word in _TOMORROW for word in words):
        return ("tomorrow",)
    return () if days and not any(word in _TODAY for word in words) else ("today",)
