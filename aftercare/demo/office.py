"""What the made-up counselors do on a working day: read, and call who needs it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from aftercare import access, alarms, cards, coverage, duty, inbox, outreach
from aftercare.demo.behaviour import dice
from aftercare.demo.people import MadeUpGraduate, Manner
from aftercare.models import (
    Alarm,
    CheckIn,
    DisengagementSignal,
    Graduate,
    Outreach,
    Reply,
    Role,
    Screening,
)
from aftercare.record import PORTAL, Actor

if TYPE_CHECKING:
    from portal.models import User

# Who reads the demo finds the newest still to do.
LEFT_TO_DO = timedelta(hours=30)
SIGNALS_LEFT = timedelta(days=4)
LOOKS_AFTER = timedelta(hours=20)
ON_CALL_NUMBER = "+126755501{:02d}"
# Since when one counselor has been away.
AWAY_FOR = timedelta(days=3)
State = DisengagementSignal.State

_NOTES = {
    Outreach.Outcome.REACHED: "Good talk. A hard stretch at work; wants to keep the plan as it is.",
    Outreach.Outcome.NO_ANSWER: "No answer, left no message.",
    Outreach.Outcome.PLANNED: "Short call, agreed to talk again.",
    Outreach.Outcome.FALSE_ALARM: "All is well, was away for a few days.",
}


def stand_by(*, roles: Sequence[Role], at: datetime) -> None:
    """Whoever cares for people is on the list of their program, phones tested, and paging is on."""
    for number, role in enumerate(roles):
        if role.kind not in (Role.Kind.COUNSELOR, Role.Kind.LEAD):
            continue
        actor = Actor(user=role.user, role=role.kind)
        row = duty.add(role=role, number=ON_CALL_NUMBER.format(number), actor=actor, at=at)
        duty.pass_test(row=row, code=row.code, at=at)
        duty.approve_words(program=role.program, actor=actor, at=at)
        duty.switch_on(program=role.program, actor=actor, at=at)


def go_away(away: Role, cover: Role, at: datetime) -> None:
    """One counselor is away for ten days, and a colleague reads meanwhile."""
    coverage.add(
        counselor=away,
        cover=cover,
        first_on=at.date(),
        last_on=(at + timedelta(days=9)).date(),
        actor=Actor(user=away.user, role=away.kind),
        at=at,
    )


def working_day(
    *,
    people: dict[int, MadeUpGraduate],
    actors: dict[int, Actor],
    counselors: Sequence["User"],
    at: datetime,
    end: datetime,
) -> None:
    """One morning of every counselor; `people` and `actors` are by graduate id."""
    if at < end - LEFT_TO_DO:
        for counselor in counselors:
            _read(counselor=counselor, at=at)
    if at < end - LEFT_TO_DO:
        _look_after(actors=actors, at=at)
    if at < end - SIGNALS_LEFT:
        _keep_promises(actors=actors, at=at)
        _reach_out(people=people, actors=actors, at=at)


def ask_card(*, person: MadeUpGraduate, graduate: Graduate, actor: Actor, at: datetime) -> None:
    """Ask most newcomers when and how to call; some who live by text share their phone."""
    roll = dice(person, "card")
    if roll.random() < 0.3:
        return
    cards.fill_in(
        graduate=graduate,
        shared=not person.email and roll.random() < 0.2,
        card={
            "best_times": roll.choice(("after 5 PM", "mornings", "lunch break", "weekends")),
            "voicemail": roll.choice(("yes", "no")),
            "who_may_answer": roll.choice(("only me", "my sister", "")),
            "call_ourselves": roll.choice(("a friend from work", "your first name only", "")),
        },
        actor=actor,
        at=at,
    )


def _read(*, counselor: "User", at: datetime) -> None:
    answers = CheckIn.objects.filter(first_answer_at__isnull=False, read_at__isnull=True)
    forms = Screening.objects.filter(finished_at__isnull=False, read_at__isnull=True)
    texts = Reply.objects.filter(needs_person=True, read_at__isnull=True)
    inbox.mark_read(
        standing=access.roles_of(user=counselor, at=at),
        at=at,
        replies=list(texts.values_list("uid", flat=True)),
        check_ins=[
            *answers.values_list("uid", flat=True),
            *forms.values_list("uid", flat=True),
        ],
    )


def _look_after(*, actors: dict[int, Actor], at: datetime) -> None:
    """Whoever may be in danger, or asked for a call, has been called by now, and it is written down."""
    for alarm in Alarm.objects.filter(closed_at__isnull=True).select_related("graduate", "program"):
        actor = actors.get(alarm.graduate_id or 0, PORTAL)
        if alarm.cause == Alarm.Cause.SUPPORT:
            alarms.acknowledge(alarm=alarm, actor=actor, at=at)
            continue
        alarms.close(
            alarm=alarm,
            outcome=Alarm.Outcome.SAFE,
            note="Called at once and talked. Safe for now, a sister stays the night.",
            resumes=True,
            actor=actor,
            at=at,
        )


def _keep_promises(*, actors: dict[int, Actor], at: datetime) -> None:
    """Whom a counselor said to call again by today is called."""
    promised = Outreach.objects.filter(next_on__lte=at.date(), next_done_at__isnull=True)
    for row in promised.select_related("graduate__program"):
        graduate, actor = row.graduate, actors[row.graduate_id]
        outreach.finish_step(graduate=graduate, outreach=row.uid, actor=actor, at=at)


def _reach_out(
    *, people: dict[int, MadeUpGraduate], actors: dict[int, Actor], at: datetime
) -> None:
    worth_a_call = (
        DisengagementSignal.Band.REACH_OUT,
        DisengagementSignal.Band.LOST_CONTACT,
        DisengagementSignal.Band.URGENT,
    )
    signals = DisengagementSignal.objects.filter(
        state=State.OPEN, band__in=worth_a_call, opened_at__lte=at - LOOKS_AFTER
    )
    by_graduate: dict[Graduate, list[DisengagementSignal]] = {}
    for signal in signals.select_related("graduate__program").order_by("pk"):
        by_graduate.setdefault(signal.graduate, []).append(signal)
    for graduate, found in by_graduate.items():
        person = people[graduate.pk]
        calls = Outreach.objects.filter(graduate=graduate).count()
        outcome = _outcome(person=person, calls=calls)
        outreach.note(
            graduate=graduate,
            way=Outreach.Way.CALL,
            outcome=outcome,
            actor=actors[graduate.pk],
            at=at,
            signals=[signal.uid for signal in found],
            note=_NOTES[outcome],
            minutes=8 if outcome == Outreach.Outcome.REACHED else 2,
            next_on=(at + timedelta(days=3)).date()
            if outcome == Outreach.Outcome.PLANNED
            else None,
        )


def _outcome(*, person: MadeUpGraduate, calls: int) -> Outreach.Outcome:
    roll = dice(person, "outreach", calls).random()
    if person.manner in (Manner.SILENT, Manner.UNREACHABLE):
        return Outreach.Outcome.NO_ANSWER
    if person.manner is Manner.STEADY and roll < 0.5:
        return Outreach.Outcome.FALSE_ALARM
    if roll < 0.6:
        return Outreach.Outcome.REACHED
    return Outreach.Outcome.NO_ANSWER if roll < 0.85 else Outreach.Outcome.PLANNED
