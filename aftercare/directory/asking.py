"""Pure: what a text asks the finder: a ZIP or a city, a day, and for whom the meeting should be.

Only a text of which every word is understood is taken for such a question, so that "i went to the
meeting" stays what it is.
"""

import re
from dataclasses import dataclass, replace

from aftercare.directory import geo
from aftercare.directory.cleaning import fold
from aftercare.directory.criteria import Criteria

_ZIP = re.compile(r"(?<![\w.-])(\d{5})(?:-\d{4})?(?![\w-])")
_IS_THERE = re.compile(r"\b(?:is|are) there\b")
_LONGEST = 80
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
_PLURAL = _words("meetings mtgs reuniones juntas grupos")
_TODAY = _words("today tonight tonite hoy noche")
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
            "tuesday tue martes",
            "wednesday wed miercoles",
            "thursday thu jueves",
            "friday fri viernes",
            "saturday sat sabado",
        )
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
    }.items()
    for word in words.split()
}
_FELLOWSHIPS = {"aa": "aa", "na": "na", "ca": "ca", "cma": "cma", "oa": "oa", "smart": "smart"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question to the finder. `place` is the ZIP or city as written; without one `criteria` cannot
    be asked yet. `is_known` tells whether the place was found."""

    place: str
    is_known: bool
    criteria: Criteria

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
    words = _IS_THERE.sub("there", fold(rest)).split()
    asks = any(word in _MEETING for word in words)
    left = [word for word in words if not _is_known(word)]
    if not code and not asks and not _is_city(text):
        return None
    if code and left:
        return None
    place = code[1] if code else _place(rest, left)
    if place is None:
        return None
    return _asked(place, words)


def _is_known(word: str) -> bool:
    lists = (_MEETING, _BESIDE, _TODAY, _TOMORROW, _NOW, _ONLINE, _WEEKDAYS, _TAGS, _FELLOWSHIPS)
    return any(word in known for known in lists)


def _is_city(text: str) -> bool:
    """Whether the whole text is "City, ST" or "City ST"; a city alone may be any word."""
    last = fold(text).split()[-1:]
    is_written_so = "," in text or (
        len(last) == 1 and len(last[0]) == 2 and last[0] not in _WORDS_TOO
    )
    return is_written_so and _point(text) is not None


def _place(rest: str, left: list[str]) -> str | None:
    """What is left of the words as the name of a place: "" for none; None where it is something else.

    After "meetings", a short unknown name is taken for a place, too.
    """
    if not left:
        return ""
    name = " ".join(left)
    if _point(name) is not None or _point(rest) is not None:
        return name if _point(name) is not None else rest.strip()
    is_short = len(left) <= 2 and fold(rest).split()[0] in _PLURAL
    return name if is_short else None


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
            fellowships=tuple(_FELLOWSHIPS[word] for word in words if word in _FELLOWSHIPS),
            attendance=("online",) if is_online else ("in_person",),
        ),
    )


def _relative_days(words: list[str], days: tuple[int, ...]) -> tuple[str, ...]:
    if any(word in _TOMORROW for word in words):
        return ("tomorrow",)
    return () if days and not any(word in _TODAY for word in words) else ("today",)
