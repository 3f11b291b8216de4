"""What a program sets about how often people hear from it, for every track and for one of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from aftercare import cadence, record, touches
from aftercare.cadence import USUAL, YEAR_DAYS, Template
from aftercare.models import AuditEntry, CadenceTemplate, CheckIn, Graduate
from aftercare.record import Actor
from notifications.models import Program

EVERY_TRACK = ""
SLOWEST_DAYS = 91
# A year of a made-up person shows what a template sends; any Monday will do.
_SAMPLE_ON = date(2026, 1, 5)


class UnusableTemplate(ValueError):
    """A template that cannot be; `field` is a field of Template, the words are for a person."""

    def __init__(self, field: str, words: str | Promise) -> None:
        super().__init__(words)
        self.field, self.words = field, words


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleDay:
    """One day of the calendar of a made-up person; `touch` is "" for a check-in."""

    day: int
    on: date
    touch: str


def own(*, program: Program, track: str = EVERY_TRACK) -> Template | None:
    """What a program has set itself for a track; None where it goes by what holds for every track."""
    row = CadenceTemplate.objects.filter(program=program, track=track).first()
    return row.template if row else None


def in_force(*, program: Program, track: str = EVERY_TRACK) -> Template:
    """The template that holds for a track: its own, the program's, or the default of the care plan."""
    return own(program=program, track=track) or own(program=program) or USUAL


def own_tracks(*, program: Program) -> frozenset[str]:
    """The tracks that have a template of their own."""
    return frozenset(program.cadences.exclude(track=EVERY_TRACK).values_list("track", flat=True))


@transaction.atomic
def change(*, program: Program, track: str, template: Template, actor: Actor, at: datetime) -> None:
    """Set the template of a track, and plan anew what it concerns; raises UnusableTemplate."""
    _check(template)
    row, _made = CadenceTemplate.objects.update_or_create(
        program=program,
        track=track,
        defaults={
            "steps": [[step.every, step.until] for step in template.steps],
            "touch_days": sorted(set(template.touches)),
            "caring_days": sorted(set(template.caring)),
            "caring_every": template.caring_every,
            "weekdays": sorted(set(template.weekdays)),
            "has_on_call": template.has_on_call,
        },
    )
    _plan_anew(program, at)
    record.write(actor=actor, verb=AuditEntry.Verb.CHANGED, thing=row, program=program, at=at)


@transaction.atomic
def reset(*, program: Program, track: str, actor: Actor, at: datetime) -> None:
    """Let a track go by what holds for every track, and every track by the default."""
    row = CadenceTemplate.objects.filter(program=program, track=track).first()
    if row is None:
        return
    record.write(actor=actor, verb=AuditEntry.Verb.CHANGED, thing=row, program=program, at=at)
    row.delete()
    _plan_anew(program, at)


def _plan_anew(program: Program, at: datetime) -> None:
    """What is planned goes, and the next tick plans it by the new template; what is open stays open."""
    people = Graduate.objects.filter(program=program, status=Graduate.Status.ACTIVE)
    CheckIn.objects.filter(graduate__in=people, state=CheckIn.State.PLANNED).delete()
    touches.forget_planned(graduates=people, at=at)


def _check(template: Template) -> None:
    _check_steps(template)
    for field, days in (("touches", template.touches), ("caring", template.caring)):
        if any(not 0 < day < YEAR_DAYS for day in days):
            raise UnusableTemplate(field, _("Days are numbers from 1 to 364."))
    if template.caring_every and not 14 <= template.caring_every <= YEAR_DAYS:
        raise UnusableTemplate("caring_every", _("Choose 14 to 365 days, or 0 for none."))
    if not template.weekdays or not set(template.weekdays) <= set(range(7)):
        raise UnusableTemplate("weekdays", _("Choose one weekday at least."))
    if max(template.weekdays) > 4 and not template.has_on_call:
        raise UnusableTemplate(
            "weekdays", _("Saturday and Sunday need somebody on call, so that danger is read.")
        )


def _check_steps(template: Template) -> None:
    if any(not 1 <= step.every <= SLOWEST_DAYS for step in template.steps):
        raise UnusableTemplate("steps", _("Between two check-ins lie 1 to 91 days."))
    ends = [step.until for step in template.steps]
    limits = [end for end in ends if end is not None]
    if not ends or ends[-1] is not None or len(limits) != len(ends) - 1 or not _rises(limits):
        raise UnusableTemplate("steps", _("Each stretch ends later than the one before it."))


def _rises(days: Sequence[int]) -> bool:
    return all(later > 0 for later in days) and list(days) == sorted(set(days))


def sample(*, template: Template, days: int = 90) -> tuple[SampleDay, ...]:
    """What somebody who begins on a Monday would get in so many days, as far as no weekend moves it."""
    until = _SAMPLE_ON + timedelta(days=days)
    found = [
        SampleDay(day=(on - _SAMPLE_ON).days, on=on, touch=kind.value)
        for on, kind in cadence.touches(
            start_on=_SAMPLE_ON,
            graduated_on=_SAMPLE_ON,
            after=_SAMPLE_ON,
            until=until,
            template=template,
        )
    ]
    last: date | None = None
    while (last := _after(last, template)) <= until:
        found.append(SampleDay(day=(last - _SAMPLE_ON).days, on=last, touch=""))
    return tuple(sorted(found, key=lambda one: one.on))


def _after(last: date | None, template: Template) -> date:
    return cadence.next_on(
        start_on=_SAMPLE_ON,
        last_on=last,
        today=last or _SAMPLE_ON,
        key=0,
        cadence_days=None,
        template=template,
    )
