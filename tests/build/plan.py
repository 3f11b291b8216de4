"""What a graduate does: commitments, check-ins, answers, visits, screenings, and what is noticed."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from aftercare import releases
from aftercare.instruments.structure import structures
from aftercare.models import (
    Answer,
    CheckIn,
    Commitment,
    DisengagementSignal,
    Expectation,
    Graduate,
    InstrumentWording,
    Item,
    Meeting,
    Release,
    Screening,
    ScreeningAnswer,
    Visit,
)
from aftercare.record import PORTAL
from notifications.models import (
    Program,
)
from portal.models import User
from tests.build.people import LONG_AGO, NEW_YORK


def commitment(
    *,
    graduate: Graduate,
    kind: Commitment.Kind = Commitment.Kind.SUPPORT_MEETING,
    title: str = "Tuesday Lantern",
    place: str = "12 Elm Street",
    weekdays: Sequence[int] = (1,),
    start_time: time = time(19, 0),
    minutes: int = 60,
    time_zone: str = NEW_YORK,
    starts_on: date = date(2026, 1, 5),
    until_on: date | None = None,
    repeats: Commitment.Repeats = Commitment.Repeats.WEEKLY,
    interval: int = 1,
    position: int | None = None,
    month_day: int | None = None,
    reminders_on: bool = True,
    remind_minutes: int = 120,
    created_at: datetime = LONG_AGO,
    ended_at: datetime | None = None,
    planned_until: datetime | None = LONG_AGO,
) -> Commitment:
    """A weekly support meeting on Tuesdays at seven in the evening."""
    return Commitment.objects.create(
        graduate=graduate,
        kind=kind,
        title=title,
        place=place,
        weekdays=list(weekdays),
        start_time=start_time,
        minutes=minutes,
        time_zone=time_zone,
        starts_on=starts_on,
        until_on=until_on,
        repeats=repeats,
        interval=interval,
        position=position,
        month_day=month_day,
        reminders_on=reminders_on,
        remind_minutes=remind_minutes,
        created_at=created_at,
        ended_at=ended_at,
        planned_until=planned_until,
    )


def check_in(
    *,
    graduate: Graduate,
    opens_at: datetime,
    questions: Sequence[str] = ("rough", "sure"),
    state: CheckIn.State = CheckIn.State.OPEN,
    outcome: Expectation.Outcome | None = None,
    answered_at: datetime | None = None,
) -> CheckIn:
    """A check-in with its 72 hours; once it has opened, its expectation stands beside it."""
    made = CheckIn.objects.create(
        graduate=graduate,
        planned_on=opens_at.date(),
        questions=list(questions),
        state=state,
        opens_at=opens_at,
        nudge_at=opens_at + timedelta(hours=24),
        closes_at=opens_at + timedelta(hours=72),
        first_answer_at=answered_at,
        finished_at=answered_at,
    )
    if state != CheckIn.State.PLANNED:
        Expectation.objects.create(
            graduate=graduate,
            kind=Expectation.Kind.CHECK_IN,
            check_in=made,
            opened_at=opens_at,
            due_at=made.closes_at,
            outcome=outcome or _OUTCOME_OF[state],
            answered_at=answered_at,
        )
    return made


_OUTCOME_OF = {
    CheckIn.State.OPEN: Expectation.Outcome.PENDING,
    CheckIn.State.ANSWERED: Expectation.Outcome.KEPT,
    CheckIn.State.PARTIAL: Expectation.Outcome.KEPT,
    CheckIn.State.MISSED: Expectation.Outcome.MISSED,
    CheckIn.State.UNDELIVERABLE: Expectation.Outcome.UNDELIVERABLE,
    CheckIn.State.CANCELLED: Expectation.Outcome.CANCELLED,
}


def answer(
    *,
    check_in: CheckIn,
    question: str,
    value: int | str,
    at: datetime,
    door: Answer.Door = Answer.Door.TEXT,
) -> Answer:
    """One stored answer."""
    return Answer.objects.create(
        check_in=check_in, question=question, content={"value": value}, door=door, at=at
    )


def occurrence(
    *,
    commitment: Commitment,
    starts_at: datetime,
    recurrence_id: str,
    outcome: Expectation.Outcome = Expectation.Outcome.PENDING,
    answered_at: datetime | None = None,
) -> Expectation:
    """The expectation of one date of a commitment."""
    return Expectation.objects.create(
        graduate=commitment.graduate,
        kind=Expectation.Kind.OCCURRENCE,
        commitment=commitment,
        recurrence_id=recurrence_id,
        opened_at=starts_at,
        due_at=starts_at + timedelta(minutes=commitment.minutes),
        outcome=outcome,
        answered_at=answered_at,
    )


def visit(
    *,
    graduate: Graduate,
    meeting: Meeting,
    starts_at: datetime,
    proof: Visit.Proof = Visit.Proof.SELF,
) -> Visit:
    """One date of a meeting that somebody went to outside of the plan."""
    return Visit.objects.create(
        graduate=graduate,
        meeting=meeting,
        title=meeting.name,
        place=meeting.address,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=meeting.minutes),
        time_zone=meeting.timezone,
        proof=proof,
        said_at=starts_at,
    )


def signal(
    *,
    graduate: Graduate,
    kind: DisengagementSignal.Kind = DisengagementSignal.Kind.SILENT,
    band: DisengagementSignal.Band = DisengagementSignal.Band.REACH_OUT,
    points: float = 5,
    reasons: list[dict[str, object]] | None = None,
    opened_at: datetime = LONG_AGO,
    state: DisengagementSignal.State = DisengagementSignal.State.OPEN,
) -> DisengagementSignal:
    """An open finding."""
    return DisengagementSignal.objects.create(
        graduate=graduate,
        kind=kind,
        band=band,
        points=points,
        reasons=reasons or [],
        state=state,
        opened_at=opened_at,
        changed_at=opened_at,
    )


def wording(
    *,
    instrument: str = "phq_9",
    language: str = "en",
    program: Program | None = None,
    version: int = 1,
    is_sample: bool = False,
) -> InstrumentWording:
    """Made-up words for every question and choice of a questionnaire."""
    structure = structures()[instrument]
    return InstrumentWording.objects.create(
        instrument=instrument,
        structure=structure.version,
        program=program,
        language=language,
        version=version,
        words={
            "intro": f"The last weeks ({language}):",
            "items": {item.code: f"Question {item.code}" for item in structure.items},
            "labels": {
                item.code: [f"Choice {score}" for score in item.scores]
                for item in structure.items
                if item.most_days is None and item.yes is None
            },
        },
        licence="Made up.",
        checksum=f"{version:064}",
        is_sample=is_sample,
        added_at=LONG_AGO,
    )


def screening(
    *,
    graduate: Graduate,
    at: datetime,
    instrument: str = "phq_9",
    values: dict[str, int] | None = None,
    scores: dict[str, int] | None = None,
) -> Screening:
    """A questionnaire begun at an instant, with some answers; finished where scores are given."""
    made = Screening.objects.create(
        graduate=graduate,
        instrument=instrument,
        wording=InstrumentWording.objects.filter(instrument=instrument).first()
        or wording(instrument=instrument),
        begun_on=at.date(),
        begun_at=at,
        finished_at=at if scores else None,
        scores=scores,
    )
    for item, value in (values or {}).items():
        ScreeningAnswer.objects.create(screening=made, item=item, content={"value": value}, at=at)
    return made


def release(
    *,
    graduate: Graduate,
    at: datetime,
    recipient: str = "Maria Rivers",
    items: Sequence[str] = (Item.ATTENDANCE, Item.MILESTONES, Item.ALERTS),
    days: int = 30,
    has_page: bool = True,
    holder: User | None = None,
    is_signed: bool = True,
    revoked_at: datetime | None = None,
    email: str = "",
) -> Release:
    """A consent for somebody's mother, signed on the web, with a page that she may have opened."""
    last_on = (at + timedelta(days=days)).date()
    made = releases.write(
        graduate=graduate,
        draft=releases.Draft(
            recipient=recipient,
            relation="mother",
            purpose="So that they can support me",
            items=items,
            last_on=last_on,
            has_page=has_page,
            email=email,
        ),
        language="en",
        actor=PORTAL,
        at=at,
    )
    if is_signed:
        releases.sign(release=made, signature="Sam Rivers", actor=PORTAL, at=at)
    made.holder, made.revoked_at = holder, revoked_at
    made.save()
    return made
