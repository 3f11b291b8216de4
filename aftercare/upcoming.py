"""The calendar of what will be sent to one graduate: what is planned, and what follows from the cadence."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from aftercare import cadence, diary, openings
from aftercare.access import NotYours
from aftercare.cadence import Template
from aftercare.models import CheckIn, Graduate, Touch

AHEAD = timedelta(days=182)
CHECK_IN = "check_in"


@dataclass(frozen=True, slots=True, kw_only=True)
class Coming:
    """One text to come. `kind` is CHECK_IN or of Touch.Kind; `at` when it is expected to leave.

    `uid` names the row of what is planned already, and can be moved or left out; None where it only
    follows from the cadence. `note` is what a hard day is, in the person's own words.
    """

    kind: str
    at: datetime
    uid: UUID | None = None
    on: date | None = None
    note: str = ""

    @property
    def is_check_in(self) -> bool:
        """Whether it asks something."""
        return self.kind == CHECK_IN


def coming(*, graduate: Graduate, at: datetime, ahead: timedelta = AHEAD) -> tuple[Coming, ...]:
    """What will be sent within a time, in order; nothing that falls into a pause, or after leaving."""
    if graduate.status not in Graduate.REACHED:
        return ()
    today = openings.today_of(graduate=graduate, at=at)
    is_paused = graduate.status == Graduate.Status.PAUSED and graduate.paused_until is not None
    rest_until = graduate.paused_until if is_paused and graduate.paused_until else None
    until = today + ahead
    planned = list(_planned(graduate, at))
    # A plan goes on the day after a pause.
    since = rest_until + timedelta(days=1) if rest_until else today
    found = [*planned, *_projected(graduate, planned, since, until, at)]
    days = ((openings.today_of(graduate=graduate, at=one.at), one) for one in found)
    sent = [one for day, one in days if day <= until and (rest_until is None or day > rest_until)]
    return tuple(sorted(sent, key=lambda one: one.at))


def find(*, graduate: Graduate, uid: UUID) -> CheckIn | Touch:
    """One planned row of somebody's calendar; raises NotYours."""
    planned = CheckIn.objects.filter(graduate=graduate, state=CheckIn.State.PLANNED, uid=uid)
    touched = Touch.objects.filter(graduate=graduate, state=Touch.State.PLANNED, uid=uid)
    row = planned.select_related("graduate__program").first()
    found = row or touched.select_related("graduate__program").first()
    if found is None:
        raise NotYours
    return found


def _planned(graduate: Graduate, at: datetime) -> Iterator[Coming]:
    row = diary.planned(graduate=graduate)
    if row is not None:
        yield Coming(kind=CHECK_IN, at=max(row.opens_at, at), uid=row.uid, on=row.planned_on)
    rows = graduate.touches.filter(state=Touch.State.PLANNED).select_related("tough_day")
    for touch in rows.order_by("send_at"):
        note = touch.tough_day.note if touch.tough_day else ""
        yield Coming(
            kind=touch.kind, at=max(touch.send_at, at), uid=touch.uid, on=touch.on, note=note
        )


def _projected(
    graduate: Graduate, planned: list[Coming], since: date, until: date, at: datetime
) -> Iterator[Coming]:
    """What the planner will plan, found by the same rules from the same facts."""
    if not any(graduate.program.staffed_hours):
        return
    template = openings.template_of(graduate=graduate)
    find = openings.finder(graduate=graduate, template=template)
    asked = [one for one in planned if one.is_check_in]
    check_ins = list(_check_ins(graduate, template, find, asked, since, until, at))
    yield from check_ins
    taken = {openings.today_of(graduate=graduate, at=one.at) for one in (*planned, *check_ins)}
    known = set(graduate.touches.values_list("on", "kind"))
    for on, kind in cadence.touches(
        start_on=openings.start_of(graduate=graduate),
        graduated_on=graduate.graduated_on,
        after=since,
        until=until,
        template=template,
    ):
        if (on, kind.value) not in known:
            send_at = openings.free_day(graduate=graduate, find=find, on=on, taken=taken, after=at)
            if send_at is not None:
                taken.add(openings.today_of(graduate=graduate, at=send_at))
                yield Coming(kind=kind.value, at=send_at, on=on)


def _check_ins(
    graduate: Graduate,
    template: Template,
    find: Callable[..., datetime | None],
    asked: list[Coming],
    since: date,
    until: date,
    at: datetime,
) -> Iterator[Coming]:
    last_on = asked[0].on if asked else _newest_on(graduate)
    today = max(since, last_on or since)
    while graduate.cadence_days != cadence.ONLY_HELLO and today <= until:
        on = cadence.next_on(
            start_on=openings.start_of(graduate=graduate),
            last_on=last_on,
            today=today,
            key=graduate.pk,
            cadence_days=graduate.cadence_days,
            template=template,
        )
        opens_at = find(on=on, after=at)
        if opens_at is None:
            return
        last_on = today = openings.today_of(graduate=graduate, at=opens_at)
        yield Coming(kind=CHECK_IN, at=opens_at, on=last_on)


def _newest_on(graduate: Graduate) -> date | None:
    days = graduate.check_ins.order_by("-planned_on")
    return days.values_list("planned_on", flat=True).first()
