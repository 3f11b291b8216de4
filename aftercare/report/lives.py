"""Pure: what is known of each graduate, and what every figure of the report makes of it.

Instants and lengths are whole seconds. What a figure counts, and what it leaves out, is said for
people in aftercare.report.definitions.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from aftercare.report import curve
from aftercare.report.curve import Curve, Span
from aftercare.report.figures import Share, Waits, share, waits

DAY = 86_400
# No sign of life for so long, with MISSES expectations in a row unanswered, is lost contact (care plan).
AWAY = 28 * DAY
MISSES = 2
# Days after which the care plan looks whether somebody is still there.
MARKS = (7, 30, 60, 90, 180, 365)
FOLLOW_UPS = (7, 30)
BACK_WITHIN = 14 * DAY

LEFT, DECEASED = "left", "deceased"


@dataclass(slots=True, kw_only=True)
class Silence:
    """One time of silence that staff were told of: from the first signal of it to the end of the last."""

    began: int
    ended: int | None


@dataclass(slots=True, kw_only=True)
class Life:
    """One graduate. Everything before `unanswered` is since the beginning, the rest is of the period.

    `days` are the ends of the first and the following local days after graduation, by their number
    in FOLLOW_UPS; `began` is when aftercare began, None for who never joined. `signs` is whatever
    came from the person, `talks` when staff had a talk with them, `kept` when a date they went to
    was over, `misses` what was due and never answered; all in order.
    """

    status: str
    tracks: Sequence[str]
    cohort: str
    known: int
    graduated: int
    days: dict[int, int]
    began: int | None
    signs: list[int] = field(default_factory=list)
    talks: list[int] = field(default_factory=list)
    kept: list[int] = field(default_factory=list)
    misses: list[int] = field(default_factory=list)
    silences: list[Silence] = field(default_factory=list)
    # Check-ins that ended: when each was due that nobody answered, when those that were, and after how long.
    unanswered: list[int] = field(default_factory=list)
    answered: list[int] = field(default_factory=list)
    waits: list[int] = field(default_factory=list)
    # Whether each answer was read within one working day.
    read: list[bool] = field(default_factory=list)
    # Each phone: opted out, opted out in the period, cannot be reached.
    phones: list[tuple[bool, bool, bool]] = field(default_factory=list)
    # The kinds of the signals that are open today.
    signals: list[str] = field(default_factory=list)
    # What became of each signal, and of each contact that staff noted.
    alerts: list[str] = field(default_factory=list)
    contacts: list[str] = field(default_factory=list)
    answered_danger: list[Span] = field(default_factory=list)
    taken_danger: list[Span] = field(default_factory=list)
    taken_support: list[Span] = field(default_factory=list)
    # By questionnaire and score: the first value and the newest.
    scores: dict[tuple[str, str], tuple[int, int]] = field(default_factory=dict)
    # How many days contact held, and whether it was lost then; None for who never joined.
    stay: Span | None = None


def tidy(*, life: Life, at: int) -> None:
    """Put what is known into order, once all of it is there."""
    life.signs.sort()
    life.talks.sort()
    life.kept.sort()
    life.misses.sort()
    life.silences = _episodes(life.silences)
    life.stay = _stay(life, at)


def _episodes(silences: Iterable[Silence]) -> list[Silence]:
    """Signals that were open together are one silence."""
    found: list[Silence] = []
    for one in sorted(silences, key=lambda silence: silence.began):
        last = found[-1] if found else None
        if last is None or (last.ended is not None and last.ended < one.began):
            found.append(one)
        elif last.ended is not None:
            last.ended = None if one.ended is None else max(last.ended, one.ended)
    return found


# Since the beginning of aftercare


def retention(*, lives: Iterable[Life]) -> Curve:
    """The share of those who joined with whom contact was never lost, by days."""
    return curve.of(spans=[life.stay for life in lives if life.stay is not None])


def _stay(life: Life, at: int) -> Span | None:
    if life.began is None or life.began > at:
        return None
    lost = _lost(life, at)
    if lost is None and life.status in (LEFT, DECEASED):
        # The day somebody left is not on record; the last sign of them is.
        lost = max([life.began, *life.signs[-1:]])
        return (lost - life.began) // DAY, life.status == LEFT
    end = at if lost is None else lost
    return (end - life.began) // DAY, lost is not None


def _lost(life: Life, at: int) -> int | None:
    """When contact was lost for the first time: AWAY without a sign, and MISSES unanswered meanwhile."""
    if len(life.misses) < MISSES:
        return None
    last = life.began or 0
    for sign in [*life.signs, at]:
        if sign - last >= AWAY:
            first = bisect_right(life.misses, last) + MISSES - 1
            if first < len(life.misses):
                lost = max(life.misses[first], last + AWAY)
                if lost <= at and (lost < sign or sign == at):
                    return lost
        last = max(last, sign)
    return None


def active(*, lives: Iterable[Life], days: int, at: int) -> Share:
    """Those who gave a sign in the 28 days up to a day of their aftercare, of all who have come so far."""
    return share(
        yes=(
            _has(life.signs, max(life.began, life.began + days * DAY - AWAY), until)
            for life in lives
            if life.began is not None
            and life.status != DECEASED
            and (until := life.began + days * DAY) <= at
        )
    )


def _has(instants: Sequence[int], after: int, until: int) -> bool:
    """Whether one lies after an instant, and not after another."""
    return bisect_right(instants, until) > bisect_right(instants, after)


def follow_up(*, lives: Iterable[Life], days: int, at: int) -> Share:
    """Those who kept a date or had a talk on one of the first days after graduation."""
    return share(
        yes=(
            _has(life.kept, life.days[0], life.days[days])
            or _has(life.talks, life.days[0], life.days[days])
            for life in lives
            if life.known <= life.days[days] <= at and life.status != DECEASED
        )
    )


# In the period


def replies(*, lives: Iterable[Life]) -> Share:
    """Check-ins that were answered, of those that ended and were answered or missed."""
    found = [(len(life.answered), len(life.unanswered)) for life in lives]
    came = sum(answered for answered, _ in found)
    return Share(part=came, whole=came + sum(unanswered for _, unanswered in found))


def answer_time(*, lives: Iterable[Life]) -> Waits:
    """From a check-in to its first answer."""
    return waits(spans=[(wait, True) for life in lives for wait in life.waits])


def read_in_time(*, lives: Sequence[Life]) -> Share:
    """Answers read within one working day."""
    return Share(
        part=sum(life.read.count(True) for life in lives),
        whole=sum(len(life.read) for life in lives),
    )


def phones(*, lives: Iterable[Life], place: int) -> Share:
    """Phones of which a claim holds, by its place in Life.phones."""
    return share(yes=(phone[place] for life in lives for phone in life.phones))


def contact_time(*, lives: Iterable[Life], at: int) -> Waits:
    """From a silence to the first talk; one that ended by itself counts until then."""
    return waits(spans=[_until_talk(life, one, at) for life in lives for one in life.silences])


def _until_talk(life: Life, silence: Silence, at: int) -> Span:
    place = bisect_right(life.talks, silence.began - 1)
    talk = life.talks[place] if place < len(life.talks) else None
    end = at if silence.ended is None else silence.ended
    if talk is not None and talk <= end:
        return talk - silence.began, True
    return end - silence.began, False


def back(*, lives: Iterable[Life], at: int) -> Share:
    """Silences after which the person gave a sign within 14 days."""
    return share(
        yes=(
            _has(life.signs, one.began, one.began + BACK_WITHIN)
            for life in lives
            for one in life.silences
            if one.began + BACK_WITHIN <= at
        )
    )


def spans(*, lives: Iterable[Life], of: Callable[[Life], Iterable[Span]]) -> Waits:
    """How long something took that is already known as spans."""
    return waits(spans=[span for life in lives for span in of(life)])
