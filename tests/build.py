"""Builders of rows for tests: plain functions with plausible defaults, everything by keyword.

Names, numbers and hosts are made up: phones are 555-01xx, hosts are example.org.
"""

import itertools
import uuid
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta

from allauth.mfa.models import Authenticator

from aftercare import duty as on_list
from aftercare import releases
from aftercare.instruments.structure import structures
from aftercare.models import (
    Answer,
    Assignment,
    CheckIn,
    Commitment,
    Contact,
    DisengagementSignal,
    Duty,
    Expectation,
    Graduate,
    InstrumentWording,
    Item,
    Meeting,
    Release,
    Reply,
    Role,
    Screening,
    ScreeningAnswer,
    Track,
    Visit,
)
from aftercare.record import PORTAL
from notifications import addresses, consent
from notifications.kinds import RULES, Kind, Scope
from notifications.models import (
    Address,
    Attempt,
    ConsentEvent,
    InboundMessage,
    Message,
    Program,
    Sender,
)
from portal.models import User

# Before every instant the tests look at, so that nothing built is younger than its story.
LONG_AGO = datetime(2026, 1, 5, 15, 0, tzinfo=UTC)
NEW_YORK = "America/New_York"
OFFICE_HOURS = [[["09:00", "17:00"]]] * 5 + [[], []]
CRISIS_TEXTS = {
    "en": "You matter. Call or text 988 now (calls: 1 Veterans, 2 Spanish). In danger call 911.",
    "es": "Tu vida vale. Llama o textea al 988 ahora (2 para hablar en tu idioma). Peligro: 911.",
}

_numbers = itertools.count()
_AREA_CODES = (215, 267, 610, 484, 717, 570, 412, 724, 814)


def phone() -> str:
    """The next made-up number, E.164; nine hundred pass before one comes again."""
    number = next(_numbers)
    area = _AREA_CODES[number // 100 % len(_AREA_CODES)]
    return f"+1{area}55501{number % 100:02d}"


def program(
    *,
    name: str = "Harbor House",
    alias: str = "Harbor",
    time_zone: str = NEW_YORK,
    staffed_hours: list[list[list[str]]] | None = None,
    crisis_texts: dict[str, str] | None = None,
    texting_on: bool = True,
    with_sender: bool = True,
) -> Program:
    """A program with office hours on weekdays, and a number to send from."""
    made = Program.objects.create(
        name=name,
        alias=alias,
        time_zone=time_zone,
        phone="(215) 555-0142",
        staffed_hours=OFFICE_HOURS if staffed_hours is None else staffed_hours,
        crisis_texts=CRISIS_TEXTS if crisis_texts is None else crisis_texts,
        texting_on=texting_on,
        created_at=LONG_AGO,
    )
    if with_sender:
        sender(program=made)
    return made


_new_program = program  # for builders whose argument has the same name


def sender(*, program: Program, number: str | None = None) -> Sender:
    """A number the program texts from."""
    return Sender.objects.create(program=program, number=number or phone())


def user(*, email: str | None = None, name: str = "Dana Reyes", language: str = "") -> User:
    """A log-in account without a password."""
    return User.objects.create_user(
        email=email or f"person{next(_numbers)}@example.org",
        at=LONG_AGO,
        name=name,
        language=language,
    )


_new_user = user


def role(
    *,
    program: Program,
    kind: Role.Kind = Role.Kind.COUNSELOR,
    user: User | None = None,
    name: str = "Dana Reyes",
    since: datetime = LONG_AGO,
    until: datetime | None = None,
    with_second_step: bool = True,
) -> Role:
    """A role of staff, held by a new account unless one is given; log-in asks it for a second step."""
    holder = user or _new_user(name=name)
    if with_second_step:
        second_step(user=holder)
    return Role.objects.create(user=holder, program=program, kind=kind, since=since, until=until)


def second_step(*, user: User) -> None:
    """An app that makes log-in codes, as staff must have one."""
    Authenticator.objects.get_or_create(
        user=user, type=Authenticator.Type.TOTP, defaults={"data": {"secret": "made up"}}
    )


def address(
    *,
    value: str | None = None,
    channel: str = Sender.Channel.SMS,
    time_zone: str = NEW_YORK,
    language: str = "en",
    confirmed_at: datetime | None = LONG_AGO,
    opted_out_at: datetime | None = None,
    quiet_windows: list[list[str]] | None = None,
) -> Address:
    """A phone number that its owner has confirmed."""
    made = addresses.get_or_make(
        channel=channel,
        value=value or phone(),
        at=LONG_AGO,
        time_zone=time_zone,
        language=language,
    )
    made.confirmed_at = confirmed_at
    made.opted_out_at = opted_out_at
    made.quiet_windows = quiet_windows or []
    made.save()
    return made


def consents(*, address: Address, program: Program, scopes: Iterable[Scope] = tuple(Scope)) -> None:
    """What the owner of an address agreed to."""
    consent.grant(
        address=address,
        program=program,
        scopes=list(scopes),
        source=ConsentEvent.Source.WEB,
        words="Yes, text me.",
        at=LONG_AGO,
    )


def graduate(
    *,
    program: Program | None = None,
    counselor: Role | None = None,
    user: User | None = None,
    first_name: str = "Sam",
    last_name: str = "Rivers",
    phone: str | None = None,
    to: Address | None = None,
    with_phone: bool = True,
    shared: bool = False,
    scopes: Iterable[Scope] = tuple(Scope),
    status: Graduate.Status = Graduate.Status.ACTIVE,
    tracks: Sequence[Track] = (Track.SUBSTANCE_USE,),
    time_zone: str = NEW_YORK,
    language: str = "en",
    graduated_on: date = date(2026, 1, 2),
    joined_at: datetime | None = LONG_AGO,
    asks_use: bool = False,
    preferred_hour: int | None = None,
    cadence_days: int | None = None,
    assess_at: datetime | None = None,
) -> Graduate:
    """Somebody who joined, with a confirmed phone (a new one, or `to`) and every consent."""
    made = Graduate.objects.create(
        program=program or _new_program(),
        user=user,
        first_name=first_name,
        last_name=last_name,
        tracks=list(tracks),
        status=status,
        time_zone=time_zone,
        language=language,
        graduated_on=graduated_on,
        created_at=LONG_AGO,
        joined_at=joined_at,
        asks_use=asks_use,
        preferred_hour=preferred_hour,
        cadence_days=cadence_days,
        assess_at=assess_at,
    )
    if with_phone:
        reached = to or address(value=phone, time_zone=time_zone, language=language)
        contact(graduate=made, address=reached, shared=shared)
        consents(address=reached, program=made.program, scopes=scopes)
    if counselor:
        assignment(graduate=made, counselor=counselor)
    return made


def contact(
    *,
    graduate: Graduate,
    address: Address,
    shared: bool = False,
    confirmed_at: datetime | None = LONG_AGO,
) -> Contact:
    """How a graduate is reached."""
    return Contact.objects.create(
        graduate=graduate,
        address=address,
        shared=shared,
        confirmed_at=confirmed_at,
        since=LONG_AGO,
    )


def duty(*, role: Role, is_on_call: bool = False) -> Duty:
    """Somebody on the escalation list whose phone has passed its test."""
    row = on_list.add(role=role, number=phone(), actor=PORTAL, at=LONG_AGO)
    on_list.pass_test(row=row, code=row.code, at=LONG_AGO)
    if is_on_call:
        on_list.put_on_call(row=row, actor=PORTAL, at=LONG_AGO)
    Message.objects.filter(key__startswith=f"page_test:{row.uid}").delete()
    return Duty.objects.get(pk=row.pk)


def safety_lane(*, role: Role) -> Duty:
    """The safety lane of a program switched on, with this one on call."""
    row = duty(role=role, is_on_call=True)
    on_list.approve_words(program=role.program, actor=PORTAL, at=LONG_AGO)
    on_list.switch_on(program=role.program, actor=PORTAL, at=LONG_AGO)
    return row


def assignment(*, graduate: Graduate, counselor: Role, since: datetime = LONG_AGO) -> Assignment:
    """Who is responsible for a graduate."""
    return Assignment.objects.create(graduate=graduate, counselor=counselor, since=since)


def address_of(graduate: Graduate) -> Address:
    """The one open phone of a graduate."""
    return Address.objects.get(contacts__graduate=graduate, contacts__until__isnull=True)


def sender_of(graduate: Graduate) -> Sender:
    """The one number the graduate's program texts from."""
    return Sender.objects.get(program=graduate.program, channel=Sender.Channel.SMS)


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


def message(
    *,
    graduate: Graduate,
    kind: Kind = Kind.PERSONAL,
    body: str = "Thinking of you this week.",
    state: Message.State = Message.State.SENT,
    at: datetime = LONG_AGO,
    key: str | None = None,
    reason: str = "",
) -> Message:
    """One text to a graduate, in the state given."""
    return Message.objects.create(
        key=key or f"test:{uuid.uuid4()}",
        program=graduate.program,
        sender=sender_of(graduate),
        address=address_of(graduate),
        about=graduate.uid,
        kind=kind,
        lane=RULES[kind].lane,
        body=body,
        state=state,
        reason=reason,
        not_before=at,
        next_at=at if state in Message.WAITING else None,
        queued_at=at,
        sent_at=at if state in (Message.State.SENT, Message.State.DELIVERED) else None,
    )


def attempt(
    *,
    message: Message,
    provider_id: str,
    status: str = "sent",
    at: datetime = LONG_AGO,
    next_ask_at: datetime | None = None,
) -> Attempt:
    """One try that the provider took."""
    return Attempt.objects.create(
        message=message,
        address=message.address,
        owner="worker",
        state=Attempt.State.SUBMITTED,
        provider_id=provider_id,
        status=status,
        started_at=at,
        ended_at=at,
        next_ask_at=next_ask_at,
    )


def inbound(
    *,
    sender: Sender,
    address: Address,
    body: str,
    at: datetime,
    read_at: datetime | None = None,
) -> InboundMessage:
    """One text that came in."""
    return InboundMessage.objects.create(
        program=sender.program,
        sender=sender,
        address=address,
        provider_id=f"SM{uuid.uuid4().hex}",
        body=body,
        received_at=at,
        read_at=read_at,
    )


def reply(
    *,
    graduate: Graduate,
    body: str = "Can we talk?",
    kind: Reply.Kind = Reply.Kind.NOTE,
    at: datetime = LONG_AGO,
    needs_person: bool = True,
    check_in: CheckIn | None = None,
    crisis: bool = False,
    tier: str = "",
) -> Reply:
    """One text of a graduate as it was read, waiting for a person."""
    received = inbound(
        sender=sender_of(graduate), address=address_of(graduate), body=body, at=at, read_at=at
    )
    return Reply.objects.create(
        inbound=received,
        graduate=graduate,
        check_in=check_in,
        kind=kind,
        crisis=crisis,
        tier=tier,
        note=body,
        at=at,
        needs_person=needs_person,
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


def stranger(*, graduate: Graduate, body: str = "New phone!", at: datetime = LONG_AGO) -> Reply:
    """A text to the graduate's program from a number that nobody knows."""
    sent = address(confirmed_at=None)
    received = inbound(sender=sender_of(graduate), address=sent, body=body, at=at, read_at=at)
    return Reply.objects.create(
        inbound=received, kind=Reply.Kind.UNKNOWN_NUMBER, note=body, at=at, needs_person=True
    )


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
