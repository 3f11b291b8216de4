"""What somebody texts about how often to be asked: done at once, and answered with what now holds."""

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from aftercare import cadence, diary, openings, preferences, wording
from aftercare.models import CheckIn, Graduate
from aftercare.record import Actor
from aftercare.recurrence import localize
from aftercare.wishes import Wish, Wished

USUAL_PAUSE = timedelta(days=14)
# An offer stands so long after the answer that it followed.
OFFER_STANDS = timedelta(hours=24)

# From the most to the fewest.
_LADDER = tuple(days for days in preferences.CADENCE_DAYS.values() if days)
_OFTEN: dict[int, str | Promise] = {
    3: _("every three days"),
    7: _("every week"),
    14: _("every two weeks"),
    28: _("every four weeks"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What to text back: the name of a text, and its facts; a guess is for a person to read as well."""

    name: str
    facts: dict[str, object] = field(default_factory=dict)
    is_guess: bool = False


def grant(*, graduate: Graduate, wished: Wished, at: datetime) -> Told | None:
    """Do what somebody wishes; None where there is nothing that the wish could be about."""
    wish = wished.wish
    if wish in (Wish.NOT_NOW, Wish.TONIGHT):
        return _answer_offer(graduate, wish, at)
    if wish is Wish.PAUSE:
        return _pause(graduate, wished, at)
    is_paused = graduate.status == Graduate.Status.PAUSED
    if wish is Wish.RESUME:
        return _resume(graduate, at) if is_paused else None
    if is_paused:
        return _paused(graduate, at)
    return _later(graduate, at) if wish is Wish.LATER else _step(graduate, wish, at)


def _actor(graduate: Graduate) -> Actor:
    return Actor(user=graduate.user, role="graduate")


def _day(graduate: Graduate, when: datetime, at: datetime) -> str:
    zone = ZoneInfo(graduate.time_zone)
    return wording.day(at=when, now=at, zone=zone, language=graduate.language)


def _next_day(graduate: Graduate, at: datetime) -> str:
    """When the next check-in opens; planned at once, for the answer says it."""
    row = diary.planned(graduate=graduate) or diary.replan(graduate=graduate, at=at)
    return _day(graduate, row.opens_at, at) if row else ""


# Later, and what an offer was answered with


def _later(graduate: Graduate, at: datetime) -> Told:
    row = CheckIn.objects.open_at(at).filter(graduate=graduate).first()
    if row is None:
        # "Tomorrow" may be about anything where nothing was asked.
        day = _next_day(graduate, at)
        return Told(name="later", facts={"what": "next", "day": day}, is_guess=True)
    if row.first_answer_at is not None:
        return Told(name="later", facts={"what": "rest"})
    row.graduate = graduate
    again_at = diary.ask_later(check_in=row, at=at)
    if again_at is not None:
        day = _day(graduate, again_at, at)
        return Told(name="later", facts={"what": "again", "day": day})
    diary.leave_out(check_in=row, actor=_actor(graduate), at=at)
    return Told(name="later", facts={"what": "left_out", "day": _next_day(graduate, at)})


def _answer_offer(graduate: Graduate, wish: Wish, at: datetime) -> Told | None:
    """ "Not now" without an offer is "later"; "tonight" without one is for a person to read."""
    was_offered = CheckIn.objects.filter(
        graduate=graduate, answers__at__gt=at - OFFER_STANDS, answers__at__lte=at
    ).exists()
    if was_offered:
        return Told(name="not_now" if wish is Wish.NOT_NOW else "tonight")
    return _later(graduate, at) if wish is Wish.NOT_NOW else None


# How often


def _step(graduate: Graduate, wish: Wish, at: datetime) -> Told:
    """One step slower or faster than what now holds; back on the taper's own step, the taper holds again."""
    usual = _gap(graduate, at, chosen=None)
    now = _gap(graduate, at, chosen=graduate.cadence_days)
    wanted = _neighbour(graduate, now, wish, at)
    if wanted is None:
        return _told_limit(graduate, now, wish, at)
    days = None if wanted == usual else wanted
    preferences.set_cadence(graduate=graduate, days=days, actor=_actor(graduate), at=at)
    undo = Wish.MORE if wish is Wish.LESS else Wish.LESS
    facts = {"often": _often(wanted, graduate.language), "undo": undo.value}
    return Told(name="how_often", facts={**facts, "day": _next_day(graduate, at)})


def _gap(graduate: Graduate, at: datetime, *, chosen: int | None) -> int:
    """The days between check-ins at present; ONLY_HELLO where there are none."""
    if chosen == cadence.ONLY_HELLO:
        return cadence.ONLY_HELLO
    step = cadence.gap(
        start_on=openings.start_of(graduate=graduate),
        last_on=openings.today_of(graduate=graduate, at=at),
        cadence_days=chosen,
        template=openings.template_of(graduate=graduate),
    )
    return step.days


def _neighbour(graduate: Graduate, now: int, wish: Wish, at: datetime) -> int | None:
    """The next step of the ladder; None at its end. A hello alone is its end after the first year."""
    if now == cadence.ONLY_HELLO:
        return _LADDER[-1] if wish is Wish.MORE else None
    if wish is Wish.MORE:
        return max((days for days in _LADDER if days < now), default=None)
    slower = min((days for days in _LADDER if days > now), default=None)
    if slower is None and preferences.is_past_year(graduate=graduate, at=at):
        return cadence.ONLY_HELLO
    return slower


def _told_limit(graduate: Graduate, now: int, wish: Wish, at: datetime) -> Told:
    facts = {"often": _often(now, graduate.language), "is_most": wish is Wish.MORE}
    return Told(name="how_often_limit", facts={**facts, "day": _next_day(graduate, at)})


def _often(days: int, language: str) -> str:
    """How often, in words; "" is only a hello."""
    if days == cadence.ONLY_HELLO:
        return ""
    nearest = min(_OFTEN, key=lambda step: abs(step - days))
    with translation.override(language):
        return str(_OFTEN[nearest])


# Pauses


def _pause(graduate: Graduate, wished: Wished, at: datetime) -> Told | None:
    """A span beyond the limit ends there; a day beyond it is for a person, who may have meant another."""
    today = openings.today_of(graduate=graduate, at=at)
    if wished.until is None:
        span = USUAL_PAUSE if wished.span is None else wished.span
        until = today + min(max(span, timedelta(days=1)), preferences.LONGEST_PAUSE)
    else:
        until = wished.until.after(today=today)
    if until > today + preferences.LONGEST_PAUSE:
        return None
    preferences.pause(graduate=graduate, until=until, actor=_actor(graduate), at=at)
    return _paused(graduate, at)


def _paused(graduate: Graduate, at: datetime) -> Told:
    until = graduate.paused_until
    day = _day(graduate, _noon(until, graduate), at) if until else ""
    return Told(name="paused", facts={"day": day})


def _noon(day: date, graduate: Graduate) -> datetime:
    zone = ZoneInfo(graduate.time_zone)
    return localize(wall=datetime.combine(day, time(12)), zone=zone)


def _resume(graduate: Graduate, at: datetime) -> Told:
    preferences.resume(graduate=graduate, actor=_actor(graduate), at=at)
    return Told(name="resumed", facts={"day": _next_day(graduate, at)})
