"""A hard moment: own steps, own people, and a meeting that is under way or about to begin.

Who texts HARD asked for it, so the answer may name what helps; on a phone that others see it does not.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from aftercare import coping, phones, texts, wording
from aftercare.coping import Plan
from aftercare.directory import search
from aftercare.directory.criteria import Criteria
from aftercare.directory.search import Row
from aftercare.models import Graduate
from notifications import text as text_rules
from notifications.text import fold

# What begins later than this is no help now.
SOON = timedelta(minutes=90)
MOST_MEETINGS, STEPS_BY_TEXT = 3, 2
SEGMENTS = 3
_LONGEST = (60, 40, 24)

_ASKS = re.compile(
    r"(?:i am |i |im |yo |its |it is |i have |im having |having |have |got |me |tengo |es |un |una "
    r"|a |bad |big |strong "
    r"|really |so |very |muy |mucha?s? |fuertes? |the )*"
    r"(?:hard|hard (?:moment|time|day|night) ?(?:now|right now)?|cravings?|craving (?:now|bad|it|it bad)"
    r"|urges?|urge to (?:use|drink)|want to (?:use|drink)|wanna (?:use|drink)|tempted"
    r"|dificil|momento dificil|antojos?|ansias?|ganas de (?:usar|tomar|beber|consumir)"
    r"|quiero (?:usar|tomar|beber|consumir))"
    r"(?: (?:are|is|so|really|very|pretty|bad|badly|strong|right now|now|rn|tonight|today"
    r"|muy|mucho|fuertes?|ahora|ahorita|hoy|esta noche))*"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Help:
    """What somebody finds on the page: their own plan, and what is on now or soon."""

    plan: Plan
    meetings: tuple[Row, ...]


def is_asked(*, text: str) -> bool:
    """Whether a whole text asks for it: HARD, "craving", "strong urge right now", in either language."""
    return _ASKS.fullmatch(re.sub(r"[^\w ]", "", fold(text)).strip()) is not None


def read(*, graduate: Graduate, at: datetime) -> Help:
    """Everything for the page behind log-in."""
    return Help(plan=coping.read(graduate=graduate), meetings=_soon(at))


def _soon(at: datetime) -> tuple[Row, ...]:
    """Online, because everybody can get there: under way, or beginning within SOON."""
    asked = Criteria(attendance=("online",), sort="next", per_page=MOST_MEETINGS)
    rows = search.find(criteria=asked, at=at).rows
    return tuple(
        row for row in rows if row.moment and (row.in_progress or row.moment.starts_at <= at + SOON)
    )


def answer(*, graduate: Graduate, language: str, at: datetime) -> str:
    """What to text back: two own steps, a person, a meeting; three segments at most."""
    plan = Plan() if _is_seen_by_others(graduate) else coping.read(graduate=graduate)
    meetings = _soon(at)
    body = ""
    for length in _LONGEST:
        body = wording.text(
            name="hard_moment",
            language=language,
            steps=[_cut(step, length) for step in plan.steps[:STEPS_BY_TEXT]],
            person=_person(plan, length),
            meeting=_meeting(meetings, graduate, length, language),
            phone=graduate.program.phone,
        )
        if text_rules.segments(body).count <= SEGMENTS:
            break
    return body


def _is_seen_by_others(graduate: Graduate) -> bool:
    contact = phones.contact_of(graduate=graduate)
    return contact is None or texts.is_shared(contact=contact)


def _person(plan: Plan, length: int) -> str:
    if not plan.people:
        return ""
    first = plan.people[0]
    return f"{_cut(first.name, length)} {first.phone}".strip()


def _meeting(rows: tuple[Row, ...], graduate: Graduate, length: int, language: str) -> str:
    if not rows or rows[0].moment is None:
        return ""
    row, zone = rows[0], ZoneInfo(graduate.time_zone)
    starts = wording.clock(at=row.moment.starts_at, zone=zone, language=language)  # type: ignore[union-attr]
    return f"{starts}, {_cut(row.name, length)}"


def _cut(words: str, length: int) -> str:
    plain = text_rules.plain(words)
    return plain if len(plain) <= length else plain[:length].rsplit(" ", 1)[0].rstrip(" ,-")
